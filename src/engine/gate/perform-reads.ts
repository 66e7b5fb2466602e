/** Reads that requests and presses are judged by, made at the moment that they are needed. */
import { isAmong } from '../../policy/entitlement.ts'
import type { GatePolicy } from '../../policy/gate-policy.ts'
import type { CommitsBetween } from '../../release/carry-over.ts'
import type { FreshState } from '../../release/decision.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { recentReleases, releaseById } from '../../store/releases.ts'
import type { EffectBodies } from '../effects.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import type { ReleaseAsk } from './acts.ts'
import { isReleaseAct } from './acts.ts'
import { readFresh } from './read-fresh.ts'
import { readMemberships, readOperator } from './read-operator.ts'
import type { AskRead, PressRead } from './reads.ts'
import { resolveRef } from './resolve-ref.ts'

/** A plan that cannot be read before the start is tried for again this often; the release waits meanwhile. */
const checkAttempts = 6
const checkRetryMs = 5_000
/** A rule's request that GitHub cannot explain is asked about this often, with backoff; then it is refused. */
const ruleAttempts = 11

export async function readAsk(
  effect: OutboxEffect,
  { press, ask }: EffectBodies['read_ask'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const answer = (read: AskRead): EffectOutcome => ({
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'gate.ask_read', body: { press, ask, read } },
  })
  const policy = context.policyOf(ask.repository, ask.environment)
  const operator = await readOperator(press, policy, context)
  if (operator.refused === 'service_unavailable' && isPatient(effect, ask))
    return later('GitHub could not say who asks')
  const nothing = { operator, fresh: null, earlier: null }
  const unresolved = { ok: false, reason: 'unknown_ref', detail: null } as const
  if (policy === null || operator.refused !== null) return answer({ ...nothing, resolved: unresolved })
  const resolved = await resolveRef(ask, context)
  if (!resolved.ok) {
    const mayCome = resolved.reason === 'service_unavailable' && isPatient(effect, ask)
    return mayCome ? later(resolved.detail ?? resolved.reason) : answer({ ...nothing, resolved })
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
  if (!fresh.ok && isPatient(effect, ask)) return later(fresh.detail)
  return answer({ operator, resolved, fresh, earlier })
}

/** Nobody waits at a button: a workflow at its rule waits for days, so that GitHub is asked again. */
function isPatient(effect: OutboxEffect, ask: ReleaseAsk): boolean {
  return ask.rule !== null && effect.attempts + 1 < ruleAttempts
}

function later(reason: string): EffectOutcome {
  return { type: 'retry', reason, countsAsAttempt: true, mayHaveHappened: false }
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
  const release = isReleaseAct(act) ? await releaseById(context.store.db, act.releaseId) : null
  const place = isReleaseAct(act) ? release : act
  const policy = place === null ? null : context.policyOf(place.repository, place.environment)
  const needsFresh = act.type === 'approve' || act.type === 'break_glass' || act.type === 'refresh'
  const [operator, fresh] = await Promise.all([
    readOperator(press, policy, context),
    needsFresh && release !== null && policy !== null ? readFresh({ ...release, policy }, context) : null,
  ])
  return answer({ operator, fresh })
}

export async function readPlan(
  effect: OutboxEffect,
  { releaseId, purpose, generation }: EffectBodies['read_plan'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const release = await releaseById(context.store.db, releaseId)
  const policy = release === null ? null : context.policyOf(release.repository, release.environment)
  if (release === null || policy === null) return { type: 'done' }
  const fresh: FreshState = await readFresh({ ...release, policy }, context)
  if (!fresh.ok && purpose === 'check' && effect.attempts + 1 < checkAttempts) {
    return {
      type: 'retry',
      reason: fresh.detail,
      afterMs: checkRetryMs,
      countsAsAttempt: true,
      mayHaveHappened: false,
    }
  }
  return {
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'gate.plan_read', body: { releaseId, purpose, generation, fresh } },
  }
}
