import { expect, test } from 'vitest'
import { canonicalJson, digestOf } from '../../src/policy/canonical-json.ts'

test('the order of keys and what is undefined make no difference, at any depth', () => {
  expect(canonicalJson({ b: [{ d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[{"d":1}]}')
  expect(digestOf({ a: 1, b: { c: 2, d: 3 } })).toBe(digestOf({ b: { d: 3, c: 2 }, a: 1, e: undefined }))
})

test('a digest is SHA-256 over the canonical JSON', () => {
  expect(digestOf({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
})

test('the order of a list makes a difference', () => {
  expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]))
})
