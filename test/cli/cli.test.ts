import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { appendAudit } from '../../src/store/audit.ts'
import { migrations } from '../../src/store/migrations/migrations.ts'
import { openStore } from '../../src/store/open-store.ts'
import { addEffect, markDead } from '../../src/store/outbox.ts'
import { readSetting, writeSetting } from '../../src/store/settings.ts'
import { version } from '../../src/version.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Two dozen processes load the same files: the first one compiles them for all. */
const compileCache = mkdtempSync(join(tmpdir(), 'sluice-compiled-'))
afterAll(() => rmSync(compileCache, { recursive: true, force: true }))

interface Result {
  readonly code: number
  readonly out: string
  readonly err: string
}

function sluice(...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    const node = join(root, 'node_modules/.bin/node')
    execFile(
      node,
      [join(root, 'src/cli/main.ts'), ...args],
      { cwd: temporaryFolder(), env: { ...process.env, NODE_COMPILE_CACHE: compileCache } },
      (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    )
  })
}

/** A store with two calls that were given up and one that waits. */
async function dataFolder(): Promise<string> {
  const folder = temporaryFolder()
  const store = openStore({ file: join(folder, 'sluice.db') })
  await store.transaction(async (tx) => {
    await writeSetting(tx, 'alive_at', '42')
    for (const id of ['first', 'second', 'third'])
      await addEffect(tx, { id, lane: id, type: 'tell_user', body: {}, at: 1000 })
    await markDead(tx, 1, 'Slack refuses: not_allowed', 2000)
    await markDead(tx, 2, 'Slack refuses: not_allowed', 2000)
  })
  await store.close()
  return folder
}

const states = (folder: string): readonly unknown[] => {
  const raw = new Database(join(folder, 'sluice.db'), { readonly: true })
  const found = raw.prepare('SELECT id, state FROM outbox ORDER BY seq').raw().all()
  raw.close()
  return found
}

describe('sluice backup', () => {
  it('copies the store while another process has it open and writes', async () => {
    const folder = await dataFolder()
    const store = openStore({ file: join(folder, 'sluice.db') })
    await store.transaction((tx) => writeSetting(tx, 'alive_at', '43'))
    const target = join(temporaryFolder(), 'copy.db')
    const result = await sluice('--data', folder, 'backup', target)
    expect(result).toMatchObject({ code: 0, err: '', out: expect.stringContaining(target) })
    const copy = openStore({ file: target, readonly: true })
    expect(await readSetting(copy.db, 'alive_at')).toBe('43')
    await copy.close()
    await store.close()
  })

  it('refuses a file that exists, with exit code 1', async () => {
    const target = join(temporaryFolder(), 'copy.db')
    writeFileSync(target, 'precious')
    const result = await sluice('--data', await dataFolder(), 'backup', target)
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/exists already/) })
    expect(readFileSync(target, 'utf8')).toBe('precious')
  })

  it('refuses a store of a newer version and leaves it alone', async () => {
    const folder = await dataFolder()
    const raw = new Database(join(folder, 'sluice.db'))
    raw.pragma(`user_version = ${migrations.length + 1}`)
    raw.close()
    const target = join(temporaryFolder(), 'copy.db')
    expect(await sluice('--data', folder, 'backup', target)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/newer version/),
    })
    expect(existsSync(target)).toBe(false)
  })
})

describe('sluice outbox', () => {
  it('lists what was given up, with why; and on demand what waits', async () => {
    const folder = await dataFolder()
    const { code, out } = await sluice('outbox', '--data', folder)
    expect(code).toBe(0)
    expect(out).toMatch(
      /given up {2}tell_user {2}first {2}since 1970-01-01T00:00:01.000Z, 1 attempts\n {4}Slack refuses: not_allowed/,
    )
    expect(out).not.toMatch(/third/)
    expect((await sluice('--data', folder, 'outbox', 'list', '--all')).out).toMatch(/waiting.*third/)
  })

  it('lists as JSON, one object a line, and nothing when there is nothing', async () => {
    const folder = await dataFolder()
    const { out } = await sluice('--data', folder, 'outbox', 'list', '--json')
    const objects = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(objects).toMatchObject([{ id: 'first', state: 'dead', attempts: 1 }, { id: 'second' }])
    await sluice('--data', folder, 'outbox', 'retry', '--all')
    expect((await sluice('--data', folder, 'outbox', 'list', '--json')).out).toBe('')
    expect((await sluice('--data', folder, 'outbox', 'list')).out).toBe('Nothing was given up.\n')
  })

  it('queues one again, or all', async () => {
    const folder = await dataFolder()
    expect(await sluice('--data', folder, 'outbox', 'retry', 'second')).toMatchObject({
      code: 0,
      out: '1 call is queued again.\n',
    })
    expect(states(folder)).toEqual([
      ['first', 'dead'],
      ['second', 'queued'],
      ['third', 'queued'],
    ])
    expect(await sluice('--data', folder, 'outbox', 'retry', '--all')).toMatchObject({ code: 0 })
    expect(states(folder)).toEqual([
      ['first', 'queued'],
      ['second', 'queued'],
      ['third', 'queued'],
    ])
  })
})

describe('sluice audit', () => {
  const id = '01JDB6Z0Q5T4K3M2N1P0R9S8V7'

  async function logFolder(): Promise<string> {
    const folder = temporaryFolder()
    const store = openStore({ file: join(folder, 'sluice.db') })
    const actor = { type: 'sluice' } as const
    const none = { sha: null, evidenceDigest: null, reasonText: null }
    await store.transaction(async (tx) => {
      for (const action of ['request', 'start', 'fail']) {
        const reasonCode = action === 'fail' ? 'unknown_person' : null
        await appendAudit(tx, {
          at: 1000,
          actor,
          action,
          object: `release:${id}`,
          reasonCode,
          client: 'sluice',
          ...none,
        })
      }
    })
    await store.close()
    return folder
  }

  it('tells the story of a release, without colour where nobody looks at a terminal', async () => {
    const { code, out, err } = await sluice('--data', await logFolder(), 'audit', 'show', '01jdb6')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(new RegExp(`^Release ${id}: 3 rows\\n\\nROW +TIME \\(UTC\\) +WHO`))
    expect(out).not.toContain('\u001B')
    const json = await sluice('--data', await logFolder(), 'audit', 'show', id, '--json')
    expect(
      json.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).action),
    ).toEqual(['request', 'start', 'fail'])
  })

  it('verifies the log against a head of earlier, with exit code 1 for one that it does not lead up to', async () => {
    const folder = await logFolder()
    const { out } = await sluice('--data', folder, 'audit', 'verify')
    const head = /head ([0-9a-f]{64})/.exec(out)?.[1] ?? ''
    expect(await sluice('--data', folder, 'audit', 'verify', '--head', head, '--rows', '3')).toMatchObject({ code: 0 })
    expect(await sluice('--data', folder, 'audit', 'verify', '--head', head, '--rows', '2')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^Row 2 does not fit: its hash is another/),
    })
  })
})

describe('wrong usage', () => {
  it.each([
    ['no such command', ['frobnicate'], /unknown command/],
    ['no such option', ['--frobnicate'], /unknown option/],
    ['nothing to do', [], /Usage/],
    ['a missing argument', ['backup'], /missing required argument/],
    ['an argument too many', ['outbox', 'list', 'more'], /too many arguments/],
    ['retry without saying what', ['--data', 'DATA', 'outbox', 'retry'], /say which/],
    ['retry of what was not given up', ['--data', 'DATA', 'outbox', 'retry', 'third'], /none of these/],
    ['a release that is not there', ['--data', 'DATA', 'audit', 'show', '01J'], /no release 01J/],
    ['show without saying what', ['--data', 'DATA', 'audit', 'show'], /missing required argument/],
    ['a head that is none', ['--data', 'DATA', 'audit', 'verify', '--head', 'x'], /is no hash/],
    ['a folder without a store', ['--data', '/nowhere', 'outbox'], /there is no store at \/nowhere/],
    ['a missing configuration', ['outbox'], /sluice\.yml cannot be read/],
  ])('(%s) ends with exit code 2 and says what is wrong', async (_name, args, words) => {
    const folder = args.includes('DATA') ? await dataFolder() : ''
    const result = await sluice(...args.map((arg) => (arg === 'DATA' ? folder : arg)))
    expect(result).toEqual({ code: 2, out: '', err: expect.stringMatching(words) })
  })

  it('a configuration with errors is shown with its place', async () => {
    const file = join(temporaryFolder(), 'sluice.yml')
    writeFileSync(file, 'repositories:\n  - repo: acme/shop\n    chanel: "#deploys"\n')
    expect(await sluice('-c', file, 'outbox')).toMatchObject({ code: 2, err: expect.stringMatching(/chanel/) })
  })

  it('help and version are no errors', async () => {
    expect(await sluice('--help')).toMatchObject({ code: 0, out: expect.stringMatching(/Usage/) })
    expect(await sluice('--version')).toMatchObject({ code: 0, out: `${version}\n` })
  })
})
