import type { Db } from '../../store/open-store.ts'
import type { EngineContext } from '../engine-context.ts'
import type { Handled } from '../handled.ts'
import type { RawPress, ReleaseAsk } from './acts.ts'
import { approveOwnRule } from './approve-own-rule.ts'
import { handleAsked } from './handle-ask.ts'
import type { RuleRequest } from './reads.ts'

/** A workflow waits at its environment: that is a request for a release, by whoever caused the run. */
export async function handleRuleRequested(
  tx: Db,
  body: RuleRequest,
  event: { readonly id: string; readonly at: number },
  context: EngineContext,
): Promise<Handled> {
  const { runId, runUrl, callbackUrl, deploymentId } = body
  const repository = context.repositoryOf(body.repository)?.repo ?? body.repository
  const policy = context.policyOf(repository, body.environment)
  if (policy === null) return { outcome: 'unchanged' }
  const place = { repository, environment: policy.environment }
  const rule = { runId, runUrl, callbackUrl, deploymentId, environment: body.environment }
  if (await approveOwnRule(tx, place, rule, event.at)) return { outcome: 'accepted' }
  const press: RawPress = {
    // Another attempt of the run asks anew, with another record.
    id: `rule:${runId}:${body.environment}:${deploymentId}`,
    client: 'github',
    userId: body.login ?? 'github',
    teamId: '',
    channelId: null,
    threadTs: null,
    messageTs: null,
    at: event.at,
  }
  const ask: ReleaseAsk = { ...place, strategy: null, ref: { type: 'ref', ref: body.sha }, note: null, rule }
  return await handleAsked(tx, { press, ask }, event)
}
