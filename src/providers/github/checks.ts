/**
 * What CI says about a commit. The newest check run of each name and app counts, and the newest status of each context.
 *
 * GitHub lets a required check that was *skipped* pass: a summary job whose needs failed is skipped, and so a broken
 * build may be merged. Here a required check must have run: skipped, it is missing.
 */
import { z } from 'zod'
import type { CheckReport, CodeHost } from '../../engine/code-host.ts'
import type { CheckState } from '../../release/evidence.ts'
import { allPages } from './all-pages.ts'
import type { GithubCalls, RepositoryClient } from './github-calls.ts'
import { nullWhenMissing } from './is-missing.ts'
import { maskSecrets } from './mask-secrets.ts'
import { type RequiredCheck, requiredChecks } from './required-checks.ts'

const MAX_OUTPUT_LENGTH = 4000

const CheckRun = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullish(),
  html_url: z.string().nullish(),
  details_url: z.string().nullish(),
  check_suite: z.object({ id: z.number() }).nullish(),
  app: z.object({ id: z.number().nullish(), slug: z.string().nullish() }).nullish(),
  output: z
    .object({ title: z.string().nullish(), summary: z.string().nullish(), text: z.string().nullish() })
    .nullish(),
})

const WorkflowRun = z.object({ check_suite_id: z.number().nullish() })

const Status = z.object({
  id: z.number(),
  context: z.string(),
  state: z.string(),
  description: z.string().nullish(),
  target_url: z.string().nullish(),
})

/** A check run or a commit status. */
interface Reported {
  readonly name: string
  readonly appId: number | null
  /** `skipped` is for whoever knows whether the check is required. */
  readonly state: CheckState | 'skipped'
  readonly url: string | null
  readonly output: string | null
}

export function checkCalls({ on, clients }: GithubCalls): Pick<CodeHost, 'checksOf'> {
  return {
    checksOf({ repository, sha, branch, required, exceptWorkflow }) {
      return on(repository, 'checks.listForRef', `checks of ${sha}`, async (client) => {
        const except = await suitesOf(client, exceptWorkflow, sha)
        const reported = [...(await checkRunsOf(client, sha, except)), ...(await statusesOf(client, sha))]
        const fromBranch = branch === null ? [] : await requiredChecks(client, branch)
        const wanted = [...fromBranch, ...required.map((name) => ({ name, appId: null }))]
        const mask = (text: string) => maskSecrets(text, clients.secrets).slice(0, MAX_OUTPUT_LENGTH)
        return reports(reported, wanted).map((report) =>
          report.output === null ? report : { ...report, output: mask(report.output) },
        )
      })
    },
  }
}

function reports(reported: readonly Reported[], required: readonly RequiredCheck[]): readonly CheckReport[] {
  const matches = (check: Reported, wanted: RequiredCheck) =>
    check.name === wanted.name && (wanted.appId === null || wanted.appId === check.appId)
  const found = reported.map((check): CheckReport => {
    const isRequired = required.some((wanted) => matches(check, wanted))
    const state = check.state === 'skipped' ? (isRequired ? 'missing' : 'passed') : check.state
    return { name: check.name, state, isRequired, url: check.url, output: check.output }
  })
  const absent = required.filter((wanted) => !reported.some((check) => matches(check, wanted)))
  const missing = [...new Set(absent.map(({ name }) => name))].map(
    (name): CheckReport => ({ name, state: 'missing', isRequired: true, url: null, output: null }),
  )
  return [...found, ...missing].toSorted(
    (a, b) => Number(b.isRequired) - Number(a.isRequired) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
}

/** The check suites of a workflow's runs on a commit; none when there is no such workflow. */
async function suitesOf(client: RepositoryClient, workflow: string, sha: string): Promise<ReadonlySet<number>> {
  const { octokit, of } = client
  const runs = await nullWhenMissing(() =>
    allPages(WorkflowRun, 'workflow_runs', (page) =>
      octokit.rest.actions.listWorkflowRuns({ ...of, workflow_id: workflow, head_sha: sha, ...page }),
    ),
  )
  return new Set((runs ?? []).flatMap(({ check_suite_id: suite }) => suite ?? []))
}

async function checkRunsOf(
  { octokit, of }: RepositoryClient,
  sha: string,
  exceptSuites: ReadonlySet<number>,
): Promise<readonly Reported[]> {
  const all = await allPages(CheckRun, 'check_runs', (page) =>
    octokit.rest.checks.listForRef({ ...of, ref: sha, ...page }),
  )
  // GitHub gives the newest of each suite; one name of one app may be in several (a push, a pull request, a re-run).
  const newest = new Map<string, z.infer<typeof CheckRun>>()
  const counting = all.filter((run) => !exceptSuites.has(run.check_suite?.id ?? Number.NaN))
  for (const run of counting.toSorted((a, b) => a.id - b.id)) newest.set(`${run.app?.id ?? ''} ${run.name}`, run)
  return [...newest.values()].map((run) => ({
    name: run.name,
    appId: run.app?.id ?? null,
    state: stateOf(run.status, run.conclusion ?? null),
    url: run.html_url ?? run.details_url ?? null,
    output: [run.output?.title, run.output?.summary, run.output?.text].filter(Boolean).join('\n\n') || null,
  }))
}

function stateOf(status: string, conclusion: string | null): Reported['state'] {
  if (status !== 'completed') return 'pending'
  if (conclusion === 'skipped') return 'skipped'
  return conclusion === 'success' || conclusion === 'neutral' ? 'passed' : 'failed'
}

async function statusesOf({ octokit, of }: RepositoryClient, sha: string): Promise<readonly Reported[]> {
  // Newest status of each context only; the list of all of them can be a hundred times as long.
  const newest = await allPages(Status, 'statuses', (page) =>
    octokit.rest.repos.getCombinedStatusForRef({ ...of, ref: sha, ...page }),
  )
  return newest.map((status) => ({
    name: status.context,
    appId: null,
    state: status.state === 'success' ? 'passed' : status.state === 'pending' ? 'pending' : 'failed',
    url: status.target_url ?? null,
    output: status.description || null,
  }))
}
