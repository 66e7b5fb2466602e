/** Which checks a branch demands: of its protection, and of the rulesets that apply to it. */
import { z } from 'zod'
import { allPages } from './all-pages.ts'
import type { RepositoryClient } from './github-calls.ts'
import { nullWhenMissing } from './is-missing.ts'

export interface RequiredCheck {
  readonly name: string
  /** The App that must report it; null when anybody may. */
  readonly appId: number | null
}

/** In some answers -1 stands for "any App". */
const app = z
  .number()
  .nullish()
  .transform((id) => (id === undefined || id === null || id < 0 ? null : id))

const StatusChecks = z.object({
  enforcement_level: z.string().nullish(),
  contexts: z.array(z.string()).nullish(),
  checks: z.array(z.object({ context: z.string(), app_id: app })).nullish(),
})
type StatusChecks = z.infer<typeof StatusChecks>

const Branch = z.object({
  protected: z.boolean().nullish(),
  protection: z.object({ required_status_checks: StatusChecks.nullish() }).nullish(),
})

const Rule = z.object({ type: z.string(), parameters: z.unknown().optional() })
const RequiredStatusChecks = z.object({
  required_status_checks: z.array(z.object({ context: z.string(), integration_id: app })),
})

/** @returns none for a branch that is not there */
export async function requiredChecks(client: RepositoryClient, branch: string): Promise<readonly RequiredCheck[]> {
  const all = [...(await fromProtection(client, branch)), ...(await fromRulesets(client, branch))]
  const byKey = new Map(all.map((check) => [`${check.appId ?? ''} ${check.name}`, check]))
  return [...byKey.values()]
}

/**
 * Protection's own page is for administrators; the branch itself says the same to everybody, in all but old
 * Enterprise Servers, where we ask the page and do without when it is closed to us.
 */
async function fromProtection(
  { octokit, of, optional }: RepositoryClient,
  branch: string,
): Promise<readonly RequiredCheck[]> {
  const found = await nullWhenMissing(() => octokit.rest.repos.getBranch({ ...of, branch }))
  if (found === null) return []
  const { protection, protected: isProtected } = Branch.parse(found.data)
  if (protection?.required_status_checks) return checksIn(protection.required_status_checks)
  if (isProtected !== true) return []
  const page = await optional('repos.getStatusChecksProtection', async () =>
    StatusChecks.parse((await octokit.rest.repos.getStatusChecksProtection({ ...of, branch })).data),
  )
  return page === null ? [] : checksIn(page)
}

function checksIn({ enforcement_level, contexts, checks }: StatusChecks): readonly RequiredCheck[] {
  if (enforcement_level === 'off') return []
  const withApp = (checks ?? []).map(({ context, app_id }) => ({ name: context, appId: app_id }))
  const known = new Set(withApp.map(({ name }) => name))
  return [...withApp, ...(contexts ?? []).filter((name) => !known.has(name)).map((name) => ({ name, appId: null }))]
}

async function fromRulesets(
  { octokit, of, optional }: RepositoryClient,
  branch: string,
): Promise<readonly RequiredCheck[]> {
  // Servers without rulesets say 404.
  const rules = await optional('repos.getBranchRules', () =>
    allPages(Rule, null, (page) => octokit.rest.repos.getBranchRules({ ...of, branch, ...page })),
  )
  return (rules ?? [])
    .filter(({ type }) => type === 'required_status_checks')
    .flatMap(({ parameters }) => RequiredStatusChecks.parse(parameters).required_status_checks)
    .map(({ context, integration_id }) => ({ name: context, appId: integration_id }))
}
