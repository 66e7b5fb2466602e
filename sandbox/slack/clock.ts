/** Time as the simulated Slack sees it: the real one in the demo, one that a test moves by hand in the tests. */
export interface Clock {
  /** UTC milliseconds. */
  now(): number
  /** Calls `run` once after `ms` milliseconds; the answer cancels it. */
  after(ms: number, run: () => void): () => void
}

export interface ManualClock extends Clock {
  /** Moves time on by `ms` and runs what is due on the way, in order. */
  advance(ms: number): void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** A clock that stands still until `advance` is called. */
export function manualClock(startMs: number): ManualClock {
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  let nowMs = startMs
  return {
    now: () => nowMs,
    after(ms, run) {
      const timer = { at: nowMs + Math.max(0, ms), run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      const endMs = nowMs + ms
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.at <= endMs).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers.delete(next)
        nowMs = Math.max(nowMs, next.at)
        next.run()
      }
      nowMs = endMs
    },
  }
}
