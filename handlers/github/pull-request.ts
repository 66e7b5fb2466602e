import { z } from 'zod'
import { pullRequestFacts } from '../../src/pipeline/facts-from-github.ts'
import { pullRequestSchema, repositorySchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = z.object({ action: z.string(), repository: repositorySchema, pull_request: pullRequestSchema })

/** `pull_request`, whatever the action: each delivery holds the whole pull request as it stands. */
export const pullRequest = defineEvent('pull_request', schema, (payload) =>
  pullRequestFacts(contextOf(payload.repository), payload.pull_request),
)
