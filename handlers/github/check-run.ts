import { z } from 'zod'
import { checkFact, isZeroSha } from '../../src/pipeline/facts-from-github.ts'
import { checkRunSchema, repositorySchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = z.object({ action: z.string().nullish(), repository: repositorySchema, check_run: checkRunSchema })

/** `check_run` of other apps; those of GitHub Actions arrive as `workflow_job` with more in them. */
export const checkRun = defineEvent('check_run', schema, (payload) => {
  const fact = isZeroSha(payload.check_run.head_sha)
    ? null
    : checkFact(contextOf(payload.repository), payload.check_run)
  return fact === null ? [] : [fact]
})
