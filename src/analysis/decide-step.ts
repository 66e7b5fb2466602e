/** From a verdict to what the rollout has to do next. The release carries it out and decides nothing about it. */
import type { AnalysisPolicy } from './analysis-policy.ts'
import type { AnalysisState } from './observe.ts'
import type { StepWindow } from './step-window.ts'
import { isSilent, isTrafficUneven, measuredShare } from './traffic-check.ts'
import type { Verdict } from './verdict.ts'

export type HoldReason =
  /** The source of the metrics has failed several times in a row. */
  | 'metrics_source_away'
  /** The canary gets no requests although its weight is above 0. */
  | 'no_canary_traffic'
  /** It gets another share than its weight says. */
  | 'uneven_traffic'
  /** The window is over, with its extension, and there is still no verdict. */
  | 'undecided'

export type StepOutcome =
  /** Roll back at once, also while held. */
  | { readonly type: 'fail'; readonly reason: 'metric_failed'; readonly metrics: readonly string[] }
  | {
      readonly type: 'hold'
      readonly reason: HoldReason
      /** Whether it goes on without a person once the reason is gone. */
      readonly endsByItself: boolean
      /** Whether somebody has to be called. */
      readonly isPaging: boolean
      /** Since when, UTC milliseconds; for the source of the metrics only. */
      readonly since: number | null
    }
  | { readonly type: 'extend'; readonly reason: 'undecided'; readonly byMs: number }
  /**
   * `guard_only`: at 100 % there was no baseline, and nothing but the absolute guard to pass. `nothing_judged`: no metric is
   * configured that acts, so that only the window's time counts.
   */
  | { readonly type: 'advance'; readonly reason: 'all_passed' | 'guard_only' | 'nothing_judged' }
  | {
      readonly type: 'continue'
      readonly reason: 'window_open' | 'source_failing' | 'held'
      /** What is missing of the window, in ms; 0 when it is over and only an answer is waited for. */
      readonly remainingMs: number
    }

/** What does not stop the rollout, and should be seen. */
export type StepWarning =
  | { readonly reason: 'uneven_traffic'; readonly share: number; readonly percent: number }
  | { readonly reason: 'new_kind'; readonly metric: string; readonly kind: string; readonly count: number }
  | { readonly reason: 'source_failing'; readonly errors: number; readonly detail: string | null }
  | { readonly reason: 'shadow_failed'; readonly metric: string }

export interface StepDecision {
  readonly outcome: StepOutcome
  readonly warnings: readonly StepWarning[]
}

/**
 * What follows from the checks so far. Pure, and the same however often it is asked.
 *
 * @param verdict - of this state
 * @param step - with what has been added to its window and whether somebody holds it
 * @param at - now, UTC milliseconds
 */
export function decideStep(
  state: AnalysisState,
  verdict: Verdict,
  step: StepWindow,
  policy: AnalysisPolicy,
  at: number,
): StepDecision {
  return { outcome: outcomeOf(state, verdict, step, policy, at), warnings: warningsOf(state, verdict, step, policy) }
}

function outcomeOf(
  state: AnalysisState,
  verdict: Verdict,
  step: StepWindow,
  policy: AnalysisPolicy,
  at: number,
): StepOutcome {
  if (verdict.verdict === 'fail') {
    const failed = verdict.metrics.filter((metric) => metric.verdict === 'fail' && !metric.isShadow)
    return { type: 'fail', reason: 'metric_failed', metrics: failed.map(({ metric }) => metric) }
  }
  const { source, traffic } = state
  if (source.awaySince !== null) {
    const since = source.awaySince
    const isPaging = at - since >= policy.source.pageAfterMs
    return { type: 'hold', reason: 'metrics_source_away', endsByItself: true, isPaging, since }
  }
  if (isSilent(traffic, policy)) return holdForPerson('no_canary_traffic')
  if (isTrafficUneven(traffic, policy) && !step.hasSessionAffinity) return holdForPerson('uneven_traffic')
  // The state may still be of the step before: then nothing of this one has been watched.
  const isThisStep = state.step?.index === step.index && state.step.startedAt === step.startedAt
  const observedMs = isThisStep ? (state.step?.observedMs ?? 0) : 0
  const remainingMs = Math.max(0, step.windowMs + step.extensionMs - observedMs)
  if (step.isHeld) return { type: 'continue', reason: 'held', remainingMs }
  if (!isThisStep || remainingMs > 0) return { type: 'continue', reason: 'window_open', remainingMs }
  if (policy.metrics.every(({ isShadow }) => isShadow)) return { type: 'advance', reason: 'nothing_judged' }
  const isServing = (traffic.latest?.canary ?? 0) > 0
  if (step.percent >= 100 && isServing && state.source.errors === 0) return { type: 'advance', reason: 'guard_only' }
  switch (verdict.verdict) {
    case 'pass':
      return { type: 'advance', reason: 'all_passed' }
    case 'error':
      return { type: 'continue', reason: 'source_failing', remainingMs }
    case 'inconclusive':
    case 'no_data':
      if (step.extensionMs < step.windowMs)
        return { type: 'extend', reason: 'undecided', byMs: step.windowMs - step.extensionMs }
      return holdForPerson('undecided')
    default:
      return verdict.verdict satisfies never
  }
}

function holdForPerson(reason: HoldReason): StepOutcome {
  return { type: 'hold', reason, endsByItself: false, isPaging: false, since: null }
}

function warningsOf(
  state: AnalysisState,
  verdict: Verdict,
  step: StepWindow,
  policy: AnalysisPolicy,
): readonly StepWarning[] {
  const warnings: StepWarning[] = []
  const share = measuredShare(state.traffic)
  if (share !== null && isTrafficUneven(state.traffic, policy))
    warnings.push({ reason: 'uneven_traffic', share, percent: step.percent })
  const { errors, detail } = state.source
  if (errors > 0) warnings.push({ reason: 'source_failing', errors, detail })
  for (const metric of verdict.metrics) {
    if (metric.isShadow && metric.verdict === 'fail') warnings.push({ reason: 'shadow_failed', metric: metric.metric })
    for (const { kind, count } of metric.newKinds)
      warnings.push({ reason: 'new_kind', metric: metric.metric, kind, count })
  }
  return warnings
}
