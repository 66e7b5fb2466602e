/**
 * Reads a P95 and a load test out of what checks say about themselves. There is no format for it, so only what is said
 * plainly counts: a number with its unit next to the word, never a limit (`P95 < 500 ms`), and k6's own summary
 * (https://grafana.com/docs/k6/latest/results-output/end-of-test/).
 */

export interface CheckOutput {
  readonly name: string
  readonly output: string | null
}

export interface SmokeResults {
  /** Milliseconds, the highest when several checks name one; null when none does. */
  readonly p95Ms: number | null
  /** One line of at most 200 characters. */
  readonly loadTest: string | null
}

const maxLineLength = 200
const maxOutputLength = 20_000

export function smokeResults(checks: readonly CheckOutput[]): SmokeResults {
  const outputs = checks.map(({ output }) => (output ?? '').slice(0, maxOutputLength))
  const p95 = outputs.map(readP95).filter((ms) => ms !== null)
  const loadTest = outputs.map(readLoadTest).find((line) => line !== null) ?? null
  return { p95Ms: p95.length === 0 ? null : Math.max(...p95), loadTest }
}

function readP95(output: string): number | null {
  return readK6P95(output) ?? highest(output.split('\n').flatMap(p95OfLine))
}

/** k6 names a P95 for each of its measures; that of whole requests is the one that is meant. */
function readK6P95(output: string): number | null {
  const measures: number[] = []
  const lines = output.split('\n')
  for (const [index, line] of lines.entries()) {
    const at = line.indexOf('http_req_duration')
    if (at === -1) continue
    const text = line.slice(at, at + 2000)
    const spoken = /\bp\(95\)=\s*([\d.hmsµμu]+)/.exec(text)?.[1]
    // In the JSON summary numbers are milliseconds; the measure's values may stand on the lines below its name.
    const json = /"p\(95\)":\s*(\d+(?:\.\d+)?)/.exec(
      lines
        .slice(index, index + 15)
        .join('\n')
        .slice(at, at + 2000),
    )?.[1]
    const ms = spoken === undefined ? (json === undefined ? null : Number(json)) : goDuration(spoken)
    if (ms !== null) measures.push(ms)
  }
  return highest(measures)
}

const unitMs: ReadonlyMap<string, number> = new Map([
  ...['h'].map((unit) => [unit, 3_600_000] as const),
  ...['m', 'min', 'mins', 'minutes'].map((unit) => [unit, 60_000] as const),
  ...['s', 'sec', 'secs', 'second', 'seconds'].map((unit) => [unit, 1000] as const),
  ...['ms', 'msec', 'millis', 'millisecond', 'milliseconds'].map((unit) => [unit, 1] as const),
  ...['µs', 'μs', 'us'].map((unit) => [unit, 0.001] as const),
])

/** `412.3ms`, `1.2s`, `1m2.5s`, as Go writes durations. */
function goDuration(text: string): number | null {
  const parts = [...text.slice(0, 40).matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|µs|μs|us)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text.slice(0, 40)) return null
  return parts.reduce((total, [, amount, unit]) => total + Number(amount) * (unitMs.get(unit ?? '') ?? 0), 0)
}

const number = String.raw`(\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|\d{1,9}(?:[.,]\d{1,6})?)`
const named = String.raw`\b(?:p\(?95(?:th)?\)?|95th percentile)(?: (?:response time|latency|duration|time|percentile))?`
const between = String.raw`(?: (?:is|was|of))?[\s:=|*]{0,10}`
const unit = '(µs|μs|us|ms|msecs?|millis|milliseconds?|s|secs?|seconds?|min|mins|minutes?)'
const withUnit = new RegExp(String.raw`${named}${between}${number} ?${unit}(?![\p{L}\p{N}])`, 'giu')
/** `p95_ms: 412`, `P95 (ms) | 412` */
const unitFirst = new RegExp(
  String.raw`${named}[ _]?\(?(ms|s|seconds|milliseconds)\)?${between}${number}(?![\p{L}\p{N}.])`,
  'giu',
)

function p95OfLine(line: string): readonly number[] {
  const text = line.slice(0, 1000).replace(/[*_`]{2,}/g, '')
  return [
    ...[...text.matchAll(withUnit)].map(([, amount, name]) => inMs(amount, name)),
    ...[...text.matchAll(unitFirst)].map(([, name, amount]) => inMs(amount, name)),
  ].filter((ms) => ms !== null)
}

function inMs(amount: string | undefined, name: string | undefined): number | null {
  const factor = unitMs.get(name?.toLowerCase() ?? '')
  if (amount === undefined || factor === undefined) return null
  const isGrouped = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(amount)
  return Number(isGrouped ? amount.replaceAll(',', '') : amount.replace(',', '.')) * factor
}

function readLoadTest(output: string): string | null {
  const k6 = readK6Summary(output)
  if (k6 !== null) return k6
  const line = output.split('\n').find((one) => /\bload[- ]?test/i.test(one) && /\d/.test(one))
  return line === undefined ? null : oneLine(line)
}

/** Requests, failures and users of k6's summary; null when it has no line about requests. */
function readK6Summary(output: string): string | null {
  const requests = /\bhttp_reqs\b[\s.:]{1,80}(\d{1,12})\s{1,20}(\d{1,9}(?:\.\d{1,9})?)\/s/.exec(output)
  if (requests === null) return null
  const [, count, rate] = requests
  const failed = /\bhttp_req_failed\b[\s.:]{1,80}(\d{1,3}(?:\.\d{1,4})?)%/.exec(output)?.[1]
  const users = /\bvus_max\b[\s.:]{1,80}(\d{1,9})/.exec(output)?.[1]
  const parts = [
    `k6: ${count} requests (${Number(rate).toFixed(1)}/s)`,
    failed === undefined ? null : `${failed} % failed`,
    users === undefined ? null : `up to ${users} users`,
  ]
  return parts.filter((part) => part !== null).join(', ')
}

/** Without the marks of Markdown around it. */
function oneLine(line: string): string {
  const plain = line
    .slice(0, 1000)
    .replace(/[*`|#>]+/g, ' ')
    .replace(/^[\s-]+/, '')
    .replace(/\s+/g, ' ')
    .trim()
  return plain.length <= maxLineLength ? plain : `${plain.slice(0, maxLineLength - 1)}…`
}

function highest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values)
}
