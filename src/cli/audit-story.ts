/** The rows of one release as a table for people: what happened, in order, by whom, why, and on which evidence. */
import { styleText } from 'node:util'
import { isMoment } from '../cards/durations.ts'
import { type AuditRecord, isIntact } from '../store/audit.ts'
import { harmless } from './harmless.ts'

const heads = ['ROW', 'TIME (UTC)', 'WHO', 'VIA', 'WHAT', 'REASON', 'EVIDENCE'] as const
/** Where the words of a row stand: under what they are about. */
const indent = '      '
/** Characters of a hash that are enough to see whether two are the same. */
const shortHash = 12

/**
 * @param rows - all rows of the release, oldest first, at least one
 * @param look.hasColor - whether what was refused stands out by colour as well
 */
export function auditStory(
  id: string,
  rows: readonly AuditRecord[],
  look: { readonly hasColor: boolean },
): { readonly text: string; readonly isSound: boolean } {
  const paint = (style: 'bold' | 'dim' | 'red' | 'yellow', text: string) =>
    look.hasColor && text !== '' ? styleText(style, text, { validateStream: false }) : text
  const shas = new Set(rows.map(({ sha }) => sha).filter((sha) => sha !== null))
  const commits = shas.size === 0 ? '' : `, commit ${[...shas].map(harmless).join(', then ')}`
  const count = rows.length === 1 ? '1 row' : `${rows.length} rows`

  const cells = rows.map(cellsOf)
  const widthOfColumn = (column: number) => Math.max(...[heads, ...cells].map((row) => widthOf(row[column] ?? '')))
  const widths = heads.map((_head, column) => widthOfColumn(column))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd()

  const lines = [`${paint('bold', `Release ${id}`)}: ${count}${commits}`, '', paint('dim', line(heads))]
  const forged: number[] = []
  for (const [index, row] of rows.entries()) {
    const shown = line(cells[index] ?? [])
    const style = row.action.startsWith('break_glass') ? 'yellow' : row.reason_code === null ? null : 'red'
    lines.push(style === null ? shown : paint(style, shown))
    if (row.reason_text !== null && row.reason_text !== '') lines.push(`${indent}${harmless(row.reason_text)}`)
    if (!isIntact(row)) forged.push(row.seq)
  }
  if (forged.length > 0) {
    const which = forged.length === 1 ? `Row ${forged[0]} does` : `Rows ${forged.join(', ')} do`
    lines.push('', paint('red', `${which} not match the hash in the log: what stands here is not what was written.`))
  }
  return { text: lines.join('\n'), isSound: forged.length === 0 }
}

function cellsOf(row: AuditRecord): readonly string[] {
  const evidence = row.evidence_digest === null ? '' : harmless(row.evidence_digest).slice(0, shortHash)
  const time = isMoment(row.at) ? new Date(row.at).toISOString().slice(0, 19).replace('T', ' ') : String(row.at)
  return [
    String(row.seq),
    time,
    whoOf(row),
    row.client,
    harmless(row.action),
    harmless(row.reason_code ?? ''),
    evidence,
  ]
}

function whoOf(row: AuditRecord): string {
  if (row.actor_type === 'sluice') return 'Sluice'
  const login = row.github_login === null ? null : `@${row.github_login}`
  const [name, ...ids] = [row.actor_name, row.actor_id, login, row.actor_team].filter((part) => part !== null)
  const more = ids.filter((part) => part !== name)
  return harmless(more.length === 0 ? (name ?? 'nobody known') : `${name} (${more.join(', ')})`)
}

const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u
const widthless = /^(?:\p{M}|\p{Cf})/u

/** Columns of a terminal that a text takes. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += widthless.test(character) ? 0 : wide.test(character) ? 2 : 1
  return width
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}
