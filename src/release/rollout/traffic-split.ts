/** Compares how the traffic is split with what it should be, and says what it shall be. */
import type { PoolHealth, PoolReading, TrafficChange, TrafficReading, WantedTraffic } from '../traffic.ts'
import type { Drift, RolePools } from './rollout.ts'

/** Providers keep fractions, and some in coarse steps: so much is no difference, in percent. */
const rounding = 0.5

/** Both pools by name; a canary without traffic may be switched off for sessions that stay where they are. */
export function splitFor(pools: RolePools, percent: number, disabled: readonly string[] = []): WantedTraffic {
  return { percents: { [pools.baseline]: 100 - percent, [pools.canary]: percent }, disabled }
}

/** The split of a rollback: with session affinity sessions leave the canary only when it is switched off. */
export function baselineSplit(pools: RolePools, hasSessionAffinity: boolean): WantedTraffic {
  return splitFor(pools, 0, hasSessionAffinity ? [pools.canary] : [])
}

/** Whether a reading is what was asked for, but for rounding. */
export function isInForce(reading: TrafficReading, { percents, disabled }: WantedTraffic): boolean {
  const names = Object.keys(percents)
  if (!names.every((name) => reading.pools.some(({ pool }) => pool === name))) return false
  return reading.pools.every(({ pool, percent, isEnabled }) => {
    const wanted = Object.hasOwn(percents, pool) ? (percents[pool] ?? 0) : 0
    if (Math.abs(percent - wanted) > rounding) return false
    return !names.includes(pool) || isEnabled === !disabled.includes(pool)
  })
}

/** Whether all traffic is the baseline's, whether or not the canary, without a share, is switched off. */
export function isBaselineOnly(reading: TrafficReading, pools: RolePools, hasSessionAffinity: boolean): boolean {
  if (isInForce(reading, splitFor(pools, 0, [pools.canary]))) return true
  return !hasSessionAffinity && isInForce(reading, splitFor(pools, 0))
}

/** What is there instead of what is confirmed. */
export function driftIn(reading: TrafficReading, pools: RolePools, change: TrafficChange | null): Drift {
  const canary = reading.pools.find(({ pool }) => pool === pools.canary)
  return {
    percent: canary?.percent ?? 0,
    isAdoptable: isOwnKind(reading, pools),
    words: splitWords(reading),
    change,
  }
}

/** Whether the live split is one that this rollout could have made: no pool is off, none is foreign or missing. */
function isOwnKind(reading: TrafficReading, pools: RolePools): boolean {
  const canary = reading.pools.find(({ pool }) => pool === pools.canary)
  return canary !== undefined && isInForce(reading, splitFor(pools, canary.percent))
}

export function healthOf(reading: TrafficReading, pool: string): PoolHealth {
  return reading.pools.find((one) => one.pool === pool)?.health ?? 'unknown'
}

/** `blue 95 %, green 5 % (switched off)`. */
export function splitWords({ pools }: TrafficReading): string {
  if (pools.length === 0) return 'no pools'
  return pools
    .map(({ pool, percent, isEnabled }) => `${pool} ${percent} %${isEnabled ? '' : ' (switched off)'}`)
    .join(', ')
}

/**
 * Who serves and who does not: null unless exactly one of two pools has all of the traffic.
 *
 * @param switchedOff - the pool that a rollback of ours has switched off, and that may be so still: it does not serve
 */
export function rolesIn({ pools }: TrafficReading, switchedOff: string | null = null): RolePools | null {
  const [first, second] = pools
  if (pools.length !== 2 || first === undefined || second === undefined) return null
  if (first.pool === second.pool || pools.some(({ pool, isEnabled }) => !isEnabled && pool !== switchedOff)) return null
  const hasAll = (percent: number, other: number) => Math.abs(percent - 100) <= rounding && other <= rounding
  const isAll = (one: PoolReading, other: PoolReading) => one.isEnabled && hasAll(one.percent, other.percent)
  if (isAll(first, second)) return { baseline: first.pool, canary: second.pool }
  if (isAll(second, first)) return { baseline: second.pool, canary: first.pool }
  return null
}
