import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { migrations } from '../../src/store/migrations/migrations.ts'
import { type Db, openStore } from '../../src/store/open-store.ts'
import { pipelineById } from '../../src/store/pipelines.ts'
import { quickCheck } from '../../src/store/quick-check.ts'
import { readSetting, writeSetting } from '../../src/store/settings.ts'
import { StoreError } from '../../src/store/store-error.ts'
import { temporaryFolder, temporaryStore } from './temporary-store.ts'

describe('opening a store', () => {
  it('makes a missing folder and file, and brings them to the newest schema', async () => {
    const file = join(temporaryFolder(), 'deeper', 'still', 'sluice.db')
    await openStore({ file }).close()
    const raw = new Database(file)
    expect(raw.pragma('user_version', { simple: true })).toBe(migrations.length)
    expect(raw.pragma('journal_mode', { simple: true })).toBe('wal')
    raw.close()
  })

  it('opens a file a second time without migrating it again', async () => {
    const { store, file } = temporaryStore()
    await store.transaction((tx) => writeSetting(tx, 'alive_at', '7'))
    const again = openStore({ file })
    expect(await readSetting(again.db, 'alive_at')).toBe('7')
    await again.close()
  })

  it('gives the pipelines of an older file the place on their branch that they had: in the order they were heard of', async () => {
    const file = join(temporaryFolder(), 'sluice.db')
    const raw = new Database(file)
    raw.exec(migrations[0] ?? '')
    raw.pragma('user_version = 1')
    const insert = raw.prepare(
      `INSERT INTO pipelines (id, repository, sha, branch, verdict, revision, is_open, created_at, updated_at)
       VALUES (?, 'acme/shop', ?, 'main', 'passed', 1, 0, ?, 9000)`,
    )
    insert.run('p1', 'a', 1000)
    insert.run('p2', 'b', 2000)
    raw.close()
    const store = openStore({ file })
    expect(await pipelineById(store.db, 'p1')).toMatchObject({ branchAt: 1000, committedAt: 1000 })
    expect(await pipelineById(store.db, 'p2')).toMatchObject({ branchAt: 2000, committedAt: 2000 })
    await store.close()
  })

  it.each([false, true])(
    'refuses a store of a newer version and leaves every byte of it alone (readonly: %s)',
    (readonly) => {
      const file = join(temporaryFolder(), 'sluice.db')
      const raw = new Database(file)
      raw.exec('CREATE TABLE things (name TEXT)')
      raw.pragma(`user_version = ${migrations.length + 3}`)
      raw.close()
      const before = readFileSync(file)
      expect(() => openStore({ file, readonly })).toThrow(StoreError)
      expect(() => openStore({ file, readonly })).toThrow(
        new RegExp(`schema version ${migrations.length + 3}, and this Sluice knows up to ${migrations.length}`),
      )
      expect(readFileSync(file).equals(before)).toBe(true)
      expect(existsSync(`${file}-wal`)).toBe(false)
    },
  )

  it('says which file is no database', () => {
    const file = join(temporaryFolder(), 'sluice.db')
    writeFileSync(file, 'dear diary, '.repeat(1000))
    expect(() => openStore({ file })).toThrow(StoreError)
    expect(() => openStore({ file })).toThrow(file)
  })

  it('says which file is missing when it is only to be read', () => {
    const file = join(temporaryFolder(), 'sluice.db')
    expect(() => openStore({ file, readonly: true })).toThrow(file)
    expect(existsSync(file)).toBe(false)
  })

  it('says which folder cannot be made', () => {
    const blocker = join(temporaryFolder(), 'a-file')
    writeFileSync(blocker, '')
    expect(() => openStore({ file: join(blocker, 'sluice.db') })).toThrow(StoreError)
  })
})

describe('a transaction', () => {
  it('keeps all of its work', async () => {
    const { store, raw } = temporaryStore()
    await store.transaction(async (tx) => {
      await writeSetting(tx, 'alive_at', '1')
      await writeSetting(tx, 'deliveries_checked_at', '2')
    })
    expect(raw.prepare('SELECT key, value FROM settings ORDER BY key').all()).toEqual([
      { key: 'alive_at', value: '1' },
      { key: 'deliveries_checked_at', value: '2' },
    ])
  })

  it('keeps nothing of its work when it fails half-way, and the next one goes on', async () => {
    const { store, raw } = temporaryStore()
    const failing = store.transaction(async (tx) => {
      await writeSetting(tx, 'alive_at', '1')
      throw new Error('half-way')
    })
    await expect(failing).rejects.toThrow('half-way')
    expect(raw.prepare('SELECT count(*) AS n FROM settings').get()).toEqual({ n: 0 })
    await store.transaction((tx) => writeSetting(tx, 'alive_at', '2'))
    expect(await readSetting(store.db, 'alive_at')).toBe('2')
  })

  it('is not seen by others before it ends, and two of them do not mix', async () => {
    const { store, raw } = temporaryStore()
    const seen: unknown[] = []
    const one = store.transaction(async (tx) => {
      await writeSetting(tx, 'alive_at', '1')
      await new Promise((resolve) => setImmediate(resolve))
      seen.push(raw.prepare('SELECT count(*) AS n FROM settings').get())
      await writeSetting(tx, 'deliveries_checked_at', '1')
    })
    const two = store.transaction(async (tx) => {
      seen.push(await readSetting(tx, 'alive_at'), await readSetting(tx, 'deliveries_checked_at'))
    })
    await Promise.all([one, two])
    expect(seen).toEqual([{ n: 0 }, '1', '1'])
  })

  it('undoes the first statements when a later one breaks a rule of the schema', async () => {
    const { store, raw } = temporaryStore()
    const broken = store.transaction(async (tx) => {
      await writeSetting(tx, 'alive_at', '1')
      await tx.insertInto('pipeline_facts').values({ pipeline_id: 'nobody', key: 'k', body: '{}' }).execute()
    })
    await expect(broken).rejects.toThrow(/FOREIGN KEY/)
    expect(raw.prepare('SELECT count(*) AS n FROM settings').get()).toEqual({ n: 0 })
  })
})

describe('a relaxed transaction', () => {
  const level = (db: Db) => sql<{ synchronous: number }>`pragma synchronous`.execute(db).then(({ rows }) => rows)

  it('is not synced by itself, and the ordinary one after it is, which takes it along to the disk', async () => {
    const { store, raw } = temporaryStore()
    const inRelaxed = await store.relaxedTransaction(async (tx) => {
      await writeSetting(tx, 'alive_at', '1')
      return await level(tx)
    })
    expect(inRelaxed).toEqual([{ synchronous: 1 }])
    expect(raw.prepare('SELECT value FROM settings').pluck().all()).toEqual(['1'])
    expect(await store.transaction(level)).toEqual([{ synchronous: 2 }])
    await store.relaxedTransaction(level)
    expect(await store.exclusively((database) => database.pragma('synchronous'))).toEqual([{ synchronous: 2 }])
  })

  it('keeps nothing of its work when it fails half-way', async () => {
    const { store, raw } = temporaryStore()
    const failing = store.relaxedTransaction(async (tx) => {
      await writeSetting(tx, 'alive_at', '1')
      throw new Error('half-way')
    })
    await expect(failing).rejects.toThrow('half-way')
    expect(raw.prepare('SELECT count(*) AS n FROM settings').get()).toEqual({ n: 0 })
  })
})

describe('a backup', () => {
  it('is a whole, sound store although others write meanwhile', async () => {
    const { store, file, raw } = temporaryStore()
    await store.transaction((tx) => writeSetting(tx, 'alive_at', 'before'))
    raw.exec('BEGIN IMMEDIATE')
    raw.exec("INSERT INTO settings (key, value) VALUES ('under way', 'x')")
    const target = join(temporaryFolder(), 'backups', 'copy.db')
    const bytes = await store.backup(target)
    raw.exec('COMMIT')
    expect(bytes).toBe(readFileSync(target).length)
    expect(existsSync(`${target}.partial`)).toBe(false)
    expect(await quickCheck(target)).toBeNull()
    const copy = openStore({ file: target })
    expect(await readSetting(copy.db, 'alive_at')).toBe('before')
    expect(await copy.db.selectFrom('settings').selectAll().execute()).toHaveLength(1)
    await copy.close()
    expect(await quickCheck(file)).toBeNull()
  })

  it('never writes over a file that is there', async () => {
    const { store } = temporaryStore()
    const target = join(temporaryFolder(), 'copy.db')
    writeFileSync(target, 'precious')
    await expect(store.backup(target)).rejects.toThrow(StoreError)
    expect(readFileSync(target, 'utf8')).toBe('precious')
  })
})

describe('the check of the whole file', () => {
  it('finds bytes that were overwritten in the middle', async () => {
    const { store, file, raw } = temporaryStore()
    await store.transaction(async (tx) => {
      for (let n = 0; n < 500; n++) {
        await tx
          .insertInto('inbox')
          .values({ id: `event ${n}`, type: 't', body: 'x'.repeat(300), received_at: n })
          .execute()
      }
    })
    raw.pragma('wal_checkpoint(TRUNCATE)')
    expect(await quickCheck(file)).toBeNull()
    const bytes = readFileSync(file)
    bytes.fill(0xa5, bytes.length / 2, bytes.length / 2 + 16_384)
    const damaged = join(temporaryFolder(), 'damaged.db')
    writeFileSync(damaged, bytes)
    expect(await quickCheck(damaged)).toEqual(expect.stringMatching(/\w/))
  })

  it('says that a missing file cannot be read', async () => {
    expect(await quickCheck(join(temporaryFolder(), 'none.db'))).toMatch(/open/)
  })
})
