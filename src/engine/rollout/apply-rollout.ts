import { hash } from 'node:crypto'
import { mrkdwn } from '../../cards/spans.ts'
import { taggedLine } from '../../cards/tagged-line.ts'
import { knownByName } from '../../policy/identity.ts'
import type { RolloutEnd } from '../../release/decision.ts'
import { isOver, isRollingBack, type Rollout } from '../../release/rollout/rollout.ts'
import type { RolloutDecision, RolloutEffect } from '../../release/rollout/rollout-decision.ts'
import { appendAudit, releaseObject } from '../../store/audit.ts'
import { cardsOfRelease } from '../../store/cards.ts'
import { lockOf, setLock } from '../../store/environments.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect, dropUnbegun, hasUnbegun, isQueued, replaceUnbegun } from '../../store/outbox.ts'
import { type ReleaseRecord, releaseById } from '../../store/releases.ts'
import { saveCheck, saveRollout } from '../../store/rollouts.ts'
import { setTimer } from '../../store/timers.ts'
import {
  cardLane,
  checkLane,
  legLane,
  type NewEffect,
  observeLane,
  type ThreadNote,
  trafficLane,
  trafficReadLane,
} from '../effects.ts'
import type { EngineContext } from '../engine-context.ts'
import type { RawPress } from '../gate/acts.ts'
import { answerPress, answerRefused, detailOf, wakeQueue } from '../gate/apply-decision.ts'
import { auditEntry } from '../gate/audit-entry.ts'
import { decideRelease } from '../gate/decide-release.ts'
import { environmentObject } from '../gate/environment-object.ts'
import { touchCards, touchOpenCards, touchPipelineCard } from '../gate/touch-cards.ts'
import type { Handled } from '../handled.ts'
import { both } from '../handled.ts'
import { wantHomes } from '../home-tabs.ts'
import { onItsBeat } from './on-its-beat.ts'
import { isWorthALine } from './worth-a-line.ts'

/** Holds the lock of an environment after a rollback, until somebody takes it off. */
export const sluiceItself = knownByName('Sluice')

export interface RolloutChange {
  readonly release: ReleaseRecord
  /** Null for a rollout that is new. */
  readonly before: Rollout | null
  readonly decision: RolloutDecision
  /** Who is answered; null when nobody pressed. */
  readonly press: RawPress | null
  /** Id of the event: what it calls for is called for once, and again when another event does. */
  readonly cause: string
  readonly at: number
}

/**
 * Writes down what a decision about a rollout says, all in the transaction of its event: the rollout, its audit row, the
 * calls that follow, its timers, the cards that are behind now, and the answer to whoever pressed.
 */
export async function applyRollout(tx: Db, change: RolloutChange, context: EngineContext): Promise<Handled> {
  const { release, before, decision, press, cause, at } = change
  const { rollout, audit, answer } = decision
  const hasChanged = rollout !== before
  if (hasChanged) {
    await saveRollout(tx, release.repository, rollout, at)
    await touchCards(tx, [release], at)
    if (looksOther(before, rollout)) await touchPipelineCard(tx, release, at)
    // What lists say of it is another, too: a longer window, say.
    if (before?.generation !== rollout.generation) await wantHomes(tx, at)
  }
  if (audit !== null) {
    const whole = await releaseById(tx, release.id)
    await appendAudit(tx, auditEntry(audit, whole ?? { object: releaseObject(release.id), sha: release.sha }, at))
  }
  const noted = notesOf(before, rollout)
  for (const [index, effect] of decision.effects.entries()) {
    await queueEffect(tx, { release, rollout, before, effect, index, cause, at })
  }
  for (const [index, note] of noted.entries()) {
    await queueNote(tx, { release, note, id: `${effectId(rollout, cause)}:note:${index}`, at })
  }
  if (press !== null && answer !== null) {
    const reason = answer.outcome === 'applied' ? null : (audit?.reason ?? null)
    const about = { type: 'release', releaseId: release.id } as const
    if (reason === null) await answerPress(tx, press, mrkdwn(taggedLine(answer.text)), at)
    else await answerRefused(tx, press, { reason, detail: detailOf(answer.text, reason), about }, at)
  }
  const handled: Handled = {
    outcome: answer?.outcome ?? (hasChanged ? 'changed' : 'unchanged'),
    changedCards: hasChanged,
    setTimer: true,
    signs: signsOf(release.environment, before, rollout),
  }
  if (isReopened(release, before, rollout)) {
    return both(handled, await decideRelease(tx, release.id, { type: 'rollback_begun', at }, cause, context))
  }
  const end = endOf(before, rollout)
  if (end === null) return handled
  return both(handled, await decideRelease(tx, release.id, { type: 'rollout_ended', at, end }, cause, context))
}

/** Whether lists say something else of it. */
function looksOther(before: Rollout | null, { phase, confirmed }: Rollout): boolean {
  return before?.phase.name !== phase.name || before.confirmed !== confirmed
}

/** What people hear besides what the rules say: that it is being rolled back, and how that went. */
function notesOf(before: Rollout | null, rollout: Rollout): readonly ThreadNote[] {
  const began = isRollingBack(rollout) && !(before !== null && isRollingBack(before))
  const ended = rollout.phase.name === 'rolled_back' && before?.phase.name !== 'rolled_back'
  return [
    ...(began ? [{ type: 'rollback_begun' } as const] : []),
    ...(ended ? [{ type: 'rollback_ended' } as const] : []),
  ]
}

function endOf(before: Rollout | null, rollout: Rollout): RolloutEnd | null {
  if (!isOver(rollout) || (before !== null && isOver(before))) return null
  if (rollout.phase.name === 'completed') return { name: 'completed' }
  const { reason = null, by = null, why = null } = rollout.rollback ?? {}
  return { name: 'rolled_back', reason, by, why }
}

/** What had ended is being rolled back. */
function isReopened({ state }: ReleaseRecord, before: Rollout | null, rollout: Rollout): boolean {
  return state.name !== 'rolling_out' && before !== null && isOver(before) && !isOver(rollout)
}

function signsOf(environment: string, before: Rollout | null, rollout: Rollout): NonNullable<Handled['signs']> {
  const { rollbackAt, trafficAt, endedAt } = rollout.stopwatch
  if (rollbackAt === null) return []
  const isNew = (part: 'trafficAt' | 'endedAt') =>
    rollout.stopwatch[part] !== null && before?.stopwatch[part] !== rollout.stopwatch[part]
  return [
    ...(trafficAt !== null && isNew('trafficAt')
      ? [{ type: 'rolled_back', environment, part: 'traffic', afterMs: trafficAt - rollbackAt } as const]
      : []),
    ...(endedAt !== null && isNew('endedAt') && rollout.phase.name === 'rolled_back'
      ? [{ type: 'rolled_back', environment, part: 'all', afterMs: endedAt - rollbackAt } as const]
      : []),
  ]
}

function effectId({ releaseId, revision }: Rollout, cause: string): string {
  return `rollout:${releaseId}:${revision}:${hash('sha256', cause, 'base64url').slice(0, 16)}`
}

interface Queued {
  readonly release: ReleaseRecord
  readonly rollout: Rollout
  readonly before: Rollout | null
  readonly effect: RolloutEffect
  readonly index: number
  readonly cause: string
  readonly at: number
}

async function queueEffect(tx: Db, { release, rollout, before, effect, index, cause, at }: Queued): Promise<void> {
  const releaseId = release.id
  const id = `${effectId(rollout, cause)}:${index}:${effect.type}`
  const place = { repository: release.repository, environment: release.environment }
  const queue = async (call: NewEffect, afterMs = 0) => void (await addEffect(tx, { ...call, at, afterMs }))
  /** The newest says what is wanted; it is not made later than one that it replaces. */
  const queueInstead = async (call: NewEffect, afterMs: number) => {
    const dueAt = await replaceUnbegun(tx, { lane: call.lane, releaseId, at })
    await queue(call, dueAt === null ? afterMs : Math.min(afterMs, Math.max(0, dueAt - at)))
  }
  switch (effect.type) {
    case 'read_traffic': {
      const { purpose, generation, afterMs } = effect
      const lane = trafficReadLane(releaseId)
      return await queueInstead({ id, lane, type: 'read_traffic', body: { releaseId, purpose, generation } }, afterMs)
    }
    case 'set_traffic': {
      const { generation, percents, disabled, afterMs } = effect
      const body = { releaseId, generation, percents, disabled }
      return await queueInstead({ id, lane: trafficLane(place), type: 'set_traffic', body }, afterMs)
    }
    case 'observe': {
      const lane = observeLane(releaseId)
      // One that has not begun looks at how things are when it begins.
      if (await hasUnbegun(tx, lane)) return
      return await queue({ id, lane, type: 'observe', body: { releaseId } })
    }
    case 'run_check': {
      const { step, when, index: place, check } = effect
      const lane = checkLane(releaseId)
      const beginning = `check:${releaseId}:${step}:${when}:${place}:`
      if (await isQueued(tx, { lane, beginning })) return
      const body = { releaseId, step, when, index: place, check }
      return await queue({ id: `${beginning}${id}`, lane, type: 'run_check', body })
    }
    case 'roll_back_leg': {
      const { leg, generation, afterMs } = effect
      const lane = legLane(releaseId, leg)
      return await queueInstead({ id, lane, type: 'roll_back_leg', body: { releaseId, leg, generation } }, afterMs)
    }
    case 'cancel_calls': {
      const lanes = [trafficLane(place), trafficReadLane(releaseId), checkLane(releaseId)]
      return await dropUnbegun(tx, { lanes, releaseId, before: effect.before, at })
    }
    case 'lock_environment': {
      if ((await lockOf(tx, place, at)) !== null) return
      await setLock(tx, place, { holder: sluiceItself, why: effect.why, channelId: null, since: at, expiresAt: null })
      const line = { actor: 'sluice', client: 'sluice', action: 'lock', reason: null, text: effect.why } as const
      await appendAudit(tx, auditEntry(line, { object: environmentObject(place), sha: release.sha }, at))
      return await touchOpenCards(tx, place, at)
    }
    case 'page':
    case 'remind_holder':
    case 'post_line':
    case 'post_story':
      return await queueNote(tx, { release, note: effect, id, at })
    case 'record_verdict': {
      const { type: _, ...check } = effect
      await saveCheck(tx, releaseId, check)
      if (!isWorthALine(before, rollout, check)) return
      return await queueNote(tx, { release, note: { type: 'verdict', at: check.at }, id, at })
    }
    case 'deployment_status': {
      if (release.mode !== 'dispatch') return
      const body = { releaseId, state: effect.state }
      return await queue({ id, lane: `deployment:${releaseId}`, type: 'set_deployment_status', body })
    }
    case 'environment_free':
      return await wakeQueue(tx, release, { cause: id, at })
    case 'timer':
      return await setTimer(tx, {
        id: `rollout:${effect.timer}:${releaseId}`,
        type: 'timer.rollout',
        body: { releaseId, timer: effect.timer },
        dueAt: effect.timer === 'tick' ? onItsBeat(releaseId, at, effect.at) : effect.at,
      })
    default:
      return effect satisfies never
  }
}

/** Under every card of the release. */
async function queueNote(
  tx: Db,
  {
    release,
    note,
    id,
    at,
  }: { readonly release: ReleaseRecord; readonly note: ThreadNote; readonly id: string; readonly at: number },
): Promise<void> {
  for (const card of await cardsOfRelease(tx, release.id)) {
    const body = { releaseId: release.id, cardId: card.id, what: note }
    const effect = { id: `${id}:${card.id}`, lane: cardLane(card.id), type: 'post_under_release', body }
    await addEffect(tx, { ...effect, at })
  }
}
