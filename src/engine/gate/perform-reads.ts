/** Reads that requests and presses are judged by, made at the moment that they are needed. */
import { isAmong } from '../../policy/entitlement.ts'
import type { GatePolicy } from '../../policy/gate-policy.ts'
import type { CommitsBetween } from '../../release/carry-over.ts'
import type { Release } from '../../release/release.ts'
import { needsMemberships } from '../../release/rollout/presses.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { openReleases, recentReleases, releaseById } from '../../store/releases.ts'
import type { EffectBodies } from '../effects.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import { isReleaseAct, isRolloutAct, type ReleaseAct, type ReleaseAsk } from './acts.ts'
import { readFresh } from './read-fresh.ts'
import { readMemberships, readOperator } from './read-operator.ts'
import type { AskRead, PressRead } from './reads.ts'
import { resolveRef } from './resolve-ref.ts'

/** A plan that cannot be read before the start is tried for again this often; the release waits meanwhile. */
const checkAttempts = 6
const checkRetryMs = 5_000
/** Attempts with backoff for a workflow that waits; then every few minutes. */
const quickAttempts = 9
/** A run that Sluice started may be heard of before its start is known; so often in ms it is looked whether it is ours. */
const ownRunMs = 2_000

export async function readAsk(
  effect: OutboxEffect,
  { press: pressed, ask }: EffectBodies['read_ask'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const policy = context.policyOf(ask.repository, ask.environment)
  const run = policy === null || ask.rule === null ? null : await howItWaits(policy, ask, ask.rule.runId, context)
  if (run?.state === 'maybe_ours') {
    const wait = { afterMs: ownRunMs, countsAsAttempt: false, mayHaveHappened: false }
    return { type: 'retry', reason: 'it may be ours', ...wait }
  }
  if (run?.state === 'unknown') return later(run.detail, effect)
  const press = run?.state === 'waits' && run.login !== null ? { ...pressed, userId: run.login } : pressed
  const answer = (read: AskRead): EffectOutcome => ({
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'gate.ask_read', body: { press, ask, read } },
  })
  const operator = await readOperator(press, policy, context)
  if (operator.refused === 'service_unavailable' && ask.rule !== null) return later('nobody could say who asks', effect)
  const nothing = { operator, fresh: null, earlier: null }
  const unresolved = { ok: false, reason: run?.state === 'gone' ? 'rule_gone' : 'unknown_ref', detail: null } as const
  if (policy === null || operator.refused !== null || run?.state === 'gone') {
    return answer({ ...nothing, resolved: unresolved })
  }
  const resolved = await resolveRef(ask, context)
  if (!resolved.ok) {
    const mayCome = resolved.reason === 'service_unavailable' && ask.rule !== null
    return mayCome ? later(resolved.detail ?? resolved.reason, effect) : answer({ ...nothing, resolved })
  }
  const { sha } = resolved
  // Who may not ask is not told how the commit stands either, and costs GitHub nothing.
  const mayAsk =
    policy.requesters === null ||
    press.client === 'github' ||
    isAmong(policy.requesters, { ...operator, at: operator.memberships.readAt }) === 'yes'
  if (!mayAsk) return answer({ ...nothing, resolved, fresh: { ok: false, detail: 'not asked' } })
  const strategy = ask.strategy ?? policy.strategies[0] ?? 'direct'
  const [fresh, earlier] = await Promise.all([
    readFresh({ repository: ask.repository, sha, strategy, policy }, context),
    readEarlier({ repository: ask.repository, policy, sha }, context),
  ])
  if (!fresh.ok && ask.rule !== null) return later(fresh.detail, effect)
  return answer({ operator, resolved, fresh, earlier })
}

/**
 * Whether a run still waits for somebody's answer, and who caused it: GitHub's record of the job is often made by a bot.
 * - `maybe_ours`: one is being started just now whose number is not known yet
 * - `gone`: nobody waits any more, or it is a run of ours that needs no further approval
 */
async function howItWaits(
  { environment }: GatePolicy,
  { repository }: ReleaseAsk,
  runId: number,
  { store, codeHost }: PerformContext,
): Promise<
  | { readonly state: 'waits'; readonly login: string | null }
  | { readonly state: 'maybe_ours' | 'gone' }
  | { readonly state: 'unknown'; readonly detail: string }
> {
  const open = await openReleases(store.db, { repository, environment })
  const underWay = (phase: 'starting' | 'running') =>
    open.filter(({ state }) => state.name === 'preparing' && state.phase === phase)
  if (underWay('running').some(({ run }) => run?.id === runId)) return { state: 'gone' }
  if (underWay('starting').some(({ run, mode }) => run?.id === runId || mode === 'dispatch')) {
    return { state: 'maybe_ours' }
  }
  const run = await codeHost.runDetails({ repository, runId })
  if (run.ok)
    return run.value.status === 'completed' ? { state: 'gone' } : { state: 'waits', login: run.value.actorLogin }
  const { failure } = run
  if (failure.type === 'not_found') return { state: 'gone' }
  return { state: 'unknown', detail: failure.type === 'rate_limited' ? 'GitHub wants a pause' : failure.detail }
}

/** Nobody waits at a button: a workflow waits at its rule for days, so that GitHub is asked until it answers. */
function later(reason: string, { attempts }: OutboxEffect): EffectOutcome {
  return { type: 'retry', reason, countsAsAttempt: attempts < quickAttempts, mayHaveHappened: false }
}

/** The newest release before this one, if it has approvals: they may still count, see carry-over.ts. */
async function readEarlier(
  of: { readonly repository: string; readonly policy: GatePolicy; readonly sha: string },
  context: PerformContext,
): Promise<AskRead['earlier']> {
  const { repository, policy, sha } = of
  const [earlier] = await recentReleases(context.store.db, { repository, environment: policy.environment, limit: 1 })
  if (earlier === undefined || earlier.approvals.length === 0) return null
  const [between, memberships] = await Promise.all([
    readBetween(repository, earlier.sha, sha, context),
    Promise.all(earlier.approvals.map(({ by }) => readMemberships(by, policy, context))),
  ])
  return { releaseId: earlier.id, between, memberships }
}

/** Null when GitHub could not say: nothing is carried over then. */
async function readBetween(
  repository: string,
  from: string,
  to: string,
  { codeHost }: PerformContext,
): Promise<CommitsBetween | null> {
  if (from === to) return { from, to, paths: [], isComplete: true }
  const ahead = await codeHost.compare({ repository, base: from, head: to })
  if (!ahead.ok) return null
  const both = [ahead.value]
  if (ahead.value.status !== 'ahead') {
    const back = await codeHost.compare({ repository, base: to, head: from })
    if (!back.ok) return null
    both.push(back.value)
  }
  const paths = both.flatMap(({ files }) =>
    files.flatMap((file) => (file.previousPath === null ? [file.path] : [file.path, file.previousPath])),
  )
  return {
    from,
    to,
    paths: [...new Set(paths)],
    isComplete: both.every(({ isFileListComplete }) => isFileListComplete),
  }
}

export async function readPress(
  effect: OutboxEffect,
  { press, act }: EffectBodies['read_press'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const answer = (read: PressRead): EffectOutcome => ({
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'gate.press_read', body: { press, act, read } },
  })
  const isOnRelease = isReleaseAct(act) || isRolloutAct(act)
  const release = isOnRelease ? await releaseById(context.store.db, act.releaseId) : null
  const place = isOnRelease ? release : act
  const policy = place === null ? null : context.policyOf(place.repository, place.environment)
  const isWanted = release !== null && isReleaseAct(act) && mayNeedFresh(act, release)
  const areGroupsRead = policy !== null && (!isRolloutAct(act) || needsMemberships(act.type, policy))
  const [operator, fresh] = await Promise.all([
    readOperator(press, areGroupsRead ? policy : null, context),
    isWanted && policy !== null ? readFresh({ ...release, policy }, context) : null,
  ])
  return answer({ operator, fresh })
}

/**
 * Whether the rules may want to know how things stand on GitHub. A press that comes too late, or is made on an old card,
 * stays so whatever GitHub says: a hundred of them cost it nothing.
 */
function mayNeedFresh(act: ReleaseAct, { state, generation, planDigest }: Release): boolean {
  const isOfNow = act.seen === null || (act.seen.generation === generation && act.seen.planDigest === planDigest)
  switch (act.type) {
    case 'approve':
      return isOfNow && state.name === 'awaiting_approval'
    case 'break_glass':
      return isOfNow && (state.name === 'awaiting_approval' || state.name === 'queued')
    case 'refresh':
      return state.name === 'awaiting_approval' || state.name === 'queued'
    case 'reject':
    case 'withdraw':
    case 'cancel':
      return false
    default:
      return act satisfies never
  }
}

export async function readPlan(
  effect: OutboxEffect,
  { releaseId, purpose, generation }: EffectBodies['read_plan'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const release = await releaseById(context.store.db, releaseId)
  const policy = release === null ? null : context.policyOf(release.repository, release.environment)
  if (release === null || policy === null) return { type: 'done' }
  const fresh = await readFresh({ ...release, policy }, context)
  const pauseMs = fresh.ok ? null : fresh.retryAfterMs
  if (!fresh.ok && purpose === 'check' && (pauseMs !== null || effect.attempts + 1 < checkAttempts)) {
    return {
      type: 'retry',
      reason: fresh.detail,
      afterMs: pauseMs ?? checkRetryMs,
      countsAsAttempt: pauseMs === null,
      mayHaveHappened: false,
    }
  }
  return {
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'gate.plan_read', body: { releaseId, purpose, generation, fresh } },
  }
}
