import { z } from 'zod'
import { isZeroSha, jobFact } from '../../src/pipeline/facts-from-github.ts'
import { repositorySchema, workflowJobSchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = z.object({ action: z.string(), repository: repositorySchema, workflow_job: workflowJobSchema })

/** `workflow_job`: queued, waiting, in_progress, completed. */
export const workflowJob = defineEvent('workflow_job', schema, (payload) =>
  isZeroSha(payload.workflow_job.head_sha) ? [] : [jobFact(contextOf(payload.repository), payload.workflow_job)],
)
