import type { ArmsPolicy } from '../policy/metrics-policy.ts'

/** How a rollout is measured and judged where sluice.yml says nothing. */

const SECOND = 1000
const MINUTE = 60 * SECOND

export const metricsDefaults = {
  arms: { type: 'label', label: 'version', canary: 'canary', baseline: 'baseline' } satisfies ArmsPolicy,
  /** For shares. One error in ten thousand more is no harm that is worth a rollback. */
  ratio: { factor: 2, minimumEffect: 0.0001 },
  latency: { factor: 1.5, minimumEffect: 0.01 },
  kinds: { factor: 2, minimumEffect: 0 },
  /** Most of the budget for false alarms goes to errors, which are the surest sign. */
  errorsWeight: 3,
  weight: 1,
  alpha: 0.02,
  warmUpMs: 3 * MINUTE,
  intervalMs: MINUTE,
  /** Twice the scrape interval that most use, 15 s: one that has just been missed, and the time it takes. */
  lagMs: 30 * SECOND,
  probe: { timeoutMs: 3 * SECOND, intervalMs: 10 * SECOND, failures: 3 },
}
