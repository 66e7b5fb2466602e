/**
 * The part of PromQL that a metric may be named by: a plain selector, `name{label="value"}`. Sluice reads raw samples and
 * takes their differences itself, so functions, ranges and arithmetic have no place in it; and because it is read here,
 * what tells the arms apart is added as a matcher and never by putting texts together.
 */

const operators = ['=~', '!~', '!=', '='] as const

/** One condition on a label; `value` is what is meant, without quotes and escapes. */
export interface LabelMatcher {
  readonly label: string
  readonly operator: (typeof operators)[number]
  readonly value: string
}

export interface MetricSelector {
  /** Null for matchers alone, `{job="api"}`. */
  readonly name: string | null
  readonly matchers: readonly LabelMatcher[]
}

export interface SelectorFault {
  /** What is wrong, as the end of a sentence about the selector. */
  readonly what: string
  readonly mend: string
}

export type ParsedSelector =
  | { readonly ok: true; readonly selector: MetricSelector }
  | { readonly ok: false; readonly fault: SelectorFault }

/** Longer ones are a pasted query rather than a selector. */
const MAX_CHARACTERS = 2000

const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y
const quoted = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y
const space = /\s*/y

/**
 * Reads a selector as Prometheus does (https://prometheus.io/docs/prometheus/latest/querying/basics/), names in quotes
 * (`{"http.requests"}`) included. Regular expressions in it are the server's to judge.
 */
export function parseSelector(text: string): ParsedSelector {
  if (text.length > MAX_CHARACTERS) return fail('is too long.', `Write at most ${MAX_CHARACTERS} characters.`)
  let at = 0
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? null
    if (found !== null) at += found.length
    return found
  }
  const skip = (character: string): boolean => {
    take(space)
    if (text[at] !== character) return false
    at += 1
    take(space)
    return true
  }

  take(space)
  let name = take(metricName)
  const matchers: LabelMatcher[] = []
  if (skip('{')) {
    while (!skip('}')) {
      if (at >= text.length) return unclosed()
      const string = take(quoted)
      const label = string === null ? take(labelName) : unquote(string)
      if (label === null || label === '') return unexpected(text, at)
      take(space)
      const operator = operators.find((one) => text.startsWith(one, at))
      if (operator === undefined && string !== null && name === null) {
        name = label
      } else if (operator === undefined) {
        return fail(`has nothing after the label ${label}.`, 'Write label="value"; !=, =~ and !~ work too.')
      } else {
        at += operator.length
        take(space)
        const value = take(quoted)
        if (value === null)
          return fail(`has no value in quotes after ${label}${operator}.`, `Write ${label}${operator}"…".`)
        const plain = unquote(value)
        if (plain === null)
          return fail(`has an escape in ${value} that PromQL does not know.`, 'Write \\\\ for a backslash.')
        matchers.push({ label, operator, value: plain })
      }
      take(space)
      if (!skip(',') && text[at] !== '}') return unexpected(text, at)
    }
  }
  take(space)
  if (at < text.length) return unexpected(text, at)
  if (name === null && matchers.length === 0)
    return fail('is empty.', 'Write the name of a metric, like http_requests_total.')
  return { ok: true, selector: { name, matchers } }
}

/** The selector as PromQL, every value escaped. */
export function formatSelector({ name, matchers }: MetricSelector): string {
  const isPlain = name !== null && matchesWhole(metricName, name)
  const inside = [
    ...(name === null || isPlain ? [] : [JSON.stringify(name)]),
    ...matchers.map(
      ({ label, operator, value }) =>
        `${matchesWhole(labelName, label) ? label : quote(label)}${operator}${quote(value)}`,
    ),
  ]
  return `${isPlain ? name : ''}${inside.length === 0 ? '' : `{${inside.join(',')}}`}`
}

/** A text as a part of a regular expression (RE2) that stands for itself. */
export function escapeRegex(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}

function quote(value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `"${escaped}"`
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  '"': '"',
  "'": "'",
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
}

/** Null for an escape that is not one of Go's. */
function unquote(string: string): string | null {
  const inner = string.slice(1, -1)
  if (string.startsWith('`')) return inner
  let isKnown = true
  const plain = inner.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g,
    (_, byte: string | undefined, unit: string | undefined, letter: string | undefined) => {
      const hexadecimal = byte ?? unit
      if (hexadecimal !== undefined) return String.fromCharCode(Number.parseInt(hexadecimal, 16))
      const meant = escapes[letter ?? '']
      if (meant === undefined) isKnown = false
      return meant ?? ''
    },
  )
  return isKnown ? plain : null
}

function unexpected(text: string, at: number): ParsedSelector {
  const rest = text.slice(at)
  const plain = 'Write a plain selector, like http_requests_total{status=~"5.."}.'
  if (/^\s*(?:by|without)?\s*\(/.test(rest)) {
    return fail('has a function in it.', `${plain} Sluice reads the counter itself and takes the differences.`)
  }
  if (rest.startsWith('['))
    return fail(
      'has a range.',
      `Leave out ${/^\[[^\]]*\]?/.exec(rest)?.[0] ?? '[…]'}: Sluice asks for the interval itself.`,
    )
  if (/^(?:offset\b|@)/.test(rest))
    return fail('has a time of its own.', 'Leave it out: both arms are asked for at the same time.')
  if (rest === '') return unclosed()
  if (rest.startsWith('}')) return fail('has a } too many.', plain)
  return fail(`is not a plain selector from ${JSON.stringify(rest.slice(0, 20))} on.`, plain)
}

/** What is unexpected at the end of the text is that the braces are still open. */
function unclosed(): ParsedSelector {
  return fail('has a { that is never closed.', 'Write } at its end.')
}

function fail(what: string, mend: string): ParsedSelector {
  return { ok: false, fault: { what, mend } }
}

function matchesWhole(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0
  return pattern.exec(text)?.[0] === text
}
