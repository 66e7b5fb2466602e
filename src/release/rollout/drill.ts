/** Fire drills: a whole rollback of what is live, after which everything is put back as it was. */
import type { RolloutPolicy } from '../../policy/rollout-policy.ts'
import type { Lock } from '../decision.ts'
import type { Release } from '../release.ts'
import { person, quote } from '../text-with-people.ts'
import type { TrafficReading } from '../traffic.ts'
import type { LegName, RolePools, Rollout } from './rollout.ts'
import { isOver } from './rollout.ts'
import { healthOf, rolesIn, splitWords } from './traffic-split.ts'

export interface DrillScene {
  readonly environment: string
  readonly drill: RolloutPolicy['drill']
  readonly lock: Lock | null
  /** Those of the environment that are open. */
  readonly releases: readonly Pick<Release, 'id' | 'state'>[]
  readonly rollouts: readonly Pick<Rollout, 'releaseId' | 'phase'>[]
}

/** Why there is no drill now, as a sentence; null when nothing is in the way. */
export function whyNoDrill({ environment, drill, lock, releases, rollouts }: DrillScene): string | null {
  if (!drill.isAllowed) {
    return `${environment} does not allow drills: "drill: { allowed: true }" under the environment in sluice.yml does.`
  }
  const underWay = releases.find(({ state: { name } }) => name === 'preparing' || name === 'rolling_out')
  const busy = underWay?.id ?? rollouts.find((rollout) => !isOver(rollout))?.releaseId
  if (busy !== undefined) return `Release ${busy} is under way in ${environment}.`
  if (lock !== null) return `${environment} is locked by ${person(lock.by)}: ${quote(lock.why)}`
  return null
}

/**
 * Which pool a drill goes to and which it comes back to: `baseline` is the one that serves nothing now.
 *
 * @returns why not, as a sentence, when the split is not one that a drill can begin from
 */
export function drillPools(
  reading: TrafficReading,
): { readonly ok: true; readonly pools: RolePools } | { readonly ok: false; readonly why: string } {
  const [obstacle] = reading.obstacles
  if (obstacle !== undefined) return { ok: false, why: quote(obstacle) }
  const roles = rolesIn(reading)
  if (roles === null) {
    const why = `A drill begins with all of the traffic on one of two pools that are on: it is ${splitWords(reading)}.`
    return { ok: false, why }
  }
  const unwell = [roles.baseline, roles.canary].find((pool) => healthOf(reading, pool) !== 'healthy')
  if (unwell === undefined) return { ok: true, pools: { baseline: roles.canary, canary: roles.baseline } }
  const how = healthOf(reading, unwell) === 'unhealthy' ? 'is not' : 'may not be: nothing is known of it'
  return { ok: false, why: `Both pools have to be healthy, and ${unwell} ${how}.` }
}

/** One part of a drill. Times are milliseconds from the beginning of going and of coming back; null: not done. */
export interface DrillPart {
  readonly name: LegName
  readonly awayMs: number | null
  readonly backMs: number | null
  /** What went wrong last. */
  readonly detail: string | null
}

export interface DrillReport {
  readonly repository: string
  readonly environment: string
  readonly parts: readonly DrillPart[]
  /** Milliseconds from the beginning to traffic that was read back, and to all; null: not reached. */
  readonly trafficMs: number | null
  readonly allMs: number | null
  /** Whether the rollback was complete, and whether everything is as it was before it. */
  readonly isRolledBack: boolean
  readonly isPutBack: boolean
  /** What is not as it was; null when nothing is. */
  readonly difference: string | null
}

/** From how the rollback and the way back ended. */
export function drillReport(of: {
  readonly repository: string
  readonly environment: string
  readonly away: Rollout
  readonly back: Rollout
  readonly difference: string | null
}): DrillReport {
  const { away, back, difference, ...place } = of
  const isRolledBack = away.phase.name === 'rolled_back'
  const names = (['traffic', 'functions', 'frontend'] as const).filter(
    (name) => (away.rollback?.legs[name].state ?? 'not_needed') !== 'not_needed',
  )
  return {
    ...place,
    parts: names.map((name) => ({
      name,
      awayMs: took(away, `${name}At`),
      backMs: took(back, `${name}At`),
      detail: back.rollback?.legs[name].detail ?? away.rollback?.legs[name].detail ?? null,
    })),
    trafficMs: took(away, 'trafficAt'),
    allMs: took(away, 'endedAt'),
    isRolledBack,
    isPutBack: back.phase.name === 'rolled_back' && difference === null,
    difference,
  }
}

function took({ stopwatch }: Rollout, what: 'trafficAt' | 'functionsAt' | 'frontendAt' | 'endedAt'): number | null {
  const { rollbackAt, [what]: at } = stopwatch
  return rollbackAt === null || at === null ? null : Math.max(0, at - rollbackAt)
}

/** One line for the audit log, the channel and the terminal. */
export function drillWords({ parts, trafficMs, allMs, isRolledBack, isPutBack, difference }: DrillReport): string {
  const times = parts
    .map(({ name, awayMs, backMs }) => `${name} ${seconds(awayMs)}, back ${seconds(backMs)}`)
    .join('; ')
  const wrong = parts.flatMap(({ name, detail }) => (detail === null ? [] : [`${name}: ${quote(detail)}`]))
  const traffic = trafficMs === null ? '' : ` (traffic after ${seconds(trafficMs)})`
  const sentences = [
    isRolledBack
      ? `Everything was rolled back in ${seconds(allMs)}${traffic}.`
      : `The rollback was not complete${traffic}.`,
    isPutBack ? 'Everything is as it was before.' : 'NOT everything is as it was before.',
    ...(difference === null ? [] : [`${quote(difference)}.`]),
    ...(isRolledBack && isPutBack ? [] : wrong.map((one) => `${one}.`)),
    `${times === '' ? 'There was nothing to move' : times}.`,
  ]
  return sentences.join(' ')
}

function seconds(ms: number | null): string {
  return ms === null ? 'not done' : `${(ms / 1000).toFixed(1)} s`
}
