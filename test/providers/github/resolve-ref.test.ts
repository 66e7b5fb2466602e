import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { repository, valueIn, withGithub } from './with-github.ts'

async function start() {
  const given = await withGithub()
  const { github, codeHost } = given
  const commit = (message: string, parents?: readonly string[]) =>
    github.commitFiles(repository, 'main', { message, ...(parents === undefined ? {} : { parents }) }).sha
  const resolve = async (ref: string) =>
    valueIn(await codeHost.resolveRef({ repository, ref: { type: 'ref', ref } }))?.sha ?? null
  return { ...given, commit, resolve }
}

describe('resolveRef', () => {
  test('knows branches, tags with and without an object, and shas, long and short', async () => {
    const { github, commit, resolve } = await start()
    const first = commit('First')
    const second = commit('Second')
    github.addTag(repository, 'v1', first)
    github.addTag(repository, 'v2', second, 'The second release')
    github.setBranch(repository, 'release/2026.1', first)
    expect(await resolve('main')).toBe(second)
    expect(await resolve('release/2026.1')).toBe(first)
    expect(await resolve('refs/heads/release/2026.1')).toBe(first)
    expect(await resolve('v1')).toBe(first)
    expect(await resolve('v2')).toBe(second)
    expect(await resolve('refs/tags/v2')).toBe(second)
    expect(await resolve(first)).toBe(first)
    expect(await resolve(first.toUpperCase())).toBe(first)
    expect(await resolve(first.slice(0, 7))).toBe(first)
    expect(await resolve('HEAD')).toBe(second)
  })

  test('gives the commit with its author and the people who made it together', async () => {
    const { github, codeHost } = await start()
    const message = 'Round half up\n\nWhy.\n\nCo-authored-by: Hubot <Hubot@omnihub.dev>\nCo-authored-by: nobody'
    const { sha } = github.commitFiles(repository, 'main', { message, at: 1_700_000_000_000 })
    expect(valueIn(await codeHost.resolveRef({ repository, ref: { type: 'ref', ref: 'main' } }))).toEqual({
      sha,
      commit: {
        sha,
        title: 'Round half up',
        authorLogin: 'mona',
        authorName: 'Mona Lisa',
        authorEmail: 'mona@omnihub.dev',
        coAuthors: [{ name: 'Hubot', email: 'hubot@omnihub.dev' }],
        at: 1_700_000_000_000,
      },
      pull: null,
    })
  })

  test('walks back along first parents by itself, and to the parent that is named', async () => {
    const { github, commit, resolve } = await start()
    const first = commit('First')
    const second = commit('Second')
    const side = github.commitFiles(repository, 'side', { message: 'Side', parents: [first] }).sha
    const merge = commit('Merge side', [second, side])
    const last = commit('Last')
    github.addTag(repository, 'v1', last)
    expect(await resolve('main~1')).toBe(merge)
    expect(await resolve('main^')).toBe(merge)
    expect(await resolve('main~2')).toBe(second)
    expect(await resolve('main~')).toBe(merge)
    expect(await resolve('main^^2')).toBe(side)
    expect(await resolve('main~1^2~1')).toBe(first)
    expect(await resolve('v1~3')).toBe(first)
    expect(await resolve(`${last.slice(0, 8)}^0`)).toBe(last)
    expect(await resolve('HEAD~3')).toBe(first)
  })

  test('walks 50 commits back in a few calls, and says that further needs a sha', async () => {
    const { codeHost, commit, resolve, requests } = await start()
    const shas = Array.from({ length: 60 }, (_, index) => commit(`Commit ${index}`))
    requests()
    expect(await resolve('main~50')).toBe(shas.at(-51))
    expect(requests().length).toBeLessThan(6)
    expect(await codeHost.resolveRef({ repository, ref: { type: 'ref', ref: 'main~51' } })).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringContaining('name the commit by its sha') },
    })
  })

  test('finds the first parent of a merge of more commits than one list holds', async () => {
    const { github, commit, resolve } = await start()
    const first = commit('First')
    const second = commit('Second')
    for (let index = 0; index < 120; index += 1) {
      const parents = index === 0 ? { parents: [first] } : {}
      github.commitFiles(repository, 'side', { message: `Side ${index}`, ...parents })
    }
    const merge = commit('Merge side', [second, github.repository(repository).branches.get('side') ?? ''])
    commit('Last')
    expect(await resolve('main~1')).toBe(merge)
    expect(await resolve('main~2')).toBe(second)
    expect(await resolve('main~3')).toBe(first)
    expect(await resolve('main~4')).toBeNull()
  })

  test('ends where the parents lead in any history, by any way', async () => {
    const { github, resolve } = await start()
    const parentsOf = new Map<string, readonly string[]>()
    const shas: string[] = []
    const shape = fc.array(fc.tuple(fc.nat(5), fc.option(fc.nat(5), { nil: null })), { minLength: 5, maxLength: 25 })
    const step = fc.oneof(
      fc.nat(3).map((count) => `~${count}`),
      fc.constantFrom('^', '^1', '^2', '^0', '~'),
    )
    await fc.assert(
      fc.asyncProperty(shape, fc.array(step, { maxLength: 4 }), async (commits, steps) => {
        shas.length = 0
        for (const [first, second] of commits) {
          const back = (distance: number) => shas.at(-1 - distance)
          const parents = [...new Set([back(first), second === null ? undefined : back(second)])]
          const known = parents.filter((sha) => sha !== undefined)
          const { sha } = github.commitFiles(repository, 'main', { message: `Commit ${shas.length}`, parents: known })
          parentsOf.set(sha, known)
          shas.push(sha)
        }
        let expected = shas.at(-1)
        for (const one of steps) {
          const number = one.length === 1 ? 1 : Number(one.slice(1))
          if (one.startsWith('^') && number > 0) expected = parentsOf.get(expected ?? '')?.[number - 1]
          if (one.startsWith('~'))
            for (let time = 0; time < number; time += 1) expected = parentsOf.get(expected ?? '')?.[0]
        }
        expect(await resolve(`main${steps.join('')}`)).toBe(expected ?? null)
      }),
      { numRuns: 60 },
    )
  })

  // A rollback bot that did not understand a ref once took the head of the branch for it.
  test.each([
    'mian',
    'main~9',
    'main^2',
    'main@{1}',
    'main~1~x',
    'main^{tree}',
    'main..other',
    'main:src',
    '~1',
    '^',
    '',
    ' ',
    'refs/heads/mian~1',
    'v1.4.2',
    'f'.repeat(40),
    'fffffff',
    'fff',
    '-main',
    'heads/',
  ])('gives nothing rather than the head of a branch for "%s"', async (ref) => {
    const { commit, resolve } = await start()
    commit('First')
    commit('Second')
    expect(await resolve(ref)).toBeNull()
  })

  test('a short sha that is too short, or that two commits begin with, is none', async () => {
    const { github, commit, resolve } = await start()
    const sha = commit('First')
    expect(await resolve(sha.slice(0, 6))).toBeNull()
    const twin = `${sha.slice(0, 39)}${sha.endsWith('0') ? '1' : '0'}`
    const known = github.repository(repository).commits.get(sha)
    if (known !== undefined) github.repository(repository).commits.set(twin, { ...known, sha: twin })
    expect(await resolve(sha.slice(0, 10))).toBeNull()
    expect(await resolve(sha)).toBe(sha)
  })

  test('refuses to guess between a branch and a tag of one name', async () => {
    const { github, codeHost, commit, resolve } = await start()
    const first = commit('First')
    const second = commit('Second')
    github.addTag(repository, 'v1', first)
    github.setBranch(repository, 'v1', second)
    expect(await codeHost.resolveRef({ repository, ref: { type: 'ref', ref: 'v1' } })).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringContaining('refs/tags/v1') },
    })
    expect(await resolve('refs/tags/v1')).toBe(first)
    expect(await resolve('refs/heads/v1')).toBe(second)
  })

  test('a pull request is its merge commit when it is merged, and its head before', async () => {
    const { github, codeHost, commit } = await start()
    const sha = commit('Round half up (#12)')
    github.addMergedPull(repository, { number: 12, title: 'Round half up', author: 'mona', sha })
    const pull = async (number: number) =>
      valueIn(await codeHost.resolveRef({ repository, ref: { type: 'pull', number } }))
    expect(await pull(12)).toMatchObject({ sha, pull: { number: 12, title: 'Round half up', authorLogin: 'mona' } })
    const head = github.commitFiles(repository, 'wip', { message: 'Work' }).sha
    const trial = github.commitFiles(repository, 'trial', { message: 'Trial merge' }).sha
    const merged = github.repository(repository).pulls.get(12)
    if (merged === undefined) throw new Error('no pull request')
    const open = { ...merged, number: 13, state: 'open' as const, mergedAt: null, headSha: head, mergeCommitSha: trial }
    github.repository(repository).pulls.set(13, open)
    expect(await pull(13)).toMatchObject({ sha: head })
    expect(await pull(14)).toBeNull()
  })

  test('a run is the commit that it ran for', async () => {
    const { github, codeHost, commit } = await start()
    const sha = commit('First')
    github.defineDispatchWorkflow(repository, { path: '.github/workflows/deploy.yml', inputs: {} })
    const started = await codeHost.startWorkflow({ repository, workflow: 'deploy.yml', ref: 'main', inputs: {} })
    const run = async (runId: number) => valueIn(await codeHost.resolveRef({ repository, ref: { type: 'run', runId } }))
    expect(await run(valueIn(started)?.id ?? 0)).toMatchObject({ sha, pull: null })
    expect(await run(1)).toBeNull()
  })

  test('a repository that is not there is a failure, and not a ref that is not there', async () => {
    const { codeHost } = await start()
    expect(await codeHost.resolveRef({ repository: 'omnihub/gone', ref: { type: 'ref', ref: 'main' } })).toMatchObject({
      ok: false,
      failure: { type: 'not_found' },
    })
  })

  test('knows the default branch', async () => {
    const { codeHost } = await start()
    expect(valueIn(await codeHost.defaultBranch(repository))).toBe('main')
  })
})
