import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { formatProblems } from '../config/config-problem.ts'
import { parseConfig } from '../config/parse-config.ts'
import { openStore, type Store } from '../store/open-store.ts'
import { UsageError } from './usage-error.ts'

/** Options that every command has. */
export interface StoreOptions {
  readonly config: string
  /** Data folder; left out: from the configuration. */
  readonly data?: string
}

/**
 * Opens the store of an installation, does something with it, and closes it.
 *
 * @param access - `read` leaves the file as it is, also one of an older schema; `write` migrates it first
 */
export async function withStore<T>(
  options: StoreOptions,
  access: 'read' | 'write',
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const file = join(options.data ?? (await dataFolder(options.config)), 'sluice.db')
  if (!existsSync(file)) {
    throw new UsageError(
      `there is no store at ${file}. Name its folder with --data, or the configuration with --config.`,
    )
  }
  const store = openStore({ file, readonly: access === 'read' })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

async function dataFolder(configFile: string): Promise<string> {
  return (await readConfig(configFile)).data.folder
}

/**
 * The configuration of an installation.
 *
 * @throws UsageError when it cannot be read or has mistakes
 */
export async function readConfig(configFile: string): Promise<Config> {
  const text = await readFile(configFile, 'utf8').catch(() => {
    throw new UsageError(
      `the configuration ${configFile} cannot be read. Name it with --config, or the folder with --data.`,
    )
  })
  const parsed = parseConfig(text, configFile)
  if (!parsed.ok) throw new UsageError(formatProblems(parsed.problems))
  return parsed.config
}
