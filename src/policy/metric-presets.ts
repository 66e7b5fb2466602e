import { formatSelector, type LabelMatcher } from './metric-selector.ts'
import type { MetricSelectors } from './metrics-policy.ts'

export type PresetName = 'http' | 'grpc' | 'supabase-edge'

/** What a service may call its metrics otherwise. */
export interface PresetNames {
  /** The counter of requests. */
  readonly requests?: string | undefined
  /** Its label with the status. */
  readonly statusLabel?: string | undefined
  /** The histogram of durations, without `_bucket`. */
  readonly duration?: string | undefined
}

/** The comparisons of a preset by what they are about. */
export interface PresetMetrics {
  readonly errors: MetricSelectors
  readonly latency: MetricSelectors
  readonly newErrors: MetricSelectors
}

interface Preset extends Required<Record<keyof PresetNames, string>> {
  /** Which statuses are the server's failures. */
  readonly failed: Pick<LabelMatcher, 'operator' | 'value'>
}

/**
 * - `http`: what client libraries and their middleware agree on most.
 * - `grpc`: go-grpc-middleware and its relatives (`grpc_server_handling_seconds` has to be switched on there). Codes that
 *   say that the caller was wrong, or asked for too much, are no failures.
 * - `supabase-edge`: OpenTelemetry's names for an HTTP server
 *   (https://opentelemetry.io/docs/specs/semconv/http/http-metrics/), as a Prometheus gets them from functions that
 *   export them. Supabase itself exports nothing of its functions: its Metrics API is about the database and the
 *   services around it (https://supabase.com/docs/guides/monitoring-and-debugging/metrics).
 */
const presets: Readonly<Record<PresetName, Preset>> = {
  http: {
    requests: 'http_requests_total',
    statusLabel: 'status',
    duration: 'http_request_duration_seconds',
    failed: { operator: '=~', value: '5..' },
  },
  grpc: {
    requests: 'grpc_server_handled_total',
    statusLabel: 'grpc_code',
    duration: 'grpc_server_handling_seconds',
    failed: {
      operator: '!~',
      value:
        'OK|Canceled|InvalidArgument|NotFound|AlreadyExists|PermissionDenied|Unauthenticated|ResourceExhausted|FailedPrecondition|Aborted|OutOfRange',
    },
  },
  'supabase-edge': {
    requests: 'http_server_request_duration_seconds_count',
    statusLabel: 'http_response_status_code',
    duration: 'http_server_request_duration_seconds',
    failed: { operator: '=~', value: '5..' },
  },
}

/** @param matchers - what every selector of it has besides */
export function presetMetrics(
  preset: PresetName,
  names: PresetNames,
  matchers: readonly LabelMatcher[],
): PresetMetrics {
  const { failed, ...usual } = presets[preset]
  const requests = names.requests ?? usual.requests
  const label = names.statusLabel ?? usual.statusLabel
  const duration = names.duration ?? usual.duration
  const total = formatSelector({ name: requests, matchers })
  const bad = formatSelector({ name: requests, matchers: [...matchers, { label, ...failed }] })
  return {
    errors: { type: 'ratio', total, bad },
    latency: { type: 'latency', buckets: formatSelector({ name: `${duration}_bucket`, matchers }) },
    newErrors: { type: 'kinds', total, errors: bad, label },
  }
}
