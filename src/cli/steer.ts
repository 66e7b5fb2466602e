import type { RolloutAct } from '../engine/gate/acts.ts'
import { asItIsNow, openRolloutOf } from '../engine/rollout/steerable.ts'
import { parseDuration } from '../grammar/duration.ts'
import { longestExtensionMs } from '../policy/rollout-policy.ts'
import { moment, plainWords } from '../release/text-with-people.ts'
import type { Db } from '../store/open-store.ts'
import { lastEnded, type Place } from '../store/releases.ts'
import { placeOf } from './place.ts'
import { type PressOutcome, pressOnCommandLine } from './press.ts'
import { UsageError } from './usage-error.ts'
import { type StoreOptions, withStore } from './with-store.ts'

/** What the command line does to a rollout. It never approves a step, and rolls back by a command of its own. */
export type Steering =
  | { readonly type: 'hold'; readonly why: string }
  | { readonly type: 'resume' | 'advance' | 'promote' | 'adopt' | 'restore' }
  /** `time`: as typed, like `15 min`. */
  | { readonly type: 'extend'; readonly time: string }

/**
 * Steers the rollout that is under way in an environment, as the owner of the machine. It is meant as things are now: what
 * is taken up after the rollout has moved on is refused.
 *
 * @param options.repo - `owner/name`; need not be said where only one repository has the environment
 * @throws UsageError when the environment is none or several, the reason is missing, or the time cannot be read
 */
export async function steerRollout(
  options: StoreOptions & { readonly repo?: string; readonly waitMs?: number },
  environment: string,
  steering: Steering,
): Promise<PressOutcome> {
  const deed = deedOf(steering)
  const { place } = await placeOf(options, environment)
  return await withStore(options, 'write', async (store) => {
    const open = await openRolloutOf(store.db, place)
    if (open === null) return { text: await nothingThere(store.db, place), isDone: false }
    const act: RolloutAct = { ...deed, releaseId: open.release.id, seen: asItIsNow(open) }
    return await pressOnCommandLine(store, act, options)
  })
}

type Deed = Exclude<Steering, { readonly type: 'extend' }> | { readonly type: 'extend'; readonly ms: number }

function deedOf(steering: Steering): Deed {
  if (steering.type === 'hold') {
    const why = steering.why.trim()
    if (why === '') throw new UsageError('say why: sluice hold ENVIRONMENT reason')
    return { type: 'hold', why }
  }
  if (steering.type !== 'extend') return steering
  const ms = parseDuration(steering.time)
  if (ms === null || ms < 1000 || ms > longestExtensionMs) {
    throw new UsageError(`${steering.time} is no time from 1 second to 1 day, like 15m or 1h`)
  }
  return { type: 'extend', ms }
}

async function nothingThere(db: Db, place: Place): Promise<string> {
  const live = await lastEnded(db, place, 'completed')
  const what =
    live?.state.name === 'completed'
      ? ` ${live.sha.slice(0, 7)} was released there at ${plainWords(moment(live.state.at))}.`
      : ''
  return `Nothing is rolling out to ${place.environment} of ${place.repository}.${what}`
}
