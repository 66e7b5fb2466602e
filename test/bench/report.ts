/** docs/benchmarks.md, written from the results of one run and nothing else. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectFolder } from '../spawn-node.ts'
import { type Benchmark, type BenchmarkResult, isMet, type Machine, type MeasureTable } from './benchmark.ts'

interface MeasureRow {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly isMeasured: boolean
  /** `at most 60`, or empty. */
  readonly target: string
  /** Null where there is no target. */
  readonly isMet: boolean | null
}

export function measureRows(benchmark: Benchmark, result: BenchmarkResult): readonly MeasureRow[] {
  return Object.entries(benchmark.measures).map(([name, { label, unit, decimals = 0 }]) => {
    const value = result.measures[name]
    const target = result.targets[name]
    const isMeasured = value !== undefined && Number.isFinite(value)
    const withUnit = (number: number) => {
      const digits = number.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
      return unit === '' ? digits : `${digits} ${unit}`
    }
    return {
      name,
      label,
      value: isMeasured ? withUnit(value) : 'not measured',
      isMeasured,
      target: target === undefined ? '' : `${target.is} ${withUnit(target.limit)}`,
      isMet: target === undefined ? null : isMet(target, value),
    }
  })
}

/** @returns the path of the file, from the project's folder */
export async function writeDocument(
  results: readonly (readonly [Benchmark, BenchmarkResult | null])[],
  machine: Machine,
): Promise<string> {
  const file = 'docs/benchmarks.md'
  const date = new Date().toISOString().slice(0, 10)
  const text = `# How fast is it?

\`npm run bench\` measured this on ${date} and wrote this page; \`npm run bench -- NAME --json\` runs one of them and prints its
figures as one line of JSON. Everything runs on one machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB of memory, ${machine.kernel},
Node ${machine.node}. Sluice runs in a process of its own, as in production; the load and the simulated services are in another.
Figures on your machine will differ; the shares and the counts should not by much.

${results.map(([benchmark, result]) => section(benchmark, result)).join('\n\n')}
`
  await writeFile(join(projectFolder, file), text)
  return file
}

function section(benchmark: Benchmark, result: BenchmarkResult | null): string {
  const heading = `## ${benchmark.title} (\`${benchmark.name}\`)\n\n${benchmark.what}`
  if (result === null) return `${heading}\n\n**It did not come to an end in this run, so there are no figures.**`
  const all = measureRows(benchmark, result)
  const tables = benchmark.tables ?? []
  const inTables = new Set(tables.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells)))
  const rows = all
    .filter(({ name, isMet: met }) => met !== null || !inTables.has(name))
    .map(
      (row) =>
        `| ${row.label} | ${row.value} | ${row.isMet === null ? '' : `${row.target} ${row.isMet ? '✓' : '✗'}`} |`,
    )
  const verdict = result.pass ? 'Every target was met.' : '**Not every target was met.**'
  const list = `| Measure | In this run | Target |\n| --- | ---: | --- |\n${rows.join('\n')}`
  return [heading, verdict, list, ...tables.map((table) => tableText(table, all))].join('\n\n')
}

function tableText({ caption, columns, rows }: MeasureTable, all: readonly MeasureRow[]): string {
  const textOf = (name: string | null) => {
    const row = all.find((one) => one.name === name)
    return row === undefined || !row.isMeasured ? '–' : row.value
  }
  const lines = [
    columns,
    columns.map((_, index) => (index === 0 ? '---' : '---:')),
    ...rows.map(({ label, cells }) => [label, ...cells.map(textOf)]),
  ]
  return `${caption}\n\n${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}`
}
