import { hash } from 'node:crypto'
import { mrkdwn } from '../../cards/spans.ts'
import { taggedLine } from '../../cards/tagged-line.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import { freezeAt } from '../../policy/freeze.ts'
import { type ReasonCode, reasons } from '../../policy/reason-codes.ts'
import type { Decision, GateContext, ReleaseEffect } from '../../release/decision.ts'
import { isOpen, type Release } from '../../release/release.ts'
import { appendAudit } from '../../store/audit.ts'
import { addCard, cardsOfRelease, wantReleaseRevision, wantRevision } from '../../store/cards.ts'
import { oweReview } from '../../store/environments.ts'
import { addEvent } from '../../store/inbox.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect, isQueued } from '../../store/outbox.ts'
import { findPipeline } from '../../store/pipelines.ts'
import { openReleases, saveRelease } from '../../store/releases.ts'
import { setTimer } from '../../store/timers.ts'
import { cardLane, type NewEffect, releaseLane } from '../effects.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies, NewEvent } from '../events.ts'
import type { Handled } from '../handled.ts'
import { wantHomes } from '../home-tabs.ts'
import type { RawPress } from './acts.ts'
import { auditEntry } from './audit-entry.ts'
import { setFreezeTimer } from './freeze-timer.ts'
import { queueOf } from './gate-context.ts'
import type { Refused } from './refused.ts'
import { releaseSigns } from './signs.ts'
import { touchOpenCards } from './touch-cards.ts'

/** A release that is approved and has not begun looks again this much later at the latest, in ms. */
export const lookAgainMs = 60_000
/** A run that was found late may have ended before anybody knew whose it is: the first look, in ms. */
const firstFollowMs = 10_000
/** How often a run is asked about whose deliveries may have been lost, in ms. */
export const followMs = 2 * 60_000
/** How old the evidence of an open gate becomes before it is read again, in ms. */
export const staleMs = 15 * 60_000

/**
 * Writes down what a decision says, all in the transaction of its event: the release, its audit row, the calls that
 * follow, its timers, the cards that are behind now, and the answer to whoever pressed.
 *
 * @param change.cause - id of the event: what it calls for is called for once, and again when another event does
 * @param change.before - null for a release that is new
 * @param change.press - who is answered; null when nobody pressed
 */
export async function applyDecision(
  tx: Db,
  change: {
    readonly before: Release | null
    readonly decision: Decision
    readonly press: RawPress | null
    readonly gate: GateContext
    readonly cause: string
    readonly at: number
  },
  context: EngineContext,
): Promise<Handled> {
  const { before, decision, press, cause, at } = change
  const { release, audit, answer } = decision
  const hasChanged = release !== before
  if (hasChanged) {
    await saveRelease(tx, release, at, before === null || before.evidence !== release.evidence)
    await wantCards(tx, release, at, context)
    // Who waits for whom is on the others' cards too.
    if (before?.state.name !== release.state.name) await touchOpenCards(tx, release, at)
    if (before?.generation !== release.generation) await wantHomes(tx, at)
  }
  if (audit !== null) await appendAudit(tx, auditEntry(audit, release, at))
  for (const [index, effect] of decision.effects.entries()) {
    await queueEffect(tx, { release, effect, index, cause, at })
  }
  if (press !== null && answer !== null) {
    const reason = answer.outcome === 'applied' ? null : (audit?.reason ?? null)
    const about = { type: 'release', releaseId: release.id } as const
    if (reason === null) await answerPress(tx, press, mrkdwn(taggedLine(answer.text)), at)
    else await answerRefused(tx, press, { reason, detail: detailOf(answer.text, reason), about }, at)
  }
  if (hasChanged) await setTimers(tx, change, context)
  return {
    outcome: answer?.outcome ?? (hasChanged ? 'changed' : 'unchanged'),
    changedCards: hasChanged,
    setTimer: true,
    signs: hasChanged ? releaseSigns(before, release) : [],
  }
}

/**
 * One answer for each press, in the thread it was pressed in, or directly where there is no channel in common.
 *
 * @param text - mrkdwn
 */
export async function answerPress(tx: Db, press: RawPress, text: string, at: number): Promise<void> {
  if (press.client !== 'slack') return
  const { channelId, threadTs, userId } = press
  await addEffect(tx, {
    id: `answer:${press.id}`,
    lane: `press:${press.id}`,
    type: 'tell_user',
    body: { channelId, threadTs, userId, text },
    at,
  })
}

/** The same for what was refused: with what would make it work. */
export async function answerRefused(tx: Db, press: RawPress, refused: Refused, at: number): Promise<void> {
  if (press.client !== 'slack') return
  const { channelId, threadTs, userId } = press
  await addEffect(tx, {
    id: `answer:${press.id}`,
    lane: `press:${press.id}`,
    type: 'tell_refused',
    body: { channelId, threadTs, userId, refused },
    at,
  })
}

/** What the rules' answer says besides the sentence of its reason. */
export function detailOf(text: string, reason: ReasonCode): string | null {
  const sentence = reasons[reason]
  const detail = text.startsWith(sentence) ? text.slice(sentence.length).trim() : text
  return detail === '' ? null : detail
}

/** Every channel of the repository has a card of the release, and the commit's own card names it. */
async function wantCards(tx: Db, release: Release, at: number, context: EngineContext): Promise<void> {
  const { id: releaseId, revision } = release
  const cards = await cardsOfRelease(tx, releaseId)
  await wantReleaseRevision(tx, releaseId, revision, at)
  for (const channel of context.repositoryOf(release.repository)?.channels ?? []) {
    if (cards.some((card) => card.channel === channel)) continue
    await addCard(tx, { id: context.newId(), of: { releaseId }, channel, revision, at })
  }
  const pipeline = await findPipeline(tx, release)
  if (pipeline !== null) await wantRevision(tx, pipeline.id, pipeline.revision, at)
}

async function queueEffect(
  tx: Db,
  {
    release,
    effect,
    index,
    cause,
    at,
  }: { release: Release; effect: ReleaseEffect; index: number; cause: string; at: number },
): Promise<void> {
  // A decision that changes nothing leaves the revision as it was: only its cause tells it from the one before. It is
  // shortened, because what it leads to has an id made of this one, and so on for as long as there are releases.
  const shortCause = hash('sha256', cause, 'base64url').slice(0, 16)
  const id = `gate:${release.id}:${release.revision}:${index}:${effect.type}:${shortCause}`
  const lane = releaseLane(release.id)
  const releaseId = release.id
  const queue = async (call: NewEffect, afterMs = 0) => void (await addEffect(tx, { ...call, at, afterMs }))
  switch (effect.type) {
    case 'check_plan': {
      const { generation, afterMs } = effect
      const beginning = `check:${releaseId}:${generation}:`
      // While GitHub is down each look would queue one more.
      if (await isQueued(tx, { lane, beginning })) return
      const body = { releaseId, purpose: 'check', generation } as const
      return await queue({ id: `${beginning}${shortCause}`, lane, type: 'read_plan', body }, afterMs)
    }
    case 'start_workflow':
      return await queue({ id, lane, type: 'start_workflow', body: { releaseId } })
    case 'answer_rule':
      return await queue({
        id,
        lane,
        type: 'answer_rule',
        body: { releaseId, state: effect.state, comment: effect.comment },
      })
    case 'deployment_status':
      // Beside the lane of the release: a record at GitHub that is late holds nothing up.
      return await queue({
        id,
        lane: `deployment:${releaseId}`,
        type: 'set_deployment_status',
        body: { releaseId, state: effect.state },
      })
    case 'remind_approvers':
    case 'announce_break_glass':
    case 'post_story':
    case 'post_line': {
      for (const card of await cardsOfRelease(tx, releaseId)) {
        const body = { releaseId, cardId: card.id, what: effect }
        await queue({ id: `${id}:${card.id}`, lane: cardLane(card.id), type: 'post_under_release', body })
      }
      if (effect.type !== 'announce_break_glass') return
      if (release.breakGlass !== null) {
        await oweReview(tx, release, { releaseId, by: release.breakGlass.by, since: release.breakGlass.at })
      }
      return await queue({
        id: `${id}:security`,
        lane: `security:${releaseId}`,
        type: 'tell_security',
        body: { releaseId },
      })
    }
    case 'open_rollout': {
      const event: NewEvent = { id: `rollout:begin:${releaseId}`, type: 'rollout.begin', body: { releaseId } }
      await addEvent(tx, { ...event, at })
      return
    }
    case 'environment_free':
      return await wakeQueue(tx, release, { cause: id, at })
    default:
      return effect satisfies never
  }
}

/**
 * Lets the releases that wait for an environment look again, first come first served.
 *
 * @param wake.cause - unique for what may have freed the environment
 */
export async function wakeQueue(
  tx: Db,
  place: { readonly repository: string; readonly environment: string },
  wake: { readonly cause: string; readonly at: number },
): Promise<void> {
  for (const { id: releaseId } of queueOf(await openReleases(tx, place))) {
    const event: NewEvent = {
      id: `try:${releaseId}:${wake.cause}`,
      type: 'timer.gate',
      body: { releaseId, what: 'try_start' },
    }
    await addEvent(tx, { ...event, at: wake.at })
  }
}

async function setTimers(
  tx: Db,
  { decision: { release }, before, gate, at }: Parameters<typeof applyDecision>[1],
  context: EngineContext,
): Promise<void> {
  const { state, id: releaseId } = release
  const timer = (what: EventBodies['timer.gate']['what'], dueAt: number) =>
    setTimer(tx, { id: `gate:${what}:${releaseId}`, type: 'timer.gate', body: { releaseId, what }, dueAt })
  if (!isOpen(release)) {
    const environment = context.environmentOf(release.repository, release.environment)
    if (environment === null || !canBeRolledBack(release, environment) || !('at' in state)) return
    // The moment itself still counts.
    return await timer('rollback_closed', state.at + environment.rollout.rollbackForMs + 1)
  }
  await setFreezeTimer(tx, release, gate.policy, at)
  switch (state.name) {
    case 'awaiting_approval': {
      const known = before?.state.name === 'awaiting_approval' ? before.state.expiresAt : null
      if (known !== state.expiresAt) {
        await timer('expire', state.expiresAt)
        const { remindBeforeMs } = gate.policy
        if (remindBeforeMs !== null) await timer('remind', Math.max(at, state.expiresAt - remindBeforeMs))
      }
      if (before?.evidence !== release.evidence) await timer('refresh', at + staleMs)
      return
    }
    case 'queued': {
      const freeze = freezeAt([...gate.policy.freezes, ...gate.freezes], at)
      const ends = [freeze?.untilMs, gate.lock?.expiresAt, at + lookAgainMs].filter((end) => end != null)
      await timer('try_start', Math.max(at, Math.min(...ends)))
      return
    }
    case 'preparing':
      if (state.phase !== 'running') await timer('try_start', at + lookAgainMs)
      if (state.phase === 'running') await timer('follow', at + firstFollowMs)
      return
    default:
      return
  }
}

/** Whether its card may offer that for a while. */
function canBeRolledBack(
  { state, run }: Pick<Release, 'state' | 'run'>,
  { traffic, functions, frontend }: Pick<EnvironmentConfig, 'traffic' | 'functions' | 'frontend'>,
): boolean {
  const isLeft = state.name === 'completed' || (state.name === 'failed' && run !== null)
  return isLeft && (traffic !== null || functions !== null || frontend !== null)
}
