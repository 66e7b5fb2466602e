/** The judge's memory: everything that has been seen of a rollout, folded one check at a time. */
import type { AnalysisPolicy, MetricPolicy } from './analysis-policy.ts'
import { foldKinds, type KindsState, newKindsState, rememberKinds } from './kinds-metric.ts'
import { foldLatency, type LatencyState, newLatencyState, rememberLatency } from './latency-metric.ts'
import { foldRatio, newRatioState, type RatioState, rememberRatio } from './ratio-metric.ts'
import type { MetricSample, Observation } from './samples.ts'
import { foldSource, newSourceHealth, type SourceHealth } from './source-health.ts'
import type { CheckContext, StepWindow } from './step-window.ts'
import { foldTraffic, newTrafficState, type TrafficState } from './traffic-check.ts'

export type MetricState = RatioState | LatencyState | KindsState

/** Plain data, a few kilobytes: it is stored with the rollout, and survives JSON unchanged. */
export interface AnalysisState {
  /** By the metric's name, sorted. A list: a name is somebody's to choose, and no key of an object. */
  readonly metrics: readonly { readonly name: string; readonly state: MetricState }[]
  readonly traffic: TrafficState
  readonly source: SourceHealth
  /** The step of the last check. */
  readonly step: ObservedStep | null
  /** Where the last check ended; null before the first. */
  readonly lastTo: number | null
}

export interface ObservedStep {
  readonly index: number
  readonly steps: number
  readonly percent: number
  readonly startedAt: number
  /** How long it was watched with the clock running: time without answers, while held, or while nobody looked does not count. */
  readonly observedMs: number
  /** Whether all of it so far was warm-up. */
  readonly isWarmUp: boolean
}

export const newAnalysisState: AnalysisState = {
  metrics: [],
  traffic: newTrafficState,
  source: newSourceHealth,
  step: null,
  lastTo: null,
}

/** After more than so many missed checks the window opens again: nobody has watched. */
const missedChecks = 2

/**
 * Takes in what one check brought. Pure: the state that comes in is not modified.
 *
 * @param state - before the check; `newAnalysisState` before the first, with `rememberBaseline` where the baseline's past
 *   is known
 * @param observation - what was measured; one that ends where the last one did, or before, changes nothing
 * @param step - the step that the check was made in
 */
export function observe(
  state: AnalysisState,
  observation: Observation,
  step: StepWindow,
  policy: AnalysisPolicy,
): AnalysisState {
  const { from, to } = observation
  if (to <= from || (state.lastTo !== null && to <= state.lastTo)) return state
  const isNewStep = state.step?.index !== step.index || state.step.startedAt !== step.startedAt
  const context: CheckContext = { from, to, step, isNewStep, isWarmUp: from < step.startedAt + policy.warmUp.ms }
  const metrics = policy.metrics.map((metric) => ({
    name: metric.name,
    state: foldMetric(stateOf(state, metric), observation.samples[metric.name], context, metric, policy),
  }))
  const source = foldSource(state.source, observation, policy)
  return {
    metrics: metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    traffic: foldTraffic(state.traffic, observation, step, isNewStep, policy),
    source,
    step: {
      index: step.index,
      steps: step.steps,
      percent: step.percent,
      startedAt: step.startedAt,
      observedMs: observedMs(isNewStep ? null : state, observation, step, source),
      isWarmUp: context.isWarmUp,
    },
    lastTo: to,
  }
}

/** @param state - null for the first check of a step */
function observedMs(
  state: AnalysisState | null,
  { from, to }: Observation,
  step: StepWindow,
  source: SourceHealth,
): number {
  const before = state?.step?.observedMs ?? 0
  const wasMissed = state !== null && state.lastTo !== null && to - state.lastTo > (missedChecks + 1) * step.intervalMs
  const counted = wasMissed ? 0 : before
  const isStanding = step.isHeld || source.errors > 0 || source.awaySince !== null
  if (isStanding) return counted
  // A long interval was watched by nobody: it counts as one check. What came before the step does not count.
  return counted + Math.max(0, Math.min(to - Math.max(from, step.startedAt), step.intervalMs * 1.5))
}

/**
 * Makes the baseline's last hour known before the first check, minute by minute, the oldest first: how errors scatter, what
 * is slow, which kinds of errors are old. Samples' canary arm is not looked at.
 */
export function rememberBaseline(
  state: AnalysisState,
  minutes: readonly Observation[],
  policy: AnalysisPolicy,
): AnalysisState {
  const metrics = policy.metrics.map((metric) => {
    let known = stateOf(state, metric)
    for (const { from, to, samples } of minutes) known = rememberSample(known, samples[metric.name], to - from)
    return { name: metric.name, state: known }
  })
  return { ...state, metrics: metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
}

function rememberSample(state: MetricState, sample: MetricSample | undefined, ms: number): MetricState {
  switch (state.type) {
    case 'ratio':
      return rememberRatio(state, sample, ms)
    case 'latency':
      return rememberLatency(state, sample)
    case 'kinds':
      return rememberKinds(state, sample)
    default:
      return state satisfies never
  }
}

/** What is known of one metric; as before the first check where nothing is. */
export function stateOf(state: AnalysisState, metric: MetricPolicy): MetricState {
  const known = state.metrics.find(({ name }) => name === metric.name)?.state
  if (known?.type === metric.type) return known
  switch (metric.type) {
    case 'ratio':
      return newRatioState
    case 'latency':
      return newLatencyState
    case 'kinds':
      return newKindsState
    default:
      return metric.type satisfies never
  }
}

function foldMetric(
  state: MetricState,
  sample: MetricSample | undefined,
  context: CheckContext,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
): MetricState {
  switch (state.type) {
    case 'ratio':
      return foldRatio(state, sample, context, metric, policy)
    case 'latency':
      return foldLatency(state, sample, context, policy)
    case 'kinds':
      return foldKinds(state, sample, context)
    default:
      return state satisfies never
  }
}
