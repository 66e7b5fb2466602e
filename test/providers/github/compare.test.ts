import { describe, expect, test } from 'vitest'
import { repository, valueIn, withGithub } from './with-github.ts'

async function start() {
  const given = await withGithub()
  const { github, codeHost } = given
  const commit = (message: string, files: Record<string, string | null> = {}, branch = 'main') =>
    github.commitFiles(repository, branch, { message, files }).sha
  const compare = async (base: string, head: string) => valueIn(await codeHost.compare({ repository, base, head }))
  return { ...given, commit, compare }
}

describe('compare', () => {
  test('lists commits oldest first, and files with what became of them', async () => {
    const { commit, compare } = await start()
    const base = commit('Base', { 'a.ts': '1\n2\n3\n', 'b.ts': 'b\n', 'old name.ts': 'same\n', 'same.ts': 'x' })
    commit('One', { 'a.ts': '1\ntwo\n3\n4\n', 'b.ts': null })
    const head = commit('Two', { 'old name.ts': null, 'new.ts': 'same\n', 'supabase/migrations/1.sql': 'create;\n' })
    const result = await compare(base, head)
    expect(result).toMatchObject({ status: 'ahead', aheadBy: 2, behindBy: 0, isFileListComplete: true })
    expect(result.commits.map(({ title }) => title)).toEqual(['One', 'Two'])
    expect(result.files).toEqual([
      expect.objectContaining({ path: 'a.ts', change: 'modified', additions: 2, deletions: 1, previousPath: null }),
      { path: 'b.ts', previousPath: null, change: 'removed', additions: 0, deletions: 1, blob: null },
      expect.objectContaining({ path: 'new.ts', change: 'renamed', previousPath: 'old name.ts' }),
      expect.objectContaining({
        path: 'supabase/migrations/1.sql',
        change: 'added',
        blob: expect.stringMatching(/^[0-9a-f]{40}$/),
      }),
    ])
    expect(result.url).toContain(`/omnihub/app/compare/${base}...${head}`)
  })

  test('tells ahead, behind, identical and diverged', async () => {
    const { github, commit, compare } = await start()
    const base = commit('Base', { a: '1' })
    const head = commit('Head', { a: '2' })
    const other = github.commitFiles(repository, 'other', { message: 'Other', parents: [base], files: { b: '1' } }).sha
    expect(await compare(head, base)).toMatchObject({ status: 'behind', aheadBy: 0, behindBy: 1, commits: [] })
    expect(await compare(head, head)).toMatchObject({ status: 'identical', aheadBy: 0, behindBy: 0 })
    const diverged = await compare(head, other)
    expect(diverged).toMatchObject({ status: 'diverged', aheadBy: 1, behindBy: 1 })
    // From the merge base on: what the other side did is none of it.
    expect(diverged.files.map(({ path }) => path)).toEqual(['b'])
  })

  test('lists at most 250 commits, the newest, and counts the others', async () => {
    const { commit, compare } = await start()
    const base = commit('Base')
    const shas = Array.from({ length: 260 }, (_, index) => commit(`Commit ${index}`))
    const result = await compare(base, 'main')
    expect(result.aheadBy).toBe(260)
    expect(result.commits.map(({ sha }) => sha)).toEqual(shas.slice(10))
  })

  test('says that the list of files may go on when it has 300', async () => {
    const { commit, compare } = await start()
    const base = commit('Base')
    const files = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 'x']))
    const head = commit('Many', files(299))
    expect(await compare(base, head)).toMatchObject({ isFileListComplete: true })
    const more = commit('More', files(310))
    const result = await compare(base, more)
    expect(result.files).toHaveLength(300)
    expect(result.isFileListComplete).toBe(false)
  })

  test('finds the pull requests of merges, squashes and rebases, and does not believe titles', async () => {
    const { github, commit, compare, requests } = await start()
    const before = commit('Before (#1)')
    github.addMergedPull(repository, { number: 1, title: 'Before', author: 'mona', sha: before })
    const squash = commit('Round half up (#2)')
    github.addMergedPull(repository, { number: 2, title: 'Round half up', author: 'mona', sha: squash })
    const rebased = commit('No number in here')
    github.addMergedPull(repository, { number: 3, title: 'Rebased', author: 'hubot', sha: rebased })
    commit('A lie (#1)')
    requests()
    const result = await compare(before, 'main')
    expect(result.pulls.map(({ number }) => number).toSorted()).toEqual([2, 3])
    expect(result.pulls.find(({ number }) => number === 3)).toEqual({
      number: 3,
      title: 'Rebased',
      url: 'https://github.com/omnihub/app/pull/3',
      authorLogin: 'hubot',
    })
    expect(requests()).toHaveLength(2)
  })

  test('asks for a pull request by its number when hundreds have changed since', async () => {
    const { github, commit, compare } = await start()
    const base = commit('Base')
    const sha = commit('Long ago (#1)')
    const pull = github.addMergedPull(repository, { number: 1, title: 'Long ago', author: 'mona', sha })
    const pulls = github.repository(repository).pulls
    for (let number = 2; number <= 320; number += 1) {
      pulls.set(number, { ...pull, number, mergeCommitSha: null, mergedAt: null, updatedAt: pull.updatedAt + 1000 })
    }
    expect((await compare(base, sha)).pulls.map(({ number }) => number)).toEqual([1])
  })

  test('does without the pull requests when they may not be read', async () => {
    const { github, commit, compare } = await start()
    const base = commit('Base')
    const head = commit('Head (#1)')
    github.faults.failNext({ match: '/pulls', kind: 'forbidden' })
    expect(await compare(base, head)).toMatchObject({ aheadBy: 1, pulls: [] })
  })

  test('fails when one of the two is not there, or they have nothing in common', async () => {
    const { github, codeHost, commit } = await start()
    const base = commit('Base')
    const orphan = github.commitFiles(repository, 'orphan', { message: 'Orphan', parents: [] }).sha
    for (const head of ['f'.repeat(40), orphan]) {
      expect(await codeHost.compare({ repository, base, head })).toMatchObject({
        ok: false,
        failure: { type: 'not_found' },
      })
    }
  })
})

describe('commit', () => {
  test('is compared with its first parent', async () => {
    const { github, codeHost, commit } = await start()
    commit('Base', { a: '1\n' })
    const sha = commit('Change (#5)', { a: '2\n' })
    github.addMergedPull(repository, { number: 5, title: 'Change', author: 'mona', sha })
    expect(valueIn(await codeHost.commit({ repository, sha }))).toMatchObject({
      status: 'ahead',
      aheadBy: 1,
      behindBy: 0,
      commits: [{ sha, title: 'Change (#5)' }],
      pulls: [{ number: 5 }],
      files: [{ path: 'a', change: 'modified', additions: 1, deletions: 1 }],
      isFileListComplete: true,
      url: `https://github.com/omnihub/app/commit/${sha}`,
    })
  })

  test('with more than 300 files says that there are more', async () => {
    const { codeHost, commit } = await start()
    const sha = commit('Many', Object.fromEntries(Array.from({ length: 320 }, (_, index) => [`f${index}`, 'x'])))
    const result = valueIn(await codeHost.commit({ repository, sha }))
    expect(result.files).toHaveLength(300)
    expect(result.isFileListComplete).toBe(false)
  })

  test('that is not there is a failure', async () => {
    const { codeHost, commit } = await start()
    commit('Base')
    expect(await codeHost.commit({ repository, sha: 'f'.repeat(40) })).toMatchObject({
      ok: false,
      failure: { type: 'not_found' },
    })
  })
})

describe('branchesWith', () => {
  test('names the branches of the globs that hold the commit', async () => {
    const { github, codeHost, commit } = await start()
    const old = commit('Old')
    github.setBranch(repository, 'release/1', old)
    const sha = commit('New')
    github.setBranch(repository, 'release/2', sha)
    github.setBranch(repository, 'Release/3', sha)
    github.commitFiles(repository, 'wip', { message: 'Work in progress' })
    const on = async (...globs: string[]) => valueIn(await codeHost.branchesWith({ repository, sha, globs }))
    commit('Newer')
    expect(await on('@default', 'release/*')).toEqual(['main', 'release/2'])
    expect(await on('wip')).toEqual(['wip'])
    expect(await on('release/1', 'mian')).toEqual([])
    expect(await on()).toEqual([])
    // Git tells these apart, and being on one is a permission.
    expect(await on('MAIN', 'RELEASE/*')).toEqual([])
  })

  test('an unknown commit is on no branch', async () => {
    const { codeHost, commit } = await start()
    commit('First')
    const sha = 'f'.repeat(40)
    expect(valueIn(await codeHost.branchesWith({ repository, sha, globs: ['*'] }))).toEqual([])
  })
})
