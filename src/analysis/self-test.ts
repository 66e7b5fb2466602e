/**
 * The judge's test on a service that has not changed: its stable pool, split into two halves that are told apart as canary
 * and baseline. Whatever the judge finds between them is a false alarm.
 */
import { type AnalysisPolicy, alphaOf, type MetricPolicy } from './analysis-policy.ts'
import { scatterOf } from './dispersion.ts'
import { addCounts, quantileOf, sumOf } from './histogram.ts'
import { judge } from './judge.ts'
import { type AnalysisState, newAnalysisState, observe, rememberBaseline } from './observe.ts'
import type { MetricSample, Observation } from './samples.ts'
import type { StepWindow } from './step-window.ts'

const minuteMs = 60_000
/** Minutes of the past that the judge knows before a rollout. */
const pastMinutes = 60
/** Minutes that stay together when a day is drawn anew: bursts are shorter. */
const blockMinutes = 10

export interface MetricSelfTest {
  readonly metric: MetricPolicy
  /** Minutes with numbers of both halves. */
  readonly minutes: number
  /** Of both halves: requests, and errors (for latencies none are counted; for kinds errors of any kind). */
  readonly total: number
  readonly bad: number
  /** Variance by mean of the errors of a minute, in an hour of the middle and in the worst; null where it says nothing. */
  readonly dispersion: { readonly median: number; readonly worst: number } | null
  /** The first half's error rate, or 95th percentile, by the second's. */
  readonly ratio: number | null
  /**
   * How unlike the halves are from minute to minute. Errors: by how much more than by chance they fall on one of them, 1 if
   * they do not. Latencies: the usual distance of their percentiles, 0.1 for a tenth. Kinds: how many only one half shows.
   */
  readonly noise: number | null
  /** Share of healthy rollouts that this metric may roll back. */
  readonly alpha: number
  readonly consecutive: number
  readonly resampled: number
}

export interface SelfTest {
  readonly metrics: readonly MetricSelfTest[]
  /** Rollouts one after the other, each half once as the canary; and drawn anew from blocks of ten minutes. */
  readonly rollouts: { readonly consecutive: number; readonly resampled: number; readonly minutes: number }
  /** Of these, those that any metric that acts would have rolled back. */
  readonly rolledBack: { readonly consecutive: number; readonly resampled: number }
}

/**
 * @param minutes - one observation a minute, the oldest first: one half as canary, the other as baseline
 * @param rolloutMinutes - how long a rollout is watched
 * @param resamples - how many rollouts are drawn anew
 * @param random - from 0 to 1
 */
export function selfTest(
  minutes: readonly Observation[],
  policy: AnalysisPolicy,
  options: { readonly rolloutMinutes: number; readonly resamples: number; readonly random: () => number },
): SelfTest {
  const { rolloutMinutes, resamples, random } = options
  const swapped = minutes.map(swap)
  const percent = sharePercent(minutes, policy)
  const play = (past: readonly Observation[], rollout: readonly Observation[], share: number) =>
    failuresIn(past, rollout, policy, share)

  const consecutive: ReadonlySet<string>[] = []
  for (let start = 0; start + rolloutMinutes <= minutes.length; start += rolloutMinutes) {
    const end = start + rolloutMinutes
    const past = Math.max(0, start - pastMinutes)
    consecutive.push(play(minutes.slice(past, start), minutes.slice(start, end), percent))
    consecutive.push(play(swapped.slice(past, start), swapped.slice(start, end), 100 - percent))
  }
  const resampled = Array.from({ length: minutes.length === 0 ? 0 : resamples }, (_, index) => {
    const [from, share] = index % 2 === 0 ? [minutes, percent] : [swapped, 100 - percent]
    return play(drawn(from, pastMinutes, random), drawn(from, rolloutMinutes, random), share)
  })

  const acting = policy.metrics.filter(({ isShadow }) => !isShadow).map(({ name }) => name)
  const count = (rollouts: readonly ReadonlySet<string>[], names: readonly string[]) =>
    rollouts.filter((failed) => names.some((name) => failed.has(name))).length
  return {
    metrics: policy.metrics.map((metric) => ({
      metric,
      ...measuresOf(minutes.map(({ samples }) => samples[metric.name])),
      alpha: alphaOf(policy, metric),
      consecutive: count(consecutive, [metric.name]),
      resampled: count(resampled, [metric.name]),
    })),
    rollouts: { consecutive: consecutive.length, resampled: resampled.length, minutes: rolloutMinutes },
    rolledBack: { consecutive: count(consecutive, acting), resampled: count(resampled, acting) },
  }
}

/** Names of the metrics that fail at any check of a rollout of one step. */
function failuresIn(
  past: readonly Observation[],
  rollout: readonly Observation[],
  policy: AnalysisPolicy,
  percent: number,
): ReadonlySet<string> {
  const step: StepWindow = {
    index: 0,
    steps: 1,
    percent,
    startedAt: 0,
    windowMs: rollout.length * minuteMs,
    extensionMs: 0,
    intervalMs: minuteMs,
    hasSessionAffinity: false,
    isHeld: false,
  }
  const failed = new Set<string>()
  let state: AnalysisState = rememberBaseline(newAnalysisState, past, policy)
  for (const [index, { samples }] of rollout.entries()) {
    const [from, to] = [index * minuteMs, (index + 1) * minuteMs]
    state = observe(state, { from, to, samples }, step, policy)
    for (const { metric, verdict } of judge(state, policy, to).metrics) if (verdict === 'fail') failed.add(metric)
    if (failed.size === policy.metrics.length) break
  }
  return failed
}

/** So many minutes in blocks from anywhere. */
function drawn(minutes: readonly Observation[], count: number, random: () => number): readonly Observation[] {
  const picked: Observation[] = []
  while (picked.length < count) {
    const start = Math.floor(random() * Math.max(1, minutes.length - blockMinutes + 1))
    picked.push(...minutes.slice(start, start + Math.min(blockMinutes, count - picked.length)))
  }
  return picked
}

/** The two halves of a pair of minutes: the first one's pool as the canary, the second one's as the baseline. */
export function pairOfMinutes(first: Observation, second: Observation): Observation {
  const samples = Object.keys(first.samples).map((name) => [
    name,
    pairOfSamples(first.samples[name], second.samples[name]),
  ])
  return { from: first.from, to: second.to, samples: Object.fromEntries(samples) as Observation['samples'] }
}

function pairOfSamples(first: MetricSample | undefined, second: MetricSample | undefined): MetricSample {
  if (first === undefined || second === undefined) return { type: 'error', detail: 'a minute is missing' }
  if (first.type === 'error') return first
  if (second.type === 'error') return second
  if (first.type === 'ratio' && second.type === 'ratio')
    return { ...first, canary: first.baseline, baseline: second.baseline }
  if (first.type === 'kinds' && second.type === 'kinds')
    return { ...first, canary: first.baseline, baseline: second.baseline }
  if (first.type === 'latency' && second.type === 'latency' && first.bounds.join() === second.bounds.join()) {
    return { ...first, canary: first.baseline, baseline: second.baseline }
  }
  return { type: 'error', detail: 'the buckets changed between two minutes' }
}

function swap(minute: Observation): Observation {
  const samples = Object.entries(minute.samples).map(([name, sample]) => [
    name,
    sample.type === 'error' ? sample : { ...sample, canary: sample.baseline, baseline: sample.canary },
  ])
  return { ...minute, samples: Object.fromEntries(samples) as Observation['samples'] }
}

/** The first half's share of the requests, in whole percent. */
function sharePercent(minutes: readonly Observation[], policy: AnalysisPolicy): number {
  for (const { name } of policy.metrics) {
    const counts = minutes.flatMap(({ samples }) => countsOf(samples[name]))
    const first = counts.reduce((sum, { firstTotal }) => sum + firstTotal, 0)
    const all = counts.reduce((sum, { firstTotal, secondTotal }) => sum + firstTotal + secondTotal, 0)
    if (all > 0) return Math.min(99, Math.max(1, Math.round((100 * first) / all)))
  }
  return 50
}

interface MinuteCounts {
  readonly firstTotal: number
  readonly secondTotal: number
  readonly firstBad: number
  readonly secondBad: number
}

/** One or none. */
function countsOf(sample: MetricSample | undefined): readonly MinuteCounts[] {
  if (sample === undefined || sample.type === 'error') return []
  if (sample.type === 'latency') {
    const { canary, baseline } = sample
    if (canary.counts === null || baseline.counts === null) return []
    return [{ firstTotal: sumOf(canary.counts), secondTotal: sumOf(baseline.counts), firstBad: 0, secondBad: 0 }]
  }
  const { canary, baseline } = sample
  if (canary.total === null || baseline.total === null) return []
  const badOf = (arm: typeof canary | typeof baseline) =>
    'kinds' in arm ? sumOf(Object.values(arm.kinds)) : (arm.bad ?? 0)
  return [
    { firstTotal: canary.total, secondTotal: baseline.total, firstBad: badOf(canary), secondBad: badOf(baseline) },
  ]
}

type Measures = Pick<MetricSelfTest, 'minutes' | 'total' | 'bad' | 'dispersion' | 'ratio' | 'noise'>

function measuresOf(samples: readonly (MetricSample | undefined)[]): Measures {
  const counts = samples.flatMap(countsOf)
  const sum = (pick: (one: MinuteCounts) => number) => counts.reduce((all, one) => all + pick(one), 0)
  const [firstTotal, secondTotal] = [sum((one) => one.firstTotal), sum((one) => one.secondTotal)]
  const [firstBad, secondBad] = [sum((one) => one.firstBad), sum((one) => one.secondBad)]
  const common = { minutes: counts.length, total: firstTotal + secondTotal, bad: firstBad + secondBad }
  if (samples.some((sample) => sample?.type === 'latency')) {
    return { ...common, dispersion: null, ...latencyMeasures(samples) }
  }
  if (samples.some((sample) => sample?.type === 'kinds')) {
    return { ...common, dispersion: null, ratio: null, noise: kindsOfOneHalf(samples) }
  }
  const hasRatio = secondBad > 0 && firstTotal > 0
  return {
    ...common,
    dispersion: hourlyScatter(counts),
    ratio: hasRatio ? (firstBad * secondTotal) / (secondBad * firstTotal) : null,
    noise: splitNoise(counts),
  }
}

function hourlyScatter(counts: readonly MinuteCounts[]): Measures['dispersion'] {
  const hours: number[] = []
  for (let start = 0; start + pastMinutes <= counts.length; start += pastMinutes) {
    const hour = counts.slice(start, start + pastMinutes)
    hours.push(
      scatterOf(
        hour.map(({ firstBad, secondBad }) => firstBad + secondBad),
        hour.map(({ firstTotal, secondTotal }) => firstTotal + secondTotal),
      ),
    )
  }
  const sorted = hours.toSorted((a, b) => a - b)
  const [median, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  return median === undefined || worst === undefined ? null : { median, worst }
}

/** Given the errors of a minute, each falls on the first half with its share of the requests, if they are independent. */
function splitNoise(counts: readonly MinuteCounts[]): number | null {
  let sum = 0
  let used = 0
  for (const { firstTotal, secondTotal, firstBad, secondBad } of counts) {
    const bad = firstBad + secondBad
    if (bad <= 0 || firstTotal <= 0 || secondTotal <= 0) continue
    const share = firstTotal / (firstTotal + secondTotal)
    sum += (firstBad - bad * share) ** 2 / (bad * share * (1 - share))
    used += 1
  }
  return used < 10 ? null : sum / used
}

function latencyMeasures(samples: readonly (MetricSample | undefined)[]): Pick<Measures, 'ratio' | 'noise'> {
  const distances: number[] = []
  let all: { readonly bounds: readonly number[]; first: readonly number[]; second: readonly number[] } | null = null
  for (const sample of samples) {
    if (sample?.type !== 'latency' || sample.canary.counts === null || sample.baseline.counts === null) continue
    const bounds = sample.bounds.filter((bound) => Number.isFinite(bound))
    const [first, second] = [sample.canary.counts, sample.baseline.counts]
    const isSame: boolean = all !== null && all.bounds.join() === bounds.join()
    all =
      all !== null && isSame
        ? { bounds, first: addCounts(all.first, first), second: addCounts(all.second, second) }
        : { bounds, first, second }
    const distance = percentileRatio(bounds, first, second)
    if (distance !== null) distances.push(Math.abs(Math.log(distance)))
  }
  const sorted = distances.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  return {
    ratio: all === null ? null : percentileRatio(all.bounds, all.first, all.second),
    noise: median === undefined ? null : Math.exp(median) - 1,
  }
}

function percentileRatio(
  bounds: readonly number[],
  first: readonly number[],
  second: readonly number[],
): number | null {
  const [a, b] = [quantileOf(bounds, first, 0.95), quantileOf(bounds, second, 0.95)]
  return a === null || b === null || a <= 0 || b <= 0 ? null : a / b
}

function kindsOfOneHalf(samples: readonly (MetricSample | undefined)[]): number {
  const [first, second] = [new Set<string>(), new Set<string>()]
  for (const sample of samples) {
    if (sample?.type !== 'kinds') continue
    for (const kind of Object.keys(sample.canary.kinds)) first.add(kind)
    for (const kind of Object.keys(sample.baseline.kinds)) second.add(kind)
  }
  return [...first].filter((kind) => !second.has(kind)).length + [...second].filter((kind) => !first.has(kind)).length
}
