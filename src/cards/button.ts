import type { ActionsBlock, Button, ConfirmationDialog } from '@slack/types'
import { maxValue } from './button-values.ts'
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
function button({ action, text, value, style, confirm }: ButtonInput): Button {
  return {
    type: 'button',
    action_id: action,
    value,
    text: { type: 'plain_text', text: name(text, 75) },
    ...(style === undefined ? {} : { style }),
    ...(confirm === undefined ? {} : { confirm: dialog(confirm) }),
  }
}

/**
 * A row of buttons; none when there are none. A button whose value Slack would not take (a name of hundreds of
 * characters, or one that is no text) is left out rather than making the whole card impossible to send: what it does can be typed.
 */
export function buttonRow(buttons: readonly ButtonInput[]): readonly ActionsBlock[] {
  const elements = buttons
    .filter(({ value }) => value !== '' && value.length <= maxValue && value.isWellFormed())
    .map(numbered)
    .map(button)
  return elements.length === 0 ? [] : [{ type: 'actions', elements }]
}

/** Slack wants each `action_id` once in a row: the second one of a kind is `action:2`, see `actionPattern`. */
function numbered(input: ButtonInput, index: number, row: readonly ButtonInput[]): ButtonInput {
  const before = row.slice(0, index).filter(({ action }) => action === input.action).length
  return before === 0 ? input : { ...input, action: `${input.action}:${before + 1}` }
}

/** Matches the buttons of a kind of which one row may hold several. */
export function actionPattern(action: string): RegExp {
  return new RegExp(`^${action}(?::\\d{1,2})?$`)
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
