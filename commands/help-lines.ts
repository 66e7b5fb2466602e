import type { HelpLine } from '../src/cards/help-view.ts'

/** `/deploy status – what is where`: a command and what it does; a line without a dash is text. */
export function helpLines(lines: readonly string[]): readonly HelpLine[] {
  return lines.map((line) => {
    const dash = line.indexOf(' – ')
    if (dash < 0 || !line.startsWith('/deploy')) return { command: null, text: line }
    return { command: line.slice(0, dash), text: line.slice(dash + 3) }
  })
}
