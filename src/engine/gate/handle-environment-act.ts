import { lockTakenOver } from '../../cards/release-notices.ts'
import { mrkdwn } from '../../cards/spans.ts'
import { taggedLine } from '../../cards/tagged-line.ts'
import { decideOnEnvironment } from '../../policy/environment-acts.ts'
import type { Identity } from '../../policy/identity.ts'
import { moment, quote } from '../../release/text-with-people.ts'
import { appendAudit } from '../../store/audit.ts'
import {
  declaredFreezeOf,
  declareFreeze,
  endFreeze,
  type Lock,
  lockOf,
  owedReviewOf,
  owedReviewOfRelease,
  removeLock,
  setLock,
  signOff,
} from '../../store/environments.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect } from '../../store/outbox.ts'
import { releaseRecord } from '../../store/releases.ts'
import { setTimer } from '../../store/timers.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import type { Handled } from '../handled.ts'
import type { EnvironmentAct, RawPress } from './acts.ts'
import { answerPress, wakeQueue } from './apply-decision.ts'
import { auditEntry } from './audit-entry.ts'
import { environmentObject } from './environment-object.ts'
import type { OperatorRead } from './reads.ts'
import { refusePress } from './refuse-press.ts'
import { touchCards, touchOpenCards } from './touch-cards.ts'

/** Whoever forgot a lock is reminded of it this much later, in ms. */
const forgottenMs = 3 * 3600_000

/** Locks, freezes and sign-offs: what people put on an environment, whatever is being released there. */
export async function handleEnvironmentAct(
  tx: Db,
  input: {
    readonly press: RawPress
    readonly act: EnvironmentAct
    readonly operator: OperatorRead
    readonly at: number
    readonly cause: string
  },
  context: EngineContext,
): Promise<Handled> {
  const { press, act, operator, at } = input
  const policy = context.policyOf(act.repository, act.environment)
  if (policy === null) return await refusePress(tx, { press, act, operator, reason: 'unknown_environment', at })
  const place = { repository: act.repository, environment: policy.environment }
  const [lock, freeze, owed] = [
    await lockOf(tx, place, at),
    await declaredFreezeOf(tx, place, at),
    act.type === 'sign_off' ? await owedReviewOfRelease(tx, place, act.releaseId) : await owedReviewOf(tx, place),
  ]
  const by = operator.identity
  if (act.type === 'lock' && act.takesOver && act.why === '' && lock === null) {
    const detail = 'It was taken off meanwhile, so there is nothing to take over.'
    return await refusePress(tx, { press, act, operator, reason: 'not_locked', detail, at })
  }
  const verdict = decideOnEnvironment(
    act.type === 'lock' ? { type: 'lock', takesOver: act.takesOver } : { type: act.type },
    { identity: by, memberships: operator.memberships, at, client: press.client },
    { policy, lock, hasFreeze: freeze !== null, owedReview: owed },
  )
  if (!verdict.ok) {
    // It holds what somebody typed as the reason of a lock.
    const detail = quote(verdict.detail)
    return await refusePress(tx, { press, act, operator, reason: verdict.reason, detail, at })
  }
  const text = await carryOut(tx, { ...input, place, by, lock }, context)
  const line = { actor: by, client: press.client, action: act.type, reason: null, text }
  const object = environmentObject(place)
  await appendAudit(tx, auditEntry(line, { object, sha: act.type === 'sign_off' ? await shaOf(tx, act) : null }, at))
  await answerPress(tx, press, mrkdwn(taggedLine(text)), at)
  await wakeQueue(tx, place, { cause: input.cause, at })
  await touchOpenCards(tx, place, at)
  // The card of the release that is signed off says so, and it is not open any more.
  const reviewed = act.type === 'sign_off' ? await releaseRecord(tx, act.releaseId) : null
  if (reviewed !== null) await touchCards(tx, [reviewed], at)
  const signs = [{ type: 'pressed', act: act.type, outcome: 'applied', reason: null }] as const
  return { outcome: 'changed', changedCards: true, setTimer: true, signs }
}

async function shaOf(tx: Db, act: { readonly releaseId: string }): Promise<string | null> {
  return (await releaseRecord(tx, act.releaseId))?.sha ?? null
}

async function carryOut(
  tx: Db,
  input: {
    readonly press: RawPress
    readonly act: EnvironmentAct
    readonly place: { readonly repository: string; readonly environment: string }
    readonly by: Identity
    /** The lock that is in force. */
    readonly lock: Lock | null
    readonly at: number
  },
  context: EngineContext,
): Promise<string> {
  const { press, act, place, by, at } = input
  const { environment } = place
  switch (act.type) {
    case 'lock': {
      // Taken over by a press, it is the same lock in other hands.
      const isPressed = act.why === '' && input.lock !== null
      const why = isPressed ? (input.lock?.why ?? '') : act.why
      const expiresAt = isPressed ? (input.lock?.expiresAt ?? null) : act.forMs === null ? null : at + act.forMs
      await setLock(tx, place, { holder: by, why, channelId: press.channelId, since: at, expiresAt })
      await lockTimer(tx, place, 'remind', at + forgottenMs)
      if (expiresAt !== null) await lockTimer(tx, place, 'end', expiresAt)
      if (input.lock !== null) await tellFormerHolder(tx, { ...input, lost: input.lock }, context)
      const until = expiresAt === null ? 'until somebody unlocks it' : `until ${moment(expiresAt)}`
      return `${environment} is locked ${until}: ${quote(why)}`
    }
    case 'unlock':
      await removeLock(tx, place)
      if (input.lock !== null) await tellFormerHolder(tx, { ...input, lost: input.lock }, context)
      return `${environment} is not locked any more.`
    case 'freeze':
      await declareFreeze(tx, place, { by, why: act.why, fromMs: at, toMs: at + act.forMs })
      await lockTimer(tx, place, 'thaw', at + act.forMs)
      return `${environment} is frozen until ${moment(at + act.forMs)}: ${quote(act.why)}`
    case 'unfreeze':
      await endFreeze(tx, place)
      return `The freeze of ${environment} that was declared is over.`
    case 'sign_off': {
      await signOff(tx, act.releaseId, by, at)
      const signed = await releaseRecord(tx, act.releaseId)
      if (signed !== null) await touchCards(tx, [signed], at)
      return `The release that broke the glass is signed off, and ${environment} takes ordinary releases again.`
    }
    default:
      return act satisfies never
  }
}

async function lockTimer(
  tx: Db,
  place: { readonly repository: string; readonly environment: string },
  what: EventBodies['timer.lock']['what'],
  dueAt: number,
): Promise<void> {
  const id = `lock:${what}:${place.repository}:${place.environment}`
  await setTimer(tx, { id, type: 'timer.lock', body: { ...place, what }, dueAt })
}

/** Somebody's lock is gone or taken over by another person: they hear of it. */
async function tellFormerHolder(
  tx: Db,
  input: {
    readonly press: RawPress
    readonly act: EnvironmentAct
    readonly place: { readonly environment: string; readonly repository: string }
    readonly by: Identity
    readonly lost: Lock
    readonly at: number
  },
  context: EngineContext,
): Promise<void> {
  const { lost, by, press, place, act, at } = input
  const formerly = lost.holder
  if (formerly.slackId === null || formerly.slackId === by.slackId) return
  const what = act.type === 'lock' ? 'taken over' : 'taken off'
  const message = lockTakenOver(
    { ...place, lock: { by: formerly, why: input.lost.why, expiresAt: input.lost.expiresAt }, by, what, at },
    { layout: 'classic', webUrl: context.config.github.webUrl, mentions: new Map() },
  )
  await addEffect(tx, {
    id: `lock-lost:${press.id}`,
    lane: `person:${formerly.slackId}`,
    type: 'tell_person',
    body: { userId: formerly.slackId, message },
    at,
  })
}
