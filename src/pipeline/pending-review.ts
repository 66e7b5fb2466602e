import type { ReviewFact } from './facts.ts'
import type { FactContext } from './facts-from-github.ts'
import type { PendingDeployment, WorkflowRun } from './github-objects.ts'

/**
 * An approval that a run waits for, as GitHub lists them when it is asked. It does not say since when; the run was last
 * touched when it began to wait. A webhook about the same environment knows more, in the same attempt it always wins.
 *
 * @returns null for an environment that only waits for its timer
 */
export function pendingReviewFact(
  context: FactContext,
  run: WorkflowRun,
  pending: PendingDeployment,
): ReviewFact | null {
  const environment = pending.environment.name
  const attempt = run.run_attempt ?? 1
  const hasReviewers = pending.reviewers.length > 0
  if (!environment || (!hasReviewers && pending.wait_timer > 0)) return null
  return {
    type: 'review',
    repository: context.repository,
    sha: run.head_sha,
    // Without reviewers and timer it is a rule of an App's that has yet to pass; see deployment-protection-rule.ts.
    key: `${hasReviewers ? 'review' : 'rule'}:${run.id}:${environment}`,
    order: hasReviewers ? [attempt, 0, 0] : [0],
    environment,
    runId: run.id,
    state: 'requested',
    reviewerLogin: null,
    at: run.updated_at,
  }
}
