import { scatterOf } from './dispersion.ts'
import type { UsualTraffic } from './preflight.ts'
import type { Observation } from './samples.ts'

/**
 * What a service has as a rule, by its last minutes: all of its traffic, in whichever arm it was counted.
 *
 * @param metric - name of a metric that counts errors by request
 * @returns null where no minute has counts of it, or none of them has requests
 */
export function usualTraffic(minutes: readonly Observation[], metric: string): UsualTraffic | null {
  const counted = minutes.flatMap(({ from, to, samples }) => {
    const sample = samples[metric]
    if (sample?.type !== 'ratio') return []
    const arms = [sample.canary, sample.baseline].filter(({ total }) => total !== null)
    if (arms.length === 0) return []
    const sum = (pick: (arm: (typeof arms)[number]) => number | null) =>
      arms.reduce((all, arm) => all + (pick(arm) ?? 0), 0)
    return [{ seconds: (to - from) / 1000, total: sum(({ total }) => total), bad: sum(({ bad }) => bad) }]
  })
  const seconds = counted.reduce((all, one) => all + one.seconds, 0)
  const total = counted.reduce((all, one) => all + one.total, 0)
  const bad = counted.reduce((all, one) => all + one.bad, 0)
  if (!(seconds > 0 && total > 0)) return null
  return {
    requestsPerSecond: total / seconds,
    badShare: Math.min(1, bad / total),
    dispersion: scatterOf(
      counted.map((one) => one.bad),
      counted.map((one) => one.total),
    ),
  }
}
