/** Reads that requests and presses are judged by, made at the moment that they are needed. */
import { isAmong } from '../../policy/entitlement.ts'
import type { FreshState } from '../../release/decision.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { recentReleases, releaseById } from '../../store/releases.ts'
import type { CodeHostFailure } from '../code-host.ts'
import type { EffectBodies } from '../effects.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import type { ReleaseAsk } from './acts.ts'
import { isReleaseAct } from './acts.ts'
import { readFresh } from './read-fresh.ts'
import { readOperator } from './read-operator.ts'
import type { AskRead, PressRead } from './reads.ts'

/** A plan that cannot be read before the start is tried for again this often; the release waits meanwhile. */
const checkAttempts = 6
const checkRetryMs = 5_000

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
  const nothing = { operator, fresh: null, sinceEarlier: null }
  const unresolved = { ok: false, reason: 'unknown_ref', detail: null } as const
  if (policy === null || operator.refused !== null) return answer({ ...nothing, resolved: unresolved })
  const resolved = await resolve(ask, context)
  if (!resolved.ok) return answer({ ...nothing, resolved })
  const { sha } = resolved
  // Who may not ask is not told how the commit stands either, and costs GitHub nothing.
  const mayAsk =
    policy.requesters === null ||
    press.client === 'github' ||
    isAmong(policy.requesters, { ...operator, at: operator.memberships.readAt }) === 'yes'
  if (!mayAsk) return answer({ ...nothing, resolved, fresh: { ok: false, detail: 'not asked' } })
  const strategy = ask.strategy ?? policy.strategies[0] ?? 'direct'
  const [fresh, sinceEarlier] = await Promise.all([
    readFresh({ repository: ask.repository, sha, strategy, policy }, context),
    readSinceEarlier({ repository: ask.repository, environment: policy.environment, sha }, context),
  ])
  return answer({ operator, resolved, fresh, sinceEarlier })
}

async function resolve(ask: ReleaseAsk, { codeHost }: PerformContext): Promise<AskRead['resolved']> {
  const { repository } = ask
  let { ref } = ask
  if (ref === null) {
    const branch = await codeHost.defaultBranch(repository)
    if (!branch.ok) return unavailable(branch.failure)
    ref = { type: 'ref', ref: branch.value }
  }
  const shown = ref.type === 'ref' ? ref.ref : ref.type === 'pull' ? `#${ref.number}` : `run ${ref.runId}`
  const result = await codeHost.resolveRef({ repository, ref })
  if (!result.ok) return unavailable(result.failure)
  if (result.value === null) {
    const detail = `“${shown}” means nothing in ${repository}. Name a branch, a tag, a commit, or paste the address of a pull request.`
    return { ok: false, reason: 'unknown_ref', detail }
  }
  return { ok: true, sha: result.value.sha, ref: shown }
}

function unavailable(failure: CodeHostFailure): AskRead['resolved'] {
  return { ok: false, reason: 'service_unavailable', detail: describe(failure) }
}

function describe(failure: CodeHostFailure): string {
  return failure.type === 'rate_limited' ? 'GitHub wants a pause.' : failure.detail
}

/** What changed since an earlier release of the environment whose approvals may still count. */
async function readSinceEarlier(
  of: { readonly repository: string; readonly environment: string; readonly sha: string },
  { store, codeHost }: PerformContext,
): Promise<AskRead['sinceEarlier']> {
  const earlier = (await recentReleases(store.db, { ...of, limit: 10 })).find((one) => one.approvals.length > 0)
  if (earlier === undefined) return null
  if (earlier.sha === of.sha) return { releaseId: earlier.id, paths: [] }
  const comparison = await codeHost.compare({ repository: of.repository, base: earlier.sha, head: of.sha })
  // Only what was added on top can leave approvals standing, and only when all of it is known.
  if (!comparison.ok || comparison.value.status !== 'ahead' || !comparison.value.isFileListComplete) return null
  const paths = comparison.value.files.flatMap((file) =>
    file.previousPath === null ? [file.path] : [file.path, file.previousPath],
  )
  return { releaseId: earlier.id, paths }
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
  { releaseId, purpose }: EffectBodies['read_plan'],
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
    event: { id: `effect:${effect.id}`, type: 'gate.plan_read', body: { releaseId, purpose, fresh } },
  }
}
