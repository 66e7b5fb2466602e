import { Octokit } from '@octokit/rest'
import { expect, onTestFinished, test } from 'vitest'
import { startSimulatedGithub } from '../../../sandbox/github/simulated-github.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const of = { owner: 'omnihub', repo: 'app' }
const repository = 'omnihub/app'

async function start(lacks: readonly ('administration' | 'members')[] = []) {
  const github = await startSimulatedGithub({
    repositories: [{ fullName: repository }],
    tokens: [{ token: 'sandbox-token', login: 'sandbox-user', lacks }],
  })
  onTestFinished(() => github.close())
  const octokit = new Octokit({ baseUrl: github.apiUrl, auth: 'sandbox-token', log: silent })
  const commit = (message: string, files: Record<string, string | null> = {}) =>
    github.commitFiles(repository, 'main', { message, files }).sha
  return { github, octokit, commit }
}

test('a commit shows what it changed against its first parent, a list of commits does not', async () => {
  const { octokit, commit } = await start()
  const first = commit('First', { 'a.txt': '1\n2\n' })
  const second = commit('Second', { 'a.txt': '1\n3\n', 'b c.txt': 'x\n' })
  const { data } = await octokit.rest.repos.getCommit({ ...of, ref: 'main' })
  expect(data).toMatchObject({
    sha: second,
    parents: [{ sha: first }],
    stats: { total: 3, additions: 2, deletions: 1 },
  })
  expect(data.files?.map(({ filename, status }) => `${filename} ${status}`)).toEqual([
    'a.txt modified',
    'b c.txt added',
  ])
  const { data: list } = await octokit.rest.repos.listCommits({ ...of, sha: 'main' })
  expect(list.map(({ sha }) => sha)).toEqual([second, first])
  expect(list[0]).not.toHaveProperty('files')
})

test.each(['main~1', 'main^', 'no-branch', 'f'.repeat(40)])('knows no commit "%s"', async (ref) => {
  const { octokit, commit } = await start()
  commit('First')
  commit('Second')
  await expect(octokit.rest.repos.getCommit({ ...of, ref })).rejects.toMatchObject({
    status: 422,
    message: expect.stringContaining(`No commit found for SHA: ${ref}`),
  })
})

test('a comparison without pages has the newest 250 commits, with pages all of them and files on the first', async () => {
  const { octokit, commit } = await start()
  const base = commit('Base')
  for (let index = 0; index < 260; index += 1) commit(`Commit ${index}`, { a: String(index) })
  const compare = async (page: { per_page?: number; page?: number }) =>
    (await octokit.rest.repos.compareCommitsWithBasehead({ ...of, basehead: `${base}...main`, ...page })).data
  const whole = await compare({})
  expect([whole.commits.length, whole.total_commits, whole.files?.length]).toEqual([250, 260, 1])
  expect(whole.commits.at(-1)?.commit.message).toBe('Commit 259')
  const first = await compare({ per_page: 100 })
  expect([first.commits.length, first.commits[0]?.commit.message, first.files?.length]).toEqual([100, 'Commit 0', 1])
  const last = await compare({ per_page: 100, page: 3 })
  expect([last.commits.length, last.files?.length]).toEqual([60, 0])
})

test('refs are found by their whole name, tags with a message through an object of their own', async () => {
  const { github, octokit, commit } = await start()
  const sha = commit('First')
  github.addTag(repository, 'v1', sha)
  github.addTag(repository, 'v2', sha, 'The second')
  const ref = async (name: string) => (await octokit.rest.git.getRef({ ...of, ref: name })).data.object
  expect(await ref('heads/main')).toMatchObject({ type: 'commit', sha })
  expect(await ref('tags/v1')).toMatchObject({ type: 'commit', sha })
  const object = await ref('tags/v2')
  expect(object.type).toBe('tag')
  const { data: tag } = await octokit.rest.git.getTag({ ...of, tag_sha: object.sha })
  expect(tag).toMatchObject({ tag: 'v2', message: 'The second', object: { type: 'commit', sha } })
  await expect(ref('heads/mai')).rejects.toMatchObject({ status: 404 })
  const { data: matching } = await octokit.rest.git.listMatchingRefs({ ...of, ref: 'tags/v' })
  expect(matching.map((one) => one.ref)).toEqual(['refs/tags/v1', 'refs/tags/v2'])
  expect((await octokit.rest.repos.listTags(of)).data.map(({ name }) => name)).toEqual(['v2', 'v1'])
})

test('contents are given up to 1 MB, folders as lists, blobs by their sha', async () => {
  const { octokit, commit } = await start()
  commit('Files', { 'docs/a.md': 'text ü\n', 'docs/deep/b.md': 'b', 'big.txt': 'x'.repeat(1024 * 1024 + 1) })
  const get = async (path: string) => (await octokit.rest.repos.getContent({ ...of, path })).data
  const file = await get('docs/a.md')
  if (Array.isArray(file) || file.type !== 'file') throw new Error('no file')
  expect(Buffer.from(file.content, 'base64').toString()).toBe('text ü\n')
  const { data: blob } = await octokit.rest.git.getBlob({ ...of, file_sha: file.sha })
  expect(Buffer.from(blob.content, 'base64').toString()).toBe('text ü\n')
  expect(await get('docs')).toMatchObject([
    { type: 'file', path: 'docs/a.md' },
    { type: 'dir', path: 'docs/deep' },
  ])
  expect(await get('big.txt')).toMatchObject({ type: 'file', encoding: 'none', content: '' })
  await expect(get('gone')).rejects.toMatchObject({ status: 404 })
})

test('what a branch demands is told by the branch to everybody, by its protection to administrators', async () => {
  const { github, octokit, commit } = await start()
  commit('First')
  const page = () => octokit.rest.repos.getStatusChecksProtection({ ...of, branch: 'main' })
  await expect(page()).rejects.toMatchObject({ status: 404, message: expect.stringContaining('Branch not protected') })
  github.setProtection(repository, 'main', ['unit', { context: 'scan', appId: 12 }])
  github.addRuleset(repository, 'main', ['e2e'])
  expect((await page()).data).toMatchObject({
    contexts: ['unit', 'scan'],
    checks: [{}, { context: 'scan', app_id: 12 }],
  })
  const { data: branch } = await octokit.rest.repos.getBranch({ ...of, branch: 'main' })
  expect(branch).toMatchObject({
    protected: true,
    protection: { required_status_checks: { contexts: ['unit', 'scan'] } },
  })
  const { data: rules } = await octokit.rest.repos.getBranchRules({ ...of, branch: 'main' })
  expect(rules).toMatchObject([
    { type: 'required_status_checks', parameters: { required_status_checks: [{ context: 'e2e' }] } },
  ])
  const other = await start(['administration'])
  other.commit('First')
  other.github.setProtection(repository, 'main', ['unit'])
  await expect(other.octokit.rest.repos.getStatusChecksProtection({ ...of, branch: 'main' })).rejects.toMatchObject({
    status: 403,
  })
})
