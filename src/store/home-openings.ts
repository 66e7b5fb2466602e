import type { Db } from './open-store.ts'
import { readSetting, writeSetting } from './settings.ts'

/** Somebody opened the Home tab; `at` in UTC milliseconds. */
export interface HomeOpening {
  readonly userId: string
  readonly at: number
}

/** Who opened the Home tab last, newest first. */
export async function homeOpenings(db: Db): Promise<readonly HomeOpening[]> {
  const written = await readSetting(db, 'home_opened')
  // Written by the function below.
  return written === null ? [] : (JSON.parse(written) as readonly HomeOpening[])
}

export async function writeHomeOpenings(tx: Db, openings: readonly HomeOpening[]): Promise<void> {
  await writeSetting(tx, 'home_opened', JSON.stringify(openings))
}
