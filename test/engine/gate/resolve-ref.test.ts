import { describe, expect, it } from 'vitest'
import { resolveRef } from '../../../src/engine/gate/resolve-ref.ts'
import type { RefInput } from '../../../src/grammar/deploy-command.ts'
import { repository, withGithub } from '../../providers/github/with-github.ts'

async function start() {
  const given = await withGithub()
  const first = given.github.commitFiles(repository, 'main', { message: 'First' }).sha
  const head = given.github.commitFiles(repository, 'main', { message: 'Head' }).sha
  const resolve = (ref: RefInput | null) => resolveRef({ repository, ref }, given)
  return { ...given, first, head, resolve }
}

describe('a ref that was asked for', () => {
  it('is the newest commit of the default branch where none was named, and says so', async () => {
    const { head, resolve } = await start()
    expect(await resolve(null)).toEqual({ ok: true, sha: head, ref: 'main' })
  })

  it('is the full sha at once, and is shown as it was written', async () => {
    const { first, resolve } = await start()
    expect(await resolve({ type: 'ref', ref: 'main~1' })).toEqual({ ok: true, sha: first, ref: 'main~1' })
    const short = first.slice(0, 9)
    expect(await resolve({ type: 'ref', ref: short })).toEqual({ ok: true, sha: first, ref: short })
  })

  it('is refused with what was written and what would do when it means nothing, and never the head instead', async () => {
    const { resolve } = await start()
    expect(await resolve({ type: 'ref', ref: 'v9.9.9' })).toEqual({
      ok: false,
      reason: 'unknown_ref',
      detail: expect.stringMatching(/“v9\.9\.9” means nothing in omnihub\/app\. Name a branch, a tag, a commit/),
    })
    expect(await resolve({ type: 'pull', number: 99 })).toMatchObject({ detail: expect.stringContaining('“#99”') })
    expect(await resolve({ type: 'run', runId: 4711 })).toMatchObject({ detail: expect.stringContaining('“run 4711”') })
  })

  it('is not unknown but unavailable while GitHub is away', async () => {
    const { github, resolve } = await start()
    github.faults.setOutage(true)
    expect(await resolve(null)).toMatchObject({ ok: false, reason: 'service_unavailable' })
    expect(await resolve({ type: 'ref', ref: 'main' })).toMatchObject({ ok: false, reason: 'service_unavailable' })
  })

  it('says that GitHub wants a pause when it does', async () => {
    const { github, resolve } = await start()
    github.faults.failNext({ kind: 'secondary_rate_limit', retryAfterSeconds: 30 })
    expect(await resolve({ type: 'ref', ref: 'main' })).toEqual({
      ok: false,
      reason: 'service_unavailable',
      detail: 'GitHub wants a pause.',
    })
  })
})
