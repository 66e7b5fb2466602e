import type { SlackHandlerDeps } from '../handlers/slack/deps.ts'
import type { Rendered } from '../src/cards/rendered.ts'
import { said, type Typed } from './answers.ts'

/**
 * Bare `/deploy`: the form. Slack wants it within three seconds of the command, so nothing is asked of GitHub before.
 *
 * @returns what to say when it did not open
 */
export async function openForm(
  repository: string | null,
  { channel, triggerId }: Typed,
  { engine, chat }: SlackHandlerDeps,
): Promise<Rendered | null> {
  const initial = repository === null ? {} : { repository }
  const view = await engine.desk.deployForm({ channel, initial, place: { channel: channel.id, ts: '' } })
  const opened = await chat.openModal(triggerId, view)
  const failed = said('Slack did not open the form. Type what you want instead: /deploy help shows how.')
  return opened.ok ? null : failed
}
