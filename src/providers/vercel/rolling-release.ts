/**
 * Traffic of a project on Vercel, split by its rolling releases. Vercel knows no two pools that stay: there is the
 * deployment that serves, and the one that is rolled out. So a router is made for one release and its two deployments, and
 * the pools are called `baseline` and `canary`.
 *
 * Shares are those of the project's stages, in their order; each is approved by itself, and there is no way back but to
 * none at all, by instant rollback. Stages that go on by themselves are an obstacle: it is Sluice that judges and advances.
 */
import type { ServiceResult } from '../../engine/service-failure.ts'
import type { TrafficReading, TrafficRouter, WantedTraffic } from '../../engine/traffic-router.ts'
import {
  type RollingReleaseCallsOptions,
  type RollingReleaseDocument,
  type RollingReleaseSettings,
  rollingReleaseCalls,
} from './rolling-release-calls.ts'

export interface VercelRollingReleaseOptions extends RollingReleaseCallsOptions {
  /** The domain that production is looked at by. */
  readonly domain: string
  /** Id of the deployment that served before the release. */
  readonly baseline: string
  /**
   * Id of the deployment that is released; built for production, and not promoted yet. Null when it is not known: the way
   * back is all that is left then.
   */
  readonly canary: string | null
}

interface State {
  readonly document: RollingReleaseDocument | null
  readonly settings: RollingReleaseSettings | null
  readonly liveId: string | null
}

export function vercelRollingRelease(options: VercelRollingReleaseOptions): TrafficRouter {
  const { baseline, canary, domain } = options
  const calls = rollingReleaseCalls(options)

  async function readState(): Promise<ServiceResult<State>> {
    const [document, settings, live] = await Promise.all([
      calls.current(),
      calls.settings(),
      calls.behind(domain),
      // So that a rollback need not ask for it first; if it cannot be read now, it is then.
      calls.projectId(),
    ])
    if (!document.ok) return document
    if (!settings.ok) return settings
    if (!live.ok) return live
    return { ok: true, value: { document: document.value, settings: settings.value, liveId: live.value } }
  }

  const activeIn = ({ document }: State) => (document?.state === 'ACTIVE' ? document : null)
  const ours = (state: State): RollingReleaseDocument | null => {
    const active = activeIn(state)
    return canary !== null && active?.canaryDeployment?.id === canary ? active : null
  }

  /** What the baseline does not have, 0 to 100; that of another release's canary is told as an obstacle besides. */
  const percentOf = (state: State): number => {
    const active = activeIn(state)
    if (active !== null) return active.activeStage?.targetPercentage ?? 0
    return state.liveId === canary || (canary === null && state.liveId !== baseline) ? 100 : 0
  }

  function readingOf(state: State): TrafficReading {
    const percent = percentOf(state)
    const pool = (name: string, share: number) =>
      // Vercel does not check deployments, and switches none off.
      ({ pool: name, percent: share, isEnabled: true, health: 'unchecked' }) as const
    return {
      pools: [pool('baseline', 100 - percent), pool('canary', percent)],
      obstacles: obstaclesOf(state, ours(state), { baseline, canary }),
      // A visitor keeps to one side while a stage lasts; when shares change, those that are meant move.
      hasSessionAffinity: false,
    }
  }

  async function read(): Promise<ServiceResult<TrafficReading>> {
    const state = await readState()
    return state.ok ? { ok: true, value: readingOf(state.value) } : state
  }

  async function start(state: State, canary: string): Promise<ServiceResult<RollingReleaseDocument | null>> {
    const active = ours(state)
    if (active !== null) return { ok: true, value: active }
    if (state.document?.state === 'ACTIVE') {
      const other = state.document.canaryDeployment?.id ?? 'another deployment'
      return calls.rejected('rollingRelease.start', `a rolling release of ${other} is under way`)
    }
    return await calls.start(canary)
  }

  /** Approves stage after stage until the wanted one; Vercel passes none over. */
  async function advance(state: State, canary: string, percent: number): Promise<ServiceResult<unknown>> {
    const active = ours(state)
    const stages = active?.stages ?? state.settings?.stages ?? []
    const target = stages.findIndex(({ targetPercentage }) => targetPercentage === percent)
    const known = stages.map(({ targetPercentage }) => `${targetPercentage}%`).join(', ') || 'none'
    if (target === -1) {
      const what = `${percent}% is not one of the project's stages (${known}); set them to the steps of the release`
      return calls.rejected('rollingRelease.approveStage', what)
    }
    if (active === null && state.liveId === canary) {
      return calls.rejected('rollingRelease.start', 'the deployment serves everybody already; only a rollback is left')
    }
    const started = await start(state, canary)
    if (!started.ok) return started
    let index = started.value?.activeStage?.index ?? 0
    if (index > target) {
      const what = `the rolling release is at stage ${index + 1} of ${known} and cannot go back to ${percent}%`
      return calls.rejected('rollingRelease.approveStage', what)
    }
    while (index < target) {
      const approved = await calls.approve(canary, index + 1)
      if (!approved.ok) return approved
      index += 1
    }
    return started
  }

  async function complete(state: State, canary: string): Promise<ServiceResult<unknown>> {
    if (ours(state) === null && state.liveId === canary) return { ok: true, value: null }
    const started = await start(state, canary)
    if (!started.ok || started.value?.state === 'COMPLETE') return started
    return await calls.complete(canary)
  }

  /** Ordered whatever can be read: what cannot be read must not keep a rollback from being one. */
  async function rollBack(state: ServiceResult<State>): Promise<ServiceResult<unknown>> {
    const isBack = state.ok && activeIn(state.value) === null && state.value.liveId === baseline
    return isBack ? { ok: true, value: null } : await calls.rollBack(baseline)
  }

  async function change(percent: number): Promise<ServiceResult<unknown>> {
    const state = await readState()
    if (percent === 0) return await rollBack(state)
    if (!state.ok) return state
    if (canary === null) return calls.rejected('rollingRelease.start', 'the deployment that is released is not known')
    return percent === 100 ? await complete(state.value, canary) : await advance(state.value, canary, percent)
  }

  return {
    read,
    async apply(wanted) {
      const changed = await change(canaryPercent(wanted))
      if (!changed.ok) return changed
      const after = await read()
      if (after.ok || after.failure.type !== 'unavailable') return after
      return { ok: false, failure: { ...after.failure, mayHaveHappened: true } }
    },
    // Vercel's API does not say who changed what of a rolling release.
    lastChange: async () => ({ ok: true, value: null }),
  }
}

/** @throws when the pools are not those of a rolling release: that is a mistake of the caller */
function canaryPercent({ percents }: WantedTraffic): number {
  const { baseline, canary } = percents
  if (baseline === undefined || canary === undefined || baseline + canary !== 100) {
    throw new Error(`A rolling release has the pools baseline and canary, which make 100: ${JSON.stringify(percents)}`)
  }
  return canary
}

function obstaclesOf(
  { document, settings, liveId }: State,
  active: RollingReleaseDocument | null,
  { baseline, canary }: Pick<VercelRollingReleaseOptions, 'baseline' | 'canary'>,
): readonly string[] {
  const found: string[] = []
  const stages = active?.stages ?? settings?.stages ?? []
  if (active === null && settings === null) {
    found.push('Rolling releases are switched off for the project. Switch them on, with the steps of the release.')
  }
  if (stages.slice(0, -1).some(({ requireApproval }) => requireApproval !== true)) {
    found.push('Stages go on by themselves after a time. Let each of them need an approval ("manual-approval").')
  }
  if (stages.some(({ linearShift }) => linearShift === true)) {
    found.push('Shares rise within a stage (linear shift), so that no share is a step. Switch it off.')
  }
  if (active === null && document?.state === 'ACTIVE') {
    found.push(
      `A rolling release of ${document.canaryDeployment?.id ?? 'another deployment'} is under way. End it first.`,
    )
  }
  const queued = document?.state === 'ACTIVE' ? document.queuedDeploymentId : null
  if (queued !== null && queued !== undefined) {
    found.push(`The deployment ${queued} is queued, and starts by itself when this one ends. Take it out of the queue.`)
  }
  if (active === null && liveId !== null && liveId !== baseline && liveId !== canary) {
    found.push(`Production is ${liveId}, which is neither what served before nor what is released.`)
  }
  return found
}
