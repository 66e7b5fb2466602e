import type { Clock } from '../../src/engine/clock.ts'

/** Time that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time on, and at each thing that comes due on the way lets everything settle before it goes further. */
  advance(ms: number, settled: () => Promise<void>): Promise<void>
  /** Somebody sets the clock: to the past with a negative number. What waits goes on waiting as long as it would have. */
  set(byMs: number): void
  /** The sandbox's GitHub sleeps on the same clock. */
  sleep(ms: number): Promise<void>
}

export function fakeClock(startMs: number): FakeClock {
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  /** Time that has passed, whatever the clock on the wall says: timers go by this. */
  let elapsed = 0
  let shift = startMs
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: elapsed + Math.max(0, ms), run }
    timers.add(timer)
    return () => timers.delete(timer)
  }
  return {
    now: () => shift + elapsed,
    after,
    set(byMs) {
      shift += byMs
    },
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    async advance(ms, settled) {
      const end = elapsed + ms
      await settled()
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers.delete(next)
        elapsed = Math.max(elapsed, next.at)
        next.run()
        await settled()
      }
      elapsed = end
      await settled()
    },
  }
}

/** Lets promises and immediates run their course; for what does no I/O. */
export async function flush(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
