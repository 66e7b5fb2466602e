/**
 * `npm run bench -- NAME [--json]` runs one benchmark, the JSON line comes last. `npm run bench` runs all of them, each
 * in a process of its own, and writes docs/benchmarks.md from what they printed.
 */
import { parseArgs } from 'node:util'
import { spawnNode } from '../spawn-node.ts'
import { analysis } from './analysis.ts'
import { audit } from './audit.ts'
import { type Benchmark, type BenchmarkResult, isMet, targetsOf } from './benchmark.ts'
import { gate } from './gate.ts'
import { describeMachine } from './machine.ts'
import { memory } from './memory.ts'
import { measureRows, writeDocument } from './report.ts'
import { rollback } from './rollback.ts'
import { rollouts } from './rollouts.ts'
import { slackCalls } from './slack-calls.ts'
import { startup } from './startup.ts'
import { webhooks } from './webhooks.ts'

const benchmarks: readonly Benchmark[] = [
  webhooks,
  slackCalls,
  memory,
  startup,
  audit,
  gate,
  analysis,
  rollback,
  rollouts,
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
})
const [name] = positionals
const chosen = benchmarks.find((benchmark) => benchmark.name === name)
if (values.help || positionals.length > 1 || (name !== undefined && chosen === undefined)) {
  const names = benchmarks.map((benchmark) => benchmark.name).join(', ')
  if (!values.help) console.error(`There is no benchmark "${positionals.join(' ')}".`)
  console.error(
    `npm run bench [-- NAME] [--json]\n\nNAME is one of ${names}; all of them without, for docs/benchmarks.md.`,
  )
  process.exit(values.help ? 0 : 2)
}
const isPassed = chosen === undefined ? await runAll() : await runOne(chosen)
process.exit(isPassed ? 0 : 1)

/** Progress goes to the other stream: the JSON line is the last one on this. */
function log(line: string): void {
  console.error(line)
}

async function runOne(benchmark: Benchmark): Promise<boolean> {
  const startedAt = performance.now()
  const tooLong = setTimeout(() => {
    log(`${benchmark.name} has not ended after ${benchmark.timeoutMs / 1000} s and is given up.`)
    process.exit(1)
  }, benchmark.timeoutMs)
  const measures = await benchmark.run((line) => log(`  ${line}`))
  clearTimeout(tooLong)
  const targets = targetsOf(benchmark)
  const pass = Object.entries(targets).every(([measure, target]) => isMet(target, measures[measure]))
  const result: BenchmarkResult = { name: benchmark.name, machine: describeMachine(), measures, targets, pass }
  for (const row of measureRows(benchmark, result))
    log(`  ${row.isMet === false ? '✗' : ' '} ${row.label}: ${row.value} ${row.target}`)
  log(`${benchmark.name}: ${pass ? 'passed' : 'NOT passed'}, ${Math.round((performance.now() - startedAt) / 1000)} s`)
  if (values.json) await new Promise((resolve) => process.stdout.write(`${JSON.stringify(result)}\n`, resolve))
  return pass
}

async function runAll(): Promise<boolean> {
  const results: (readonly [Benchmark, BenchmarkResult | null])[] = []
  for (const benchmark of benchmarks) {
    log(`${benchmark.name}: ${benchmark.title}`)
    results.push([benchmark, await runApart(benchmark)])
  }
  const file = await writeDocument(results, describeMachine())
  log(`${file} is written.`)
  return results.every(([, result]) => result?.pass === true)
}

/** Runs a benchmark in a process of its own, so that none meets the heap of another. Null when it printed no result. */
async function runApart(benchmark: Benchmark): Promise<BenchmarkResult | null> {
  const args = [benchmark.name, '--json']
  const child = spawnNode({ script: 'test/bench/main.ts', args, env: process.env })
  child.stderr.pipe(process.stderr)
  const end = () => child.kill('SIGTERM')
  process.once('exit', end)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  await new Promise((resolve) => child.once('close', resolve))
  process.off('exit', end)
  const line = output.trimEnd().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line) as BenchmarkResult
  } catch {
    // It ended without its line; what went wrong was printed on the other stream.
    log(`${benchmark.name} did not come to an end.`)
    return null
  }
}
