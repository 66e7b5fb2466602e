/**
 * A frontend on Vercel. Promotion and instant rollback both only move the production domains to another deployment: they
 * are taken with 201 or 202, and carried out afterwards, domain by domain.
 *
 * How it is known what is live: by the production domain itself, by asking which deployment it leads to. Not by the
 * project's `targets.production`, which is the newest production build, and after `vercel deploy --prod --skip-domain`
 * one that nobody gets to see. A deployment counts as live when the domain leads to it and no request to move the domains
 * is under way (`lastAliasRequest`): until that has ended, other domains may still lead elsewhere.
 *
 * Nothing in here waits: whoever wants to know when it is live asks again, which costs two reads and orders nothing twice.
 */
import type { FrontendHost } from '../../engine/frontend-host.ts'
import type { ServiceResult } from '../../engine/service-failure.ts'
import type { FrontendDeployment } from '../../release/snapshot.ts'
import {
  type ListedDeployment,
  type VercelApi,
  type VercelApiOptions,
  type VercelDomain,
  vercelApi,
} from './vercel-api.ts'

export interface VercelFrontendHostOptions extends VercelApiOptions {
  /** The domain that production is looked at by; null: the project's first own one. */
  readonly domain: string | null
}

/** Where the production domains lead, and whether that is about to change. */
interface Standing {
  readonly projectId: string
  readonly liveId: string | null
  /** The newest request to move the domains, when it has not ended. */
  readonly underWay: string | null
  /** The deployment that the newest request did not get the domains to. */
  readonly failed: string | null
}

export function vercelFrontendHost(options: VercelFrontendHostOptions): FrontendHost {
  const api = vercelApi(options)
  let domain = options.domain

  async function productionDomain(): Promise<ServiceResult<string | null>> {
    if (domain !== null) return { ok: true, value: domain }
    const domains = await api.domains()
    if (!domains.ok) return domains
    // A domain that is found keeps; one that is missing may be added a minute later.
    domain = chooseDomain(domains.value)
    return { ok: true, value: domain }
  }

  async function liveId(): Promise<ServiceResult<string | null>> {
    const name = await productionDomain()
    if (!name.ok || name.value === null) return name
    return await api.deploymentBehind(name.value)
  }

  async function standing(): Promise<ServiceResult<Standing>> {
    const [project, live] = await Promise.all([api.project(), liveId()])
    if (!project.ok) return project
    if (!live.ok) return live
    const { id, lastAliasRequest: request } = project.value
    const isUnderWay = request?.jobStatus === 'pending' || request?.jobStatus === 'in-progress'
    return {
      ok: true,
      value: {
        projectId: id,
        liveId: live.value,
        underWay: isUnderWay ? request.toDeploymentId : null,
        failed: request?.jobStatus === 'failed' ? request.toDeploymentId : null,
      },
    }
  }

  /** Orders it unless that is done, and says how it stands then. */
  async function move(kind: 'promote' | 'rollback', id: string): Promise<ServiceResult<{ readonly isLive: boolean }>> {
    const before = await standing()
    if (!before.ok) return before
    if (isLive(before.value, id)) return { ok: true, value: { isLive: true } }
    if (before.value.underWay === id) return { ok: true, value: { isLive: false } }
    const ordered = await api.order(kind, before.value.projectId, id)
    // A refusal as well: it may say no more than that somebody else has done it meanwhile.
    const isSettled = ordered.ok || ordered.failure.type === 'rejected'
    if (!isSettled) return ordered
    const after = await standing()
    if (!after.ok) return after
    const { underWay, failed } = after.value
    if (isLive(after.value, id)) return { ok: true, value: { isLive: true } }
    if (underWay === id) return { ok: true, value: { isLive: false } }
    if (!ordered.ok) return underWay === null ? ordered : busy(api, kind, id, underWay)
    if (failed !== id) return { ok: true, value: { isLive: false } }
    const detail = api.tell(`projects.${kind}`, `deployment ${id}`, 'not all domains could be moved')
    return { ok: false, failure: { type: 'unavailable', detail, mayHaveHappened: true } }
  }

  return {
    async live() {
      const id = await liveId()
      if (!id.ok || id.value === null) return id.ok ? { ok: true, value: null } : id
      const found = await api.deployment(id.value)
      if (!found.ok) return found
      const { url, createdAt, meta } = found.value
      return { ok: true, value: toDeployment(found.value.id, url, createdAt, meta) }
    },
    async find(sha) {
      const project = await api.project()
      if (!project.ok) return project
      // The first knows builds that Vercel made of a push; the second those of the CLI, by what it was told with --meta.
      for (const filter of [{ sha }, { 'meta-githubCommitSha': sha }]) {
        const listed = await api.deployments({ projectId: project.value.id, filter })
        if (!listed.ok) return listed
        const found = listed.value.find((one) => isBuildOf(one, sha))
        if (found !== undefined) {
          return { ok: true, value: toDeployment(found.uid, found.url, found.created, found.meta) }
        }
      }
      return { ok: true, value: null }
    },
    promote: (id) => move('promote', id),
    rollBack: (id) => move('rollback', id),
  }
}

function isLive({ liveId, underWay, failed }: Standing, id: string): boolean {
  return liveId === id && underWay === null && failed !== id
}

/** One move of the domains at a time. */
function busy(api: VercelApi, kind: string, id: string, other: string): ServiceResult<never> {
  const detail = api.tell(`projects.${kind}`, `deployment ${id}`, `the domains are being moved to ${other}`)
  return { ok: false, failure: { type: 'unavailable', detail, mayHaveHappened: false } }
}

/** One that people use before one of Vercel's own; those of branches and other environments are not production's. */
function chooseDomain(domains: readonly VercelDomain[]): string | null {
  const ofProduction = domains.filter(
    ({ redirect, gitBranch, customEnvironmentId, verified }) =>
      verified && (redirect ?? null) === null && (gitBranch ?? null) === null && (customEnvironmentId ?? null) === null,
  )
  const own = ofProduction.find(({ name }) => !name.endsWith('.vercel.app'))
  return (own ?? ofProduction[0])?.name ?? null
}

function isBuildOf({ target, state, readyState, meta }: ListedDeployment, sha: string): boolean {
  return target === 'production' && (state ?? readyState) === 'READY' && shaOf(meta) === sha
}

function toDeployment(id: string, url: string, createdAt: number, meta: ListedDeployment['meta']): FrontendDeployment {
  return { id, url: url.startsWith('https://') ? url : `https://${url}`, sha: shaOf(meta), createdAt }
}

function shaOf(meta: ListedDeployment['meta']): string | null {
  const found = ['githubCommitSha', 'gitlabCommitSha', 'bitbucketCommitSha', 'gitCommitSha']
    .map((key) => meta?.[key])
    .find((value) => typeof value === 'string')
  return typeof found === 'string' ? found : null
}
