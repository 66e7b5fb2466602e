/** Whether the source of the metrics answers. While it is away nothing is raised, nothing is rolled back, and no time passes. */
import type { AnalysisPolicy } from './analysis-policy.ts'
import type { Observation } from './samples.ts'

export interface SourceHealth {
  /** Failed checks in a row. */
  readonly errors: number
  /** Good checks in a row. */
  readonly answers: number
  /** Since when it has been away, UTC milliseconds; null while it is there. A failed check or two are no absence. */
  readonly awaySince: number | null
  /** When the first of the failed checks in a row began. */
  readonly failingSince: number | null
  /** What it said last when it failed. */
  readonly detail: string | null
}

export const newSourceHealth: SourceHealth = {
  errors: 0,
  answers: 0,
  awaySince: null,
  failingSince: null,
  detail: null,
}

/** Takes in one check. It failed when any metric that acts could not be measured. */
export function foldSource(health: SourceHealth, observation: Observation, policy: AnalysisPolicy): SourceHealth {
  const detail = errorIn(observation, policy)
  if (detail === null) {
    const answers = health.answers + 1
    const isBack = health.awaySince === null || answers >= policy.source.answersToResume
    return isBack ? { ...newSourceHealth, answers } : { ...health, errors: 0, answers, failingSince: null }
  }
  const errors = health.errors + 1
  const failingSince = health.failingSince ?? observation.from
  const awaySince = health.awaySince ?? (errors >= policy.source.errorsToHold ? failingSince : null)
  return { errors, answers: 0, awaySince, failingSince, detail }
}

function errorIn(observation: Observation, policy: AnalysisPolicy): string | null {
  for (const { name, isShadow } of policy.metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const sample = isShadow ? undefined : observation.samples[name]
    if (sample?.type === 'error') return sample.detail
  }
  return null
}
