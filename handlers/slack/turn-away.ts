import { reasons } from '../../src/policy/reason-codes.ts'
import type { SlackHandlerDeps } from './deps.ts'

/**
 * Whether somebody may not be shown what they ask for, which is written down then.
 *
 * @param look.id - unique for the press or command
 * @param look.object - what they asked by, for the audit log: `command:status`, `button:deploy_who`
 * @returns what they are told instead; null when they may look
 */
export async function turnAway(
  look: { readonly id: string; readonly userId: string; readonly object: string },
  { engine }: Pick<SlackHandlerDeps, 'engine'>,
): Promise<string | null> {
  const refused = await engine.desk.lookRefusal(look.userId)
  if (refused === null) return null
  const { identity, reason } = refused
  const body = { identity, reason, object: look.object }
  await engine.submit({ id: `look:${look.id}`, type: 'gate.look_refused', body })
  return reasons[reason]
}
