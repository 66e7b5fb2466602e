/** A release that nobody has asked for: what it would be, and what would stand in its way. */

import { environmentValue, requestValue } from '../../cards/button-values.ts'
import { queryActions, requestActions } from '../../cards/gate-actions.ts'
import { planView } from '../../cards/plan-view.ts'
import type { Rendered } from '../../cards/rendered.ts'
import { unfreezeButton, unlockButton } from '../../cards/status-view.ts'
import { whyView } from '../../cards/why-view.ts'
import type { RefInput } from '../../grammar/deploy-command.ts'
import type { GatePolicy, Strategy } from '../../policy/gate-policy.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import { gatesOf, subjectOf } from '../../release/gates.ts'
import { planDigest } from '../../release/plan-digest.ts'
import type { Release } from '../../release/release.ts'
import { risksInForce } from '../../release/risks.ts'
import { failuresSince } from '../../store/releases.ts'
import type { PerformContext } from '../perform-context.ts'
import { openRolloutOf } from '../rollout/steerable.ts'
import { gateContextOf } from './gate-context.ts'
import { failureMemoryMs } from './handle-ask.ts'
import { readFresh } from './read-fresh.ts'
import { refusedView } from './refused-view.ts'
import { cardContextOf, gateCardInput, gateLine, glanceOf } from './release-view.ts'
import { resolveRef } from './resolve-ref.ts'

/** What would be asked for, and who wonders. */
export interface WhatIf {
  readonly repository: string
  readonly environment: string
  readonly strategy: Strategy | null
  readonly ref: RefInput | null
  readonly userId: string
  readonly teamId: string
}

export async function planOf(query: WhatIf, context: PerformContext): Promise<Rendered> {
  const preview = await previewOf(query, context)
  if (!preview.ok) return await cannotTell(query, preview, context)
  return planView(await gateCardInput(preview.release, preview.policy, context, 'classic'))
}

export async function whyOf(query: WhatIf, context: PerformContext): Promise<Rendered> {
  const preview = await previewOf(query, context)
  if (!preview.ok) return await cannotTell(query, preview, context)
  const { release, policy } = preview
  const { repository, environment, sha, evidence } = release
  const at = context.clock.now()
  const rules = await gateContextOf(context.store.db, release, policy, { releaseId: release.id, at })
  const place = { repository, environment }
  const underWay = await openRolloutOf(context.store.db, place)
  return whyView({
    ...place,
    sha,
    gates: gatesOf(subjectOf(release), rules, at).map(gateLine),
    underWay: underWay === null ? null : await glanceOf(underWay.release, context),
    readAt: evidence.readAt,
    buttons: [
      ...(rules.lock === null ? [] : [unlockButton({ ...place, lock: rules.lock })]),
      ...(rules.freezes.length === 0 ? [] : [unfreezeButton(place)]),
      {
        action: requestActions.plan,
        text: 'Plan',
        value: requestValue({ ...place, strategy: query.strategy, ref: sha }),
      },
      { action: queryActions.who, text: 'Who may?', value: environmentValue(place) },
    ],
    context: await cardContextOf([], context, 'classic'),
  })
}

type Preview =
  | { readonly ok: true; readonly release: Release; readonly policy: GatePolicy }
  | { readonly ok: false; readonly reason: ReasonCode; readonly detail: string | null }

async function previewOf(query: WhatIf, context: PerformContext): Promise<Preview> {
  const policy = context.policyOf(query.repository, query.environment)
  if (policy === null) return { ok: false, reason: 'unknown_environment', detail: null }
  const resolved = await resolveRef(query, context)
  if (!resolved.ok) return resolved
  const { repository } = query
  const { environment } = policy
  const strategy = query.strategy ?? policy.strategies[0] ?? 'direct'
  const fresh = await readFresh({ repository, sha: resolved.sha, strategy, policy }, context)
  if (!fresh.ok) return { ok: false, reason: 'service_unavailable', detail: fresh.detail }
  const { plan, evidence } = fresh
  const at = context.clock.now()
  const recentFailures = await failuresSince(context.store.db, { repository, environment }, at - failureMemoryMs)
  const release: Release = {
    // Comes before every id that there will ever be, so that it is nobody's.
    id: '00000000000000000000000000',
    repository,
    environment,
    sha: resolved.sha,
    ref: resolved.ref,
    strategy,
    note: null,
    mode: policy.mode,
    requester: { slackId: query.userId, teamId: query.teamId, name: null, logins: [], emails: [] },
    client: 'slack',
    requestedAt: at,
    plan,
    planDigest: planDigest(plan),
    evidence,
    risks: risksInForce(policy, evidence, { recentFailures, at }),
    approvals: [],
    approvedAt: null,
    voided: null,
    breakGlass: null,
    run: null,
    rule: null,
    backup: null,
    lostStarts: 0,
    deploymentId: null,
    state: { name: 'awaiting_approval', since: at, expiresAt: at + policy.expiresAfterMs },
    generation: 1,
    revision: 1,
  }
  return { ok: true, release, policy }
}

async function cannotTell(
  { repository, environment, strategy, ref }: WhatIf,
  { reason, detail }: Extract<Preview, { readonly ok: false }>,
  context: PerformContext,
): Promise<Rendered> {
  const typed = ref?.type === 'ref' ? ref.ref : null
  const about = { type: 'request', repository, environment, strategy, ref: typed } as const
  return await refusedView({ reason, detail, about }, context)
}
