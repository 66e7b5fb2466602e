import { z } from 'zod'
import { deploymentFact, isZeroSha } from '../../src/pipeline/facts-from-github.ts'
import { deploymentSchema, repositorySchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = z.object({ repository: repositorySchema, deployment: deploymentSchema })

/** `deployment`: created. */
export const deployment = defineEvent('deployment', schema, (payload) =>
  isZeroSha(payload.deployment.sha) ? [] : [deploymentFact(contextOf(payload.repository), payload.deployment)],
)
