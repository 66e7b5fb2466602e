import { describe, expect, test } from 'vitest'
import { type CarryTarget, carriedApprovals, carriedForMs } from '../../src/release/carry-over.ts'
import type { Release } from '../../src/release/release.ts'
import {
  aCommit,
  aContext,
  ada,
  aPlan,
  aPolicy,
  aPress,
  approve,
  hour,
  opened,
  otherSha,
  play,
  rita,
  sha,
  someChanges,
  someEvidence,
  t0,
  twoLeads,
} from './fixtures.ts'

const context = aContext({ policy: { approvals: twoLeads } })
const half = play(opened({}, context), context, (r) => approve(r, ada)).release
const expired = play(half, context, () => ({ type: 'expire', at: t0 + 4 * hour })).release

function target(more: Partial<CarryTarget> = {}): CarryTarget {
  return { plan: aPlan(), evidence: someEvidence(), policy: aPolicy(), between: null, at: t0 + 5 * hour, ...more }
}

const between = { from: sha, to: otherSha, paths: ['docs/readme.md'], isComplete: true }
const withPaths = aPolicy({ paths: ['src/**'] })
const added = target({
  plan: aPlan({ sha: otherSha, artifacts: [{ name: 'web', digest: 'd2' }] }),
  policy: withPaths,
  between,
})

describe('an approval is carried over', () => {
  test('when the gate expired and exactly the same is asked for again', () => {
    expect(carriedApprovals(expired, target())).toEqual([
      { ...expired.approvals[0], carriedFrom: { releaseId: 'R1', why: 'same_plan' } },
    ])
  })

  test('when what was added touches none of the service’s paths', () => {
    expect(carriedApprovals(expired, added)).toMatchObject([{ by: ada, carriedFrom: { why: 'untouched_paths' } }])
  })

  test('with the release that it was given for, however often it is carried', () => {
    const again: Release = { ...expired, id: 'R2', approvals: carriedApprovals(expired, added), plan: added.plan }
    expect(carriedApprovals(again, target({ plan: added.plan }))).toMatchObject([
      { carriedFrom: { releaseId: 'R1', why: 'untouched_paths' } },
    ])
  })

  test('from a release that waits at the gate, where the new one takes its place', () => {
    expect(carriedApprovals(half, target())).toEqual([])
    expect(carriedApprovals(half, target({ policy: aPolicy({ supersedes: true }) }))).toHaveLength(1)
  })

  test('after the requester called it off, or its start failed', () => {
    const off = play(half, context, (r) => ({ type: 'cancel', at: t0, press: aPress(rita, r), why: null })).release
    expect(carriedApprovals(off, target())).toHaveLength(1)
    const failed: Release = { ...half, state: { name: 'failed', at: t0, reason: 'ci_not_green', detail: null } }
    expect(carriedApprovals(failed, target())).toHaveLength(1)
  })
})

describe('no approval is carried over', () => {
  test.each<[string, CarryTarget]>([
    ['to another strategy', target({ plan: aPlan({ strategy: 'direct' }) })],
    ['under another policy', target({ plan: aPlan({ policyVersion: 'policy-2' }) })],
    ['to other artifacts of the same commit', target({ plan: aPlan({ artifacts: [] }) })],
    [
      'to another commit, with other migrations',
      { ...added, plan: { ...added.plan, migrations: [{ path: 'm', blob: 'b' }] } },
    ],
    ['to another commit when all files are the service’s', { ...added, policy: aPolicy() }],
    [
      'to another commit that touches the service',
      { ...added, between: { ...between, paths: ['docs/a.md', 'src/a.ts'] } },
    ],
    ['to another commit when not all files are known', { ...added, between: { ...between, isComplete: false } }],
    ['to another commit when nothing is known', { ...added, between: null }],
    ['to another commit than the one compared', { ...added, between: { ...between, to: 'c'.repeat(40) } }],
    ['after a day', target({ at: t0 + carriedForMs + 1 })],
    ['when the clock is a day off', target({ at: t0 - carriedForMs - 1 })],
    [
      'when something went live that would be taken away now',
      target({
        evidence: someEvidence({ changes: someChanges({ relation: 'behind', commits: [aCommit({ sha: otherSha })] }) }),
      }),
    ],
  ])('%s', (_, to) => {
    expect(carriedApprovals(expired, to)).toEqual([])
  })

  test.each<[string, Release['state']]>([
    ['that was rejected', { name: 'rejected', at: t0, by: ada, why: 'No' }],
    ['that an approver called off', { name: 'cancelled', at: t0, by: ada, why: null }],
    ['that was released', { name: 'completed', at: t0 }],
    ['that built another commit', { name: 'failed', at: t0, reason: 'built_other_commit', detail: null }],
    ['that is on its way', { name: 'preparing', since: t0, phase: 'running' }],
    ['that is queued', { name: 'queued', since: t0, waitsFor: 'turn' }],
    ['that was refused', { name: 'refused', at: t0, reason: 'frozen', detail: null }],
  ])('from a release %s', (_, state) => {
    expect(carriedApprovals({ ...half, state }, target({ policy: aPolicy({ supersedes: true }) }))).toEqual([])
  })
})
