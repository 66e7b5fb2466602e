/** What happens to rollouts: each event is decided by the rules and written down, in its own transaction. */
import type { Release } from '../../release/release.ts'
import { decideRollout } from '../../release/rollout/decide-rollout.ts'
import { openRollout } from '../../release/rollout/open-rollout.ts'
import type { RolloutEvent, RolloutPress } from '../../release/rollout/rollout-decision.ts'
import type { Db } from '../../store/open-store.ts'
import { releaseById } from '../../store/releases.ts'
import { rolloutOf, saveBaseline } from '../../store/rollouts.ts'
import { snapshotOf } from '../../store/snapshots.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import type { RawPress, RolloutAct } from '../gate/acts.ts'
import type { OperatorRead } from '../gate/reads.ts'
import { refusePress } from '../gate/refuse-press.ts'
import { both, type Handled } from '../handled.ts'
import { applyRollout } from './apply-rollout.ts'
import { type LoadedRollout, loadRollout, rulesOf } from './load-rollout.ts'
import { neverOpened } from './never-opened.ts'
import { rolloutPlanOf } from './open-rollout-of.ts'
import { switchedOffIn } from './switched-off.ts'

type At = { readonly id: string; readonly at: number }

const unchanged: Handled = { outcome: 'unchanged' }

/** The workflow of a release has ended well: its rollout begins. Once, however often that is heard. */
export async function handleRolloutBegin(
  tx: Db,
  { releaseId }: EventBodies['rollout.begin'],
  { id: cause, at }: At,
  context: EngineContext,
): Promise<Handled> {
  const release = await releaseById(tx, releaseId)
  if (release?.state.name !== 'rolling_out') return unchanged
  const environment = context.environmentOf(release.repository, release.environment)
  if (environment === null || (await rolloutOf(tx, releaseId)) !== null) return unchanged
  const plan = rolloutPlanOf(release, environment, await snapshotOf(tx, releaseId), await switchedOffIn(tx, release))
  const rules = await rulesOf(tx, { release, environment, rollout: null, at, isPress: false }, context)
  const decision = openRollout(plan, rules, at)
  return await applyRollout(tx, { release, before: null, decision, press: null, cause, at }, context)
}

export async function handleRolloutHappened(
  tx: Db,
  { releaseId, what }: EventBodies['rollout.happened'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  if (what.type === 'traffic_read' && what.baseline !== undefined && what.baseline.length > 0) {
    await saveBaseline(tx, releaseId, what.baseline)
  }
  return await decideAbout(tx, releaseId, { ...what, at }, id, context)
}

export async function handleRolloutTimer(
  tx: Db,
  { releaseId, timer }: EventBodies['timer.rollout'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideAbout(tx, releaseId, { type: 'timer', at, timer }, id, context)
}

async function decideAbout(
  tx: Db,
  releaseId: string,
  event: RolloutEvent,
  cause: string,
  context: EngineContext,
): Promise<Handled> {
  const loaded = await loadRollout(tx, { releaseId, at: event.at, isPress: false }, context)
  if (loaded === null) return unchanged
  const { release, rollout: before, rules } = loaded
  const decision = decideRollout(before, event, rules)
  return await applyRollout(tx, { release, before, decision, press: null, cause, at: event.at }, context)
}

/** A press on a rollout, or the command for it. */
export async function handleRolloutPress(
  tx: Db,
  input: {
    readonly press: RawPress
    readonly act: RolloutAct
    readonly operator: OperatorRead
    readonly at: number
    readonly cause: string
  },
  context: EngineContext,
): Promise<Handled> {
  const { press, act, operator, at, cause } = input
  const release = await releaseById(tx, act.releaseId)
  if (release === null) return await refusePress(tx, { press, act, operator, reason: 'unknown_release', at })
  const loaded =
    (await loadRollout(tx, { releaseId: act.releaseId, at, isPress: true }, context)) ??
    (await endedWithout(tx, release, act, at, context))
  if (loaded === null) return await refusePress(tx, { press, act, operator, reason: 'no_rollout', at })
  const { rollout: before, rules } = loaded
  const by: RolloutPress = {
    id: press.id,
    client: press.client,
    by: operator.identity,
    memberships: operator.memberships,
    seen: act.seen,
  }
  const decision = decideRollout(before, eventOf(act, by, at), rules)
  const { outcome = 'applied' } = decision.answer ?? {}
  const handled = await applyRollout(tx, { release, before, decision, press, cause, at }, context)
  const reason = outcome === 'applied' ? null : (decision.audit?.reason ?? null)
  return both(handled, { outcome, signs: [{ type: 'pressed', act: act.type, outcome, reason }] })
}

/** A release that has ended without a rollout: what else it brought can be put back all the same. */
async function endedWithout(
  tx: Db,
  release: Release,
  act: RolloutAct,
  at: number,
  context: EngineContext,
): Promise<LoadedRollout | null> {
  const environment = context.environmentOf(release.repository, release.environment)
  const isEnded = release.state.name === 'completed' || release.state.name === 'failed'
  if (act.type !== 'roll_back' || !isEnded || environment === null) return null
  const rollout = await neverOpened(tx, release, environment, at)
  if (rollout === null) return null
  return {
    release,
    environment,
    rollout,
    rules: await rulesOf(tx, { release, environment, rollout, at, isPress: true }, context),
  }
}

function eventOf(act: RolloutAct, press: RolloutPress, at: number): RolloutEvent {
  switch (act.type) {
    case 'hold':
      return { type: 'hold', at, press, why: act.why }
    case 'roll_back':
      return { type: 'roll_back', at, press, why: act.why }
    case 'extend':
      return { type: 'extend', at, press, ms: act.ms }
    default:
      return { type: act.type, at, press }
  }
}
