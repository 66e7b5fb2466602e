/**
 * A store as a busy team has it after a year: a million deliveries, ten thousand pipelines and all that belongs to
 * them. Written row by row with prepared statements; what is in the rows is of the size and kind that Sluice writes.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { z } from 'zod'
import type { CommitFact, Fact, JobFact, PushFact, RunFact, RunStatus } from '../../src/pipeline/facts.ts'
import { migrate } from '../../src/store/migrate.ts'

const dayMs = 24 * 3600_000
const hourMs = 3600_000
const minuteMs = 60_000
const keptDays = 365
const payloadDays = 30
/** A few more than ten thousand: what is not finished has fewer deliveries. */
const pipelines = 10_010
/** The newest ones are not finished. */
const openPipelines = 20
const runsOfPipeline = 3
const jobsOfRun = 10
const phases: readonly RunStatus[] = ['queued', 'in_progress', 'completed']

export interface FilledStore {
  readonly deliveries: number
  readonly pipelines: number
  /** Raw payloads that are not pruned yet. */
  readonly payloads: number
  readonly bytes: number
}

/** Makes the file, migrated and filled. Blocks this process for as long as that takes. */
export function fillStore(options: {
  readonly file: string
  readonly repository: string
  readonly channel: string
  readonly now: number
}): FilledStore {
  const { file, repository, channel, now } = options
  mkdirSync(dirname(file), { recursive: true })
  const database = new Database(file)
  // Nothing here has to outlive a crash, and nobody else looks.
  database.pragma('journal_mode = MEMORY')
  database.pragma('synchronous = OFF')
  database.pragma('foreign_keys = OFF')
  database.pragma('cache_size = -400000')
  migrate(database)
  const counts = database.transaction(() => insertYear(database, { repository, channel, now }))()
  database.close()
  return { ...counts, bytes: statSync(file).size }
}

function insertYear(
  database: Database.Database,
  { repository, channel, now }: { readonly repository: string; readonly channel: string; readonly now: number },
): Omit<FilledStore, 'bytes'> {
  const insert = statements(database)
  const payloads = compressedExamples()
  let deliveries = 0
  let kept = 0
  for (let number = 0; number < pipelines; number += 1) {
    const isOpen = number >= pipelines - openPipelines
    const startedAt = now - hourMs - Math.round(((pipelines - 1 - number) / pipelines) * keptDays * dayMs)
    const commit = commitOf(repository, number, startedAt, isOpen)
    const id = `01${String(number).padStart(24, '0')}`

    for (const { fact, at } of commit.deliveries) {
      const body = JSON.stringify({ facts: [fact] })
      const { lastInsertRowid } = insert.event.run(`github:${randomUUID()}`, body, at, at + 40)
      deliveries += 1
      if (at < now - payloadDays * dayMs) continue
      insert.payload.run(lastInsertRowid, payloads[deliveries % payloads.length], at)
      kept += 1
    }
    const endedAt = commit.deliveries.at(-1)?.at ?? startedAt
    const verdict = isOpen ? 'running' : 'passed'
    insert.pipeline.run(id, repository, commit.sha, commit.branch, verdict, 100, isOpen ? 1 : 0, startedAt, endedAt)
    for (const fact of commit.facts) insert.fact.run(id, fact.key, JSON.stringify(fact))
    for (const job of commit.facts) {
      if (job.type !== 'job' || job.completedAt === null || job.startedAt === null) continue
      const durationMs = job.completedAt - job.startedAt
      insert.history.run(id, 'job', job.key, repository, commit.branch, job.name, durationMs, job.completedAt)
    }
    for (const stage of ['Pre-build checks', 'Unit tests', 'Build']) {
      if (!isOpen) insert.history.run(id, 'stage', stage, repository, commit.branch, stage, 4 * minuteMs, endedAt)
      insert.notice.run(id, `stage:${stage}`)
    }
    const ts = `${Math.floor(startedAt / 1000)}.${String(number).padStart(6, '0')}`
    insert.card.run(`card${number}`, id, channel, 'C0000000001', ts, 100, 100, randomUUID(), endedAt)
    if (isOpen) {
      const body = JSON.stringify({ pipelineId: id })
      insert.timer.run(`silent:${id}`, 'timer.pipeline_silent', body, now + 15 * minuteMs)
    }
    if (endedAt < now - payloadDays * dayMs) continue
    for (let effect = 0; effect < 4; effect += 1) {
      const body = JSON.stringify({
        cardId: `card${number}`,
        stage: effect,
        text: ':white_check_mark: Unit tests passed',
      })
      insert.effect.run(`line:card${number}:${effect}`, `card:card${number}`, body, endedAt, endedAt, endedAt + 300)
    }
  }
  insert.setting.run('alive_at', String(now))
  insert.setting.run('deliveries_checked_at', String(now))
  insert.setting.run(`default_branch:${repository}`, 'main')
  return { deliveries, pipelines, payloads: kept }
}

function statements(database: Database.Database) {
  return {
    event: database.prepare(
      `INSERT INTO inbox (id, type, body, received_at, processed_at, outcome) VALUES (?, 'github.facts', ?, ?, ?, 'changed')`,
    ),
    payload: database.prepare(`INSERT INTO payloads (inbox_seq, encoding, body, received_at) VALUES (?, 'zstd', ?, ?)`),
    pipeline: database.prepare(
      `INSERT INTO pipelines (id, repository, sha, branch, verdict, revision, is_open, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    fact: database.prepare('INSERT INTO pipeline_facts (pipeline_id, key, body) VALUES (?, ?, ?)'),
    history: database.prepare(
      `INSERT INTO history (pipeline_id, kind, key, repository, branch, name, state, duration_ms, completed_at)
       VALUES (?, ?, ?, ?, ?, ?, 'passed', ?, ?)`,
    ),
    notice: database.prepare('INSERT INTO notices (pipeline_id, key) VALUES (?, ?)'),
    card: database.prepare(
      `INSERT INTO cards (id, pipeline_id, channel, channel_id, ts, state, posts, wanted_revision, shown_revision, digest, shown_at)
       VALUES (?, ?, ?, ?, ?, 'shown', 1, ?, ?, ?, ?)`,
    ),
    timer: database.prepare('INSERT INTO timers (id, type, body, due_at) VALUES (?, ?, ?, ?)'),
    effect: database.prepare(
      `INSERT INTO outbox (id, lane, type, body, state, attempts, not_before, created_at, finished_at)
       VALUES (?, ?, 'post_line', ?, 'done', 1, ?, ?, ?)`,
    ),
    setting: database.prepare('INSERT INTO settings (key, value) VALUES (?, ?)'),
  }
}

interface Commit {
  readonly sha: string
  readonly branch: string
  /** Everything that was told of it, in order. */
  readonly deliveries: readonly { readonly fact: Fact; readonly at: number }[]
  /** What holds in the end: the newest of each key. */
  readonly facts: readonly Fact[]
}

/** The facts of one commit: a push, three workflow runs and thirty jobs, each told of in all its phases. */
function commitOf(repository: string, number: number, startedAt: number, isOpen: boolean): Commit {
  const sha = (number * 2_654_435_761).toString(16).padStart(40, 'a')
  const branch = number % 3 === 0 ? 'main' : `feature/change-${number % 400}`
  const common = { repository, sha }
  const push: PushFact = {
    ...common,
    type: 'push',
    key: `push:${branch}`,
    order: [startedAt],
    branch,
    isDefaultBranch: branch === 'main',
    pusherLogin: `dev-${number % 25}`,
    forced: false,
    compareUrl: `https://github.com/${repository}/compare/${sha.slice(0, 12)}...${sha.slice(12, 24)}`,
    at: startedAt,
  }
  const author: CommitFact = {
    ...common,
    type: 'commit',
    key: 'commit',
    order: [1],
    message: `Change ${number}: make the checkout keep what is in the basket\n\nIt was lost when the session was renewed.`,
    authorName: `Dev ${number % 25}`,
    authorEmail: `dev-${number % 25}@example.com`,
    authorLogin: `dev-${number % 25}`,
    at: startedAt,
  }
  const deliveries: { fact: Fact; at: number }[] = [{ fact: push, at: startedAt }]
  for (const [phase, status] of phases.entries()) {
    if (isOpen && status === 'completed') break
    for (let run = 0; run < runsOfPipeline; run += 1) {
      const runId = number * 10 + run
      const at = startedAt + phase * 3 * minuteMs + run * 1000
      deliveries.push({ fact: runFactOf({ ...common, branch, runId, status, at, startedAt }), at })
      for (let job = 0; job < jobsOfRun; job += 1) {
        const jobAt = at + job * 700
        const fact = jobFactOf({ ...common, branch, runId, jobId: runId * 100 + job, status, at: jobAt })
        deliveries.push({ fact, at: jobAt })
      }
    }
  }
  deliveries.sort((a, b) => a.at - b.at)
  const newest = new Map<string, Fact>([[author.key, author]])
  for (const { fact } of deliveries) newest.set(fact.key, fact)
  return { sha, branch, deliveries, facts: [...newest.values()] }
}

interface Told {
  readonly repository: string
  readonly sha: string
  readonly branch: string
  readonly runId: number
  readonly status: RunStatus
  readonly at: number
}

function runFactOf({ repository, sha, branch, runId, status, at, startedAt }: Told & { startedAt: number }): RunFact {
  return {
    type: 'run',
    repository,
    sha,
    key: `run:${runId}`,
    order: [1, status === 'completed' ? 1 : 0, at, phases.indexOf(status), 1],
    runId,
    workflowId: 4_000 + (runId % 10),
    attempt: 1,
    workflow: `CI ${runId % 10}`,
    event: 'push',
    branch,
    isDefaultBranch: branch === 'main',
    status,
    conclusion: status === 'completed' ? 'success' : null,
    actorLogin: 'dev-1',
    url: `https://github.com/${repository}/actions/runs/${runId}`,
    startedAt,
    updatedAt: at,
  }
}

function jobFactOf({ repository, sha, branch, runId, jobId, status, at }: Told & { jobId: number }): JobFact {
  return {
    type: 'job',
    repository,
    sha,
    key: `job:${jobId}`,
    order: [1, status === 'completed' ? 1 : 0, phases.indexOf(status), at],
    jobId,
    runId,
    attempt: 1,
    workflow: `CI ${runId % 10}`,
    name: `Unit tests (${jobId % 100}, ubuntu-latest)`,
    branch,
    status,
    conclusion: status === 'completed' ? 'success' : null,
    step: status === 'in_progress' ? 'Run npm test' : null,
    url: `https://github.com/${repository}/actions/runs/${runId}/job/${jobId}`,
    startedAt: status === 'queued' ? null : at - (status === 'completed' ? 3 * minuteMs : 0),
    completedAt: status === 'completed' ? at : null,
  }
}

/** GitHub's own examples of the event that there is most of, as the intake writes them. */
function compressedExamples(): readonly Buffer[] {
  const events = z
    .array(z.object({ name: z.string(), examples: z.array(z.unknown()) }))
    .parse(createRequire(import.meta.url)('@octokit/webhooks-examples'))
  const examples = events.find(({ name }) => name === 'workflow_job')?.examples ?? []
  if (examples.length === 0) throw new Error('@octokit/webhooks-examples has no workflow_job.')
  const params = { [constants.ZSTD_c_compressionLevel]: 1 }
  return examples.map((example) => zstdCompressSync(JSON.stringify(example), { params }))
}
