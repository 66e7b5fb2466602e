/** Which rollouts are played, and who judges them. */
import { argo, argoExample, flagger, isAbove, isBelow99, kayenta, naive } from './analysis-peers.ts'
import { type CreateJudge, policyFor, sluiceJudge } from './analysis-rollout.ts'
import { healthy, type Scenario } from './analysis-traffic.ts'

const errors = sluiceJudge(policyFor(['errors']))

/** Everybody who can be compared on errors. */
export const judges = {
  sluice: { label: 'Sluice', create: errors },
  naive: { label: 'ratio > 2 over 5 min', create: naive },
  argo: { label: 'Argo Rollouts, ratio > 2, `failureLimit: 3`', create: argo(3) },
  flagger: { label: 'Flagger, ratio > 2, `threshold: 10`', create: flagger(10, isAbove) },
  kayenta: { label: 'Kayenta, Mann-Whitney', create: kayenta },
  argo_example: { label: 'Argo Rollouts, success ≥ 95 %', create: argoExample },
  flagger_example: { label: 'Flagger, success ≥ 99 %', create: flagger(10, isBelow99) },
} as const satisfies Readonly<Record<string, { readonly label: string; readonly create: CreateJudge }>>

export type JudgeName = keyof typeof judges
export const judgeNames: readonly JudgeName[] = [
  'sluice',
  'naive',
  'argo',
  'flagger',
  'kayenta',
  'argo_example',
  'flagger_example',
]

/** Sluice with other metrics than errors alone. */
const latency = sluiceJudge(policyFor(['latency']))
const wholePolicy = sluiceJudge(policyFor(['errors', 'latency', 'error_kinds']))

interface Cell {
  readonly label: string
  readonly scenario: Scenario
  /** Takes Sluice's place with other metrics. */
  readonly sluice?: CreateJudge
}

/** Releases with nothing wrong, on which everybody is compared. */
export const healthyCells = {
  healthy_10: { label: '10 requests/s', scenario: { ...healthy, requestsPerSecond: 10 } },
  healthy_50: { label: '50 requests/s', scenario: healthy },
  healthy_500: { label: '500 requests/s', scenario: { ...healthy, requestsPerSecond: 500 } },
  healthy_5000: { label: '5 000 requests/s', scenario: { ...healthy, requestsPerSecond: 5000 } },
  bursts_50: { label: '50 requests/s, errors in bursts of 4', scenario: { ...healthy, burstSize: 4 } },
  bursts_500: {
    label: '500 requests/s, errors in bursts of 4',
    scenario: { ...healthy, requestsPerSecond: 500, burstSize: 4 },
  },
  outage_50: {
    label: '50 requests/s, 10 % more errors on both arms for 3 min',
    scenario: { ...healthy, sharedOutage: { badShare: 0.1, ms: 180_000 } },
  },
  cold_50: {
    label: '50 requests/s, 5 × errors in the first 2 min of each step',
    scenario: { ...healthy, coldStart: { factor: 5, ms: 120_000 } },
  },
  error_free_50: {
    label: '50 requests/s, one error in a million requests',
    scenario: { ...healthy, badShare: 1e-6 },
  },
} as const satisfies Readonly<Record<string, Cell>>

/** Releases that are worse, on which everybody is compared. */
export const harmfulCells = {
  times_3: { label: '3 × the errors', scenario: { ...healthy, errorRatio: 3 } },
  times_5: { label: '5 × the errors', scenario: { ...healthy, errorRatio: 5 } },
  times_10: { label: '10 × the errors', scenario: { ...healthy, errorRatio: 10 } },
} as const satisfies Readonly<Record<string, Cell>>

/** What only Sluice is measured on. */
export const ownCells = {
  healthy_5: { label: '5 requests/s', scenario: { ...healthy, requestsPerSecond: 5 } },
  bursts_times_10: { label: '10 × the errors in bursts of 4', scenario: { ...healthy, errorRatio: 10, burstSize: 4 } },
  times_50: {
    label: '50 × the errors, a check each 10 s',
    scenario: { ...healthy, errorRatio: 50, intervalMs: 10_000 },
  },
  healthy_quick: { label: 'healthy, a check each 10 s', scenario: { ...healthy, intervalMs: 10_000 } },
  latency_healthy_50: { label: 'latency, 50 requests/s', scenario: { ...healthy, slowness: 1 }, sluice: latency },
  latency_healthy_500: {
    label: 'latency, 500 requests/s',
    scenario: { ...healthy, requestsPerSecond: 500, slowness: 1 },
    sluice: latency,
  },
  slow_50: { label: '2 × the latency, 50 requests/s', scenario: { ...healthy, slowness: 2 }, sluice: latency },
  slow_500: {
    label: '2 × the latency, 500 requests/s',
    scenario: { ...healthy, requestsPerSecond: 500, slowness: 2 },
    sluice: latency,
  },
  whole_50: {
    label: 'all default metrics, 50 requests/s',
    scenario: { ...healthy, slowness: 1, hasKinds: true },
    sluice: wholePolicy,
  },
  whole_500: {
    label: 'all default metrics, 500 requests/s',
    scenario: { ...healthy, requestsPerSecond: 500, slowness: 1, hasKinds: true },
    sluice: wholePolicy,
  },
  whole_times_10: {
    label: 'all default metrics, 10 × the errors',
    scenario: { ...healthy, errorRatio: 10, slowness: 1, hasKinds: true },
    sluice: wholePolicy,
  },
  source_away: {
    label: 'the source of the metrics away for half an hour',
    scenario: { ...healthy, requestsPerSecond: 500, sourceOutageMs: 1_800_000 },
  },
} as const satisfies Readonly<Record<string, Cell>>

const cells: Readonly<Record<string, Cell>> = { ...healthyCells, ...harmfulCells, ...ownCells }

/** @throws when there is no such cell or judge */
export function findCell(cell: string, judge: string): { readonly scenario: Scenario; readonly create: CreateJudge } {
  const found = cells[cell]
  const name = judgeNames.find((known) => known === judge)
  if (found === undefined || name === undefined) throw new Error(`There is no cell ${cell} for ${judge}.`)
  const own = name === 'sluice' ? found.sluice : undefined
  return { scenario: found.scenario, create: own ?? judges[name].create }
}
