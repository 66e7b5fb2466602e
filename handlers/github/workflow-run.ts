import { z } from 'zod'
import { commitFact, isZeroSha, runFact } from '../../src/pipeline/facts-from-github.ts'
import { repositorySchema, workflowRunSchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = z.object({
  action: z.string(),
  repository: repositorySchema,
  workflow: z.object({ name: z.string().nullish() }).nullish(),
  workflow_run: workflowRunSchema,
})

/** `workflow_run`: requested, in_progress, completed. Carries the commit too, which a pull request's run needs. */
export const workflowRun = defineEvent('workflow_run', schema, (payload) => {
  const run = payload.workflow_run
  if (isZeroSha(run.head_sha)) return []
  const context = contextOf(payload.repository)
  const fact = runFact(context, run, payload.workflow?.name || null)
  return run.head_commit && run.head_commit.id === run.head_sha ? [fact, commitFact(context, run.head_commit)] : [fact]
})
