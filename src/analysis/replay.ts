/** Judges again what was recorded of a rollout. With the policy of that time it comes to what it came to then. */
import type { AnalysisPolicy } from './analysis-policy.ts'
import { decideStep, type StepDecision } from './decide-step.ts'
import { judge } from './judge.ts'
import { newAnalysisState, observe, rememberBaseline } from './observe.ts'
import type { Observation } from './samples.ts'
import type { StepWindow } from './step-window.ts'
import type { Verdict } from './verdict.ts'

/** One check as it was recorded. */
export interface RecordedCheck {
  /** UTC milliseconds. */
  readonly at: number
  readonly step: StepWindow
  readonly observation: Observation
}

export interface ReplayedCheck {
  readonly verdict: Verdict
  readonly decision: StepDecision
}

/**
 * Plays the checks of a rollout. Windows and shares are those that there were: what another policy would have made of
 * minutes that never came is not known.
 *
 * @param baseline - the baseline's minutes before the rollout, the oldest first
 * @param checks - the oldest first
 * @returns what each check comes to
 */
export function replay(
  baseline: readonly Observation[],
  checks: readonly RecordedCheck[],
  policy: AnalysisPolicy,
): readonly ReplayedCheck[] {
  let state = rememberBaseline(newAnalysisState, baseline, policy)
  return checks.map(({ at, step, observation }) => {
    state = observe(state, observation, step, policy)
    const verdict = judge(state, policy, at)
    return { verdict, decision: decideStep(state, verdict, step, policy, at) }
  })
}

/** A policy with the metrics alone that were measured, and the names of the others. */
export function measuredPolicy(
  policy: AnalysisPolicy,
  checks: readonly Pick<RecordedCheck, 'observation'>[],
): { readonly policy: AnalysisPolicy; readonly missing: readonly string[] } {
  const isMeasured = (name: string) => checks.some(({ observation }) => Object.hasOwn(observation.samples, name))
  return {
    policy: { ...policy, metrics: policy.metrics.filter(({ name }) => isMeasured(name)) },
    missing: policy.metrics.map(({ name }) => name).filter((name) => !isMeasured(name)),
  }
}
