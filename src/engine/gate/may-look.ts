import { mayOperate } from '../../policy/may-operate.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import type { PerformContext } from '../perform-context.ts'

/**
 * Whether somebody may be shown what Sluice knows beyond the channel that they are in: names, commits and releases of
 * every repository. Asked of Slack now, like everything that decides about people.
 *
 * @returns null when they may, otherwise why not
 */
export async function lookRefusal(
  userId: string,
  { chat, config, workspace }: Pick<PerformContext, 'chat' | 'config' | 'workspace'>,
): Promise<ReasonCode | null> {
  const [own, result] = await Promise.all([workspace(), chat.user(userId)])
  if (own === null || !result.ok) return 'unknown_person'
  const { allowedTeams, allowedGuests } = config.slack
  return mayOperate(result.value, { teamId: own.teamId, allowedTeams, allowedGuests })
}
