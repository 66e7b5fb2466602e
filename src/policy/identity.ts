/** Who somebody is, over the services that know them. */
export interface Identity {
  /** Slack user id; null for somebody known on GitHub or on the command line only. */
  readonly slackId: string | null
  /** Slack workspace id. */
  readonly teamId: string | null
  /** Name to show and to write into the audit log. */
  readonly name: string | null
  /** GitHub logins (lower case) that are known to be this person's. */
  readonly logins: readonly string[]
  /** E-mail addresses (lower case) that are known to be this person's. */
  readonly emails: readonly string[]
}

/** Somebody (or something) known by a name and by nothing else: an account on the machine, say. */
export function knownByName(name: string): Identity {
  return { slackId: null, teamId: null, name, logins: [], emails: [] }
}

/** Which of the sets of people that a policy names somebody is in, as the services said at `readAt` (UTC milliseconds). */
export interface Memberships {
  /** Slack user group ids. */
  readonly groups: readonly string[]
  /** GitHub teams as `org/slug`. */
  readonly teams: readonly string[]
  /**
   * Named sets that no service could tell about. Nobody is entitled by a set that could not be read; when one of them
   * could have made the difference the answer is `membership_unknown`, otherwise `not_entitled`.
   */
  readonly unknown: readonly string[]
  readonly readAt: number
}
