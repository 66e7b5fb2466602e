import { addressIn } from '../../policy/pool-address.ts'
import type { RolloutCheck } from '../../policy/rollout-policy.ts'
import type { Rollout } from './rollout.ts'

/** What a check looks at: the address as it is asked in this release, or the workflow's file. */
export function checkWords(check: RolloutCheck, { pools }: Pick<Rollout, 'pools'>): string {
  if (check.type === 'workflow') return check.file
  return addressIn(check.url, pools?.canary ?? null) ?? check.url
}
