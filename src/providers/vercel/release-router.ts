/**
 * The router of one release on Vercel. The ids of its two deployments are all that a rolling release is known by: the one
 * that served before was recorded before the release changed anything, the new one is found by its commit once it is built.
 * It is looked for until it is found, and then kept. A rollback does not wait for that: it takes the old one alone.
 */
import type { FrontendHost } from '../../engine/frontend-host.ts'
import type { ServiceFailure, ServiceResult } from '../../engine/service-failure.ts'
import type { TrafficRouter } from '../../engine/traffic-router.ts'
import { type VercelRollingReleaseOptions, vercelRollingRelease } from './rolling-release.ts'

export interface VercelReleaseRouterOptions extends Omit<VercelRollingReleaseOptions, 'baseline' | 'canary'> {
  readonly frontend: Pick<FrontendHost, 'find'>
  /** The commit that is released. */
  readonly sha: string
  /** Id of the deployment that served before; null when that was not recorded. */
  readonly liveBefore: string | null
}

export function vercelReleaseRouter(options: VercelReleaseRouterOptions): TrafficRouter {
  const { frontend, sha, liveBefore, ...rest } = options
  let found: TrafficRouter | null = null

  async function router(): Promise<ServiceResult<TrafficRouter>> {
    if (liveBefore === null) return notRecorded
    if (found !== null) return { ok: true, value: found }
    const canary = await frontend.find(sha)
    if (!canary.ok) return canary
    if (canary.value === null) return failure('not_found', notBuilt(sha))
    if (canary.value.id === liveBefore)
      return failure('rejected', `${liveBefore} of this commit served before as well.`)
    found = vercelRollingRelease({ ...rest, baseline: liveBefore, canary: canary.value.id })
    return { ok: true, value: found }
  }

  return {
    async read() {
      const known = await router()
      return known.ok ? await known.value.read() : known
    },
    async apply(wanted) {
      const known = await router()
      if (known.ok) return await known.value.apply(wanted)
      if (liveBefore === null || wanted.percents.canary !== 0) return known
      return await vercelRollingRelease({ ...rest, baseline: liveBefore, canary: null }).apply(wanted)
    },
    async lastChange() {
      const known = await router()
      return known.ok ? await known.value.lastChange() : known
    },
  }
}

function failure(
  type: Extract<ServiceFailure['type'], 'not_found' | 'rejected'>,
  detail: string,
): ServiceResult<never> {
  return { ok: false, failure: { type, detail } }
}

const notRecorded = failure('rejected', 'Which deployment served before this release was not recorded.')

function notBuilt(sha: string): string {
  return `Vercel has no deployment of ${sha.slice(0, 7)} for production that is ready. The workflow has to build it: vercel deploy --prod --skip-domain --meta githubCommitSha=SHA.`
}
