import { z } from 'zod'
import { commitFact } from '../../src/pipeline/facts-from-github.ts'
import { headCommitSchema, repositorySchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = z.object({
  action: z.string().nullish(),
  repository: repositorySchema,
  check_suite: z.object({ head_commit: headCommitSchema.nullish() }),
})

/** `check_suite`: its check runs come one by one, so all that it adds is who made the commit. */
export const checkSuite = defineEvent('check_suite', schema, (payload) => {
  const commit = payload.check_suite.head_commit
  return commit ? [commitFact(contextOf(payload.repository), commit)] : []
})
