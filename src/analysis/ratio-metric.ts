/** Errors by request: canary and baseline in the same minutes. */
import { type AnalysisPolicy, alphaOf, type MetricPolicy } from './analysis-policy.ts'
import { addMinute, type Dispersion, noDispersion } from './dispersion.ts'
import { addWinnings, type Bet, beginStep, hasBegun, logEvidence, type Winnings } from './evidence.ts'
import { isCount, type LastSample, lastOf } from './last-sample.ts'
import type { MetricSample, RatioCounts } from './samples.ts'
import { betaTail } from './special-functions.ts'
import type { CheckContext, JudgedStep } from './step-window.ts'
import { armNumbers, evidenceOf, type MetricVerdict } from './verdict.ts'

/** Sums of both arms. */
export interface PairCounts {
  readonly canaryTotal: number
  readonly canaryBad: number
  readonly baselineTotal: number
  readonly baselineBad: number
}

export interface RatioState {
  readonly type: 'ratio'
  readonly winnings: Winnings
  /** Of this step: its warm-up, and what came after. */
  readonly warmUp: PairCounts
  readonly judged: PairCounts
  /** Of the last check. */
  readonly latest: PairCounts
  readonly dispersion: Dispersion
  /** How the last check went. */
  readonly last: LastSample
}

/** How many times worse it may be. Between them the bets lose little; beyond them they win all the same. */
export const ratioBets: readonly Bet[] = [
  { ratio: 2, weight: 0.1 },
  { ratio: 4, weight: 0.3 },
  { ratio: 8, weight: 0.3 },
  { ratio: 20, weight: 0.15 },
  { ratio: 60, weight: 0.15 },
]

const nothing: PairCounts = { canaryTotal: 0, canaryBad: 0, baselineTotal: 0, baselineBad: 0 }

export const newRatioState: RatioState = {
  type: 'ratio',
  winnings: [],
  warmUp: nothing,
  judged: nothing,
  latest: nothing,
  dispersion: noDispersion,
  last: { type: 'none' },
}

/** Takes in one check. A sample without requests, or with anything that is no count, leaves the sums as they are. */
export function foldRatio(
  state: RatioState,
  sample: MetricSample | undefined,
  context: CheckContext,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
): RatioState {
  const isBegun = !context.isNewStep && hasBegun(state.winnings, context.step.index)
  const begun = isBegun ? state : { ...state, ...beginRatioStep(state, context) }
  const latest = sample?.type === 'ratio' ? readPair(sample.canary, sample.baseline) : null
  // The guard needs no baseline.
  const alone = sample?.type === 'ratio' ? readPair(sample.canary, { total: 0, bad: 0 }) : null
  if (latest === null) return { ...begun, latest: alone ?? nothing, last: lastOf(sample, 'ratio') }
  const { canaryTotal, canaryBad, baselineTotal, baselineBad } = latest
  const isHigherWorse = metric.worse === 'higher'
  const winnings = addWinnings(begun.winnings, ratioBets, {
    bad: isHigherWorse ? canaryBad : baselineBad,
    allBad: canaryBad + baselineBad,
    suspectTotal: isHigherWorse ? canaryTotal : baselineTotal,
    referenceTotal: isHigherWorse ? baselineTotal : canaryTotal,
    tolerated: context.isWarmUp ? policy.warmUp.factor : 1,
    dispersion: begun.dispersion.value,
  })
  return {
    type: 'ratio',
    winnings,
    warmUp: context.isWarmUp ? addPairs(begun.warmUp, latest) : begun.warmUp,
    judged: context.isWarmUp ? begun.judged : addPairs(begun.judged, latest),
    latest,
    dispersion: addMinute(begun.dispersion, context.to - context.from, baselineBad, baselineTotal),
    last: { type: 'counts' },
  }
}

/** Takes in a minute of the baseline's past. */
export function rememberRatio(state: RatioState, sample: MetricSample | undefined, ms: number): RatioState {
  const counts = sample?.type === 'ratio' ? readPair({ total: 0, bad: 0 }, sample.baseline) : null
  if (counts === null) return state
  return { ...state, dispersion: addMinute(state.dispersion, ms, counts.baselineBad, counts.baselineTotal) }
}

function beginRatioStep(state: RatioState, context: CheckContext): Pick<RatioState, 'winnings' | 'warmUp' | 'judged'> {
  return { winnings: beginStep(state.winnings, context.step.index, ratioBets), warmUp: nothing, judged: nothing }
}

export function judgeRatio(
  state: RatioState,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
  { percent, steps, isWarmUp }: JudgedStep,
): MetricVerdict {
  const { judged, warmUp, latest, last, dispersion } = state
  const counts = isWarmUp ? warmUp : judged
  const sides = sidesOf(counts, metric)
  const evidence = evidenceOf(logEvidence(state.winnings, ratioBets, steps), alphaOf(policy, metric))
  const risk = isWarmUp ? null : riskOf(sides, policy, percent, dispersion.value, metric.worse)
  const result = {
    metric: metric.name,
    type: 'ratio',
    isShadow: metric.isShadow,
    canary: armNumbers(counts.canaryTotal, counts.canaryBad),
    baseline: armNumbers(counts.baselineTotal, counts.baselineBad),
    ratio: ratioOf(sides),
    ratioRange: rangeOf(sides, dispersion.value),
    factor: metric.factor,
    evidence,
    risk,
    errorsMissing: Math.max(0, policy.minimumErrors - sides.bad),
    dispersion: dispersion.value,
    p95: null,
    newKinds: [],
    detail: last.type === 'error' ? last.detail : null,
  } as const
  if (isGuardBroken(addPairs(warmUp, judged), metric, policy) || isGuardBroken(latest, metric, policy))
    return { ...result, verdict: 'fail', reason: 'absolute_guard' }
  const factor = isWarmUp ? metric.factor * policy.warmUp.factor : metric.factor
  if (evidence.value >= evidence.needed && isEffect(sides, factor, metric.minimumEffect) && result.errorsMissing === 0)
    return { ...result, verdict: 'fail', reason: 'harm_shown' }
  if (last.type === 'error') return { ...result, verdict: 'error', reason: 'source_error' }
  if (last.type === 'none') return { ...result, verdict: 'no_data', reason: 'no_series' }
  if (isWarmUp) return { ...result, verdict: 'inconclusive', reason: 'warming_up' }
  if (counts.canaryTotal === 0 || counts.baselineTotal === 0)
    return { ...result, verdict: 'no_data', reason: 'no_requests' }
  if (risk !== null && risk.value <= risk.allowed) return { ...result, verdict: 'pass', reason: 'harm_excluded' }
  return { ...result, verdict: 'inconclusive', reason: 'undecided' }
}

/** The arm that may be worse, and the other one. */
interface Sides {
  readonly bad: number
  readonly total: number
  readonly otherBad: number
  readonly otherTotal: number
}

function sidesOf(counts: PairCounts, metric: MetricPolicy): Sides {
  const { canaryTotal, canaryBad, baselineTotal, baselineBad } = counts
  return metric.worse === 'higher'
    ? { bad: canaryBad, total: canaryTotal, otherBad: baselineBad, otherTotal: baselineTotal }
    : { bad: baselineBad, total: baselineTotal, otherBad: canaryBad, otherTotal: canaryTotal }
}

/** Whether the rates differ by more than the factor and the least effect. Multiplied out: the other arm may be free of errors. */
function isEffect({ bad, total, otherBad, otherTotal }: Sides, factor: number, minimumEffect: number): boolean {
  if (total <= 0 || otherTotal <= 0) return false
  return bad * otherTotal > factor * otherBad * total && bad / total - otherBad / otherTotal > minimumEffect
}

function ratioOf({ bad, total, otherBad, otherTotal }: Sides): number | null {
  if (total <= 0 || otherBad <= 0) return null
  return (bad * otherTotal) / (otherBad * total)
}

/** 95 % of the ratio, by the normal approximation to its logarithm with half an error added to each arm. */
function rangeOf({ bad, total, otherBad, otherTotal }: Sides, dispersion: number): readonly [number, number] | null {
  if (total <= 0 || otherTotal <= 0) return null
  const middle = ((bad + 0.5) * otherTotal) / ((otherBad + 0.5) * total)
  const spread = Math.exp(1.96 * Math.sqrt(dispersion * (1 / (bad + 0.5) + 1 / (otherBad + 0.5))))
  return [middle / spread, middle * spread]
}

/**
 * The posterior probability (Jeffreys' priors) that the canary does more harm to the whole service, at this share of the
 * traffic, than the policy lets pass: as a multiple of the usual errors, by the share of errors that fall on the suspect;
 * or as a share of requests, by the suspect's own rate. The smaller of the two, since either is enough.
 *
 * @returns null where nothing was counted
 */
export function riskOf(
  { bad, total, otherBad, otherTotal }: Sides,
  policy: AnalysisPolicy,
  percent: number,
  dispersion: number,
  worse: MetricPolicy['worse'] = 'higher',
): MetricVerdict['risk'] {
  if (total <= 0 || otherTotal <= 0 || percent <= 0) return null
  const { excess, share, risk } = policy.harmless
  const ratio = 1 + excess / (percent / 100)
  const border = (ratio * total) / (ratio * total + otherTotal)
  const relative = betaTail(0.5 + bad / dispersion, 0.5 + otherBad / dispersion, border)
  // Where less is worse, what is counted is wanted, and few of it are no comfort.
  const absolute =
    worse === 'lower' ? 1 : betaTail(0.5 + bad / dispersion, 0.5 + (total - bad) / dispersion, share / (percent / 100))
  return { value: Math.min(relative, absolute), allowed: risk, ratio }
}

function isGuardBroken(counts: PairCounts, metric: MetricPolicy, policy: AnalysisPolicy): boolean {
  // Where less is worse, what is counted is not errors, and no share of it is too much.
  if (metric.worse === 'lower') return false
  const { share, errors } = policy.guard
  return counts.canaryBad >= errors && counts.canaryBad >= share * counts.canaryTotal
}

/** Null where requests are not known. Unknown errors beside known requests are none. */
function readPair(canary: RatioCounts, baseline: RatioCounts): PairCounts | null {
  const [canaryTotal, baselineTotal] = [canary.total, baseline.total]
  const [canaryBad, baselineBad] = [canary.bad ?? 0, baseline.bad ?? 0]
  if (canaryTotal === null || baselineTotal === null) return null
  if (![canaryTotal, baselineTotal, canaryBad, baselineBad].every((count) => isCount(count))) return null
  return {
    canaryTotal,
    // Two series of one service are not read at the very same moment.
    canaryBad: Math.min(canaryBad, canaryTotal),
    baselineTotal,
    baselineBad: Math.min(baselineBad, baselineTotal),
  }
}

function addPairs(a: PairCounts, b: PairCounts): PairCounts {
  return {
    canaryTotal: a.canaryTotal + b.canaryTotal,
    canaryBad: a.canaryBad + b.canaryBad,
    baselineTotal: a.baselineTotal + b.baselineTotal,
    baselineBad: a.baselineBad + b.baselineBad,
  }
}
