import type { ActionsBlock, Button, ConfirmationDialog } from '@slack/types'
import { name } from './spans.ts'

export interface ButtonInput {
  readonly action: string
  readonly text: string
  readonly value: string
  readonly style?: 'primary' | 'danger'
  /** What pressing it does; asked before it is done. Plain text, cut to Slack's limits. */
  readonly confirm?: {
    readonly title: string
    readonly text: string
    readonly yes: string
    readonly no?: string
    readonly style?: 'primary' | 'danger'
  }
}

/** A button whose texts may hold names from outside. */
export function button({ action, text, value, style, confirm }: ButtonInput): Button {
  return {
    type: 'button',
    action_id: action,
    value,
    text: { type: 'plain_text', text: name(text, 75) },
    ...(style === undefined ? {} : { style }),
    ...(confirm === undefined ? {} : { confirm: dialog(confirm) }),
  }
}

/** A row of buttons; none when there are none. */
export function buttonRow(buttons: readonly ButtonInput[]): readonly ActionsBlock[] {
  return buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons.map(button) }]
}

function dialog({ title, text, yes, no = 'Back', style }: NonNullable<ButtonInput['confirm']>): ConfirmationDialog {
  return {
    title: { type: 'plain_text', text: name(title, 100) },
    text: { type: 'plain_text', text: name(text, 300) },
    confirm: { type: 'plain_text', text: name(yes, 30) },
    deny: { type: 'plain_text', text: name(no, 30) },
    ...(style === undefined ? {} : { style }),
  }
}
