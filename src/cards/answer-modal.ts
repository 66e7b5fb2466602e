import type { ModalView } from '@slack/types'
import { plain } from './modal.ts'
import type { Rendered } from './rendered.ts'

/**
 * Shows an answer where no message can: to a button of the Home tab. Nothing is submitted, and its buttons are left
 * out: a form cannot be opened over a modal.
 */
export function answerModal(title: string, { blocks }: Rendered): ModalView {
  const shown = blocks.filter(({ type }) => type !== 'actions').slice(0, 100)
  return { type: 'modal', title: plain(title, 24), close: plain('Close', 24), blocks: shown }
}
