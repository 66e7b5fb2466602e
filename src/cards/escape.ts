/**
 * Everything that comes from outside (commit messages, branch and job names, logs) passes through here before it
 * reaches a card. What comes out cannot page anybody, disguise a link, turn text around, or break the formatting
 * next to it, however Slack parses it.
 */

/** What stands where text was cut. */
const ellipsis = '…'

// Marks, embeddings, overrides and isolates of the bidirectional algorithm, the deprecated format characters next
// to them, interlinear annotations, and the byte order mark: they only ever change how other text looks.
const invisibleControls = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u206F\uFEFF\uFFF9-\uFFFB]/gu
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed
const controls = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed
const controlsButTab = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029]+/g
// A character with more marks on it than any script writes is there to spill over the lines around it.
const markPile = /(\p{M}{6})\p{M}+/gu
const pager = /@(?=(?:channel|here|everyone|group)\b)/gi
const slackForm = /<(?=[!@#])/g
/** Joins without being seen: keeps `@here` and `<!here>` from being read as what they look like. */
const wordJoiner = '\u2060'

/**
 * One harmless line of plain text: for `plain_text` objects, task titles and rich text elements, which Slack shows
 * as they are. Control characters and line breaks become spaces, characters that reorder text disappear.
 */
export function plainText(text: string): string {
  return defuse(tidy(text).replace(controls, ' ').replace(/\s+/g, ' ').trim())
}

/** One line of a log: as `plainText`, but spaces at the start stay and tabs become two spaces. */
export function logLine(text: string): string {
  return defuse(tidy(text).replace(controlsButTab, ' ').replace(/\t/g, '  ').trimEnd())
}

/**
 * One harmless line of Slack's mrkdwn. `&`, `<` and `>` become entities; formatting characters become characters
 * that look the same, because whether Slack reads them as formatting depends on what stands around them. Underscores
 * inside a word (`my_job`) stay: Slack leaves them alone, and people copy such names.
 */
export function escapeMrkdwn(text: string): string {
  return escapeEntities(
    plainText(text)
      .replace(/\*/g, '∗')
      .replace(/~/g, '∼')
      .replace(/`/g, 'ˋ')
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, 'ˍ')
      // At the start of a line an escaped > still makes a quotation.
      .replace(/^>+/, (signs) => '›'.repeat(signs.length)),
  )
}

/** One harmless line for inside backticks, where only the backtick itself is special. */
export function escapeCode(text: string): string {
  return escapeEntities(plainText(text).replace(/`/g, 'ˋ'))
}

/** One harmless log line for inside a fence of three backticks. */
export function escapeLogLine(text: string): string {
  return escapeEntities(logLine(text).replace(/`/g, 'ˋ'))
}

/**
 * Cuts text to at most `max` UTF-16 code units (no count of characters that Slack may use is greater), at the end of
 * a character as people see it, never inside one of the entities `&amp;`, `&lt;`, `&gt;`.
 *
 * @param max - at least 1
 * @returns the text itself when it fits, else its beginning and an ellipsis
 */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text
  const room = Math.max(0, max - ellipsis.length)
  // Cutting first keeps the cost away from texts of a megabyte; entities have at most five characters.
  const start = text.slice(0, room + 5)
  let kept = ''
  for (const piece of start.match(/&(?:amp|lt|gt);|[^&]+|&/g) ?? []) {
    if (kept.length + piece.length <= room) {
      kept += piece
      continue
    }
    if (!/^&(?:amp|lt|gt);$/.test(piece)) kept += graphemesWithin(piece, room - kept.length)
    break
  }
  return `${kept.trimEnd().toWellFormed()}${ellipsis}`
}

/**
 * A web address that is safe in a link: absolute, http or https, free of the characters that end a Slack link.
 *
 * @returns null when it is none, or longer than `max` characters
 */
export function safeUrl(url: string | null, max = 2000): string | null {
  if (url === null || !URL.canParse(url.toWellFormed())) return null
  const parsed = new URL(url.toWellFormed())
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return null
  const href = parsed.href.replace(/[|<>\s`*~]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
  return href.length > max ? null : href
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

function graphemesWithin(text: string, room: number): string {
  let kept = ''
  for (const { segment } of segmenter.segment(text)) {
    if (kept.length + segment.length > room) break
    kept += segment
  }
  return kept
}

function tidy(text: string): string {
  return text.toWellFormed().replace(invisibleControls, '').replace(markPile, '$1')
}

function defuse(text: string): string {
  return text.replace(pager, `@${wordJoiner}`).replace(slackForm, `<${wordJoiner}`)
}

function escapeEntities(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
