import type { CardLayout } from './rendered.ts'
import { type Line, mrkdwn, visibleLength, words } from './spans.ts'

/**
 * As many of the lines as fit into `room` characters, in their order, and a last one that counts what was left out.
 *
 * @param room - characters; in classic blocks the addresses of links count, in rich text they do not
 * @param where - where the rest is to be found
 */
export function fitLines(
  lines: readonly Line[],
  room: number,
  layout: CardLayout,
  where = 'the whole list is in the thread',
): readonly Line[] {
  const shown: Line[] = []
  let used = 0
  for (const line of lines) {
    used += lineLength(line, layout)
    if (used > room) break
    shown.push(line)
  }
  const rest = lines.length - shown.length
  if (rest === 0) return lines
  return [...shown, [words(`… ${rest} more ${rest === 1 ? 'line' : 'lines'}: ${where}`)]]
}

function lineLength(line: Line, layout: CardLayout): number {
  return layout === 'plan' ? visibleLength([line]) : mrkdwn(line).length + 1
}
