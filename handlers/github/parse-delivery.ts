import { z } from 'zod'
import type { RuleRequest } from '../../src/engine/gate/reads.ts'
import type { Fact } from '../../src/pipeline/facts.ts'
import { checkRun } from './check-run.ts'
import { checkSuite } from './check-suite.ts'
import { deployment } from './deployment.ts'
import { deploymentProtectionRule } from './deployment-protection-rule.ts'
import { deploymentReview } from './deployment-review.ts'
import { deploymentStatus } from './deployment-status.ts'
import { describeIssues, type EventHandler } from './event-handler.ts'
import { installationEvents } from './installation.ts'
import { ping } from './ping.ts'
import { pullRequest } from './pull-request.ts'
import { push } from './push.ts'
import { status } from './status.ts'
import { workflowJob } from './workflow-job.ts'
import { workflowRun } from './workflow-run.ts'

const handlers: ReadonlyMap<string, EventHandler> = new Map(
  [
    workflowRun,
    workflowJob,
    checkRun,
    checkSuite,
    status,
    deployment,
    deploymentStatus,
    deploymentReview,
    deploymentProtectionRule,
    push,
    pullRequest,
    ping,
    ...installationEvents,
  ].map((handler) => [handler.event, handler]),
)

/** The webhook events that Sluice reads, for the counters and for checking what an App is subscribed to. */
export const knownEvents: ReadonlySet<string> = new Set(handlers.keys())

export type ParsedDelivery =
  | {
      readonly ok: true
      /** `owner/name`, or null for events that belong to no repository. */
      readonly repository: string | null
      readonly action: string | null
      /** What the delivery says about pipelines; none for what does not concern one. */
      readonly facts: readonly Fact[]
      /** A workflow that waits for our answer; null for everything else. */
      readonly rule: RuleRequest | null
      /** False for an event that Sluice has no use for. */
      readonly isKnownEvent: boolean
    }
  | { readonly ok: false; readonly error: string }

const envelopeSchema = z.object({
  action: z.string().nullish(),
  repository: z.object({ full_name: z.string() }).nullish(),
})

/**
 * Checks one delivery's payload and reads the facts from it. Never throws.
 *
 * @param event - `X-GitHub-Event`
 * @param payload - the parsed JSON body
 * @returns `ok: false` when the payload is not what GitHub sends; `error` names the event, the path and what was expected
 */
export function parseDelivery(event: string, payload: unknown): ParsedDelivery {
  const envelope = envelopeSchema.safeParse(payload)
  if (!envelope.success) return { ok: false, error: describeIssues(event, envelope.error.issues) }
  const repository = envelope.data.repository?.full_name ?? null
  const action = envelope.data.action ?? null
  const handler = handlers.get(event)
  if (handler === undefined) return { ok: true, repository, action, facts: [], rule: null, isKnownEvent: false }
  const read = handler.read(payload)
  return read.ok
    ? { ok: true, repository, action, facts: read.facts, rule: read.rule ?? null, isKnownEvent: true }
    : read
}
