/**
 * The emergency brake, for when Slack is out or Sluice's own server is: by the running Sluice if there is one, in this
 * process if not, and with what flags say where there is no store or no configuration either.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readServiceSecrets } from '../../config/read-service-secrets.ts'
import { openStore, type Store } from '../../store/open-store.ts'
import { isStoreError } from '../../store/store-error.ts'
import { type NamedPlace, placeOf } from '../place.ts'
import { UsageError } from '../usage-error.ts'
import type { StoreOptions } from '../with-store.ts'
import { environmentOfFlags, isDescribed, type PlaceFlags } from './environment-of-flags.ts'
import type { RollbackResult } from './report.ts'
import { rollBackWithStore, type WithStoreOptions } from './roll-back-with-store.ts'
import { rollBackWithoutStore } from './roll-back-without-store.ts'
import type { Terminal } from './terminal.ts'

export interface RollbackOptions extends StoreOptions, PlaceFlags, Pick<WithStoreOptions, 'patience' | 'clock'> {
  readonly repo?: string
  /** A release's id or its beginning. */
  readonly release?: string
  readonly toPool?: string
  readonly frontendDeployment?: string
  /** Do not ask. */
  readonly yes: boolean
  /** In this process, whether or not Sluice runs. */
  readonly direct: boolean
  /** False: do not look into the store. */
  readonly store: boolean
}

/**
 * Rolls an environment back.
 *
 * @param named - an environment's name or alias
 * @throws UsageError when there is nothing to roll back, or it is not said what to go back to
 */
export async function rollBack(
  options: RollbackOptions,
  named: string,
  why: string | null,
  terminal: Terminal,
): Promise<RollbackResult> {
  const { secrets, doubts } = await readServiceSecrets(terminal.env)
  for (const doubt of doubts) terminal.say(`Careful: ${doubt}`)
  const { toPool = null, frontendDeployment = null, yes, clock } = options
  const asked = { why, isConfirmed: yes, ...(clock === undefined ? {} : { clock }) }
  const alone = { ...asked, toPool, frontendDeployment }
  if (isDescribed(options)) {
    return await rollBackWithoutStore({ ...alone, ...environmentOfFlags(named, options) }, secrets, terminal)
  }
  const place = await configured(options, named)
  const store = options.store ? storeOf(options, place, terminal) : null
  if (store === null) return await rollBackWithoutStore({ ...alone, ...place }, secrets, terminal)
  try {
    if (toPool !== null || frontendDeployment !== null) {
      throw new UsageError(
        'the store says what to go back to: leave the flags out, or say --no-store to decide yourself',
      )
    }
    const { release = null, direct, patience } = options
    const how = { ...asked, release, isDirect: direct, ...(patience === undefined ? {} : { patience }) }
    return await rollBackWithStore(store, place, secrets, how, terminal)
  } catch (error) {
    // Before anything was done: what is done afterwards does not need the store.
    if (!isStoreError(error)) throw error
    terminal.say(`The store cannot be used (${error.message}): going on without it.`)
    return await rollBackWithoutStore({ ...alone, ...place }, secrets, terminal)
  } finally {
    await store.close()
  }
}

async function configured(options: RollbackOptions, named: string): Promise<NamedPlace> {
  try {
    return await placeOf(options, named)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const hint =
      'Without a configuration: --cloudflare-account, --cloudflare-zone, --load-balancer, --pools and --to-pool.'
    throw new UsageError(`${error.message}\n${hint}`)
  }
}

/** Null, with a line about it, when there is none that can be used. */
function storeOf(options: RollbackOptions, { config }: NamedPlace, { say }: Terminal): Store | null {
  const file = join(options.data ?? config.data.folder, 'sluice.db')
  if (!existsSync(file)) {
    say(`There is no store at ${file}: going on without it (--data names its folder).`)
    return null
  }
  try {
    return openStore({ file })
  } catch (error) {
    if (!isStoreError(error)) throw error
    say(`${error.message} Going on without it.`)
    return null
  }
}
