import type Database from 'better-sqlite3'
import { migrations } from './migrations/migrations.ts'
import { StoreError } from './store-error.ts'

/**
 * Brings the schema up to the newest version, each migration in a transaction of its own.
 *
 * @throws StoreError when the file was written by a newer version of Sluice; the file is left as it is.
 */
export function migrate(database: Database.Database, file: string): void {
  const version = Number(database.pragma('user_version', { simple: true }))
  if (version > migrations.length) {
    throw new StoreError(
      `The store ${file} has schema version ${version}, and this Sluice knows up to ${migrations.length}. ` +
        'It was written by a newer version: start that version again, or restore a backup made before the upgrade.',
    )
  }
  for (const [index, statements] of migrations.entries()) {
    if (index < version) continue
    database
      .transaction(() => {
        database.exec(statements)
        database.pragma(`user_version = ${index + 1}`)
      })
      .immediate()
  }
}
