import type { AllMiddlewareArgs, MessageShortcut, SlackShortcutMiddlewareArgs } from '@slack/bolt'
import type { SlackHandlerDeps } from './deps.ts'
import { formFailed } from './gate-buttons.ts'
import { turnAway } from './turn-away.ts'

type Arguments = SlackShortcutMiddlewareArgs<MessageShortcut> & AllMiddlewareArgs

/** “Deploy this change” in the menu of a message: the form, filled in with the commit that the message is about. */
export function deployShortcut(deps: SlackHandlerDeps): (args: Arguments) => Promise<void> {
  const { chat } = deps
  const { desk } = deps.engine
  return async ({ ack, shortcut, respond }) => {
    await ack()
    const look = { id: shortcut.trigger_id, userId: shortcut.user.id, object: `shortcut:${shortcut.callback_id}` }
    const refused = await turnAway(look, deps)
    if (refused !== null) {
      await respond({ response_type: 'ephemeral', replace_original: false, text: refused })
      return
    }
    const place = { channel: shortcut.channel.id, ts: shortcut.message_ts }
    const commit = await desk.commitOf(place)
    if (commit === null) {
      const text = 'This message is about no commit. Use it on a card, or type /deploy.'
      await respond({ response_type: 'ephemeral', replace_original: false, text })
      return
    }
    const channel = { id: shortcut.channel.id, name: shortcut.channel.name }
    const initial = { repository: commit.repository, ref: commit.sha }
    const view = await desk.deployForm({ channel, initial, place })
    const opened = await chat.openModal(shortcut.trigger_id, view)
    if (!opened.ok) await respond({ response_type: 'ephemeral', replace_original: false, text: formFailed })
  }
}
