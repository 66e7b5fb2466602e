import type { ModalView } from '@slack/types'
import { plain } from './modal.ts'
import type { Rendered } from './rendered.ts'

/** Shows an answer where no message can: to a button of the Home tab. Nothing is submitted. */
export function answerModal(title: string, { blocks }: Rendered): ModalView {
  return { type: 'modal', title: plain(title, 24), close: plain('Close', 24), blocks: [...blocks].slice(0, 100) }
}
