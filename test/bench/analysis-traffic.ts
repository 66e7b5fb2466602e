/** What a simulated service would have measured in an interval: counts drawn at once, not request by request. */
import type { MetricSample, Observation } from '../../src/analysis/samples.ts'
import type { Random } from './random.ts'

export interface Scenario {
  /** Of both arms. */
  readonly requestsPerSecond: number
  /** Share of errors of the baseline. */
  readonly badShare: number
  /** So many times the baseline's errors has the canary; 1 is healthy. */
  readonly errorRatio: number
  /** Errors come in bursts of this mean size, each on one arm; 1 is one by one. */
  readonly burstSize: number
  /** At the start of each step the canary has so many times its errors, for so long. */
  readonly coldStart: { readonly factor: number; readonly ms: number } | null
  /** Once in the rollout, at a random time, so many more requests of both arms fail, for so long. */
  readonly sharedOutage: { readonly badShare: number; readonly ms: number } | null
  /** So many times as slow is the canary; null where latency is not measured. */
  readonly slowness: number | null
  /** Whether errors have kinds. */
  readonly hasKinds: boolean
  /** Once in the rollout the source of the metrics does not answer for so long. */
  readonly sourceOutageMs: number | null
  readonly intervalMs: number
}

export const healthy: Scenario = {
  requestsPerSecond: 50,
  badShare: 0.001,
  errorRatio: 1,
  burstSize: 1,
  coldStart: null,
  sharedOutage: null,
  slowness: null,
  hasKinds: false,
  sourceOutageMs: null,
  intervalMs: 60_000,
}

/** The buckets that Prometheus' client libraries have by default, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const boundsWithInfinity = [...bounds, Number.POSITIVE_INFINITY]
/** Latencies are log-normal: half of the requests take up to 80 ms, one in twenty more than 280 ms. */
const medianLatency = 0.08
const latencySpread = 0.76
/** From minute to minute everything gets a little slower or quicker together, and each arm by itself. */
const commonDrift = 0.1
const ownDrift = 0.05

/** Draws what both arms had between two times. */
export function drawObservation(
  random: Random,
  scenario: Scenario,
  at: { readonly from: number; readonly to: number; readonly stepStartedAt: number; readonly outageAt: number },
  percent: number,
): Observation {
  const { from, to } = at
  const seconds = (to - from) / 1000
  const canary = random.poisson((scenario.requestsPerSecond * seconds * percent) / 100)
  const baseline = random.poisson(scenario.requestsPerSecond * seconds * (1 - percent / 100))
  const { coldStart, sharedOutage } = scenario
  const isCold = coldStart !== null && from < at.stepStartedAt + coldStart.ms
  const isOut = sharedOutage !== null && from >= at.outageAt && from < at.outageAt + sharedOutage.ms
  const share = scenario.badShare
  const canaryShare = share * scenario.errorRatio * (isCold ? coldStart.factor : 1)
  const common = isOut ? sharedOutage.badShare : 0
  const bad = (total: number, own: number) =>
    Math.min(total, drawErrors(random, total, own, scenario.burstSize) + random.binomial(total, common))
  const canaryBad = bad(canary, canaryShare)
  const baselineBad = bad(baseline, share)
  const samples: Record<string, MetricSample> = {
    errors: {
      type: 'ratio',
      canary: { total: canary, bad: canaryBad },
      baseline: { total: baseline, bad: baselineBad },
    },
  }
  if (scenario.slowness !== null) {
    const together = commonDrift * random.normal()
    const counts = (total: number, slowness: number) =>
      drawLatencies(random, total, medianLatency * slowness * Math.exp(together + ownDrift * random.normal()))
    samples.latency = {
      type: 'latency',
      bounds: boundsWithInfinity,
      canary: { counts: counts(canary, scenario.slowness) },
      baseline: { counts: counts(baseline, 1) },
    }
  }
  if (scenario.hasKinds) {
    samples.error_kinds = {
      type: 'kinds',
      canary: { total: canary, kinds: drawKinds(random, canaryBad) },
      baseline: { total: baseline, kinds: drawKinds(random, baselineBad) },
    }
  }
  return { from, to, samples }
}

/** Errors one by one, or in bursts: as many bursts as make the same mean. */
function drawErrors(random: Random, total: number, share: number, burstSize: number): number {
  if (burstSize <= 1) return random.binomial(total, share)
  let errors = 0
  for (let left = random.poisson((total * share) / burstSize); left > 0; left -= 1)
    errors += random.geometric(burstSize)
  return errors
}

function drawLatencies(random: Random, total: number, median: number): readonly number[] {
  const counts: number[] = []
  let left = total
  let below = 0
  for (const bound of bounds) {
    const upTo = normalBelow(Math.log(bound / median) / latencySpread)
    const drawn = below >= 1 ? left : random.binomial(left, Math.min(1, (upTo - below) / (1 - below)))
    counts.push(drawn)
    left -= drawn
    below = upTo
  }
  return [...counts, left]
}

/** Kinds as they are in practice: a few frequent, many rare ones. Each is half as frequent as the one before. */
function drawKinds(random: Random, errors: number): Readonly<Record<string, number>> {
  const kinds: Record<string, number> = {}
  for (let left = errors; left > 0; left -= 1) {
    const kind = `kind-${random.geometric(2)}`
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return kinds
}

/** The standard normal distribution, to 7.5e-8 (Abramowitz and Stegun, 26.2.17). */
function normalBelow(z: number): number {
  if (z < 0) return 1 - normalBelow(-z)
  const t = 1 / (1 + 0.2316419 * z)
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial
}
