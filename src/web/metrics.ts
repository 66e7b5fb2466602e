import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { createGateMetrics, type GateMetrics } from './gate-metrics.ts'
import { readTogether } from './read-together.ts'

/** One call to another service, as it ended. */
export interface ServiceCall {
  /** One of our own names for them: `slack`, `github`, `supabase`, `cloudflare`, `vercel`, `prometheus`. */
  readonly service: string
  readonly method: string
  /** `ok` or the type of the failure. */
  readonly outcome: string
  readonly seconds: number
}

export interface Metrics {
  readonly registry: Registry
  /** @param outcome - `accepted`, `duplicate`, `ignored`, or why it was refused */
  countWebhook(event: string, outcome: string): void
  countEvent(type: string, outcome: string): void
  countCall(call: ServiceCall): void
  countDeadEffect(type: string): void
  readonly gates: GateMetrics
  /** Read anew at each scrape. */
  watch(source: () => Promise<GaugeValues>): void
  /** Where there is a mirror of the audit log. */
  watchAuditMirror(lag: () => Promise<AuditMirrorLag>): void
}

export interface GaugeValues {
  readonly inboxDepth: number
  readonly outboxQueued: number
  readonly outboxDead: number
  readonly cardStalenessSeconds: number
}

export interface AuditMirrorLag {
  readonly rows: number
  readonly ms: number
}

/** Names of events are a stranger's to choose: only these become labels. */
const knownEvents = new Set([
  'check_run',
  'check_suite',
  'deployment',
  'deployment_protection_rule',
  'deployment_review',
  'deployment_status',
  'installation',
  'installation_repositories',
  'ping',
  'pull_request',
  'push',
  'status',
  'workflow_job',
  'workflow_run',
])

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const webhooks = new Counter({
    name: 'sluice_webhooks_total',
    help: 'Webhook deliveries by event and outcome.',
    labelNames: ['event', 'outcome'],
    registers,
  })
  const events = new Counter({
    name: 'sluice_events_total',
    help: 'Events taken from the inbox, by type and outcome; failed ones were passed over.',
    labelNames: ['type', 'outcome'],
    registers,
  })
  const calls = new Histogram({
    name: 'sluice_service_call_duration_seconds',
    help: 'Calls to other services, by service, method and outcome.',
    labelNames: ['service', 'method', 'outcome'],
    buckets: [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8],
    registers,
  })
  const callErrors = new Counter({
    name: 'sluice_service_call_errors_total',
    help: 'Calls to other services that failed, by service and outcome.',
    labelNames: ['service', 'outcome'],
    registers,
  })
  const deadEffects = new Counter({
    name: 'sluice_outbox_given_up_total',
    help: 'Effects that were given up since the start, by type.',
    labelNames: ['type'],
    registers,
  })

  return {
    registry,
    countWebhook: (event, outcome) => webhooks.inc({ event: knownEvents.has(event) ? event : 'other', outcome }),
    countEvent: (type, outcome) => events.inc({ type, outcome }),
    countCall({ service, method, outcome, seconds }) {
      calls.observe({ service, method, outcome }, seconds)
      if (outcome !== 'ok') callErrors.inc({ service, outcome })
    },
    countDeadEffect: (type) => deadEffects.inc({ type }),
    gates: createGateMetrics(registry),
    watch: (source) => registerGauges(registry, source),
    watchAuditMirror: (lag) => registerMirrorGauges(registry, lag),
  }
}

function registerGauges(registry: Registry, source: () => Promise<GaugeValues>): void {
  const register = gaugesOf(registry, source)
  register('sluice_inbox_depth', 'Events that wait to be handled.', (values) => values.inboxDepth)
  register('sluice_outbox_depth', 'Effects that wait to be carried out.', (values) => values.outboxQueued)
  register('sluice_outbox_dead', 'Effects that were given up and wait for a person.', (values) => values.outboxDead)
  register(
    'sluice_card_staleness_seconds',
    'For how long the card that is furthest behind has been so.',
    (values) => values.cardStalenessSeconds,
  )
}

function registerMirrorGauges(registry: Registry, source: () => Promise<AuditMirrorLag>): void {
  const register = gaugesOf(registry, source)
  register('sluice_audit_mirror_lag_rows', 'Rows of the audit log that its mirror lacks.', ({ rows }) => rows)
  register(
    'sluice_audit_mirror_lag_seconds',
    'Age of the oldest row of the audit log that its mirror lacks.',
    ({ ms }) => ms / 1000,
  )
}

/** Gauges that are read together, anew at each scrape. */
function gaugesOf<Values>(registry: Registry, source: () => Promise<Values>) {
  const read = readTogether(source)
  return (name: string, help: string, pick: (values: Values) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(pick(await read()))
      },
    })
}
