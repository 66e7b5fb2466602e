import { describe, expect, test } from 'vitest'
import type { RiskTrigger } from '../../src/policy/gate-policy.ts'
import { authorsOf } from '../../src/release/authors.ts'
import type { EvidenceChanges, EvidenceMigration } from '../../src/release/evidence.ts'
import { risksInForce } from '../../src/release/risks.ts'
import { aCommit, aPolicy, hour, oneLead, someChanges, someEvidence, t0 } from './fixtures.ts'

const migration: EvidenceMigration = { path: 'm/1.sql', blob: 'b', change: 'added', destructive: [], isRead: true }
const drop = { path: 'm/1.sql', line: 3, kind: 'drop', statement: 'DROP TABLE users' } as const

describe('a risk is in force', () => {
  test.each<[string, RiskTrigger, Partial<EvidenceChanges>, boolean]>([
    [
      'with a destructive migration',
      { type: 'destructive_migration' },
      { migrations: [{ ...migration, destructive: [drop] }] },
      true,
    ],
    [
      'with a migration that could not be read',
      { type: 'destructive_migration' },
      { migrations: [{ ...migration, isRead: false }] },
      true,
    ],
    ['not with a harmless migration', { type: 'destructive_migration' }, { migrations: [migration] }, false],
    ['when not all files are known', { type: 'destructive_migration' }, { isFileListComplete: false }, true],
    ['with a file in a folder', { type: 'paths', globs: ['src/auth'] }, { paths: ['src/auth/a.ts'] }, true],
    ['not with files elsewhere', { type: 'paths', globs: ['src/auth'] }, { paths: ['src/a.ts'] }, false],
    [
      'for paths, when not all files are known',
      { type: 'paths', globs: ['src/auth'] },
      { isFileListComplete: false },
      true,
    ],
    ['with more lines', { type: 'changed_lines', moreThan: 11 }, { additions: 10, deletions: 2 }, true],
    ['not with as many lines', { type: 'changed_lines', moreThan: 12 }, { additions: 10, deletions: 2 }, false],
    [
      'for size, when not all files are known',
      { type: 'changed_lines', moreThan: 12 },
      { isFileListComplete: false },
      true,
    ],
    ['after a failure lately', { type: 'recent_failure', withinMs: hour }, {}, true],
    ['not after one long ago', { type: 'recent_failure', withinMs: hour / 2 - 1 }, {}, false],
  ])('%s', (_, when, changes, isInForce) => {
    const policy = aPolicy({ risks: [{ name: 'risky', when, approvals: oneLead }] })
    const evidence = someEvidence({ changes: someChanges(changes) })
    const risks = risksInForce(policy, evidence, { recentFailures: [t0 - 9 * hour, t0 - hour / 2], at: t0 })
    expect(risks).toEqual(isInForce ? ['risky'] : [])
  })
})

describe('authors of what would ship', () => {
  const names = (changes: Partial<EvidenceChanges>) =>
    authorsOf(someEvidence({ changes: someChanges(changes) })).map(({ logins, emails }) => logins[0] ?? emails[0])

  test('are authors and co-authors of commits, and authors of their pull requests', () => {
    const commits = [aCommit({ authorLogin: 'Dan', coAuthors: [{ name: 'Eve', email: 'EVE@acme.dev' }] })]
    const pulls = [{ number: 1, title: 'x', url: 'https://x', authorLogin: 'Finn' }]
    expect(names({ commits, pulls })).toEqual(['dan', 'eve@acme.dev', 'finn'])
  })

  test('are known by address where GitHub knows no login', () => {
    expect(names({ commits: [aCommit({ authorLogin: null })] })).toEqual(['dan@acme.dev'])
    expect(names({ commits: [aCommit({ authorLogin: null, authorEmail: null })] })).toEqual([])
  })

  test('are nobody when nothing is added', () => {
    expect(names({ relation: 'behind' })).toEqual([])
    expect(names({ relation: 'same' })).toEqual([])
  })
})
