import { parseDuration } from '../grammar/duration.ts'
import { placeOf } from './place.ts'
import { type PressOutcome, pressOnCommandLine } from './press.ts'
import { UsageError } from './usage-error.ts'
import { type StoreOptions, withStore } from './with-store.ts'

const minuteMs = 60_000
const longestMs = 366 * 24 * 60 * minuteMs

/**
 * Locks an environment as the owner of the machine.
 *
 * @param options.repo - `owner/name`; need not be said where only one repository has the environment
 * @param options.for - how long (`2h`, `90m`, `3d`); until it is taken off when left out
 * @param options.takeOver - whether somebody else's lock is taken over
 * @throws UsageError when the environment is none or several, the reason is missing, or the time cannot be read
 */
export async function lockEnvironment(
  options: StoreOptions & { readonly repo?: string; readonly for?: string; readonly takeOver: boolean },
  environment: string,
  why: string,
): Promise<PressOutcome> {
  if (why.trim() === '') throw new UsageError('say why: sluice lock ENVIRONMENT reason')
  const forMs = options.for === undefined ? null : parseDuration(options.for)
  if (options.for !== undefined && (forMs === null || forMs < minuteMs || forMs > longestMs)) {
    throw new UsageError(`--for ${options.for} is no time from 1 minute to 366 days, like 90m, 2h or 3d`)
  }
  const { place } = await placeOf(options, environment)
  const act = { type: 'lock', ...place, why: why.trim(), forMs, takesOver: options.takeOver } as const
  const outcome = await withStore(options, 'write', (store) => pressOnCommandLine(store, act))
  return outcome.isDone || options.takeOver
    ? outcome
    : { ...outcome, text: `${outcome.text}\n--take-over takes a lock over.` }
}

/** Takes a lock off, whoever holds it; its holder is told. */
export async function unlockEnvironment(
  options: StoreOptions & { readonly repo?: string },
  environment: string,
): Promise<PressOutcome> {
  const { place } = await placeOf(options, environment)
  return await withStore(options, 'write', (store) => pressOnCommandLine(store, { type: 'unlock', ...place }))
}
