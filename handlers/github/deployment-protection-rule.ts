import { z } from 'zod'
import type { Fact } from '../../src/pipeline/facts.ts'
import { deploymentFact, isZeroSha } from '../../src/pipeline/facts-from-github.ts'
import { deploymentSchema, repositorySchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = z.object({
  action: z.string(),
  repository: repositorySchema.extend({ html_url: z.string().nullish() }),
  environment: z.string().nullish(),
  deployment_callback_url: z.string().nullish(),
  deployment: deploymentSchema.nullish(),
  sender: z.object({ login: z.string() }).nullish(),
})

/**
 * `deployment_protection_rule`: requested. A rule that an App answers for. It has a key of its own beside the
 * environment's reviewers, because each must agree.
 */
export const deploymentProtectionRule = defineEvent(
  'deployment_protection_rule',
  schema,
  (payload): readonly Fact[] => {
    const { action, deployment } = payload
    if (action !== 'requested' || !deployment || isZeroSha(deployment.sha)) return []
    const context = contextOf(payload.repository)
    const environment = payload.environment || deployment.environment
    const runId = runIdOf(payload.deployment_callback_url ?? '')
    return [
      deploymentFact(context, deployment),
      {
        type: 'review',
        repository: context.repository,
        sha: deployment.sha,
        key: `rule:${runId ?? deployment.id}:${environment}`,
        order: [deployment.created_at],
        environment,
        runId,
        state: 'requested',
        reviewerLogin: null,
        at: deployment.created_at,
      },
    ]
  },
  (payload) => {
    const { action, deployment, deployment_callback_url: callbackUrl } = payload
    const runId = runIdOf(callbackUrl ?? '')
    if (action !== 'requested' || !deployment || isZeroSha(deployment.sha) || !callbackUrl || runId === null)
      return null
    return {
      repository: payload.repository.full_name,
      sha: deployment.sha,
      ref: deployment.ref,
      environment: payload.environment || deployment.environment,
      runId,
      runUrl: `${payload.repository.html_url ?? `https://github.com/${payload.repository.full_name}`}/actions/runs/${runId}`,
      callbackUrl,
      deploymentId: deployment.id,
      login: firstPerson([deployment.creator, payload.sender?.login]),
    }
  },
)

/** GitHub Actions makes the deployment in its own name; whoever caused the run is the one who asks. */
function firstPerson(logins: readonly (string | null | undefined)[]): string | null {
  const known = logins.flatMap((login) => login || [])
  return known.find((login) => !login.endsWith('[bot]')) ?? known[0] ?? null
}

/** The address to answer at is `…/actions/runs/{run_id}/deployment_protection_rule`, the only place that names the run. */
function runIdOf(callbackUrl: string): number | null {
  const digits = /\/actions\/runs\/(\d{1,15})\//.exec(callbackUrl)?.[1]
  return digits === undefined ? null : Number(digits)
}
