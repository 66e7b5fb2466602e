import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditEntry, appendAudit, auditHead } from '../../src/store/audit.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { defineBenchmark } from './benchmark.ts'
import { startChild } from './child.ts'
import { median, quantile, round } from './statistics.ts'

const rows = 1_000_000
const rowsOfTransaction = 1000
const rowsOfRelease = 8
const single = 2000
const verifications = 3
const shows = 5

/** What the record of who did what costs when there is much of it. */
export const audit = defineBenchmark({
  name: 'audit',
  title: 'The audit log',
  what: `${rows.toLocaleString('en')} rows are appended to the log of an empty store, ${rowsOfTransaction.toLocaleString('en')} in a transaction, each with the hash of the row before: requests,
approvals and refusals of ${(rows / rowsOfRelease).toLocaleString('en')} releases, with names, a commit, a digest and, for every fifth, a reason in words. Then ${single.toLocaleString('en')} more are
appended to the full log, each in a transaction of its own that is on disk when it ends, as a press of a button is. Then
\`sluice audit verify\` checks the chain from the first row to the last, ${verifications} times, and \`sluice audit show\` tells the story of one release
from the middle, ${shows} times: commands in a process of their own, measured from its start to its end.`,
  measures: {
    append_rows_per_second: { label: `rows appended in a second, ${rowsOfTransaction} in a transaction`, unit: '' },
    append_last_rows_per_second: { label: 'the same, the last tenth of them', unit: '' },
    single_p50_ms: { label: 'one row in a transaction of its own, median', unit: 'ms', decimals: 2 },
    single_p99_ms: { label: 'one row in a transaction of its own, p99', unit: 'ms', decimals: 2 },
    verify_s: { label: '`sluice audit verify`, median', unit: 's', decimals: 2 },
    verify_max_s: { label: '`sluice audit verify`, slowest', unit: 's', decimals: 2 },
    verify_rows_per_second: { label: 'rows verified in a second', unit: '' },
    verify_peak_mb: { label: 'the most memory that it had', unit: 'MB' },
    show_ms: { label: '`sluice audit show`, median', unit: 'ms' },
    rows: { label: 'rows in the log', unit: '' },
    store_mb: { label: "size of the store's file", unit: 'MB' },
  },
  targets: {
    verify_max_s: { is: 'at most', limit: 10 },
    single_p99_ms: { is: 'at most', limit: 100 },
    show_ms: { is: 'at most', limit: 1000 },
    rows: { is: 'at least', limit: 1_000_000 },
  },
  timeoutMs: 300_000,
  async run(log) {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-audit-'))
    try {
      const file = join(folder, 'sluice.db')
      const store = openStore({ file })
      const appended = await append(store, log)
      const singleMs = await appendOneByOne(store)
      const head = await auditHead(store.db)
      await store.close()

      const seconds: number[] = []
      let peakBytes = 0
      for (let run = 1; run <= verifications; run += 1) {
        const command = await sluice(folder, ['verify', '--head', head.hash, '--rows', String(head.rows)])
        if (!command.output.includes(`The chain holds: ${head.rows} rows, head ${head.hash}`)) {
          throw new Error(`The log was not found sound: ${command.output}`)
        }
        seconds.push(command.ms / 1000)
        peakBytes = Math.max(peakBytes, command.peakBytes)
        log(`verification ${run}: ${round(command.ms / 1000, 2)} s`)
      }
      const showMs: number[] = []
      for (let run = 0; run < shows; run += 1) {
        const command = await sluice(folder, ['show', releaseOf(rows / 2)])
        if (!command.output.includes(`${rowsOfRelease} rows`)) throw new Error(`No story: ${command.output}`)
        showMs.push(command.ms)
      }
      return {
        ...appended,
        single_p50_ms: round(quantile(singleMs, 0.5), 3),
        single_p99_ms: round(quantile(singleMs, 0.99), 3),
        verify_s: round(median(seconds), 3),
        verify_max_s: round(Math.max(...seconds), 3),
        verify_rows_per_second: Math.round(head.rows / median(seconds)),
        verify_peak_mb: Math.round(peakBytes / 1e6),
        show_ms: Math.round(median(showMs)),
        rows: head.rows,
        store_mb: Math.round((await stat(file)).size / 1e6),
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
})

async function append(store: Store, log: (line: string) => void) {
  const startedAt = performance.now()
  const lastFrom = rows * 0.9
  let lastAt = startedAt
  for (let from = 0; from < rows; from += rowsOfTransaction) {
    if (from === lastFrom) lastAt = performance.now()
    await store.transaction(async (tx) => {
      for (let number = from; number < from + rowsOfTransaction; number += 1) await appendAudit(tx, entryOf(number))
    })
  }
  const endedAt = performance.now()
  log(`${rows} rows in ${round((endedAt - startedAt) / 1000, 1)} s`)
  return {
    append_rows_per_second: Math.round((rows / (endedAt - startedAt)) * 1000),
    append_last_rows_per_second: Math.round(((rows - lastFrom) / (endedAt - lastAt)) * 1000),
  }
}

async function appendOneByOne(store: Store): Promise<readonly number[]> {
  const times: number[] = []
  for (let number = rows; number < rows + single; number += 1) {
    const startedAt = performance.now()
    await store.transaction((tx) => appendAudit(tx, entryOf(number)))
    times.push(performance.now() - startedAt)
  }
  return times
}

const actions = ['request', 'approve', 'approve', 'start', 'withdraw', 'approve', 'complete', 'cancel'] as const

function entryOf(number: number): AuditEntry {
  const person = number % 25
  const isRefused = number % 5 === 0
  return {
    at: Date.UTC(2026, 0, 1) + number * 30_000,
    actor:
      number % 8 === 3
        ? { type: 'sluice' }
        : {
            type: 'operator',
            id: `U0PERSON${person}`,
            name: `Person ${person}`,
            team: 'T0OMNIHUB1',
            githubLogin: `p${person}`,
          },
    action: actions[number % actions.length] ?? 'request',
    object: `release:${releaseOf(number)}`,
    sha: (number * 2_654_435_761).toString(16).padStart(40, 'a'),
    evidenceDigest: (number * 40_503).toString(16).padStart(64, 'd'),
    reasonCode: isRefused ? 'self_approval' : null,
    reasonText: isRefused ? 'The requester and the authors of the commits cannot approve their own release.' : null,
    client: number % 8 === 3 ? 'sluice' : 'slack',
  }
}

function releaseOf(number: number): string {
  return `01JDB6${String(Math.floor(number / rowsOfRelease)).padStart(20, '0')}`
}

/** Runs the command to its end. */
async function sluice(data: string, args: readonly string[]) {
  const child = startChild({
    script: join('src/cli/main.ts'),
    args: ['--data', data, 'audit', ...args],
    env: { PATH: process.env.PATH ?? '' },
  })
  let peakBytes = 0
  while (child.isRunning()) {
    // What is read last before the end is as good as the peak: the pages are all of one size.
    peakBytes = await child.memory().then(
      (memory) => Math.max(peakBytes, memory.peakBytes || 0),
      () => peakBytes,
    )
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return { ms: performance.now() - child.startedAt, output: child.output(), peakBytes }
}
