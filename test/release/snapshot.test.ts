import { describe, expect, it } from 'vitest'
import { bundleKey, type FunctionVersion, functionChanges, isSameFunction } from '../../src/release/snapshot.ts'

const version = (slug: string, more: Partial<FunctionVersion> = {}): FunctionVersion => ({
  slug,
  version: 1,
  digest: 'd1',
  metadata: { verify_jwt: true },
  ...more,
})

describe('what differs from a snapshot', () => {
  it('is told by slug', () => {
    const before = { takenAt: 1, functions: [version('gone'), version('same'), version('changed')] }
    const live = [version('new'), version('same', { version: 7 }), version('changed', { digest: 'd2' })]
    expect(functionChanges(before, live)).toEqual({ changed: ['changed'], added: ['new'], removed: ['gone'] })
  })

  it.each<[string, Partial<FunctionVersion>, boolean]>([
    ['a higher version of the same code', { version: 2 }, true],
    ['other code', { digest: 'd2' }, false],
    ['another setting', { metadata: { verify_jwt: false } }, false],
    ['a setting that is null instead of missing', { metadata: { verify_jwt: true, import_map_path: null } }, true],
    ['no digest, same version', { digest: null }, true],
    ['no digest, another version', { digest: null, version: 2 }, false],
  ])('with %s', (_, more, isSame) => {
    expect(isSameFunction(version('a'), version('a', more))).toBe(isSame)
  })
})

it('a bundle without a digest is kept by its version, and not as that of another project', () => {
  expect(bundleKey('one', version('a'))).toBe('d1')
  expect(bundleKey('one', version('a', { digest: null }))).toBe('one/a@1')
  expect(bundleKey('two', version('a', { digest: null }))).toBe('two/a@1')
})
