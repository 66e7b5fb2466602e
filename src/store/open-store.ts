import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { checkVersion, migrate } from './migrate.ts'
import type { Tables } from './schema.ts'
import { StoreError } from './store-error.ts'
import { tune } from './tune.ts'

/** What query functions take: the store itself or the connection of a transaction. */
export type Db = Kysely<Tables>

export interface Store {
  readonly file: string
  /** For reads that need no transaction. Never use it inside `transaction`: it waits for that transaction to end. */
  readonly db: Db
  /** Runs `work` in one transaction: all of it is on disk when the promise resolves, none of it when it rejects. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  /**
   * As `transaction`, but resolves before it is on disk: when the machine loses its power (not when the process dies), it
   * may be undone together with all that came after it, and never without. Only for work that begins again from what
   * is on disk, and that nobody outside hears of before the next ordinary transaction.
   */
  relaxedTransaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  /** Runs prepared statements in one transaction while no other is open. For measured hot paths inside src/store only. */
  exclusively<T>(work: (database: Database.Database) => T): Promise<T>
  /** Runs `work` while no transaction of this connection is open and none begins: for a thread that writes beside it. */
  meanwhile<T>(work: () => Promise<T>): Promise<T>
  /**
   * Copies the store to a new file while other processes go on using it; resolves to the copy's size in bytes.
   * Blocks this process meanwhile: it is for the command line.
   */
  backup(file: string): Promise<number>
  close(): Promise<void>
}

/**
 * Opens (and if needed creates and migrates) the SQLite file.
 *
 * @param options.readonly - open an existing file for reading only; it is not migrated
 * @throws StoreError when the file cannot be opened, is no database, or was written by a newer version of Sluice
 */
export function openStore(options: { readonly file: string; readonly readonly?: boolean }): Store {
  const { file, readonly = false } = options
  const database = openDatabase(file, readonly)
  const db = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: { prepare: cachedPrepare(database), close: () => database.close() } }),
  })
  // Where there is no write-ahead log (some network file systems), SQLite syncs each commit itself.
  const hasWal = database.pragma('journal_mode', { simple: true }) === 'wal'

  let isRelaxed = false
  /** Only between transactions. Does nothing most of the time: what is relaxed comes in rows. */
  function relax(isWanted: boolean): void {
    if (!hasWal || isWanted === isRelaxed) return
    database.pragma(`synchronous = ${isWanted ? 'NORMAL' : 'FULL'}`)
    isRelaxed = isWanted
  }

  /** Runs `work` on the only connection, so that no other transaction is open. */
  async function alone<T>(isSynced: boolean, work: (connection: Db) => Promise<T>): Promise<T> {
    return await db.connection().execute(async (connection) => {
      relax(!isSynced)
      return await work(connection)
    })
  }

  async function inTransaction<T>(connection: Db, work: (tx: Db) => Promise<T>): Promise<T> {
    // Immediate: a second process (the command line) may write too, and must not make this one fail half-way.
    await sql`begin immediate`.execute(connection)
    try {
      const result = await work(connection)
      await sql`commit`.execute(connection)
      return result
    } catch (error) {
      // After a full disk SQLite may have rolled back by itself already.
      if (database.inTransaction) await sql`rollback`.execute(connection)
      throw error
    }
  }

  return {
    db,
    file,
    transaction: (work) => alone(true, (connection) => inTransaction(connection, work)),
    relaxedTransaction: (work) => alone(false, (connection) => inTransaction(connection, work)),
    exclusively: (work) => alone(true, async () => database.transaction(() => work(database)).immediate()),
    meanwhile: (work) => db.connection().execute(work),
    async backup(target) {
      if (existsSync(target)) {
        throw new StoreError(`The backup ${target} exists already: name a file that does not, nothing was written.`)
      }
      mkdirSync(dirname(target), { recursive: true })
      const partial = `${target}.partial`
      rmSync(partial, { force: true })
      // One read snapshot: consistent, and whoever writes meanwhile is not held up.
      database.prepare('VACUUM INTO ?').run(partial)
      renameSync(partial, target)
      return statSync(target).size
    },
    close: () => db.destroy(),
  }
}

function openDatabase(file: string, readonly: boolean): Database.Database {
  let database: Database.Database | undefined
  try {
    if (!readonly) mkdirSync(dirname(file), { recursive: true })
    database = new Database(file, { readonly, fileMustExist: readonly, timeout: 5000 })
    // First of all: whatever else is done to a file may change it.
    checkVersion(database, file)
    if (readonly) database.pragma('foreign_keys = ON')
    else tune(database)
    // Small: SQLite forgets what it holds whenever another connection has written, and the system has the pages too.
    database.pragma('cache_size = -2000')
    database.pragma('temp_store = MEMORY')
    if (!readonly) migrate(database)
    return database
  } catch (error) {
    database?.close()
    if (error instanceof StoreError) throw error
    throw new StoreError(
      `The store ${file} cannot be opened: ${error instanceof Error ? error.message : String(error)}. ` +
        'Check that the folder exists and is writable, and that the file is a SQLite database made by Sluice.',
    )
  }
}

const statementCacheSize = 200

/** Kysely prepares each query anew; the engine runs the same few dozen for every event. */
function cachedPrepare(database: Database.Database): (text: string) => Database.Statement {
  const statements = new Map<string, Database.Statement>()
  return (text) => {
    const known = statements.get(text)
    if (known !== undefined) return known
    const statement = database.prepare(text)
    if (statements.size >= statementCacheSize) statements.clear()
    statements.set(text, statement)
    return statement
  }
}
