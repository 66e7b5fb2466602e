import type Database from 'better-sqlite3'

/** How every connection that writes is set: what was committed survives a loss of power, and what belongs together is kept so. */
export function tune(database: Database.Database): void {
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  // The log is moved into the file every 16 MB and not every 4: pages that many deliveries change are moved once.
  database.pragma('wal_autocheckpoint = 16000')
  database.pragma('foreign_keys = ON')
}
