import type { ReasonCode } from '../policy/reason-codes.ts'

export type GateName = 'requester' | 'branch' | 'ci' | 'staging' | 'lock' | 'freeze' | 'review' | 'turn' | 'approvals'

export interface Gate<Name extends GateName = GateName> {
  readonly name: Name
  /** `switched_off`: the configuration does not ask for it. `overridden`: closed, and the glass was broken. */
  readonly state: 'open' | 'closed' | 'switched_off' | 'overridden'
  /** Why it is closed or overridden; null otherwise, and while approvals are only still missing. */
  readonly reason: ReasonCode | null
  /** One sentence, see text-with-people.ts. */
  readonly sentence: string
  /** The one thing that opens it; null when it is not closed. */
  readonly action: string | null
}

export function open<Name extends GateName>(name: Name, sentence: string): Gate<Name> {
  return { name, state: 'open', reason: null, sentence, action: null }
}

export function switchedOff<Name extends GateName>(name: Name, sentence: string): Gate<Name> {
  return { name, state: 'switched_off', reason: null, sentence, action: null }
}

export function closed<Name extends GateName>(
  name: Name,
  reason: ReasonCode | null,
  sentence: string,
  action: string,
): Gate<Name> {
  return { name, state: 'closed', reason, sentence, action }
}
