/** The stable pool against itself, minute by minute: what the judge's self-test is made on. */

import type { Observation } from '../../analysis/samples.ts'
import { pairOfMinutes } from '../../analysis/self-test.ts'
import type { MetricQuery } from '../../engine/metrics-source.ts'
import { escapeRegex, type LabelMatcher } from '../../policy/metric-selector.ts'
import type { MetricSelectors, MetricsPolicy } from '../../policy/metrics-policy.ts'
import { armSelector } from './arm-selectors.ts'
import { inParallel } from './in-parallel.ts'
import { type PrometheusAuth, prometheusClient } from './prometheus-client.ts'
import { prometheusMetricsSource } from './prometheus-metrics-source.ts'

/** Each of them stands in every query; an address takes no more. */
const mostInstances = 60
const timeoutMs = 20_000
const minutesAtOnce = 6
/** A series that was silent for longer is taken for a new one: a day of minutes cannot each look back an hour. */
const longestSilenceMs = 600_000

/** How the pool was split. */
export type Split =
  | { readonly type: 'instances'; readonly label: string; readonly first: number; readonly second: number }
  /** The first minute of two against the second one. */
  | { readonly type: 'minutes' }

export type StablePool =
  | { readonly ok: true; readonly split: Split; readonly minutes: readonly Observation[] }
  | { readonly ok: false; readonly detail: string }

export interface StablePoolOptions {
  readonly metrics: MetricsPolicy
  readonly auth: PrometheusAuth | null
  /** The pool that serves, where the arms are told apart by their pools. */
  readonly pool: string | null
  /** The label that instances are told apart by. */
  readonly label: string
  /** How far back, and in what pieces, ms. */
  readonly spanMs: number
  readonly pieceMs?: number
  readonly now: number
  /** Told now and then how many of how many pieces are measured. */
  readonly onProgress?: (done: number, all: number) => void
}

/** Measures the baseline in two halves. Never rejects for what Prometheus does. */
export async function measureStablePool(options: StablePoolOptions): Promise<StablePool> {
  const { metrics, auth, label, spanMs, pieceMs = 60_000, now, onProgress } = options
  const queries: Record<string, MetricQuery> = {}
  for (const { name, selectors } of metrics.metrics) {
    const stable = stableSelectors(selectors, metrics, options.pool)
    if (!stable.ok) return stable
    queries[name] = stable.selectors
  }
  const to = now - metrics.lagMs
  const found = await instancesOf(queries, { ...options, to })
  if (!found.ok) return found
  const halves = halvesOf(found.instances)
  const split: Split =
    halves === null
      ? { type: 'minutes' }
      : { type: 'instances', label, first: halves[0].length, second: halves[1].length }
  const source = prometheusMetricsSource({
    url: metrics.source.url,
    auth,
    arms: { type: 'matchers', canary: matchersFor(label, halves?.[0]), baseline: matchersFor(label, halves?.[1]) },
    lagMs: metrics.lagMs,
    now: () => now,
    timeoutMs,
    lookbackMs: Math.min(longestSilenceMs, spanMs),
  })
  const count = Math.floor(spanMs / pieceMs)
  const pieces = Array.from({ length: count }, (_, index) => {
    const from = to - (count - index) * pieceMs
    return { index, from, to: from + pieceMs }
  })
  const measured: Observation[] = []
  let done = 0
  await inParallel(pieces, minutesAtOnce, async ({ index, ...interval }) => {
    measured[index] = { ...interval, samples: await source.measure(queries, interval) }
    done += 1
    onProgress?.(done, count)
  })
  return { ok: true, split, minutes: halves === null ? pairsOf(measured) : measured }
}

/** With what tells the stable pool from the rest written into each selector. */
function stableSelectors(
  selectors: MetricSelectors,
  { arms }: MetricsPolicy,
  pool: string | null,
): { readonly ok: true; readonly selectors: MetricSelectors } | { readonly ok: false; readonly detail: string } {
  const pools = pool === null ? null : { canary: pool, baseline: pool }
  let fault: string | null = null
  const stable = (written: string): string => {
    const made = armSelector(written, arms, 'baseline', pools)
    if (made.ok) return made.selector
    fault = made.detail
    return written
  }
  const made = ((): MetricSelectors => {
    switch (selectors.type) {
      case 'ratio':
        return { ...selectors, total: stable(selectors.total), bad: stable(selectors.bad) }
      case 'latency':
        return { ...selectors, buckets: stable(selectors.buckets) }
      case 'kinds':
        return { ...selectors, total: stable(selectors.total), errors: stable(selectors.errors) }
      default:
        return selectors satisfies never
    }
  })()
  return fault === null ? { ok: true, selectors: made } : { ok: false, detail: fault }
}

async function instancesOf(
  queries: Readonly<Record<string, MetricQuery>>,
  { metrics, auth, label, spanMs, to }: StablePoolOptions & { readonly to: number },
): Promise<
  { readonly ok: true; readonly instances: readonly string[] } | { readonly ok: false; readonly detail: string }
> {
  const [first] = Object.values(queries)
  if (first === undefined) return { ok: false, detail: 'There are no metrics to measure.' }
  const selector = first.type === 'latency' ? first.buckets : first.total
  const client = prometheusClient({ url: metrics.source.url, auth, timeoutMs, maxBytes: 4 * 1_048_576 })
  const seconds = Math.ceil(spanMs / 1000)
  const answer = await client.query(
    `count by (${label}) (count_over_time(${selector}[${seconds}s]))`,
    to,
    mostInstances + 1,
    AbortSignal.timeout(timeoutMs),
  )
  if (!answer.ok) {
    const { failure } = answer
    return { ok: false, detail: 'detail' in failure ? failure.detail : `Prometheus: ${failure.type}.` }
  }
  const { data } = answer.value
  if (data.resultType !== 'vector') return { ok: false, detail: `Prometheus answered with a ${data.resultType}.` }
  if (data.result.length === 0) return { ok: false, detail: `Prometheus has no series ${selector} in that time.` }
  const instances = data.result.flatMap(({ metric }) => metric[label] ?? [])
  if (instances.length > mostInstances) {
    const detail = `There were more than ${mostInstances} values of the label ${label}: choose a shorter time or another label.`
    return { ok: false, detail }
  }
  return { ok: true, instances: instances.toSorted() }
}

/** Every other one, so that both halves have old and new ones; null of fewer than two. */
function halvesOf(instances: readonly string[]): readonly [readonly string[], readonly string[]] | null {
  if (instances.length < 2) return null
  return [instances.filter((_, index) => index % 2 === 0), instances.filter((_, index) => index % 2 === 1)]
}

function matchersFor(label: string, instances: readonly string[] | undefined): readonly LabelMatcher[] {
  return instances === undefined ? [] : [{ label, operator: '=~', value: instances.map(escapeRegex).join('|') }]
}

function pairsOf(minutes: readonly Observation[]): readonly Observation[] {
  return minutes.flatMap((first, index) => {
    const second = minutes[index + 1]
    return index % 2 === 1 || second === undefined ? [] : [pairOfMinutes(first, second)]
  })
}
