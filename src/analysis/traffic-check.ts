/** Does the canary get the share of the requests that its weight says? What is not so cannot be judged. */
import type { AnalysisPolicy } from './analysis-policy.ts'
import { isCount } from './last-sample.ts'
import type { MetricSample, Observation } from './samples.ts'
import { normalTails } from './special-functions.ts'
import type { StepWindow } from './step-window.ts'

export interface TrafficState {
  /** Checks in a row in which the canary had no request at all, and how many it should have had in them. */
  readonly silent: { readonly checks: number; readonly expected: number }
  /** Checks in a row in which the share was far from the weight. */
  readonly unevenChecks: number
  /** Requests of both arms in the last check that told. */
  readonly latest: { readonly canary: number; readonly baseline: number } | null
}

export const newTrafficState: TrafficState = { silent: { checks: 0, expected: 0 }, unevenChecks: 0, latest: null }

/** Chance must be less likely than that before a share is called uneven. */
const unlikely = 0.001
/** With so many expected, none at all is as unlikely: e^-7 < .001. */
const expectedNeeded = 7
/** A share is far from the weight when it is off by more than this part of the smaller share. */
const farPart = 0.2

/**
 * Takes in one check.
 *
 * @param policy - says which metrics count requests; what counts something else (orders, queries) does as well, as long as
 *   both arms count the same
 */
export function foldTraffic(
  state: TrafficState,
  observation: Observation,
  step: StepWindow,
  isNewStep: boolean,
  policy: AnalysisPolicy,
): TrafficState {
  const before = isNewStep ? newTrafficState : state
  const isAlone = step.percent >= 100
  const latest = requestsOf(observation, policy, isAlone)
  // A check that does not tell interrupts neither row.
  if (latest === null) return before
  const { canary, baseline } = latest
  // Alone it has no share that could be compared.
  if (isAlone || step.percent <= 0) return { ...newTrafficState, latest }
  const share = step.percent / 100
  const { silent } = before
  return {
    // What the baseline got tells what the canary should have got.
    silent:
      canary > 0
        ? newTrafficState.silent
        : { checks: silent.checks + 1, expected: silent.expected + (baseline * share) / (1 - share) },
    unevenChecks: canary > 0 && isUneven(canary, baseline, share) ? before.unevenChecks + 1 : 0,
    latest,
  }
}

/** The share that was measured last, 0 to 1; null where nothing was counted. */
export function measuredShare({ latest }: TrafficState): number | null {
  if (latest === null || latest.canary + latest.baseline <= 0) return null
  return latest.canary / (latest.canary + latest.baseline)
}

/** Whether the canary gets no traffic although it should: where there is next to none at all, that is no sign. */
export function isSilent({ silent }: TrafficState, policy: AnalysisPolicy): boolean {
  return silent.checks >= policy.traffic.silentChecks && silent.expected >= expectedNeeded
}

export function isTrafficUneven({ unevenChecks }: TrafficState, policy: AnalysisPolicy): boolean {
  return unevenChecks >= policy.traffic.unevenChecks
}

/** Unlikely to be chance, and not so small a difference that only much traffic brings it to light. */
function isUneven(canary: number, baseline: number, share: number): boolean {
  const total = canary + baseline
  const difference = Math.abs(canary / total - share)
  if (difference <= farPart * Math.min(share, 1 - share)) return false
  return normalTails(difference / Math.sqrt((share * (1 - share)) / total)) < unlikely
}

/** Requests by the first metric, in the order of names, that knows them for both arms: ratios before the others. */
function requestsOf(observation: Observation, policy: AnalysisPolicy, isAlone: boolean): TrafficState['latest'] {
  const order = { ratio: 0, kinds: 1, latency: 2 } as const
  const metrics = policy.metrics.toSorted((a, b) => order[a.type] - order[b.type] || (a.name < b.name ? -1 : 1))
  for (const { name } of metrics) {
    const sample = observation.samples[name]
    const totals = sample === undefined ? null : totalsOf(sample, isAlone)
    if (totals !== null) return totals
  }
  return null
}

/** @param isAlone - a baseline without traffic may have no series */
function totalsOf(sample: MetricSample, isAlone: boolean): TrafficState['latest'] {
  const none = isAlone ? 0 : null
  switch (sample.type) {
    case 'ratio':
    case 'kinds':
      return pairOf(sample.canary.total, sample.baseline.total ?? none)
    case 'latency':
      return pairOf(sumOrNull(sample.canary.counts), sumOrNull(sample.baseline.counts) ?? none)
    case 'error':
      return null
    default:
      return sample satisfies never
  }
}

function pairOf(canary: number | null, baseline: number | null): TrafficState['latest'] {
  if (canary === null || baseline === null || !isCount(canary) || !isCount(baseline)) return null
  return { canary, baseline }
}

function sumOrNull(counts: readonly number[] | null): number | null {
  return counts === null ? null : counts.reduce((sum, count) => sum + count, 0)
}
