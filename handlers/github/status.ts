import { isZeroSha, restCommitFact, statusFact } from '../../src/pipeline/facts-from-github.ts'
import { commitStatusSchema, repositorySchema, restCommitSchema, shaSchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = commitStatusSchema.extend({
  repository: repositorySchema,
  sha: shaSchema,
  commit: restCommitSchema.nullish(),
})

/** `status`: a commit status was set. */
export const status = defineEvent('status', schema, (payload) => {
  if (isZeroSha(payload.sha)) return []
  const context = contextOf(payload.repository)
  const fact = statusFact(context, payload.sha, payload)
  return payload.commit?.sha === payload.sha ? [fact, restCommitFact(context, payload.commit)] : [fact]
})
