import { z } from 'zod'
import type { ReviewFact } from '../../src/pipeline/facts.ts'
import { isZeroSha } from '../../src/pipeline/facts-from-github.ts'
import { repositorySchema, timeSchema, workflowRunSchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const login = z.object({ login: z.string().nullish() }).nullish()
const jobRun = z.object({ environment: z.string().nullish() })

const schema = z.object({
  action: z.string(),
  repository: repositorySchema,
  workflow_run: workflowRunSchema.pick({ id: true, head_sha: true, run_attempt: true }).nullish(),
  since: timeSchema,
  environment: z.string().nullish(),
  workflow_job_run: jobRun.nullish(),
  workflow_job_runs: z.array(jobRun).nullish(),
  approver: login,
})

/** `deployment_review`: requested, approved, rejected. An approval may be for several environments at once. */
export const deploymentReview = defineEvent('deployment_review', schema, (payload): readonly ReviewFact[] => {
  const { action: state, workflow_run: run } = payload
  if (state !== 'requested' && state !== 'approved' && state !== 'rejected') return []
  if (!run || isZeroSha(run.head_sha)) return []
  const named = [payload.environment, payload.workflow_job_run?.environment]
  const ofJobs = (payload.workflow_job_runs ?? []).map((job) => job.environment)
  const environments = new Set([...named, ...ofJobs].flatMap((name) => name || []))
  return [...environments].map((environment) => ({
    type: 'review',
    repository: contextOf(payload.repository).repository,
    sha: run.head_sha,
    key: `review:${run.id}:${environment}`,
    // Each job that enters the environment asks anew, so a later request opens the question again.
    order: [run.run_attempt ?? 1, payload.since, state === 'requested' ? 0 : 1],
    environment,
    runId: run.id,
    state,
    reviewerLogin: payload.approver?.login ?? null,
    at: payload.since,
  }))
})
