import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type QuorumRule, quorumOf } from '../../src/policy/quorum.ts'

const one = (index: number): QuorumRule => ({ index, count: 1 })
const many = (index: number, count: number): QuorumRule => ({ index, count })

describe('approvals fill the rules', () => {
  test.each<[string, readonly QuorumRule[], readonly (readonly number[])[], boolean]>([
    ['no rules are filled by nobody', [], [], true],
    ['one of one', [one(0)], [[0]], true],
    ['nobody of one', [one(0)], [], false],
    ['two people for two of one group', [many(0, 2)], [[0], [0]], true],
    ['one person for two of one group', [many(0, 2)], [[0]], false],
    ['one from each of two groups', [one(0), one(1)], [[0], [1]], true],
    ['two of the same group for two groups', [one(0), one(1)], [[0], [0]], false],
    ['one person in both groups counts once', [one(0), one(1)], [[0, 1]], false],
    ['somebody in both groups does not take the only place of the other', [one(0), one(1)], [[0, 1], [0]], true],
    ['nor the other way round', [one(0), one(1)], [[0], [0, 1]], true],
    [
      'two people in both groups',
      [one(0), one(1)],
      [
        [0, 1],
        [0, 1],
      ],
      true,
    ],
    ['a chain of people who have to make room', [one(0), one(1), one(2)], [[0, 1], [1, 2], [0]], true],
    ['somebody who counts for nothing', [one(0)], [[], [7]], false],
    ['one too many', [one(0)], [[0], [0]], true],
    ['indexes that are not in order', [one(4), many(2, 2)], [[2, 4], [2], [4, 2]], true],
  ])('%s', (_, rules, people, isFilled) => {
    expect(quorumOf(rules, people).isFilled).toBe(isFilled)
  })

  test('what is missing is said by rule, earlier rules being filled first', () => {
    expect(quorumOf([many(0, 2), one(3)], [[0, 3]])).toEqual({
      isFilled: false,
      given: 1,
      needed: 3,
      missing: [
        { rule: 0, count: 1 },
        { rule: 3, count: 1 },
      ],
      places: [0],
    })
  })

  test('each person has one place at most, and those without one are told apart', () => {
    expect(quorumOf([one(0), one(1)], [[0, 1], [0], [0, 1]]).places).toEqual([1, 0, null])
  })

  test('a rule that asks for absurdly many is only never filled', () => {
    expect(quorumOf([many(0, 1e9)], [[0]])).toMatchObject({ isFilled: false, given: 1, needed: 1e9 })
  })
})

/** The greatest number of places that can be filled, by trying everything. */
function bestByTrying(rules: readonly QuorumRule[], people: readonly (readonly number[])[]): number {
  const [first, ...rest] = people
  if (first === undefined) return 0
  const without = bestByTrying(rules, rest)
  const taking = first.flatMap((index) => {
    const rule = rules.find((other) => other.index === index)
    if (rule === undefined || rule.count === 0) return []
    const left = rules.map((other) => (other === rule ? { ...rule, count: rule.count - 1 } : other))
    return 1 + bestByTrying(left, rest)
  })
  return Math.max(without, ...taking)
}

const rules = fc
  .array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 })
  .map((counts) => counts.map((count, index) => ({ index, count })))
const people = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), { maxLength: 6 })

test('as many places are filled as any choice could fill, and everybody stands for a rule of theirs', () => {
  fc.assert(
    fc.property(rules, people, (someRules, somePeople) => {
      const quorum = quorumOf(someRules, somePeople)
      expect(quorum.given).toBe(bestByTrying(someRules, somePeople))
      expect(quorum.isFilled).toBe(quorum.given === quorum.needed)
      for (const [person, rule] of quorum.places.entries()) {
        if (rule !== null) expect(somePeople[person]).toContain(rule)
      }
      for (const { index, count } of someRules) {
        const placed = quorum.places.filter((rule) => rule === index).length
        expect(placed + (quorum.missing.find(({ rule }) => rule === index)?.count ?? 0)).toBe(count)
      }
    }),
    { numRuns: 500, seed: 1 },
  )
})

test('somebody who adds nothing now adds nothing after others have come either', () => {
  fc.assert(
    fc.property(rules, people, people, fc.uniqueArray(fc.integer({ min: 0, max: 4 })), (some, now, later, one) => {
      const given = (...all: readonly (readonly number[])[]) => quorumOf(some, all).given
      fc.pre(given(...now, one) === given(...now))
      expect(given(...now, ...later, one)).toBe(given(...now, ...later))
    }),
    { numRuns: 500, seed: 2 },
  )
})
