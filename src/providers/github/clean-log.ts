/**
 * From the raw log of a job to the few lines that say why it failed. GitHub's log has a timestamp on each line,
 * colour codes, and commands such as `##[group]`; steps are not named in it, so the failing one is found by the
 * times of the step and by the last `##[error]` in them.
 */
import { stripVTControlCharacters } from 'node:util'
import { maskPrivateKeys, maskSecrets } from './mask-secrets.ts'

export const MAX_LINES = 15
export const MAX_LINE_LENGTH = 300

const MAX_MASKED_LENGTH = 8000

/** Lines that are kept after the last line that speaks of an error. */
const LINES_AFTER_ERROR = 4

interface LogLine {
  readonly at: number | null
  readonly text: string
}

export interface CleanLogOptions {
  /** When the failing step ran, UTC milliseconds, in whole seconds as GitHub tells them. Null or left out: unknown. */
  readonly startedAt?: number | null
  readonly completedAt?: number | null
  /** Secrets to mask that are known word for word. */
  readonly secrets?: readonly string[]
}

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z) ?/
const COMMAND = /^##\[([a-z-]+)\]/
const EXIT_CODE = /^Process completed with exit code \d+\.?$/
const SPEAKS_OF_ERROR =
  /\b(?:error|errors|failed|failure|fatal|exception|panic|traceback|denied|refused|unable|cannot|timed out|expected|assert\w*|killed)\b|\w(?:Error|Exception)\b|\bE[A-Z]{4,}\b|[✕✗✖×❌]|\bFAIL\b/i

/**
 * @param raw - the log, or its end
 * @returns at most 15 lines of at most 300 characters; empty when nothing is left that says anything
 */
export function cleanLog(raw: string, options: CleanLogOptions = {}): readonly string[] {
  const lines = withoutPrivateKeys(
    raw
      .replace(/^\uFEFF/, '')
      .split('\n')
      .map(readLine),
  )
  const section = failingSection(linesBetween(lines, options))
  const texts = section.flatMap(({ text }) => {
    const command = COMMAND.exec(text)
    if (command === null) return text.trim() === '' ? [] : [text.trimEnd()]
    // Of the commands only those speak that carry a message; groups and the echo of a command do not.
    if (!['error', 'warning', 'notice'].includes(command[1] ?? '')) return []
    const message = text.slice(command[0].length).trim()
    return message === '' ? [] : [message]
  })
  const telling = texts.filter((text) => !EXIT_CODE.test(text))
  return toShow(lastErrorLines(telling.length > 0 ? telling : texts), options.secrets ?? [])
}

/**
 * Makes lines fit to be shown: secrets masked, at most 15 lines (the last ones) of at most 300 characters. Masking
 * comes before the cut, so that no part of a secret is left over from it.
 */
export function toShow(lines: readonly string[], secrets: readonly string[]): readonly string[] {
  const masked = maskSecrets(lines.slice(-MAX_LINES).map(withoutEndlessTail).join('\n'), secrets)
  return masked
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(shorten)
}

/** A line of megabytes is cut at a space first: masking it whole would take long for what is never shown. */
function withoutEndlessTail(line: string): string {
  if (line.length <= MAX_MASKED_LENGTH) return line
  const cut = line.slice(0, MAX_MASKED_LENGTH)
  const lastSpace = cut.lastIndexOf(' ')
  return lastSpace > 0 ? cut.slice(0, lastSpace) : `(a line of ${line.length} characters)`
}

/** Cuts a line to 300 characters without cutting a character in two. */
function shorten(line: string): string {
  if (line.length <= MAX_LINE_LENGTH) return line
  const cut = line.slice(0, MAX_LINE_LENGTH - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

function readLine(rawLine: string): LogLine {
  const plain = stripVTControlCharacters(rawLine.replace(/\r+$/, ''))
  const stamp = TIMESTAMP.exec(plain)
  const afterStamp = stamp === null ? plain : plain.slice(stamp[0].length)
  // A progress bar writes over itself with carriage returns: what is left on the screen is the last writing.
  const visible = afterStamp.slice(afterStamp.lastIndexOf('\r') + 1)
  const at = stamp?.[1] === undefined ? Number.NaN : Date.parse(stamp[1])
  return { at: Number.isNaN(at) ? null : at, text: withoutControls(visible) }
}

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '').replaceAll('\t', '  ')
}

/** Over the whole log, because a key has more lines than are shown. */
function withoutPrivateKeys(lines: readonly LogLine[]): readonly LogLine[] {
  const masked = maskPrivateKeys(lines.map((line) => line.text))
  return lines.map((line, index) => ({ at: line.at, text: masked[index] ?? '' }))
}

function linesBetween(lines: readonly LogLine[], options: CleanLogOptions): readonly LogLine[] {
  const { startedAt = null, completedAt = null } = options
  if (startedAt === null || completedAt === null) return lines
  // Steps have whole seconds: a step that ended at :05 may have printed until :05.999.
  const during: LogLine[] = []
  let isDuring = false
  for (const line of lines) {
    if (line.at !== null) isDuring = line.at >= startedAt && line.at < completedAt + 1000
    if (isDuring) during.push(line)
  }
  return during.some((line) => line.text.trim() !== '') ? during : lines
}

/** From the head of the group that ran the failing command to its last error; everything when nothing tells. */
function failingSection(lines: readonly LogLine[]): readonly LogLine[] {
  const lastError = lines.findLastIndex((line) => line.text.startsWith('##[error]'))
  const upToError = lastError === -1 ? lines : lines.slice(0, lastError + 1)
  const head = upToError.findLastIndex((line) => line.text.startsWith('##[group]Run '))
  if (head === -1) return upToError
  const endOfHead = upToError.findIndex((line, index) => index > head && line.text.startsWith('##[endgroup]'))
  return upToError.slice(endOfHead === -1 ? head + 1 : endOfHead + 1)
}

/** The end, unless its last 15 lines are silent about the error: then the lines around the last one that is not. */
function lastErrorLines(texts: readonly string[]): readonly string[] {
  const tail = texts.slice(-MAX_LINES)
  if (texts.length <= MAX_LINES || tail.some((text) => SPEAKS_OF_ERROR.test(text))) return tail
  const lastTelling = texts.findLastIndex((text) => SPEAKS_OF_ERROR.test(text))
  if (lastTelling === -1) return tail
  const end = lastTelling + 1 + LINES_AFTER_ERROR
  return texts.slice(Math.max(0, end - MAX_LINES), end)
}
