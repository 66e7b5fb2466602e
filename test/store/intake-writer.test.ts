import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Delivery } from '../../src/store/deliveries.ts'
import { createIntake } from '../../src/store/intake.ts'
import { createIntakeWriter } from '../../src/store/intake-writer.ts'
import { payloadOf } from '../../src/store/payloads.ts'
import { writeSetting } from '../../src/store/settings.ts'
import { temporaryFolder, temporaryStore } from './temporary-store.ts'

const delivery = (id: string, payload = `{"id":"${id}"}`): Delivery => ({
  id,
  event: 'workflow_run',
  signature: '',
  payload: Buffer.from(payload),
  at: 1000,
})

/** Takes every payload for an event but those that say "useless". */
const reader = { module: new URL('./fixtures/reader.ts', import.meta.url), settings: { useless: 'useless' } }

/** A store, and a writer beside it that is stopped before the store is closed. */
function startWriter(threadFile?: URL) {
  const { store, raw } = temporaryStore()
  const writer = createIntakeWriter(store, reader, threadFile)
  onTestFinished(() => writer.stop())
  return { store, raw, writer, idsInInbox: () => raw.prepare('SELECT id FROM inbox ORDER BY seq').pluck().all() }
}

const realThread = new URL('../../src/store/intake-worker.ts', import.meta.url)

/** A thread that dies at its first batch, before or after that is written; the threads after it are sound. */
function dyingThread(when: 'before' | 'after'): URL {
  const file = join(temporaryFolder(), 'dying-thread.mjs')
  const hasDied = `${file}.has-died`
  writeFileSync(
    file,
    `import { existsSync, writeFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
if (existsSync(${JSON.stringify(hasDied)})) await import(${JSON.stringify(realThread.href)})
else {
  writeFileSync(${JSON.stringify(hasDied)}, '')
  if (${when === 'after'}) {
    parentPort.postMessage = () => process.exit(3)
    await import(${JSON.stringify(realThread.href)})
  } else parentPort.once('message', () => process.exit(3))
}
`,
  )
  return pathToFileURL(file)
}

describe('the thread that takes deliveries', () => {
  it('has a batch on disk when it says so, with each payload as it came', async () => {
    const { store, writer, idsInInbox } = startWriter()
    const large = JSON.stringify({ text: 'Größe 🚀 '.repeat(2000) })
    expect(await writer.write([delivery('a'), delivery('b', large), delivery('a')])).toEqual([
      { type: 'accepted' },
      { type: 'accepted' },
      { type: 'duplicate' },
    ])
    expect(idsInInbox()).toEqual(['a', 'b'])
    expect(await payloadOf(store.db, 'a')).toEqual(Buffer.from('{"id":"a"}'))
    expect(await payloadOf(store.db, 'b')).toEqual(Buffer.from(large))
    expect(await writer.write([delivery('b'), delivery('c')])).toEqual([{ type: 'duplicate' }, { type: 'accepted' }])
  })

  it('says why a delivery is set aside, and keeps nothing of it', async () => {
    const { writer, idsInInbox } = startWriter()
    const outcomes = await writer.write([delivery('a'), delivery('b', 'useless'), delivery('c')])
    const setAside = { type: 'ignored', why: 'it is useless', isOdd: false }
    expect(outcomes).toEqual([{ type: 'accepted' }, setAside, { type: 'accepted' }])
    expect(idsInInbox()).toEqual(['a', 'c'])
  })

  it('leaves the memory of the requests alone', async () => {
    const { store, writer } = startWriter()
    const read = Buffer.from('{"id":"a"}{"id":"b"}')
    const [first, second] = [read.subarray(0, 10), read.subarray(10)]
    await writer.write([{ ...delivery('a'), payload: first }])
    await writer.write([{ ...delivery('b'), payload: second }])
    expect(await payloadOf(store.db, 'b')).toEqual(Buffer.from('{"id":"b"}'))
    expect(read.toString()).toBe('{"id":"a"}{"id":"b"}')
  })

  it('rejects a batch that cannot be written with what SQLite said, keeps none of it, and takes the next', async () => {
    const { raw, writer, idsInInbox } = startWriter()
    raw.exec(`CREATE TRIGGER full BEFORE INSERT ON inbox WHEN NEW.id = 'b' BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
    const failing = writer.write([delivery('a'), delivery('b')])
    await expect(failing).rejects.toMatchObject({ message: 'disk full', code: 'SQLITE_CONSTRAINT_TRIGGER' })
    expect(idsInInbox()).toEqual([])
    raw.exec('DROP TRIGGER full')
    expect(await writer.write([delivery('a'), delivery('b')])).toEqual([{ type: 'accepted' }, { type: 'accepted' }])
  })

  it('is replaced when it dies with a batch in its hands: that one is rejected, and accepted when it comes again', async () => {
    const { writer, idsInInbox } = startWriter(dyingThread('before'))
    const intake = createIntake(writer.write, () => {})
    const results = await Promise.allSettled([intake.accept(delivery('a')), intake.accept(delivery('b'))])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(idsInInbox()).toEqual([])
    expect(await Promise.all([intake.accept(delivery('a')), intake.accept(delivery('b'))])).toEqual([
      { type: 'accepted' },
      { type: 'accepted' },
    ])
  })

  it('that dies after it has written and before it could say so leaves a delivery that is known when it comes again', async () => {
    const { writer, idsInInbox } = startWriter(dyingThread('after'))
    await expect(writer.write([delivery('a')])).rejects.toThrow(/ended: exit code 3/)
    expect(idsInInbox()).toEqual(['a'])
    expect(await writer.write([delivery('a')])).toEqual([{ type: 'duplicate' }])
  })

  it('ends what is under way when it is stopped, and takes nothing after', async () => {
    const { writer, idsInInbox } = startWriter()
    const underWay = writer.write(Array.from({ length: 200 }, (_, n) => delivery(`a${n}`)))
    // The batch is handed over once the store's connection is free, which is at the next turn.
    await new Promise((resolve) => setImmediate(resolve))
    await writer.stop()
    expect(await underWay).toHaveLength(200)
    expect(idsInInbox()).toHaveLength(200)
    await expect(writer.write([delivery('late')])).rejects.toThrow(/stopping/)
  })

  it('and the engine’s transactions take turns: neither waits for a lock of the other', async () => {
    const { store, writer, idsInInbox } = startWriter()
    const work = Array.from({ length: 30 }, (_, n) => [
      writer.write([delivery(`a${n}`)]),
      store.transaction(async (tx) => {
        await writeSetting(tx, 'alive_at', String(n))
        await new Promise((resolve) => setImmediate(resolve))
      }),
    ])
    await Promise.all(work.flat())
    expect(idsInInbox()).toHaveLength(30)
  })
})
