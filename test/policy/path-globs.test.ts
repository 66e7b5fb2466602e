import { expect, test } from 'vitest'
import { compilePathGlobs } from '../../src/policy/path-globs.ts'

test.each<[readonly string[], string, boolean]>([
  [[], 'src/a.ts', false],
  [['**'], 'src/a.ts', true],
  [['/'], 'src/a.ts', true],
  [['src/auth'], 'src/auth/token.ts', true],
  [['src/auth/'], 'src/auth/deep/token.ts', true],
  [['./src/auth'], 'src/auth/token.ts', true],
  [['src/auth'], 'src/authors.ts', false],
  [['src/*.ts'], 'src/deep/a.ts', false],
  [['src/**/*.ts'], 'src/deep/a.ts', true],
  [['src/**'], 'src/.env', true],
  [['SRC/**'], 'src/a.ts', false],
  [['src/**', '!src/docs/**'], 'src/docs/a.md', false],
  [['src/**', '!src/docs/**'], 'src/a.ts', true],
  [['!src/**'], 'docs/a.md', false],
])('%j and %s: %j', (globs, path, isMatch) => {
  expect(compilePathGlobs(globs)(path)).toBe(isMatch)
})
