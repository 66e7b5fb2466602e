import type { ReasonCode } from './reason-codes.ts'

/** What Slack says of the person who pressed. */
export interface Person {
  readonly id: string
  readonly teamId: string
  readonly isGuest: boolean
  readonly isBot: boolean
  readonly isDeactivated: boolean
}

export interface OperatorRules {
  /** Our own workspace. */
  readonly teamId: string
  readonly allowedTeams: readonly string[]
  readonly allowedGuests: readonly string[]
}

/**
 * Whether a person may press Sluice's buttons at all. What a button does may ask for more.
 *
 * @returns null when they may, otherwise why not
 */
export function mayOperate(person: Person, rules: OperatorRules): ReasonCode | null {
  if (person.isDeactivated || person.isBot) return 'deactivated'
  if (person.teamId !== rules.teamId && !rules.allowedTeams.includes(person.teamId)) return 'other_workspace'
  if (person.isGuest && !rules.allowedGuests.includes(person.id)) return 'guest'
  return null
}
