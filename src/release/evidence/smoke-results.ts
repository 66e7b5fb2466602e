/** Figures that checks report in their output: the slowest twentieth of answers, and whether a load test was run. */
export interface SmokeResults {
  /** Milliseconds; null when no check reported one. */
  readonly p95Ms: number | null
  /** One line; null when no check reported a load test. */
  readonly loadTest: string | null
}

/** `P95 412 ms`, `p(95)=412.3ms`, `p95: 0.41s`. */
const p95 = /\bp\(?95\)?\s*(?:latency)?\s*[:=]?\s*(\d{1,7}(?:\.\d{1,4})?)\s*(ms|s|µs|us)\b/i
const load = /\b(?:load test|k6|virtual users|concurrent users|vus)\b/i
const maxLine = 160

const inMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, µs: 0.001, us: 0.001 }

/** @param checks - with what each says of itself; the first that reports a figure counts */
export function smokeResults(checks: readonly { readonly output: string | null }[]): SmokeResults {
  const lines = checks.flatMap(({ output }) => (output ?? '').split('\n')).map((line) => line.trim())
  const [, figure, unit] = lines.map((line) => p95.exec(line)).find((match) => match !== null) ?? []
  const loadTest = lines.find((line) => load.test(line)) ?? null
  return {
    p95Ms: figure === undefined ? null : Math.round(Number(figure) * (inMs[unit?.toLowerCase() ?? 'ms'] ?? 1)),
    loadTest: loadTest === null ? null : loadTest.slice(0, maxLine),
  }
}
