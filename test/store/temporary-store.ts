import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { openStore, type Store } from '../../src/store/open-store.ts'

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A store in a real file, with a second, raw connection to look at it and to do to it what the store never would. */
export function temporaryStore(): { readonly store: Store; readonly file: string; readonly raw: Database.Database } {
  const file = join(temporaryFolder(), 'sluice.db')
  const store = openStore({ file })
  const raw = new Database(file)
  onTestFinished(async () => {
    raw.close()
    await store.close()
  })
  return { store, file, raw }
}
