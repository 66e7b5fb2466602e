/** What Slack makes of mrkdwn and rich text: pieces of text with a style, the same for the terminal and for HTML. */
import type { RichTextElement } from '@slack/types'

export interface Inline {
  readonly text: string
  readonly kind: 'text' | 'link' | 'mention'
  readonly url?: string
  readonly bold?: boolean
  readonly italic?: boolean
  readonly strike?: boolean
  readonly code?: boolean
}

/** What a reader's Slack knows and a message does not say. */
export interface Reader {
  /** User and user group ids to display names, without the at sign. */
  readonly names?: ReadonlyMap<string, string>
  /** IANA name; UTC by default. */
  readonly timeZone?: string
}

/** Reads mrkdwn: Slack's angle-bracket forms first, then formatting in what is between them. */
export function readMrkdwn(text: string, reader: Reader): readonly Inline[] {
  return splitFormatting(text).flatMap(({ text: run, style }) =>
    run.split(/(<[^<>]*>)/).flatMap((part): readonly Inline[] => {
      if (part === '') return []
      const inside = /^<([^<>]*)>$/.exec(part)?.[1]
      return [{ ...(inside === undefined ? plain(part) : readAngle(inside, reader)), ...style }]
    }),
  )
}

/** Reads the elements of one rich text section. */
export function readRichText(elements: readonly RichTextElement[], reader: Reader): readonly Inline[] {
  return elements.map((element) => ({ ...readElement(element, reader), ...element.style }))
}

function readElement(element: RichTextElement, reader: Reader): Inline {
  switch (element.type) {
    case 'text':
      return { kind: 'text', text: element.text }
    case 'link':
      return { kind: 'link', text: element.text ?? element.url, url: element.url }
    case 'user':
      return mention(element.user_id, reader)
    case 'usergroup':
      return mention(element.usergroup_id, reader)
    case 'channel':
      return { kind: 'mention', text: `#${element.channel_id}` }
    case 'broadcast':
      return { kind: 'mention', text: `@${element.range}` }
    case 'date':
      return { kind: 'text', text: formatDate(element.timestamp, element.format, reader) }
    case 'emoji':
      return { kind: 'text', text: `:${element.name}:` }
    case 'color':
      return { kind: 'text', text: element.value }
    case 'team':
      return { kind: 'mention', text: element.team_id }
  }
}

function readAngle(inside: string, reader: Reader): Inline {
  const bar = inside.indexOf('|')
  const target = bar < 0 ? inside : inside.slice(0, bar)
  const label = bar < 0 ? null : decodeEntities(inside.slice(bar + 1))
  if (/^[@#]/.test(target)) return mention(target.slice(1), reader)
  const subteam = /^!subteam\^(.+)$/.exec(target)?.[1]
  if (subteam !== undefined) return mention(subteam, reader)
  const [, seconds, format] = /^!date\^(\d+)\^([^^]*)/.exec(target) ?? []
  if (seconds !== undefined && format !== undefined) {
    return { kind: 'text', text: formatDate(Number(seconds), format, reader) }
  }
  if (target.startsWith('!')) return { kind: 'mention', text: `@${target.slice(1)}` }
  const url = decodeEntities(target)
  return { kind: 'link', text: label ?? url, url }
}

/** `code`, *bold*, _italic_ and ~strike~ where Slack sees them: between what is not part of a word. */
function splitFormatting(text: string): readonly { text: string; style: Partial<Inline> }[] {
  const runs: { text: string; style: Partial<Inline> }[] = []
  const pattern =
    /(?<![\p{L}\p{N}])(?:`([^`\n]+)`|\*(\S(?:[^*\n]*\S)?)\*|_(\S(?:[^_\n]*\S)?)_|~(\S(?:[^~\n]*\S)?)~)(?![\p{L}\p{N}])/gu
  let end = 0
  for (const match of outsideAngles(text, pattern)) {
    if (match.index > end) runs.push({ text: text.slice(end, match.index), style: {} })
    const [, code, bold, italic, strike] = match
    if (code !== undefined) runs.push({ text: code, style: { code: true } })
    else if (bold !== undefined) runs.push({ text: bold, style: { bold: true } })
    else if (italic !== undefined) runs.push({ text: italic, style: { italic: true } })
    else runs.push({ text: strike ?? '', style: { strike: true } })
    end = match.index + match[0].length
  }
  if (end < text.length) runs.push({ text: text.slice(end), style: {} })
  return runs
}

/** Formatting does not begin or end inside a link. */
function outsideAngles(text: string, pattern: RegExp): readonly RegExpExecArray[] {
  const angles = [...text.matchAll(/<[^<>]*>/g)].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
  }))
  const isInside = (index: number) => angles.some(({ from, to }) => index > from && index < to)
  return [...text.matchAll(pattern)].filter(
    (match) => !isInside(match.index) && !isInside(match.index + match[0].length - 1),
  )
}

function mention(id: string, reader: Reader): Inline {
  return { kind: 'mention', text: `@${reader.names?.get(id) ?? id}` }
}

function plain(text: string): Inline {
  return { kind: 'text', text: decodeEntities(text) }
}

function decodeEntities(text: string): string {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')
}

function formatDate(seconds: number, format: string, reader: Reader): string {
  const timeZone = reader.timeZone ?? 'UTC'
  const moment = new Date(seconds * 1000)
  const show = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(moment)
  return format.replace(/\{(\w+)\}/g, (whole, token: string) => {
    if (token === 'time') return show({ hour: '2-digit', minute: '2-digit' })
    if (token === 'time_secs') return show({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
    if (token === 'date_num') return moment.toISOString().slice(0, 10)
    return token.startsWith('date') ? show({ day: 'numeric', month: 'short', year: 'numeric' }) : whole
  })
}
