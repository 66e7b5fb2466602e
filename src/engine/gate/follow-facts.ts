/** What GitHub tells of the runs that carry releases out, and of people who decide on its own page. */

import type { DeploymentStatusFact, Fact, ReviewFact, RunFact } from '../../pipeline/facts.ts'
import { knownByName } from '../../policy/identity.ts'
import { addEvent } from '../../store/inbox.ts'
import type { Db } from '../../store/open-store.ts'
import { openReleases, releasesOfRun } from '../../store/releases.ts'
import type { EngineContext } from '../engine-context.ts'
import type { NewEvent } from '../events.ts'
import { both, type Handled } from '../handled.ts'
import { decideRelease } from './decide-release.ts'
import { follow } from './follow.ts'
import { identityOfLogin } from './identity-of-login.ts'

type At = { readonly id: string; readonly at: number }

/** @returns null when no release is concerned */
export async function followFacts(
  tx: Db,
  facts: readonly Fact[],
  event: At,
  context: EngineContext,
): Promise<Handled | null> {
  let handled: Handled | null = null
  const add = (more: Handled | null) => {
    if (more !== null) handled = handled === null ? more : both(handled, more)
  }
  for (const [index, fact] of facts.entries()) {
    const cause = `${event.id}:${index}`
    if (fact.type === 'run') await followRun(tx, fact, { cause, at: event.at }, context)
    if (fact.type === 'review' && fact.state !== 'requested' && fact.runId !== null && fact.reviewerLogin !== null) {
      const review = { ...fact, runId: fact.runId, login: fact.reviewerLogin, state: fact.state }
      add(await decidedElsewhere(tx, review, { cause, at: event.at }, context))
    }
    if (fact.type === 'deployment_status') {
      add(await letThrough(tx, fact, { cause, at: event.at }, context))
    }
  }
  return handled
}

type Cause = { readonly cause: string; readonly at: number }

/** One run may carry several releases out: its jobs enter one environment after the other. */
async function followRun(tx: Db, fact: RunFact, { cause, at }: Cause, context: EngineContext): Promise<void> {
  const isFirst = fact.attempt === 1
  if (isFirst && fact.status !== 'completed') return
  const repository = context.repositoryOf(fact.repository)?.repo ?? fact.repository
  for (const { id: releaseId, isOpen } of await releasesOfRun(tx, repository, fact.runId)) {
    if (!isFirst) await tellOfRunAgain(tx, releaseId, fact, at)
    if (isOpen && fact.status === 'completed')
      await follow(tx, { releaseId, runId: fact.runId, cause, hasEnded: true, at })
  }
}

/** Once for the beginning of an attempt and once for its end, however often GitHub tells of it. */
async function tellOfRunAgain(tx: Db, releaseId: string, fact: RunFact, at: number): Promise<void> {
  const { runId, attempt, actorLogin: login } = fact
  const conclusion = fact.status === 'completed' ? (fact.conclusion ?? 'unknown') : null
  const event: NewEvent = {
    id: `run_again:${releaseId}:${runId}:${attempt}:${conclusion === null ? 'begun' : 'ended'}`,
    type: 'gate.run_again',
    body: { releaseId, attempt, login, conclusion },
  }
  await addEvent(tx, { ...event, at })
}

const goingOn = new Set(['queued', 'in_progress', 'success'])

/** The job that waited for our answer goes on: with it, or an administrator let it through. */
async function letThrough(
  tx: Db,
  fact: DeploymentStatusFact,
  { cause, at }: Cause,
  context: EngineContext,
): Promise<Handled | null> {
  if (!goingOn.has(fact.state)) return null
  const repository = context.repositoryOf(fact.repository)?.repo ?? fact.repository
  const policy = context.policyOf(repository, fact.environment)
  if (policy === null) return null
  const open = await openReleases(tx, { repository, environment: policy.environment })
  const release = open.find((one) => one.rule?.deploymentId === fact.deploymentId)
  if (release === undefined) return null
  // Our own answer, if that may be on its way.
  const { state, lostStarts } = release
  if (state.name === 'preparing' && (state.phase !== 'checking' || lostStarts > 0)) {
    return await decideRelease(tx, release.id, { type: 'rule_answered', at }, cause, context)
  }
  const by = knownByName('somebody on GitHub')
  const event = { type: 'decided_elsewhere', at, by, decision: 'started' } as const
  return await decideRelease(tx, release.id, event, cause, context)
}

async function decidedElsewhere(
  tx: Db,
  review: Pick<ReviewFact, 'repository' | 'environment'> & {
    readonly runId: number
    readonly login: string
    readonly state: 'approved' | 'rejected'
  },
  { cause, at }: Cause,
  context: EngineContext,
): Promise<Handled | null> {
  const repository = context.repositoryOf(review.repository)?.repo ?? review.repository
  const policy = context.policyOf(repository, review.environment)
  if (policy === null) return null
  const open = await openReleases(tx, { repository, environment: policy.environment })
  const release = open.find((one) => one.run?.id === review.runId)
  if (release === undefined) return null
  const by = await identityOfLogin(review.login, { config: context.config, db: tx })
  const event = { type: 'decided_elsewhere', at, by, decision: review.state } as const
  return await decideRelease(tx, release.id, event, cause, context)
}
