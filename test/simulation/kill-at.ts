/** Where and how the simulations kill Sluice. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SeededRandom } from '../../sandbox/github/seeded-random.ts'
import type { World } from '../../sandbox/start-world.ts'
import type { SluiceProcess } from './sluice-process.ts'

/** Where a kill strikes: at some time, or at a call to Slack, before or after it has taken its effect. */
export type Place =
  | { readonly type: 'starting'; readonly afterMs: number }
  | { readonly type: 'running'; readonly afterMs: number }
  | { readonly type: 'call'; readonly method: string; readonly when: 'arrived' | 'done' }

const calls = ['chat.postMessage', 'chat.postMessage', 'chat.update', 'conversations.history', 'conversations.replies']

export function choosePlace(random: SeededRandom): Place {
  const kind = random.next()
  if (kind < 0.25) return { type: 'starting', afterMs: random.next() * 800 }
  if (kind < 0.55) return { type: 'running', afterMs: random.next() * 300 }
  const method = calls[Math.floor(random.next() * calls.length)] ?? 'chat.postMessage'
  return { type: 'call', method, when: random.next() < 0.3 ? 'arrived' : 'done' }
}

/** Kills the process at the place, or soon after if it does not come there. */
export async function killAt(place: Place, sluice: SluiceProcess, world: World): Promise<void> {
  if (place.type === 'starting') {
    await sleep(place.afterMs)
    return await sluice.kill()
  }
  await sluice.ready
  if (place.type === 'running') {
    await sleep(place.afterMs)
    return await sluice.kill()
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // The signal is sent before Slack's answer is, and arrives before it.
  const strike = () => void sluice.kill().then(resolve, reject)
  const stopListening =
    place.when === 'done'
      ? world.slack.on('call', (call) => {
          if (call.method === place.method) strike()
        })
      : () => world.slack.setLatency(() => 0)
  if (place.when === 'arrived') {
    world.slack.setLatency((method) => {
      if (method !== place.method) return 0
      strike()
      return 5
    })
  }
  const waited = new AbortController()
  sleep(300, undefined, { signal: waited.signal }).then(strike, () => {})
  await promise
  waited.abort()
  stopListening()
}
