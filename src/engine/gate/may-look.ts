import type { Identity } from '../../policy/identity.ts'
import { mayOperate } from '../../policy/may-operate.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import type { PerformContext } from '../perform-context.ts'

/** Somebody who may not be shown anything. */
export interface LookRefusal {
  readonly reason: ReasonCode
  readonly identity: Identity
}

/**
 * Whether somebody may be shown what Sluice knows beyond the channel that they are in: names, commits and releases of
 * every repository. Asked of Slack now, like everything that decides about people.
 *
 * @returns null when they may
 */
export async function lookRefusal(
  userId: string,
  { chat, config, workspace }: Pick<PerformContext, 'chat' | 'config' | 'workspace'>,
): Promise<LookRefusal | null> {
  const [own, result] = await Promise.all([workspace(), chat.user(userId)])
  const anonymous: Identity = { slackId: userId, teamId: null, name: null, logins: [], emails: [] }
  if (own === null || !result.ok) return { reason: 'unknown_person', identity: anonymous }
  const { allowedTeams, allowedGuests } = config.slack
  const { teamId, name } = result.value
  const reason = mayOperate(result.value, { teamId: own.teamId, allowedTeams, allowedGuests })
  return reason === null ? null : { reason, identity: { ...anonymous, teamId, name } }
}
