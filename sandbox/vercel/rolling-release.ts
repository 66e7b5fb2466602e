/**
 * Rolling releases of one project, as Vercel keeps them: stages that are approved one by one or go on by themselves, one
 * release at a time, and instant rollback, which is ordered first and carried out a moment later.
 */
export interface RollingStage {
  readonly index: number
  readonly isFinalStage: boolean
  readonly targetPercentage: number
  readonly requireApproval: boolean
  /** Minutes; null where it waits for an approval. */
  readonly duration: number | null
  readonly linearShift: boolean
}

export interface StageSettings {
  readonly targetPercentage: number
  readonly requireApproval?: boolean
  readonly duration?: number
  readonly linearShift?: boolean
}

interface Release {
  state: 'ACTIVE' | 'COMPLETE' | 'ABORTED'
  readonly currentId: string
  readonly canaryId: string
  readonly stages: readonly RollingStage[]
  index: number
  readonly startedAt: number
  updatedAt: number
}

export type RollingOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string }

export interface RollingReleases {
  start(canaryId: string): RollingOutcome
  approve(canaryId: string, nextStageIndex: number): RollingOutcome
  complete(canaryId: string): RollingOutcome
  rollBack(deploymentId: string): RollingOutcome
  configure(stages: readonly StageSettings[] | null): RollingOutcome
  /** A production deployment while another is rolled out waits for its turn. */
  queue(deploymentId: string | null): void
  /** The document of `GET …/rolling-release`; null before the first release. */
  document(): unknown
  settings(): unknown
  /** What the production domain leads to. */
  liveId(): string
  /** Which deployment a visitor gets: the same one while the share is the same. */
  route(visitor: string): string
}

export interface RollingReleasesOptions {
  readonly now: () => number
  /** Ids of the deployments that are ready; the first serves. */
  readonly deployments: readonly string[]
  /** Null: switched off. */
  readonly stages: readonly StageSettings[] | null
  /** How long instant rollback takes. Default 0. */
  readonly rollbackMs?: number
}

export function createRollingReleases(options: RollingReleasesOptions): RollingReleases {
  const { now, deployments, rollbackMs = 0 } = options
  let settings = options.stages
  let release: Release | null = null
  let live = deployments[0] ?? ''
  let queued: string | null = null
  let rollback: { readonly to: string; readonly at: number } | null = null

  /** What has become due since anybody looked. */
  function settle(): void {
    if (rollback !== null && now() >= rollback.at) {
      live = rollback.to
      if (release?.state === 'ACTIVE') release.state = 'ABORTED'
      rollback = null
    }
    while (release?.state === 'ACTIVE') {
      const stage = release.stages[release.index]
      if (stage === undefined || stage.requireApproval || stage.duration === null) return
      const endsAt = release.updatedAt + stage.duration * 60_000
      if (now() < endsAt) return
      enter(release, release.index + 1, endsAt)
    }
  }

  function enter(one: Release, index: number, at: number): void {
    one.index = index
    one.updatedAt = at
    if (one.stages[index]?.isFinalStage !== true) return
    one.state = 'COMPLETE'
    live = one.canaryId
  }

  function active(canaryId: string): Release | null {
    settle()
    return release?.state === 'ACTIVE' && release.canaryId === canaryId ? release : null
  }

  return {
    start(canaryId) {
      if (active(canaryId) !== null) return { ok: true }
      if (!deployments.includes(canaryId)) return refuse(404, 'not_found', 'Deployment not found')
      if (release?.state === 'ACTIVE') return refuse(409, 'conflict', 'Another rolling release is active')
      if (settings === null) return refuse(400, 'bad_request', 'Rolling releases are not enabled for this project')
      const stages = settings.map(toStage)
      release = { state: 'ACTIVE', currentId: live, canaryId, stages, index: 0, startedAt: now(), updatedAt: now() }
      return { ok: true }
    },
    approve(canaryId, nextStageIndex) {
      const one = active(canaryId)
      if (one === null) return refuse(404, 'not_found', 'No active rolling release for this deployment')
      if (nextStageIndex !== one.index + 1) {
        return refuse(400, 'bad_request', `The next stage is ${one.index + 1}, not ${nextStageIndex}`)
      }
      enter(one, nextStageIndex, now())
      return { ok: true }
    },
    complete(canaryId) {
      const one = active(canaryId)
      if (one === null) return refuse(404, 'not_found', 'No active rolling release for this deployment')
      enter(one, one.stages.length - 1, now())
      return { ok: true }
    },
    rollBack(deploymentId) {
      settle()
      if (!deployments.includes(deploymentId)) return refuse(404, 'not_found', 'Deployment not found')
      if (live === deploymentId && release?.state !== 'ACTIVE') {
        return refuse(409, 'conflict', 'The deployment is already the production deployment')
      }
      rollback = { to: deploymentId, at: now() + rollbackMs }
      settle()
      return { ok: true }
    },
    configure(stages) {
      const isRising = (stages ?? []).every(
        (stage, index, all) => index === 0 || stage.targetPercentage > (all[index - 1]?.targetPercentage ?? 0),
      )
      if (stages !== null && (!isRising || stages.at(-1)?.targetPercentage !== 100 || stages.length < 2)) {
        return refuse(400, 'bad_request', 'Stages must rise and end with 100')
      }
      settings = stages
      return { ok: true }
    },
    queue(deploymentId) {
      queued = deploymentId
    },
    document() {
      settle()
      if (release === null) return null
      const { state, stages, index, currentId, canaryId, startedAt, updatedAt } = release
      const isActive = state === 'ACTIVE'
      return {
        state,
        currentDeployment: deployment(currentId),
        canaryDeployment: deployment(canaryId),
        queuedDeploymentId: queued,
        advancementType: stages.slice(0, -1).every((stage) => stage.requireApproval) ? 'manual-approval' : 'automatic',
        stages,
        activeStage: isActive ? (stages[index] ?? null) : null,
        nextStage: isActive ? (stages[index + 1] ?? null) : null,
        startedAt,
        updatedAt,
      }
    },
    settings: () => (settings === null ? null : { target: 'production', stages: settings }),
    liveId() {
      settle()
      return live
    },
    route(visitor) {
      settle()
      if (release?.state !== 'ACTIVE') return live
      const percent = release.stages[release.index]?.targetPercentage ?? 0
      return bucketOf(visitor) < percent ? release.canaryId : release.currentId
    },
  }
}

function toStage(stage: StageSettings, index: number, all: readonly StageSettings[]): RollingStage {
  const isFinalStage = index === all.length - 1
  return {
    index,
    isFinalStage,
    targetPercentage: stage.targetPercentage,
    requireApproval: !isFinalStage && (stage.requireApproval ?? false),
    duration: isFinalStage || stage.requireApproval === true ? null : (stage.duration ?? null),
    linearShift: stage.linearShift ?? false,
  }
}

function deployment(id: string): unknown {
  return {
    id,
    name: 'omnihub',
    url: `${id.toLowerCase().replace('_', '-')}.vercel.app`,
    target: 'production',
    source: 'cli',
    createdAt: 0,
    readyState: 'READY',
    readyStateAt: 0,
  }
}

function refuse(status: number, code: string, message: string): RollingOutcome {
  return { ok: false, status, code, message }
}

/** 0 to under 100, evenly over visitors (FNV-1a). */
function bucketOf(visitor: string): number {
  let hash = 0x811c9dc5
  for (const char of visitor) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0
  // The low bits of names that differ in their last letter alone are close to each other.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0
  return ((hash ^ (hash >>> 12)) >>> 0) / 42_949_672.96
}
