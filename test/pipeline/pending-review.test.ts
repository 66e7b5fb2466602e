import { describe, expect, test } from 'vitest'
import { applyFacts, emptyPipelineState } from '../../src/pipeline/fold.ts'
import { pendingDeploymentSchema, workflowRunSchema } from '../../src/pipeline/github-objects.ts'
import { pendingReviewFact } from '../../src/pipeline/pending-review.ts'
import { aReview, atMs, repository, sha } from './facts.ts'

const run = workflowRunSchema.parse({
  id: 1,
  head_sha: sha,
  status: 'waiting',
  updated_at: new Date(atMs(40)).toISOString(),
})

function pending(given: { readonly reviewers?: number; readonly waitTimer?: number; readonly name?: string | null }) {
  const reviewer = { type: 'User', reviewer: { login: 'lead' } }
  return pendingReviewFact(
    { repository, defaultBranch: 'main' },
    run,
    pendingDeploymentSchema.parse({
      environment: { id: 5, name: given.name === undefined ? 'production' : given.name },
      wait_timer: given.waitTimer ?? 0,
      wait_timer_started_at: null,
      current_user_can_approve: false,
      reviewers: Array(given.reviewers ?? 1).fill(reviewer),
    }),
  )
}

describe('an environment that a run waits for', () => {
  test('asks for an approval when it has reviewers', () => {
    expect(pending({})).toMatchObject({ key: 'review:1:production', state: 'requested', runId: 1, at: atMs(40) })
    expect(pending({ waitTimer: 30 })).toMatchObject({ key: 'review:1:production' })
  })

  test('asks an App when it has neither reviewers nor a timer', () => {
    expect(pending({ reviewers: 0 })).toMatchObject({ key: 'rule:1:production', state: 'requested' })
  })

  test('asks nobody when it only waits for a timer, or has no name', () => {
    expect(pending({ reviewers: 0, waitTimer: 30 })).toBeNull()
    expect(pending({ name: null })).toBeNull()
  })

  test.each(['requested', 'approved', 'rejected'] as const)(
    'has nothing to add to a webhook that said %s, whichever came first and was made first',
    (state) => {
      const told = aReview({ state, at: 30 })
      const asked = pending({})
      if (asked === null) throw new Error('there is a fact')
      for (const facts of [
        [told, asked],
        [asked, told],
      ]) {
        const { state: joined } = applyFacts(emptyPipelineState(repository, sha), facts)
        expect(joined.facts.get('review:1:production')).toEqual(told)
      }
    },
  )
})
