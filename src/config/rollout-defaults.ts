import type { RolloutPolicy } from '../policy/rollout-policy.ts'

const minute = 60_000
const hour = 60 * minute

/** @param zone - IANA name */
export function rolloutDefaults(zone: string): RolloutPolicy {
  return {
    hold: { remindAfterMs: 30 * minute, limitMs: null },
    blueGreen: { before: [], windowMs: 30 * minute },
    rollbackForMs: 24 * hour,
    drill: { isAllowed: false, schedule: null, zone },
  }
}
