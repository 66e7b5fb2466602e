import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/release/plan.ts'
import { planDifferences, planDigest } from '../../src/release/plan-digest.ts'
import { aPlan, otherSha } from './fixtures.ts'

const migrations = [
  { path: 'm/1.sql', blob: 'b1' },
  { path: 'm/2.sql', blob: 'b2' },
]

describe('two plans differ in', () => {
  test.each<[string, Partial<Plan>]>([
    ['repository', { repository: 'acme/other' }],
    ['environment', { environment: 'staging' }],
    ['commit', { sha: otherSha }],
    ['strategy', { strategy: 'direct' }],
    ['steps', { steps: [{ percent: 100, windowMs: 0 }] }],
    ['migrations', { migrations }],
    ['artifacts', { artifacts: [{ name: 'web', digest: 'd2' }] }],
    ['workflow', { workflow: { file: 'cd-production.yml', ref: 'main', blob: 'w2' } }],
    ['policy', { policyVersion: 'policy-2' }],
  ])('%s', (part, more) => {
    expect(planDifferences(aPlan(), aPlan(more))).toEqual([part])
    expect(planDigest(aPlan(more))).not.toBe(planDigest(aPlan()))
  })

  test('nothing when only the order of migrations, or the case of the repository, is another', () => {
    const plan = aPlan({ migrations })
    const same = aPlan({ migrations: migrations.toReversed(), repository: 'Acme/OmniHub' })
    expect(planDifferences(plan, same)).toEqual([])
    expect(planDigest(plan)).toBe(planDigest(same))
  })
})

test('a migration’s path and blob cannot be moved into each other without being seen', () => {
  const one = aPlan({ migrations: [{ path: 'a', blob: 'b,c' }] })
  const other = aPlan({ migrations: [{ path: 'a,b', blob: 'c' }] })
  expect(planDigest(one)).not.toBe(planDigest(other))
})

const word = fc.constantFrom('a', 'b')
const arbitraryPlan: fc.Arbitrary<Plan> = fc.record({
  repository: word,
  environment: word,
  sha: word,
  strategy: fc.constantFrom('canary', 'direct'),
  steps: fc.array(fc.record({ percent: fc.constantFrom(5, 100), windowMs: fc.constantFrom(0, 1) }), { maxLength: 2 }),
  migrations: fc.array(fc.record({ path: word, blob: word }), { maxLength: 2 }),
  artifacts: fc.array(fc.record({ name: word, digest: word }), { maxLength: 2 }),
  workflow: fc.record({ file: word, ref: word, blob: fc.option(word) }),
  policyVersion: word,
})

test('digests differ exactly when something is named as different', () => {
  fc.assert(
    fc.property(arbitraryPlan, arbitraryPlan, (a, b) => {
      expect(planDigest(a) === planDigest(b)).toBe(planDifferences(a, b).length === 0)
      expect(planDifferences(a, b)).toEqual(planDifferences(b, a))
    }),
    { numRuns: 500, seed: 3 },
  )
})
