/**
 * What to do by hand when a part of a rollback cannot be done: commands to copy, for somebody with the services' tokens in
 * the environment and without Sluice. They hold the names of variables and never a secret.
 */
import type { FrontendDeployment, FunctionsSnapshot } from './snapshot.ts'

export interface ManualStep {
  /** One sentence. */
  readonly what: string
  /** For a POSIX shell. */
  readonly command: string
}

/** Flags of the Supabase CLI differ between its versions: these steps are for this one. */
const supabaseCli = 'npx supabase@3.1.0'

/**
 * @param options.apiUrl - of the Management API, without a slash at the end
 * @param options.project - the Supabase project's ref
 * @param options.snapshot - what was live before the release
 * @param options.slugs - the functions to put back
 * @param options.sha - the commit that was live before; null when it is not known
 */
export function functionsByHand(options: {
  readonly apiUrl: string
  readonly project: string
  readonly snapshot: FunctionsSnapshot
  readonly slugs: readonly string[]
  readonly sha: string | null
}): readonly ManualStep[] {
  const { apiUrl, project, snapshot, slugs, sha } = options
  if (slugs.length === 0) return []
  const before = snapshot.functions.filter(({ slug }) => slugs.includes(slug))
  const isOpen = (slug: string) => before.find((one) => one.slug === slug)?.metadata.verify_jwt === false
  const deploy = (some: readonly string[], flags: string) =>
    some.length === 0
      ? []
      : [`${supabaseCli} functions deploy ${some.map(quoted).join(' ')} --remote=${quoted(project)} --use-api${flags}`]
  const wanted = before.map(({ slug, digest }) => `${slug} ${digest ?? 'with no digest'}`).join(', ')
  const folder = sha === null ? null : quoted(`../before-${sha.slice(0, 7)}`)
  return [
    folder === null || sha === null
      ? {
          what: 'Check out the commit that was live before, in a clone of the repository.',
          command: 'git log --oneline -20',
        }
      : {
          what: 'Take the code that was live before, in a clone of the repository.',
          command: `git fetch origin ${quoted(sha)} && git worktree add --detach ${folder} ${quoted(sha)} && cd ${folder}`,
        },
    {
      what: 'Deploy it; SUPABASE_ACCESS_TOKEN has to be set.',
      // Those that anybody may call need a flag, which holds for all that are deployed with it.
      command: [
        ...deploy(
          slugs.filter((slug) => !isOpen(slug)),
          '',
        ),
        ...deploy(slugs.filter(isOpen), ' --no-verify-jwt'),
      ].join(' && '),
    },
    {
      what: `Look at what is live. Before it was ${wanted}; built anew, the same code may have another digest.`,
      command: `curl -fsS ${bearer('SUPABASE_ACCESS_TOKEN')} ${quoted(`${apiUrl}/projects/${project}/functions`)} | jq -r '.[] | [.slug, .version, .ezbr_sha256] | @tsv'`,
    },
  ]
}

/**
 * @param options.apiUrl - of Vercel's REST API, without a slash at the end
 * @param options.project - and `team`: name, slug or id
 * @param options.deployment - what was live before the release
 */
export function frontendByHand(options: {
  readonly apiUrl: string
  readonly project: string
  readonly team: string | null
  readonly deployment: FrontendDeployment
}): readonly ManualStep[] {
  const { apiUrl, project, team, deployment } = options
  const owner = team === null ? [] : [`${team.startsWith('team_') ? 'teamId' : 'slug'}=${encodeURIComponent(team)}`]
  const address = (path: string, ...query: readonly string[]) => {
    const parts = [...query, ...owner]
    return `${apiUrl}${path}${parts.length === 0 ? '' : `?${parts.join('&')}`}`
  }
  const ofProject = `/v9/projects/${encodeURIComponent(project)}`
  const token = bearer('VERCEL_TOKEN')
  const id = '$' + 'PROJECT_ID'
  return [
    {
      what: 'Find the id of the project; VERCEL_TOKEN has to be set.',
      command: `PROJECT_ID=$(curl -fsS ${token} ${quoted(address(ofProject))} | jq -r .id)`,
    },
    {
      what: `Put ${deployment.url} back.`,
      // In double quotes, for the variable; nothing else in it means anything to a shell.
      command: `curl -fsS -X POST ${token} -H 'Content-Type: application/json' -d '{}' "${address(`/v1/projects/${id}/rollback/${encodeURIComponent(deployment.id)}`)}"`,
    },
    {
      what: `Wait until it says "succeeded" for ${deployment.id}.`,
      command: `curl -fsS ${token} ${quoted(address(ofProject, 'rollbackInfo=true'))} | jq .lastAliasRequest`,
    },
  ]
}

/**
 * @param options.apiUrl - of Cloudflare's API, without a slash at the end
 * @param options.zoneId - and `loadBalancerId`, and the pools: ids, which are public
 */
export function trafficByHand(options: {
  readonly apiUrl: string
  readonly zoneId: string
  readonly loadBalancerId: string
  readonly baseline: { readonly name: string; readonly id: string }
  readonly canary: { readonly name: string; readonly id: string }
}): readonly ManualStep[] {
  const { apiUrl, zoneId, loadBalancerId, baseline, canary } = options
  const balancer = quoted(`${apiUrl}/zones/${zoneId}/load_balancers/${loadBalancerId}`)
  const token = bearer('CLOUDFLARE_API_TOKEN')
  const weights = { default_weight: 0, pool_weights: { [baseline.id]: 1, [canary.id]: 0 } }
  const body = JSON.stringify({ steering_policy: 'random', random_steering: weights })
  return [
    {
      what: `Give all traffic to ${baseline.name}; CLOUDFLARE_API_TOKEN has to be set.`,
      command: `curl -fsS -X PATCH ${token} -H 'Content-Type: application/json' -d '${body}' ${balancer}`,
    },
    {
      what: `Read it back: ${baseline.name} (${baseline.id}) has 1, ${canary.name} (${canary.id}) has 0.`,
      command: `curl -fsS ${token} ${balancer} | jq .result.random_steering`,
    },
  ]
}

function bearer(variable: string): string {
  return `-H "Authorization: Bearer $${variable}"`
}

/** A word for a shell, in quotes where it needs them. */
function quoted(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
