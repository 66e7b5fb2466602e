/**
 * What the production gate shows of itself. No label is a stranger's to choose: environments are those of the
 * configuration, acts, outcomes, states and reason codes are closed lists of the code.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { GateSign } from '../engine/gate/signs.ts'
import { readTogether } from './read-together.ts'

/** Where an open release stands; `checking`, `starting` and `running` are the phases of `preparing`. */
export const openStates = ['awaiting_approval', 'queued', 'checking', 'starting', 'running', 'rolling_out'] as const

export interface OpenRelease {
  readonly environment: string
  readonly state: (typeof openStates)[number]
  /** For how long it has been in that state. */
  readonly seconds: number
}

export interface GateMetrics {
  count(sign: GateSign): void
  /**
   * @param environments - those of the configuration, which are shown also while nothing is open there
   * @param source - read anew at each scrape
   */
  watch(environments: readonly string[], source: () => Promise<readonly OpenRelease[]>): void
}

const minute = 60
const hour = 3600

export function createGateMetrics(registry: Registry): GateMetrics {
  const registers = [registry]
  const presses = new Counter({
    name: 'sluice_gate_presses_total',
    help: 'Requests and acts of people at gates, by act, outcome and reason code; the reason of what was done is "none".',
    labelNames: ['act', 'outcome', 'reason'],
    registers,
  })
  const releases = new Counter({
    name: 'sluice_releases_total',
    help: 'Releases that ended, by environment and outcome.',
    labelNames: ['environment', 'outcome'],
    registers,
  })
  const approval = new Histogram({
    name: 'sluice_release_approval_seconds',
    help: 'Time from the request to the last approval that was needed, by environment.',
    labelNames: ['environment'],
    buckets: [minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 8 * hour, 24 * hour],
    registers,
  })
  const delivery = new Histogram({
    name: 'sluice_release_delivery_seconds',
    help: 'Time from the last approval that was needed to the end of the release, by environment and outcome.',
    labelNames: ['environment', 'outcome'],
    buckets: [30, minute, 2 * minute, 5 * minute, 10 * minute, 20 * minute, 40 * minute, 80 * minute, 3 * hour],
    registers,
  })

  const rollback = new Histogram({
    name: 'sluice_rollback_seconds',
    help: 'Time from the press or the verdict to verified traffic, and to the end of all parts, by environment.',
    labelNames: ['environment', 'part'],
    buckets: [0.5, 1, 2, 5, 10, 20, 30, minute, 2 * minute, 5 * minute],
    registers,
  })

  return {
    count(sign) {
      switch (sign.type) {
        case 'pressed':
          presses.inc({ act: sign.act, outcome: sign.outcome, reason: sign.reason ?? 'none' })
          break
        case 'approved':
          approval.observe({ environment: sign.environment }, sign.afterMs / 1000)
          break
        case 'ended': {
          const { environment, outcome, afterMs } = sign
          releases.inc({ environment, outcome })
          if (afterMs !== null) delivery.observe({ environment, outcome }, afterMs / 1000)
          break
        }
        case 'rolled_back':
          rollback.observe({ environment: sign.environment, part: sign.part }, sign.afterMs / 1000)
          break
        default:
          sign satisfies never
      }
    },
    watch(environments, source) {
      const read = readTogether(source)
      new Gauge({
        name: 'sluice_releases_open',
        help: 'Open releases, by environment and state.',
        labelNames: ['environment', 'state'],
        registers,
        async collect() {
          const open = await read()
          this.reset()
          for (const environment of environments) for (const state of openStates) this.set({ environment, state }, 0)
          for (const { environment, state } of open) this.inc({ environment, state })
        },
      })
      new Gauge({
        name: 'sluice_release_state_age_seconds',
        help: 'For how long the open release that has been longest in a state has been so; 0 when there is none.',
        labelNames: ['state'],
        registers,
        async collect() {
          const open = await read()
          for (const state of openStates) {
            const ages = open.flatMap((release) => (release.state === state ? [release.seconds] : []))
            this.set({ state }, Math.max(0, ...ages))
          }
        },
      })
    },
  }
}
