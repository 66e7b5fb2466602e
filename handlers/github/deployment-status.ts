import { z } from 'zod'
import { deploymentFact, deploymentStatusFact, isZeroSha } from '../../src/pipeline/facts-from-github.ts'
import { deploymentSchema, deploymentStatusSchema, repositorySchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = z.object({
  repository: repositorySchema,
  deployment: deploymentSchema,
  deployment_status: deploymentStatusSchema,
})

/** `deployment_status`: created. Says the deployment as well, whose own delivery may have been lost. */
export const deploymentStatus = defineEvent('deployment_status', schema, (payload) => {
  if (isZeroSha(payload.deployment.sha)) return []
  const context = contextOf(payload.repository)
  return [
    deploymentFact(context, payload.deployment),
    deploymentStatusFact(context, payload.deployment, payload.deployment_status),
  ]
})
