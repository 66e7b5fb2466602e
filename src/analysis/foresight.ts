/** What a plan will be able to see, and what would help where that is little. Takes up to seconds where traffic is little. */
import type { AnalysisPolicy, MetricPolicy } from './analysis-policy.ts'
import { type Outlook, type PlannedStep, preflight, type UsualTraffic } from './preflight.ts'

export interface Foresight {
  /** The metric that it is about. */
  readonly metric: string
  readonly traffic: UsualTraffic
  readonly outlook: Outlook
  /** Null where the plan sees enough. Either part is null where it would not do. */
  readonly advice: {
    /** Such a first step would do, with the windows that there are. */
    readonly firstPercent: number | null
    /** Windows so many times as long would do, with the steps that there are. */
    readonly windowFactor: number | null
  } | null
}

/** A first step that only finds more than so many times the errors sees little. */
const muchWorse = 10
/** More healthy releases than that in a hold are too many. */
const manyHolds = 0.2
const largerSteps = [10, 25, 50]
const longerWindows = [2, 3, 4, 6, 8]

/** The metric that says most about a service: the errors that act, with the most of the budget. */
export function leadingMetric(policy: AnalysisPolicy): MetricPolicy | null {
  const errors = policy.metrics.filter(
    ({ type, worse, isShadow }) => type === 'ratio' && worse === 'higher' && !isShadow,
  )
  return errors.toSorted((a, b) => b.weight - a.weight)[0] ?? null
}

/** @param steps - of a canary, with the last one, which nothing is compared at */
export function foresightOf(
  steps: readonly PlannedStep[],
  traffic: UsualTraffic,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
): Foresight {
  const plan = steps.filter(({ percent, windowMs }) => percent < 100 && windowMs > 0)
  const look = (other: readonly PlannedStep[]) => preflight(other, traffic, metric, policy)
  const outlook = look(plan)
  const [first] = plan
  const about = { metric: metric.name, traffic, outlook }
  if (first === undefined || seesEnough(outlook)) return { ...about, advice: null }
  const withFirst = (percent: number) => [
    { percent, windowMs: first.windowMs },
    ...plan.filter((step) => step.percent > percent),
  ]
  const larger = largerSteps.filter((percent) => percent > first.percent)
  const longer = (factor: number) => plan.map((step) => ({ ...step, windowMs: factor * step.windowMs }))
  return {
    ...about,
    advice: {
      firstPercent: larger.find((percent) => seesEnough(look(withFirst(percent)))) ?? null,
      windowFactor: longerWindows.find((factor) => seesEnough(look(longer(factor)))) ?? null,
    },
  }
}

function seesEnough({ steps, holds }: Outlook): boolean {
  const [first] = steps
  if (first === undefined || first.smallestShare === null) return false
  // Where there are no errors as a rule nothing is a multiple of them.
  return holds <= manyHolds && (first.smallestRatio === null || first.smallestRatio <= muchWorse)
}
