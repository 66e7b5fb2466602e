import { buttonRow } from './button.ts'
import { escapeMrkdwn } from './escape.ts'
import { fitLines } from './fit-lines.ts'
import { openDeployAction, queryActions } from './gate-actions.ts'
import type { CardLayout, Rendered } from './rendered.ts'
import { type Line, outside, textBlocks, words } from './spans.ts'

/** A command and what it does; without a command it is a line of text. */
export interface HelpLine {
  readonly command: string | null
  readonly text: string
}

/** `/deploy help`, and what stands below a command that was not understood. */
export function helpView(title: string, lines: readonly HelpLine[], layout: CardLayout): Rendered {
  const shown = lines.map(
    ({ command, text }): Line =>
      command === null
        ? [outside(text, undefined, 300)]
        : [outside(command, 'code', 120), words(' '), outside(text, undefined, 200)],
  )
  const heading: Line = [outside(title, 'bold', 200)]
  return {
    text: escapeMrkdwn(title),
    blocks: [
      ...textBlocks([heading, ...fitLines(shown, 8500, layout, '/deploy help WORD says more')], layout),
      ...buttonRow([
        { action: openDeployAction, text: 'Deploy…', value: '-' },
        { action: queryActions.status, text: 'What is where?', value: '-' },
        { action: queryActions.history, text: 'History', value: '-' },
      ]),
    ],
  }
}
