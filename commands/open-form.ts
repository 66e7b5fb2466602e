import type { SlackHandlerDeps } from '../handlers/slack/deps.ts'
import { reasons } from '../src/policy/reason-codes.ts'
import { type CommandAnswer, said, type Typed } from './answers.ts'

/** Bare `/deploy`: the form. Slack wants it within three seconds of the command, so nothing is asked of GitHub before. */
export async function openForm(
  repository: string | null,
  { channel, triggerId, press }: Typed,
  { engine, chat }: SlackHandlerDeps,
): Promise<CommandAnswer> {
  const refused = await engine.desk.lookRefusal(press.userId)
  if (refused !== null) return { now: said(reasons[refused]), later: null }
  const initial = repository === null ? {} : { repository }
  const view = await engine.desk.deployForm({ channel, initial, place: { channel: channel.id, ts: '' } })
  const opened = await chat.openModal(triggerId, view)
  const failed = said('Slack did not open the form. Type what you want instead: /deploy help shows how.')
  return { now: opened.ok ? null : failed, later: null }
}
