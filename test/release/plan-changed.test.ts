import { describe, expect, test } from 'vitest'
import { decide } from '../../src/release/decide.ts'
import { planDigest } from '../../src/release/plan-digest.ts'
import {
  aCommit,
  aContext,
  ada,
  aPlan,
  approve,
  bob,
  checked,
  fresh,
  opened,
  otherSha,
  play,
  someChanges,
  t0,
  twoLeads,
} from './fixtures.ts'
import { inState, stateName } from './states.ts'

const twoNeeded = aContext({ policy: { approvals: twoLeads } })

describe('a plan that changed', () => {
  const half = play(opened({}, twoNeeded), twoNeeded, (r) => approve(r, ada)).release
  const migrated = fresh({ migrations: [{ path: 'supabase/migrations/1.sql', blob: 'm1' }] })

  test('takes the approvals away at a press, says which part, and calls nobody', () => {
    const { release, effects, audit, answer } = play(half, twoNeeded, (r) => approve(r, bob, { fresh: migrated }))
    expect(effects).toEqual([])
    expect(release).toMatchObject({
      approvals: [],
      voided: { at: t0, changed: ['migrations'], approvals: 1 },
      generation: half.generation + 1,
      state: half.state,
    })
    expect(release.planDigest).toBe(
      planDigest(aPlan({ migrations: [{ path: 'supabase/migrations/1.sql', blob: 'm1' }] })),
    )
    expect(audit).toMatchObject({ actor: bob, action: 'void_approvals', reason: 'plan_changed' })
    expect(answer?.text).toContain('migrations')
  })

  test('takes them away when the card is brought up to date', () => {
    const { release, effects, audit } = play(half, twoNeeded, () => ({ type: 'refreshed', at: t0, fresh: migrated }))
    expect(effects).toEqual([])
    expect(release.approvals).toEqual([])
    expect(audit).toMatchObject({ actor: 'sluice', action: 'void_approvals', reason: 'plan_changed' })
  })

  test('can be approved afterwards, on the new card, for what it is now', () => {
    const changed = play(half, twoNeeded, (r) => approve(r, bob, { fresh: migrated })).release
    const old = decide(changed, approve(half, bob, { fresh: migrated }), twoNeeded)
    expect(old.audit?.reason).toBe('stale_button')
    const done = play(
      changed,
      twoNeeded,
      (r) => approve(r, bob, { fresh: migrated }),
      (r) => approve(r, ada, { fresh: migrated }),
    )
    expect(stateName(done.release)).toBe('preparing/checking')
  })

  const other = aContext({ policy: { approvals: twoLeads, version: 'policy-2' } })

  test('is one of the policy, too, when only the configuration was changed', () => {
    const read = fresh({ policyVersion: 'policy-2' })
    const { release, audit } = decide(half, approve(half, bob, { fresh: read }), other)
    expect(audit?.text).toContain('policy')
    expect(release).toMatchObject({ approvals: [], plan: { policyVersion: 'policy-2' } })
  })

  test('is not known from a reading under another policy than the one in force', () => {
    const { release, audit, effects } = decide(half, approve(half, bob), other)
    expect([release, audit?.reason, effects]).toEqual([half, 'service_unavailable', []])
    const checking = inState('checking')
    expect(decide(checking, checked(checking), other)).toMatchObject({ release: checking, effects: [] })
  })

  test('of another commit is not taken over', () => {
    const { release } = play(half, twoNeeded, (r) => approve(r, bob, { fresh: fresh({ sha: otherSha }) }))
    expect(release).toMatchObject({ approvals: [], plan: { sha: half.sha }, sha: half.sha })
  })

  test('counts as changed when something went live that the release would now take away', () => {
    const behind = fresh({}, { changes: someChanges({ relation: 'behind', commits: [aCommit({ sha: otherSha })] }) })
    const { release, audit } = play(half, twoNeeded, (r) => approve(r, bob, { fresh: behind }))
    expect(release).toMatchObject({ approvals: [], planDigest: half.planDigest })
    expect(audit?.text).toContain('commits taken away')
  })

  test('so does one whose approver turns out to have written a part of it', () => {
    const more = someChanges({
      commits: [aCommit(), aCommit({ sha: otherSha, coAuthors: [{ name: 'A', email: 'ADA@acme.dev' }] })],
    })
    const { release, audit } = play(half, twoNeeded, (r) => approve(r, bob, { fresh: fresh({}, { changes: more }) }))
    expect(release.approvals).toEqual([])
    expect(audit?.text).toContain('authors')
  })

  test('is not there when only the time of reading is another', () => {
    const later = play(half, twoNeeded, () => ({ type: 'refreshed', at: t0 + 1, fresh: fresh({}, { readAt: t0 + 1 }) }))
    expect(later.release).toMatchObject({ generation: half.generation, approvals: half.approvals })
    expect(later.audit).toBeNull()
  })

  test('is not seen in a reading older than the one on the card', () => {
    const old = fresh({ artifacts: [] }, { readAt: t0 - 1 })
    const late = play(half, twoNeeded, () => ({ type: 'refreshed', at: t0, fresh: old }))
    expect(late.release).toBe(half)
  })
})
