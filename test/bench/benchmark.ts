/** What a benchmark is, and what comes out of a run of one. */

/** One figure of a run: what it is called in the document, its unit (`''` for plain numbers), and how many decimals mean something. */
export interface MeasureText {
  readonly label: string
  readonly unit: string
  readonly decimals?: number
}

export interface Target {
  readonly is: 'at most' | 'at least' | 'exactly'
  readonly limit: number
}

/**
 * Measures side by side, for comparing: they stand in the table alone, and in the list of measures only if they have a
 * target as well.
 */
export interface MeasureTable<Name extends string = string> {
  /** Markdown: what a figure in it says. */
  readonly caption: string
  /** What the first column holds, then a title for each of the others. */
  readonly columns: readonly [string, ...string[]]
  /** One cell for each column but the first; null, and a measure that is no number, are shown as a dash. */
  readonly rows: readonly { readonly label: string; readonly cells: readonly (Name | null)[] }[]
}

export interface Benchmark<Name extends string = string> {
  readonly name: string
  readonly title: string
  /** What is measured and how, in Markdown: a paragraph or two for the document. */
  readonly what: string
  readonly measures: Readonly<Record<Name, MeasureText>>
  readonly targets: Readonly<Partial<Record<Name, Target>>>
  readonly tables?: readonly MeasureTable<Name>[]
  /** How long a run may take before it is ended and counts as failed, in ms. */
  readonly timeoutMs: number
  /** Runs it once. Rejects when something went wrong that makes the figures worthless. */
  readonly run: (log: (line: string) => void) => Promise<Readonly<Record<Name, number>>>
}

/** The JSON line of a run. */
export interface BenchmarkResult {
  readonly name: string
  readonly machine: Machine
  readonly measures: Readonly<Record<string, number>>
  readonly targets: Readonly<Record<string, Target>>
  readonly pass: boolean
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
}

/** Keeps the types of a benchmark's measures and targets together. */
export function defineBenchmark<Name extends string>(benchmark: Benchmark<Name>): Benchmark {
  return benchmark
}

/** A measure that is missing or no number meets nothing. */
export function isMet(target: Target, value: number | undefined): boolean {
  if (value === undefined || !Number.isFinite(value)) return false
  switch (target.is) {
    case 'at most':
      return value <= target.limit
    case 'at least':
      return value >= target.limit
    case 'exactly':
      return value === target.limit
    default:
      return target.is satisfies never
  }
}

/** Targets as a list, without the holes that the type allows. */
export function targetsOf(benchmark: Benchmark): Readonly<Record<string, Target>> {
  const entries = Object.entries(benchmark.targets).flatMap(([name, target]) =>
    target === undefined ? [] : [[name, target] as const],
  )
  return Object.fromEntries(entries)
}
