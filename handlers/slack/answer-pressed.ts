import type { RespondFn } from '@slack/bolt'
import { answerModal } from '../../src/cards/answer-modal.ts'
import type { Rendered } from '../../src/cards/rendered.ts'
import type { SlackHandlerDeps } from './deps.ts'
import type { PressedButton } from './pressed.ts'

/**
 * Tells the one who pressed what they asked for: under the message that the button is on, in a modal from the Home tab,
 * and as a direct message from a modal, which has no place for it.
 *
 * @param answers - at most five: so many does Slack take for one press
 */
export async function answerPressed(
  button: PressedButton,
  title: string,
  answers: readonly Rendered[],
  { chat, log, respond }: SlackHandlerDeps & { readonly respond: RespondFn },
): Promise<void> {
  const [first] = answers
  if (button.message !== null) {
    for (const { text, blocks } of answers) {
      await respond({ response_type: 'ephemeral', replace_original: false, text, blocks: [...blocks] })
    }
    return
  }
  if (button.isOnHome && first !== undefined) {
    const opened = await chat.openModal(button.triggerId, answerModal(title, first))
    if (opened.ok) return
  }
  for (const [index, { text, blocks }] of answers.entries()) {
    const mark = { id: `answer:${button.triggerId}:${index}` }
    const sent = await chat.directMessage({ user: button.userId, text, blocks, mark })
    if (!sent.ok) log.warn({ failure: sent.failure.type }, 'an answer could not be told')
  }
}
