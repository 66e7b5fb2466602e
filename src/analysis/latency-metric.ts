/**
 * The 95th percentile of the latency. Two things must say that the canary is slower: how many of its requests are slow, and
 * how its percentile compares minute by minute. The first is quick and takes requests to be independent, the second is not
 * misled by one bad minute.
 */
import { type AnalysisPolicy, alphaOf, type MetricPolicy } from './analysis-policy.ts'
import { addToDrift, beginDrift, type Drift, logDriftEvidence } from './drift-evidence.ts'
import { addWinnings, type Bet, beginStep, hasBegun, logEvidence, type Winnings } from './evidence.ts'
import { addCounts, countAbove, quantileOf, slowBound, sumOf } from './histogram.ts'
import { isCount, type LastSample, lastOf } from './last-sample.ts'
import { type PairCounts, riskOf } from './ratio-metric.ts'
import type { LatencyCounts, MetricSample } from './samples.ts'
import type { CheckContext, JudgedStep } from './step-window.ts'
import { armNumbers, evidenceOf, type MetricVerdict } from './verdict.ts'

/** Histograms of both arms, by bucket. */
interface PairOfHistograms {
  readonly canary: readonly number[]
  readonly baseline: readonly number[]
}

export interface LatencyState {
  readonly type: 'latency'
  /** Finite bounds in seconds; empty before the first sample. */
  readonly bounds: readonly number[]
  /** All that is known of the baseline: it says what is slow. */
  readonly known: readonly number[]
  readonly winnings: Winnings
  /** Of this step: its warm-up, and what came after. */
  readonly warmUp: PairOfHistograms
  readonly judged: PairOfHistograms
  /** Slow requests in what was judged, each by the bound of its time. */
  readonly slow: PairCounts
  /** The minute that is not full yet. */
  readonly minute: PairOfHistograms & { readonly ms: number }
  readonly drift: Drift
  readonly last: LastSample
}

const latencyBets: readonly Bet[] = [1.5, 2, 4, 8].map((ratio) => ({ ratio, weight: 0.25 }))
const percentile = 0.95
/** Slow is what at most about so many of the baseline's requests are. */
const slowShare = 0.05
const minuteMs = 60_000
/** A window shorter than this many minutes is cut into as many pieces instead: in too few nothing can be shown. */
const piecesOfWindow = 10
/** A percentile of fewer requests is no percentile: the minute goes on. */
const requestsNeeded = 20
/** The arms' percentiles may differ by that much for no reason, as a logarithm. */
const harmlessDrift = Math.log(1.1)

const noHistograms: PairOfHistograms = { canary: [], baseline: [] }
const nothing: PairCounts = { canaryTotal: 0, canaryBad: 0, baselineTotal: 0, baselineBad: 0 }

export const newLatencyState: LatencyState = {
  type: 'latency',
  bounds: [],
  known: [],
  winnings: [],
  warmUp: noHistograms,
  judged: noHistograms,
  slow: nothing,
  minute: { ...noHistograms, ms: 0 },
  drift: [],
  last: { type: 'none' },
}

/** Takes in one check. */
export function foldLatency(
  state: LatencyState,
  sample: MetricSample | undefined,
  context: CheckContext,
  policy: AnalysisPolicy,
): LatencyState {
  const { index } = context.step
  const isBegun = !context.isNewStep && hasBegun(state.winnings, index)
  const begun = isBegun ? state : beginLatencyStep(state, index)
  const read = sample?.type === 'latency' ? readHistograms(sample) : null
  if (read === null) return { ...begun, last: lastOf(sample, 'latency') }
  const { bounds, latest } = read
  const ready = isSame(begun.bounds, bounds) ? begun : withBounds(begun, bounds)
  // What is slow was known before this check: a bound chosen after looking would favour one of the arms.
  const bound = slowBound(bounds, sumOf(ready.known) > 0 ? ready.known : latest.baseline, slowShare)
  const slow: PairCounts = {
    canaryTotal: sumOf(latest.canary),
    canaryBad: countAbove(latest.canary, bound),
    baselineTotal: sumOf(latest.baseline),
    baselineBad: countAbove(latest.baseline, bound),
  }
  const known = addCounts(ready.known, latest.baseline)
  const winnings = addWinnings(ready.winnings, latencyBets, {
    bad: slow.canaryBad,
    allBad: slow.canaryBad + slow.baselineBad,
    suspectTotal: slow.canaryTotal,
    referenceTotal: slow.baselineTotal,
    tolerated: context.isWarmUp ? policy.warmUp.factor : 1,
    dispersion: 1,
  })
  if (context.isWarmUp)
    return { ...ready, known, winnings, warmUp: addBoth(ready.warmUp, latest), last: { type: 'counts' } }
  return {
    ...ready,
    known,
    winnings,
    judged: addBoth(ready.judged, latest),
    slow: {
      canaryTotal: ready.slow.canaryTotal + slow.canaryTotal,
      canaryBad: ready.slow.canaryBad + slow.canaryBad,
      baselineTotal: ready.slow.baselineTotal + slow.baselineTotal,
      baselineBad: ready.slow.baselineBad + slow.baselineBad,
    },
    ...foldMinute(ready, latest, context),
    last: { type: 'counts' },
  }
}

/** Takes in a minute of the baseline's past. */
export function rememberLatency(state: LatencyState, sample: MetricSample | undefined): LatencyState {
  const read = sample?.type === 'latency' ? readHistograms({ ...sample, canary: sample.baseline }) : null
  if (read === null) return state
  const ready = isSame(state.bounds, read.bounds) ? state : withBounds(state, read.bounds)
  return { ...ready, known: addCounts(ready.known, read.latest.baseline) }
}

/** Adds to the minute under way; a full one gives one number: by how much the percentiles differ, as a logarithm. */
function foldMinute(
  state: LatencyState,
  latest: PairOfHistograms,
  { from, to, step }: CheckContext,
): Pick<LatencyState, 'minute' | 'drift'> {
  const minute = { ...addBoth(state.minute, latest), ms: state.minute.ms + to - from }
  const isFull = minute.ms >= Math.min(minuteMs, step.windowMs / piecesOfWindow) * 0.98
  if (!isFull || sumOf(minute.canary) < requestsNeeded || sumOf(minute.baseline) < requestsNeeded)
    return { minute, drift: state.drift }
  const canary = quantileOf(state.bounds, minute.canary, percentile)
  const baseline = quantileOf(state.bounds, minute.baseline, percentile)
  const empty = { ...emptyHistograms(state.bounds), ms: 0 }
  if (canary === null || baseline === null || canary <= 0 || baseline <= 0) return { minute: empty, drift: state.drift }
  return { minute: empty, drift: addToDrift(state.drift, Math.log(canary / baseline)) }
}

export function judgeLatency(
  state: LatencyState,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
  { percent, steps, isWarmUp }: JudgedStep,
): MetricVerdict {
  const { bounds, last, slow } = state
  const counts = isWarmUp ? state.warmUp : state.judged
  const canary = quantileOf(bounds, counts.canary, percentile)
  const baseline = quantileOf(bounds, counts.baseline, percentile)
  const ratio = canary !== null && baseline !== null && baseline > 0 ? canary / baseline : null
  const bySlow = logEvidence(state.winnings, latencyBets, steps)
  const byMinutes = logDriftEvidence(state.drift, harmlessDrift, steps)
  // Both must say so: what is shown is the one that says less.
  const evidence = evidenceOf(Math.min(bySlow, byMinutes), alphaOf(policy, metric))
  const { canaryTotal, canaryBad, baselineTotal, baselineBad } = slow
  const sides = { bad: canaryBad, total: canaryTotal, otherBad: baselineBad, otherTotal: baselineTotal }
  const risk = isWarmUp ? null : riskOf(sides, policy, percent, 1)
  const result = {
    metric: metric.name,
    type: 'latency',
    isShadow: metric.isShadow,
    canary: armNumbers(isWarmUp ? sumOf(counts.canary) : canaryTotal, isWarmUp ? 0 : canaryBad),
    baseline: armNumbers(isWarmUp ? sumOf(counts.baseline) : baselineTotal, isWarmUp ? 0 : baselineBad),
    ratio,
    ratioRange: null,
    factor: metric.factor,
    evidence,
    risk,
    errorsMissing: Math.max(0, policy.minimumErrors - canaryBad),
    dispersion: 1,
    p95: canary !== null && baseline !== null ? { canary, baseline } : null,
    newKinds: [],
    detail: last.type === 'error' ? last.detail : null,
  } as const
  const isSlower = ratio !== null && ratio > metric.factor
  const isEffect = isSlower && (canary ?? 0) - (baseline ?? 0) > metric.minimumEffect
  if (!isWarmUp && evidence.value >= evidence.needed && isEffect && result.errorsMissing === 0)
    return { ...result, verdict: 'fail', reason: 'harm_shown' }
  if (last.type === 'error') return { ...result, verdict: 'error', reason: 'source_error' }
  if (last.type === 'none') return { ...result, verdict: 'no_data', reason: 'no_series' }
  if (isWarmUp) return { ...result, verdict: 'inconclusive', reason: 'warming_up' }
  if (ratio === null) return { ...result, verdict: 'no_data', reason: 'no_requests' }
  if (!isSlower && risk !== null && risk.value <= risk.allowed)
    return { ...result, verdict: 'pass', reason: 'harm_excluded' }
  return { ...result, verdict: 'inconclusive', reason: 'undecided' }
}

function beginLatencyStep(state: LatencyState, step: number): LatencyState {
  const empty = emptyHistograms(state.bounds)
  return {
    ...state,
    winnings: beginStep(state.winnings, step, latencyBets),
    warmUp: empty,
    judged: empty,
    slow: nothing,
    minute: { ...empty, ms: 0 },
    drift: beginDrift(state.drift, step),
  }
}

/** Begins with the histograms anew where the service has changed its buckets; what was won before stays. */
function withBounds(state: LatencyState, bounds: readonly number[]): LatencyState {
  const empty = emptyHistograms(bounds)
  return { ...state, bounds, known: empty.baseline, warmUp: empty, judged: empty, minute: { ...empty, ms: 0 } }
}

function emptyHistograms(bounds: readonly number[]): PairOfHistograms {
  const counts = bounds.length === 0 ? [] : [...bounds, 0].map(() => 0)
  return { canary: counts, baseline: counts }
}

function addBoth(a: PairOfHistograms, b: PairOfHistograms): PairOfHistograms {
  return { canary: addCounts(a.canary, b.canary), baseline: addCounts(a.baseline, b.baseline) }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, index) => bound === b[index])
}

/** Null where an arm has no such series, or the counts are none. The infinite bound is left out: JSON has no such number. */
function readHistograms(sample: {
  readonly bounds: readonly number[]
  readonly canary: LatencyCounts
  readonly baseline: LatencyCounts
}): { readonly bounds: readonly number[]; readonly latest: PairOfHistograms } | null {
  const { counts: canary } = sample.canary
  const { counts: baseline } = sample.baseline
  const bounds = sample.bounds.filter((bound) => Number.isFinite(bound))
  if (canary === null || baseline === null || bounds.length === 0) return null
  if (canary.length !== bounds.length + 1 || baseline.length !== bounds.length + 1) return null
  if (!canary.every(isCount) || !baseline.every(isCount)) return null
  if (bounds.some((bound, index) => bound <= (bounds[index - 1] ?? 0))) return null
  return { bounds, latest: { canary, baseline } }
}
