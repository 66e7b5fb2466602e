/** Shows a message in a terminal, as near to what Slack shows as a terminal comes. */
import type { KnownBlock, RichTextBlock, RichTextBlockElement, TaskCardBlock } from '@slack/types'
import { type Inline, type Reader, readMrkdwn, readRichText } from './inline.ts'
import { inputText } from './input-text.ts'
import { isTaskCard } from './plan-tasks.ts'

export interface TextOptions extends Reader {
  /** Columns; 100 by default. */
  readonly width?: number
  /** ANSI colours and bold; off by default. */
  readonly color?: boolean
}

interface Pen {
  readonly width: number
  readonly reader: Reader
  readonly paint: (code: string, text: string) => string
}

const statusColors = { complete: '32', error: '31', in_progress: '33', pending: '90' }
const statusMarks = { complete: '●', error: '■', in_progress: '◐', pending: '○' }

/**
 * A message as lines for a terminal.
 *
 * @returns the lines joined by line breaks, without one at the end; a message without blocks gives its text
 */
export function renderText(
  message: { readonly text?: string; readonly blocks?: readonly KnownBlock[] },
  options: TextOptions = {},
): string {
  const color = options.color ?? false
  const pen: Pen = {
    width: Math.max(20, options.width ?? 100),
    reader: options,
    paint: (code, text) => (color ? `\u001B[${code}m${text}\u001B[0m` : text),
  }
  const blocks = message.blocks ?? []
  if (blocks.length === 0) return flow(readMrkdwn(message.text ?? '', pen.reader), '', pen).join('\n')
  return blocks.flatMap((block) => renderBlock(block, pen)).join('\n')
}

function renderBlock(block: KnownBlock, pen: Pen): readonly string[] {
  switch (block.type) {
    case 'header':
      return flow([{ kind: 'text', text: block.text.text, bold: true }], '', pen)
    case 'section': {
      const texts = [...(block.text === undefined ? [] : [block.text]), ...(block.fields ?? [])]
      return texts.flatMap((text) =>
        text.type === 'mrkdwn' ? mrkdwnLines(text.text, pen) : flow([{ kind: 'text', text: text.text }], '', pen),
      )
    }
    case 'context': {
      const text = block.elements.map((element) => ('text' in element ? element.text : '')).join('  ')
      return flow(readMrkdwn(text, pen.reader), '', pen).map((line) => pen.paint('90', line))
    }
    case 'input':
      return inputText(block).flatMap((line) => flow([{ kind: 'text', text: line }], '', pen))
    case 'divider':
      return [pen.paint('90', '─'.repeat(pen.width))]
    case 'rich_text':
      return richTextLines(block, '', pen)
    case 'plan':
      return [
        pen.paint('1', `┌ ${block.title}`),
        ...(block.tasks ?? []).filter(isTaskCard).flatMap((task) => taskLines(task, '│ ', pen)),
        '└',
      ]
    case 'task_card':
      return taskLines(block, '', pen)
    case 'actions': {
      const labels = block.elements.map((element) =>
        element.type === 'button' ? `[ ${element.text.text} ]` : `[ ${element.type} ]`,
      )
      return [pen.paint('36', labels.join('  '))]
    }
    default:
      return [`(${block.type})`]
  }
}

function taskLines(task: TaskCardBlock, indent: string, pen: Pen): readonly string[] {
  const mark = pen.paint(statusColors[task.status], statusMarks[task.status])
  const title = `${indent}${mark} ${pen.paint(task.status === 'pending' ? '90' : '1', task.title)}`
  return [title, ...(task.details === undefined ? [] : richTextLines(task.details, `${indent}    `, pen))]
}

function mrkdwnLines(text: string, pen: Pen): readonly string[] {
  return text.split('```').flatMap((part, index) => {
    if (index % 2 === 1) return codeLines(textOf(readMrkdwn(part, pen.reader)), '', pen)
    return part === '' ? [] : flow(readMrkdwn(part, pen.reader), '', pen)
  })
}

function richTextLines(block: RichTextBlock, indent: string, pen: Pen): readonly string[] {
  return block.elements.flatMap((element) => richTextPartLines(element, indent, pen))
}

function richTextPartLines(part: RichTextBlockElement, indent: string, pen: Pen): readonly string[] {
  switch (part.type) {
    case 'rich_text_section':
      return flow(readRichText(part.elements, pen.reader), indent, pen)
    case 'rich_text_quote':
      return flow(readRichText(part.elements, pen.reader), `${indent}▏ `, pen)
    case 'rich_text_preformatted':
      return codeLines(textOf(readRichText(part.elements, pen.reader)), indent, pen)
    case 'rich_text_list':
      return part.elements.flatMap((item) => flow(readRichText(item.elements, pen.reader), `${indent}• `, pen))
  }
}

function textOf(pieces: readonly Inline[]): string {
  return pieces.map((piece) => piece.text).join('')
}

function codeLines(code: string, indent: string, pen: Pen): readonly string[] {
  return code
    .replace(/^\n|\n$/g, '')
    .split('\n')
    .map((line) => `${indent}${pen.paint('90', '┃')} ${clip(line, pen.width - indent.length - 2)}`)
}

/** Lets text flow in lines of the pen's width; lines that go on are indented as deep as the line began. */
function flow(pieces: readonly Inline[], indent: string, pen: Pen): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  let depth = ''
  const close = () => {
    lines.push(`${indent}${line}`.trimEnd())
    line = ''
    used = 0
  }
  const tokens = pieces.flatMap((piece) =>
    piece.text.split(/(\n| +)/).flatMap((token) => (token === '' ? [] : { token, piece })),
  )
  for (const [index, { token, piece }] of tokens.entries()) {
    if (token === '\n') {
      close()
      depth = ''
      continue
    }
    if (token.trim() === '' && line === '') depth = token
    // A comma that begins the next piece stays with the word before it.
    const needed = columns(token) + (isMark(tokens[index + 1]?.token) ? 1 : 0)
    const mayBreak = token.trim() !== '' && !isMark(token)
    if (mayBreak && used > depth.length && used + needed > pen.width - indent.length) {
      close()
      line = depth
      used = depth.length
    }
    line += styled(token, piece, pen)
    used += columns(token)
  }
  if (line !== '' || lines.length === 0) close()
  return lines
}

function isMark(token: string | undefined): boolean {
  return token !== undefined && /^[,.;:)]$/.test(token)
}

function styled(text: string, piece: Inline, pen: Pen): string {
  if (piece.bold) return pen.paint('1', text)
  if (piece.code) return pen.paint('35', text)
  if (piece.kind === 'link') return pen.paint('34', text)
  return piece.kind === 'mention' ? pen.paint('33', text) : text
}

function clip(text: string, width: number): string {
  return columns(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`
}

/** Columns that a text takes up: emoji and East Asian characters take two. */
function columns(text: string): number {
  let sum = 0
  for (const character of text) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue
    sum += /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uFF00-\uFF60]/u.test(character) ? 2 : 1
  }
  return sum
}
