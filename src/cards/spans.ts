/**
 * The text of a card before it is put into one of Slack's two forms. Rich text shows outside text as it is and is
 * what most cards use; mrkdwn is for classic blocks, context lines and the notification text. A card says each thing
 * once, as spans, and both forms follow from it.
 */
import type { ContextBlock, KnownBlock, RichTextBlock, RichTextElement, SectionBlock } from '@slack/types'
import { formatUtc, isMoment } from './durations.ts'
import { escapeCode, escapeMrkdwn, plainText, safeUrl, truncate } from './escape.ts'
import type { CardLayout } from './rendered.ts'

export type Span =
  | { readonly type: 'text'; readonly text: string; readonly style?: 'bold' | 'code' }
  | { readonly type: 'link'; readonly text: string; readonly url: string; readonly style?: 'bold' | 'code' }
  | { readonly type: 'user'; readonly id: string }
  | { readonly type: 'group'; readonly id: string }
  | { readonly type: 'date'; readonly at: number; readonly format: string }

/** A line of a card; a card's text is a list of lines. */
export type Line = readonly Span[]

/** Characters of a name from outside that a card shows. */
const maxName = 60

/** Characters of an address that is worth a link: GitHub's own have about a hundred, and they count in mrkdwn. */
const maxUrl = 400

/** What one section's text may have (3000), less a little. */
export const sectionRoom = 2900

/** Elements of a rich text section: Slack names no limit, and this many are known to work. */
const maxElements = 400

/** Our own words, spaces at the ends kept. */
export function words(text: string, style?: 'bold' | 'code'): Span {
  return style === undefined ? { type: 'text', text } : { type: 'text', text, style }
}

/** Words that hold some from outside, made harmless; spaces at their ends stay. */
export function mixed(text: string): Span {
  return words(escapeKeepingEnds(text, plainText))
}

/** A name or title from outside, made harmless and cut; never empty. */
export function outside(text: string, style?: 'bold' | 'code', max = maxName): Span {
  return words(name(text, max), style)
}

/** A name from outside as a link, or without one when the address is missing or unsafe. */
export function link(text: string, url: string | null, style?: 'bold' | 'code', max = maxName): Span {
  const address = safeUrl(url, maxUrl)
  if (address === null) return outside(text, style, max)
  const shown = { type: 'link', text: name(text, max), url: address } as const
  return style === undefined ? shown : { ...shown, style }
}

/** A moment in the reader's own time zone; never changes by itself. */
export function date(at: number, format: string): Span {
  return isMoment(at) ? { type: 'date', at, format } : words('at an unknown time')
}

/** A Slack user, or null when this is not a user's id. */
export function user(id: string | undefined): Span | null {
  return id !== undefined && /^[UW][A-Z0-9]{1,30}$/.test(id) ? { type: 'user', id } : null
}

/** A Slack user group, or null when this is not a group's id. */
export function group(id: string | null): Span | null {
  return id !== null && /^S[A-Z0-9]{1,30}$/.test(id) ? { type: 'group', id } : null
}

/** A harmless one-line name, cut to `max` characters; `(no name)` when nothing is left of it. */
export function name(text: string, max = maxName): string {
  return truncate(plainText(text), max) || '(no name)'
}

/** Puts ` · ` between the lines' parts and joins them. */
export function joined(parts: readonly Line[], separator = ' · '): Line {
  return parts.flatMap((part, index) => (index === 0 ? part : [words(separator), ...part]))
}

/** How many characters of the lines people see. */
export function visibleLength(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.reduce((length, span) => length + spanLength(span), 1), 0)
}

/** The spans as Slack's mrkdwn, short enough for a section: where it is too long it first loses its links. */
export function mrkdwn(line: Line): string {
  const whole = line.map(spanMrkdwn).join('')
  if (whole.length <= sectionRoom) return whole
  const plain = line.map((span) => spanMrkdwn(span.type === 'link' ? words(span.text, span.style) : span)).join('')
  return plain.length <= sectionRoom ? plain : truncate(notification(line), sectionRoom)
}

/** The spans as plain mrkdwn without formatting, links, or mentions: for notification texts. */
export function notification(line: Line): string {
  return line.map((span) => ('text' in span ? escapeKeepingEnds(span.text, escapeMrkdwn) : '')).join('')
}

/** The lines as one rich text block; a section of it ends where it would hold more elements than Slack takes. */
export function richText(lines: readonly Line[]): RichTextBlock {
  const parts: Line[][] = [[]]
  let count = 0
  for (const line of lines) {
    // Each line but the first of a section brings a line break with it.
    if (count > 0 && count + line.length + 1 > maxElements) {
      parts.push([])
      count = 0
    }
    parts.at(-1)?.push(line)
    count += line.length + 1
  }
  return {
    type: 'rich_text',
    elements: parts.map((part) => {
      const elements = joined(part, '\n').filter((span) => !('text' in span) || span.text !== '')
      return { type: 'rich_text_section', elements: elements.map(spanElement) }
    }),
  }
}

/** The lines as blocks of the layout asked for: one rich text block, or as few sections as hold them. */
export function textBlocks(lines: readonly Line[], layout: CardLayout): readonly KnownBlock[] {
  return layout === 'plan' ? [richText(lines)] : sections(lines)
}

/** The lines in as few sections as hold them, a line never broken. */
export function sections(lines: readonly Line[]): readonly SectionBlock[] {
  const texts: string[] = []
  for (const line of lines.map(mrkdwn)) {
    const last = texts.at(-1)
    if (last !== undefined && last.length + line.length + 1 <= sectionRoom) texts[texts.length - 1] = `${last}\n${line}`
    else texts.push(line)
  }
  return texts.map(section)
}

/** A section of mrkdwn that Slack shows whole and in which it looks for nothing by itself. */
export function section(text: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true }, expand: true }
}

/** A line in small grey letters. */
export function contextBlock(line: Line): ContextBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: mrkdwn(line), verbatim: true }] }
}

function spanMrkdwn(span: Span): string {
  switch (span.type) {
    case 'text':
      return styled(escaped(span.text, span.style), span.style)
    case 'link':
      return styled(
        `<${span.url.replace(/&/g, '&amp;')}|${escaped(span.text.replaceAll('|', '∣'), span.style)}>`,
        span.style,
      )
    case 'user':
      return `<@${span.id}>`
    case 'group':
      return `<!subteam^${span.id}>`
    case 'date':
      return `<!date^${Math.floor(span.at / 1000)}^${span.format}|${formatUtc(span.at)}>`
  }
}

function spanElement(span: Span): RichTextElement {
  const style = 'style' in span && span.style !== undefined ? { style: { [span.style]: true } } : {}
  switch (span.type) {
    case 'text':
      return { type: 'text', text: span.text, ...style }
    case 'link':
      return { type: 'link', url: span.url, text: span.text, ...style }
    case 'user':
      return { type: 'user', user_id: span.id }
    case 'group':
      return { type: 'usergroup', usergroup_id: span.id }
    case 'date':
      return {
        type: 'date',
        timestamp: Math.floor(span.at / 1000),
        format: span.format,
        fallback: formatUtc(span.at),
      }
  }
}

function spanLength(span: Span): number {
  return 'text' in span ? span.text.length : 12
}

function escaped(text: string, style: 'bold' | 'code' | undefined): string {
  return escapeKeepingEnds(text, style === 'code' ? escapeCode : escapeMrkdwn)
}

/** Escaping trims; the spaces between spans are part of a span's text and must stay. */
function escapeKeepingEnds(text: string, escapeText: (text: string) => string): string {
  const start = /^\s*/.exec(text)?.[0] ?? ''
  const end = start.length === text.length ? '' : (/\s*$/.exec(text)?.[0] ?? '')
  return `${start}${escapeText(text)}${end}`
}

function styled(text: string, style: 'bold' | 'code' | undefined): string {
  if (style === undefined) return text
  const mark = style === 'bold' ? '*' : '`'
  // Slack sees no formatting where a space stands at the inner side of a mark.
  const [, start = '', inner = '', end = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? []
  return inner === '' ? text : `${start}${mark}${inner}${mark}${end}`
}
