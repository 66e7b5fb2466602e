import { expect, test } from 'vitest'
import type { Fact } from '../../src/pipeline/facts.ts'
import { applyFacts, emptyPipelineState } from '../../src/pipeline/fold.ts'
import { isFollowed } from '../../src/pipeline/is-followed.ts'
import { viewPipeline } from '../../src/pipeline/view-pipeline.ts'
import { aPull, aPush, repository, sha } from './facts.ts'

function isSeen(facts: readonly Fact[], branches: readonly string[], pullRequests: boolean): boolean {
  const pipeline = viewPipeline(applyFacts(emptyPipelineState(repository, sha), facts).state, [])
  return isFollowed(pipeline, { branches, pullRequests })
}

test.each<[string, readonly Fact[], readonly string[], boolean, boolean]>([
  ['the default branch, always', [aPush()], [], false, true],
  ['a branch that no glob names', [aPush({ branch: 'idea' })], ['release/*'], true, false],
  ['a branch that a glob names', [aPush({ branch: 'release/1/x' })], ['release/*'], false, true],
  ['a branch with brackets in its name', [aPush({ branch: 'fix(api)' })], ['fix(*)'], false, true],
  ['a pull request, when asked for', [aPull()], [], true, true],
  ['a pull request, when not asked for', [aPull()], [], false, false],
  [
    'a followed branch that is a pull request’s head too',
    [aPush({ branch: 'release/1' }), aPull()],
    ['release/*'],
    false,
    true,
  ],
  ['nothing known of any branch', [], ['*'], true, false],
])('%s', (_name, facts, branches, pullRequests, expected) => {
  expect(isSeen(facts, branches, pullRequests)).toBe(expected)
})
