import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, digestOf } from '../../src/policy/canonical-json.ts'

/** Rebuilds objects with their keys in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  )
}

describe('canonicalJson', () => {
  it('sorts keys, leaves lists in order and drops what is undefined', () => {
    expect(canonicalJson({ b: [2, 1, { z: null, y: 'ü"' }], a: undefined, B: -0, aa: true })).toBe(
      '{"B":0,"aa":true,"b":[2,1,{"y":"ü\\"","z":null}]}',
    )
  })

  it('does not depend on the order of keys, and is JSON of the same value', () => {
    const value = fc.jsonValue({ maxDepth: 4 })
    fc.assert(
      fc.property(value, (plain) => {
        expect(canonicalJson(reversed(plain))).toBe(canonicalJson(plain))
        expect(JSON.parse(canonicalJson(plain))).toEqual(JSON.parse(JSON.stringify(plain)))
      }),
    )
  })

  it('takes objects without a prototype', () => {
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}')
  })

  it.each([
    ['a map', new Map([['a', 1]])],
    ['a date', new Date(0)],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a function', () => 1],
    ['a big integer', 1n],
    ['nothing', undefined],
    ['a hole in a list', [undefined]],
  ])('refuses %s, which JSON would change unseen', (_, value) => {
    expect(() => canonicalJson({ value: [value] })).toThrow(TypeError)
  })
})

describe('digestOf', () => {
  it('is SHA-256 of that text', () => {
    // printf '{"a":1,"b":[true,null]}' | sha256sum
    expect(digestOf({ b: [true, null], a: 1 })).toBe('1cc69c7fa23616ca2ec3ee70d24390a6225c8832db8a4c814c7e0e7f942f8668')
  })
})
