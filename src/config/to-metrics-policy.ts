import { parseDuration } from '../policy/duration.ts'
import { type PresetName, presetMetrics } from '../policy/metric-presets.ts'
import { formatSelector, type LabelMatcher, parseSelector } from '../policy/metric-selector.ts'
import type {
  ArmsPolicy,
  HealthPolicy,
  MetricPolicy,
  MetricSelectors,
  MetricsPolicy,
} from '../policy/metrics-policy.ts'
import { namesPool } from '../policy/pool-address.ts'
import { parseSeconds, parseShare } from './metrics-checks.ts'
import { metricsDefaults } from './metrics-defaults.ts'
import type { EnvironmentFile } from './to-gate-policy.ts'

type WrittenMetrics = NonNullable<EnvironmentFile['metrics']>
type WrittenCustom = NonNullable<WrittenMetrics['custom']>[number]

/** @returns what an environment measures with every default filled in; null where it measures nothing */
export function toMetricsPolicy(written: EnvironmentFile['metrics']): MetricsPolicy | null {
  if (written === undefined) return null
  return {
    source: { type: 'prometheus', url: written.source.replace(/\/+$/, '') },
    arms: toArms(written.arms),
    metrics: [...presetOf(written), ...(written.custom ?? []).map((metric) => toCustom(metric, written))],
    alpha: written.alpha === undefined ? metricsDefaults.alpha : Number(written.alpha),
    warmUpMs: toMs(written.warm_up) ?? metricsDefaults.warmUpMs,
    intervalMs: toMs(written.interval) ?? metricsDefaults.intervalMs,
    lagMs: toMs(written.lag) ?? metricsDefaults.lagMs,
  }
}

/** @returns null where nothing is probed. An address with `$pool` is that of each arm, so it is the baseline's as well */
export function toHealthPolicy(written: EnvironmentFile['health']): HealthPolicy | null {
  if (written === undefined) return null
  return {
    canary: written.canary,
    baseline: written.baseline ?? (namesPool(written.canary) ? written.canary : null),
    statuses: written.status === undefined || written.status.length === 0 ? null : written.status,
    body: written.body ?? null,
    timeoutMs: toMs(written.timeout) ?? metricsDefaults.probe.timeoutMs,
    intervalMs: toMs(written.interval) ?? metricsDefaults.probe.intervalMs,
    failures: written.failures ?? metricsDefaults.probe.failures,
  }
}

function toArms(arms: WrittenMetrics['arms']): ArmsPolicy {
  if (arms === undefined) return metricsDefaults.arms
  const { label, canary, baseline } = arms
  if (label === undefined) {
    return { type: 'matchers', canary: matchersOf(canary), baseline: matchersOf(baseline) }
  }
  if (canary === undefined || baseline === undefined) return { type: 'pool', label }
  return { type: 'label', label, canary, baseline }
}

function presetOf(written: WrittenMetrics): readonly MetricPolicy[] {
  const { preset, names = {}, errors, latency, new_errors } = written
  const select = matchersOf(written.select)
  const usual =
    preset === null
      ? null
      : presetMetrics(
          presetName(preset),
          { requests: names.requests, statusLabel: names.status_label, duration: names.duration },
          select,
        )
  const { errorsWeight, weight } = metricsDefaults
  const metrics: MetricPolicy[] = []
  if (usual !== null && errors !== null) metrics.push(judged('errors', usual.errors, errors, errorsWeight))
  if (usual !== null && latency !== null) metrics.push(judged('latency', usual.latency, latency, weight))
  const kinds = new_errors === null ? null : (ownKinds(new_errors, select) ?? usual?.newErrors ?? null)
  if (kinds !== null) metrics.push(judged('new errors', kinds, new_errors ?? {}, weight))
  return metrics
}

function ownKinds(
  written: NonNullable<WrittenMetrics['new_errors']> | undefined,
  select: readonly LabelMatcher[],
): MetricSelectors | null {
  if (written?.total === undefined || written.errors === undefined || written.label === undefined) return null
  const { total, errors, label } = written
  return { type: 'kinds', total: selected(total, select), errors: selected(errors, select), label }
}

function toCustom(metric: WrittenCustom, written: WrittenMetrics): MetricPolicy {
  const select = matchersOf(written.select)
  const { name, total = '', bad, good, buckets } = metric
  if (buckets !== undefined) {
    return judged(name, { type: 'latency', buckets: selected(buckets, select) }, metric, metricsDefaults.weight)
  }
  const part = selected(bad ?? good ?? '', select)
  const share = judged(
    name,
    { type: 'ratio', total: selected(total, select), bad: part },
    metric,
    metricsDefaults.weight,
  )
  return good === undefined ? share : { ...share, worse: 'lower' }
}

interface WrittenJudgement {
  readonly factor?: string | undefined
  readonly minimum_effect?: string | undefined
  readonly weight?: string | undefined
  readonly shadow?: boolean | undefined
}

function judged(
  name: string,
  selectors: MetricSelectors,
  { factor, minimum_effect = '', weight, shadow }: WrittenJudgement = {},
  usualWeight: number,
): MetricPolicy {
  const usual = metricsDefaults[selectors.type]
  const effect = selectors.type === 'latency' ? parseSeconds(minimum_effect) : parseShare(minimum_effect)
  return {
    name,
    selectors,
    worse: 'higher',
    factor: factor === undefined ? usual.factor : Number(factor),
    minimumEffect: effect ?? usual.minimumEffect,
    weight: weight === undefined ? usualWeight : Number(weight),
    isShadow: shadow === true,
  }
}

/** The schema has checked that it is one. */
function presetName(written: string | undefined): PresetName {
  return written === 'grpc' || written === 'supabase-edge' ? written : 'http'
}

function matchersOf(written: string | undefined): readonly LabelMatcher[] {
  const parsed = parseSelector(written ?? '')
  return parsed.ok ? parsed.selector.matchers : []
}

function selected(written: string, matchers: readonly LabelMatcher[]): string {
  const parsed = parseSelector(written)
  if (!parsed.ok) return written
  const { name, matchers: own } = parsed.selector
  return formatSelector({ name, matchers: [...own, ...matchers] })
}

function toMs(duration: string | undefined): number | null {
  return duration === undefined ? null : parseDuration(duration)
}
