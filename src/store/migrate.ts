import type Database from 'better-sqlite3'
import { migrations } from './migrations/migrations.ts'
import { StoreError } from './store-error.ts'

/** @throws StoreError when the file was written by a newer version of Sluice; the file is left as it is. */
export function checkVersion(database: Database.Database, file: string): void {
  const version = versionOf(database)
  if (version <= migrations.length) return
  throw new StoreError(
    `The store ${file} has schema version ${version}, and this Sluice knows up to ${migrations.length}. ` +
      'It was written by a newer version: start that version again, or restore a backup made before the upgrade.',
  )
}

/** Brings the schema up to the newest version, each migration in a transaction of its own. */
export function migrate(database: Database.Database): void {
  for (const [index, statements] of migrations.entries()) {
    if (index < versionOf(database)) continue
    database
      .transaction(() => {
        // Looked at again now that nobody else can write: the server and the command line may start together.
        if (index < versionOf(database)) return
        database.exec(statements)
        database.pragma(`user_version = ${index + 1}`)
      })
      .immediate()
  }
}

function versionOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}
