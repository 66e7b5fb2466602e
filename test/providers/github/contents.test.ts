import { describe, expect, test } from 'vitest'
import { omnihubPipeline } from '../../../sandbox/github/omnihub-pipeline.ts'
import { scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import { repository, valueIn, withGithub } from './with-github.ts'

describe('fileText and blobSha', () => {
  test('read a file at a commit, whatever its path', async () => {
    const { github, codeHost } = await withGithub()
    const path = 'supabase/migrations/2026 #1 ä.sql'
    const old = github.commitFiles(repository, 'main', { message: 'Old', files: { [path]: 'old ü\n' } }).sha
    const sha = github.commitFiles(repository, 'main', { message: 'New', files: { [path]: 'new\n', empty: '' } }).sha
    expect(valueIn(await codeHost.fileText({ repository, sha, path }))).toBe('new\n')
    expect(valueIn(await codeHost.fileText({ repository, sha: old, path }))).toBe('old ü\n')
    expect(valueIn(await codeHost.fileText({ repository, sha, path: 'empty' }))).toBe('')
    // What `git hash-object` says of "new\n".
    expect(valueIn(await codeHost.blobSha({ repository, ref: 'main', path }))).toBe(
      '3e757656cf36eca53338e520d134963a44f793f8',
    )
    const [file] = valueIn(await codeHost.compare({ repository, base: old, head: sha })).files.filter(
      (one) => one.path === path,
    )
    expect(file?.blob).toBe('3e757656cf36eca53338e520d134963a44f793f8')
  })

  test('are null for what is not there, is a folder, is no text, or is too large', async () => {
    const { github, codeHost } = await withGithub()
    const files = {
      'folder/file': 'x',
      'zero.bin': new Uint8Array([80, 0, 81]),
      'latin1.txt': new Uint8Array([0xfc, 0x0a]),
      'large.txt': 'x'.repeat(1024 * 1024 + 1),
      'largest.txt': 'x'.repeat(1024 * 1024),
    }
    const { sha } = github.commitFiles(repository, 'main', { message: 'Files', files })
    const text = async (path: string) => valueIn(await codeHost.fileText({ repository, sha, path }))
    for (const path of ['gone', 'folder', 'zero.bin', 'latin1.txt', 'large.txt']) expect(await text(path)).toBeNull()
    expect(await text('largest.txt')).toHaveLength(1024 * 1024)
    const blob = async (path: string, ref = 'main') => valueIn(await codeHost.blobSha({ repository, ref, path }))
    expect(await blob('large.txt')).toMatch(/^[0-9a-f]{40}$/)
    expect(await blob('folder')).toBeNull()
    expect(await blob('gone')).toBeNull()
    expect(await blob('large.txt', 'no-branch')).toBeNull()
  })
})

describe('artifactsOf', () => {
  test('gives the digests of the newest successful runs, by name, without what a deployment made', async () => {
    const { github, codeHost } = await withGithub()
    const script = scriptPipeline(omnihubPipeline({ pullRequest: null }))
    github.load(script)
    await github.walk()
    const { sha } = script
    const artifacts = async () => valueIn(await codeHost.artifactsOf({ repository, sha }))
    expect(await artifacts()).toEqual([])
    const [ci, dev] = [...github.repository(repository).runs.keys()]
    if (ci === undefined || dev === undefined) throw new Error('no runs')
    github.addArtifact(repository, ci, { name: 'web', digest: 'sha256:old' })
    github.addArtifact(repository, ci, { name: 'web', digest: 'sha256:new' })
    github.addArtifact(repository, ci, { name: 'gone', isExpired: true })
    const old = github.addArtifact(repository, dev, { name: 'functions', digest: null })
    github.defineDispatchWorkflow(repository, { path: '.github/workflows/deploy.yml', inputs: {} })
    const query = { repository, workflow: 'deploy.yml', ref: 'main', inputs: {} }
    const started = valueIn(await codeHost.startWorkflow(query))
    await github.walk()
    github.addArtifact(repository, started?.id ?? 0, { name: 'web', digest: 'sha256:of the deployment' })
    expect(await artifacts()).toEqual([
      { name: 'functions', digest: `id:${old.id}` },
      { name: 'web', digest: 'sha256:new' },
    ])
  })
})
