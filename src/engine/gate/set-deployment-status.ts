import type { OutboxEffect } from '../../store/outbox.ts'
import { releaseById } from '../../store/releases.ts'
import type { CodeHostFailure } from '../code-host.ts'
import { outcomeOfCodeHostFailure } from '../code-host-outcome.ts'
import type { EffectBodies } from '../effects.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import { auditHeadWords } from './audit-head-words.ts'
import { cardAddress } from './card-address.ts'

const done: EffectOutcome = { type: 'done' }
const recordAttempts = 8

/** Keeps GitHub's own deployment record up to date, creating it first. */
export async function setDeploymentStatus(
  effect: OutboxEffect,
  { releaseId, state }: EffectBodies['set_deployment_status'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const { store, codeHost } = context
  const release = await releaseById(store.db, releaseId)
  if (release === null) return done
  const policy = context.policyOf(release.repository, release.environment)
  if (policy === null) return done
  const { repository, sha, environment } = release
  let { deploymentId } = release
  if (deploymentId === null && state === 'inactive') return done
  if (deploymentId === null) {
    const query = { repository, sha, environment, releaseId }
    // An earlier status may have made it just now, or in an attempt whose answer was lost.
    const found = await codeHost.findDeployment(query)
    if (!found.ok) return patient(effect, found.failure)
    deploymentId = found.value
    if (deploymentId === null) {
      const description = `Sluice release ${releaseId}: ${release.strategy}`
      const created = await codeHost.createDeployment({
        ...query,
        description,
        isProduction: policy.needsApproval,
      })
      if (!created.ok) return patient(effect, created.failure)
      deploymentId = created.value
    }
  }
  const result = await codeHost.setDeploymentStatus({
    repository,
    deploymentId,
    state,
    environmentUrl: policy.url,
    logUrl: await cardAddress(releaseId, context),
    description: `${deploymentWords[state]}. Audit: ${await auditHeadWords(store)}`,
  })
  if (!result.ok) return patient(effect, result.failure)
  if (release.deploymentId === deploymentId) return done
  const body = { releaseId, deploymentId }
  return { type: 'done', event: { id: `effect:${effect.id}`, type: 'gate.deployment_known', body } }
}

const deploymentWords = {
  queued: 'Approved; waits for its turn',
  in_progress: 'The release is under way',
  success: 'Released',
  failure: 'The release failed or was rolled back',
  inactive: 'The release was called off',
} as const

/** The record is for people who look at GitHub; a release does not fail by it. */
function patient(effect: OutboxEffect, failure: CodeHostFailure): EffectOutcome {
  const outcome = outcomeOfCodeHostFailure(failure)
  return outcome.type === 'dead' || effect.attempts + 1 >= recordAttempts ? done : outcome
}
