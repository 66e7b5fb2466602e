import { describe, expect, test } from 'vitest'
import { type Compared, changedFiles, changesOf, relationOf } from '../../../src/release/evidence/changes-of.ts'
import { added, changedFile, compared, removed, renamed } from './changed-file.ts'

const live = { sha: 'live', source: 'release', since: 1 } as const
const migrations = ['db/*.sql']

function changes(input: Compared, texts: Readonly<Record<string, string | null>> = {}) {
  const isFirst = input.relation === 'first'
  return changesOf({ live: isFirst ? null : live, compared: input, migrations, texts: new Map(Object.entries(texts)) })
}

describe('what a release changes', () => {
  test('ahead: commits, files, sizes and migrations with what is destructive in them', () => {
    const forward = compared(
      [
        added('db/2.sql', { additions: 3 }),
        changedFile('src/a.ts', { additions: 5, deletions: 2 }),
        changedFile('package.json'),
        changedFile('Dockerfile'),
      ],
      ['b', 'c'],
    )
    expect(changes({ relation: 'ahead', forward }, { 'db/2.sql': 'select 1;\ndrop table users;' })).toEqual({
      live,
      relation: 'ahead',
      commits: forward.commits,
      commitCount: 2,
      takenAway: [],
      pulls: [],
      areas: [
        { name: 'src', files: 1, additions: 5, deletions: 2 },
        { name: 'db', files: 1, additions: 3, deletions: 0 },
        { name: '/', files: 2, additions: 2, deletions: 0 },
      ],
      fileCount: 4,
      isFileListComplete: true,
      additions: 10,
      deletions: 2,
      migrations: [
        {
          path: 'db/2.sql',
          blob: 'blob of db/2.sql',
          change: 'added',
          isRead: true,
          destructive: [{ path: 'db/2.sql', line: 2, kind: 'drop', statement: 'drop table users' }],
        },
      ],
      configuration: ['Dockerfile'],
      dependencies: ['package.json'],
      paths: ['db/2.sql', 'src/a.ts', 'package.json', 'Dockerfile'],
      diffUrl: forward.url,
    })
  })

  test('a migration that could not be read is said to be unread, and nothing about its safety', () => {
    const forward = compared([added('db/1.sql'), added('db/2.sql')])
    const [first, second] = changes({ relation: 'ahead', forward }, { 'db/1.sql': null }).migrations
    expect([first?.isRead, second?.isRead]).toEqual([false, false])
  })

  test('more commits than the code host lists are counted', () => {
    const forward = { ...compared([]), aheadBy: 312 }
    expect(changes({ relation: 'ahead', forward }).commitCount).toBe(312)
  })

  test('behind: what is taken away, with the files the other way round', () => {
    const backward = compared(
      [
        added('db/2.sql', { additions: 3 }),
        removed('src/old.ts', { deletions: 7 }),
        changedFile('src/a.ts', { additions: 5, deletions: 2 }),
        renamed('src/b.ts', 'lib/b.ts'),
      ],
      ['x', 'y'],
    )
    const back = changes({ relation: 'behind', backward }, { 'db/2.sql': 'alter table a drop column b' })
    expect(back).toMatchObject({
      relation: 'behind',
      commits: backward.commits,
      commitCount: 2,
      takenAway: [],
      additions: 9,
      deletions: 8,
      diffUrl: backward.url,
    })
    expect(back.migrations).toMatchObject([{ path: 'db/2.sql', blob: '', change: 'removed', isRead: true }])
    expect(back.migrations[0]?.destructive).toHaveLength(1)
    expect(changedFiles({ relation: 'behind', backward }).map(({ path, change }) => `${path} ${change}`)).toEqual([
      'db/2.sql removed',
      'src/old.ts added',
      'src/a.ts modified',
      'src/b.ts renamed',
    ])
  })

  test('diverged: both, and what both did alike is no change', () => {
    const forward = compared(
      [
        added('new.ts', { blob: 'n' }),
        changedFile('picked.ts', { blob: 'same' }),
        removed('gone.ts'),
        added('both.ts', { blob: 'mine', additions: 4 }),
        changedFile('comes-back.ts'),
      ],
      ['f'],
    )
    const backward = compared(
      [
        changedFile('picked.ts', { blob: 'same' }),
        removed('gone.ts'),
        added('both.ts', { blob: 'theirs', additions: 3 }),
        added('theirs.ts', { additions: 9 }),
        removed('comes-back.ts'),
      ],
      ['t', 'u'],
    )
    const both: Compared = { relation: 'diverged', forward, backward }
    expect(changedFiles(both).map(({ path, change }) => `${path} ${change}`)).toEqual([
      'new.ts added',
      'both.ts modified',
      'comes-back.ts added',
      'theirs.ts removed',
    ])
    expect(changes(both)).toMatchObject({
      commits: forward.commits,
      commitCount: 1,
      takenAway: backward.commits,
      diffUrl: forward.url,
    })
    const cut = { ...backward, isFileListComplete: false }
    expect(changes({ ...both, backward: cut }).isFileListComplete).toBe(false)
  })

  test('the same commit changes nothing', () => {
    expect(changes({ relation: 'same' })).toMatchObject({ commits: [], fileCount: 0, paths: [], diffUrl: null })
  })

  test('of a first release only its own commit is known, and that more may come with it', () => {
    const commit = compared([added('db/1.sql')], ['only'])
    expect(changes({ relation: 'first', commit }, { 'db/1.sql': '' })).toMatchObject({
      live: null,
      commits: commit.commits,
      commitCount: 1,
      isFileListComplete: false,
    })
  })

  test('the relation is what the comparison says', () => {
    expect((['ahead', 'behind', 'identical', 'diverged'] as const).map(relationOf)).toEqual([
      'ahead',
      'behind',
      'same',
      'diverged',
    ])
  })
})
