import { stageLine } from '../cards/stage-line.ts'
import type { Notice } from '../pipeline/decide-notices.ts'
import { isFailure, isFinal } from '../pipeline/job-state.ts'
import type { Job, Pipeline } from '../pipeline/pipeline.ts'
import {
  type AlertRow,
  addAlert,
  type Fix,
  hasBroadcast,
  openAlerts,
  openAlertsOf,
  recordFix,
} from '../store/alerts.ts'
import { cardsOf } from '../store/cards.ts'
import { passedAfter } from '../store/history.ts'
import type { Db } from '../store/open-store.ts'
import { addEffect } from '../store/outbox.ts'
import { releasesOfCommit } from '../store/releases.ts'
import { cardLane } from './effects.ts'
import type { EngineContext } from './engine-context.ts'
import { jobsOf, lastingName } from './jobs-of.ts'
import { mentionsFor } from './people.ts'
import type { LoadedPipeline } from './pipeline-memory.ts'

interface Announcement {
  readonly row: LoadedPipeline['row']
  readonly view: Pipeline
  readonly at: number
  readonly notice: Notice
}

/** Puts a notice on its way into the threads of the pipeline's cards. */
export async function announce(tx: Db, announcement: Announcement, context: EngineContext): Promise<void> {
  const { notice } = announcement
  switch (notice.type) {
    case 'stage_ended':
      return await announceStage(tx, { ...announcement, notice }, context)
    case 'job_failed':
      return await raiseAlert(tx, { ...announcement, notice }, context)
    default:
      return notice satisfies never
  }
}

async function announceStage(
  tx: Db,
  { row, view, at, notice }: Announcement & { readonly notice: Extract<Notice, { type: 'stage_ended' }> },
  context: EngineContext,
): Promise<void> {
  const message = stageLine(notice.stage, view, {
    layout: 'classic',
    webUrl: context.config.github.webUrl,
    mentions: await mentionsFor(tx, view, context.config),
    usualMs: new Map(),
  })
  for (const card of await cardsOf(tx, row.id)) {
    await addEffect(tx, {
      id: `${notice.key}:${card.id}`,
      lane: cardLane(card.id),
      type: 'post_in_thread',
      body: { cardId: card.id, message },
      at,
    })
  }
}

/**
 * A failure: what is known of it is fetched first, then the alert is posted. The first one of a pipeline is shown in
 * the channel too. One that was mended before we heard of it (its delivery came late) alerts nobody.
 */
async function raiseAlert(
  tx: Db,
  { row, view, at, notice }: Announcement & { readonly notice: Extract<Notice, { type: 'job_failed' }> },
  context: EngineContext,
): Promise<void> {
  const { job, stageName } = notice
  if (await isOwnRecord(tx, row, job)) return
  const name = lastingName(job)
  const branch = view.branch ?? ''
  const failedAt = job.completedAt ?? at
  const passed = await passedAfter(tx, {
    repository: row.repository,
    branch,
    name,
    after: failedAt,
    pipelineId: row.id,
  })
  const alert: AlertRow = {
    id: context.newId(),
    pipelineId: row.id,
    repository: row.repository,
    branch,
    name,
    job,
    stageName,
    failedAt,
    isBroadcast: passed === null && !(await hasBroadcast(tx, row.id)),
    details: null,
    fixed: null,
  }
  await addAlert(tx, alert)
  await addEffect(tx, {
    id: `details:${alert.id}`,
    lane: `alert:${alert.id}`,
    type: 'fetch_failure_details',
    body: { alertId: alert.id },
    at,
  })
  if (passed !== null) {
    const { sha, completedAt } = passed
    const fix = { byLogin: null, sha, how: 'newer commit', url: null, commitTitle: null, at: completedAt } as const
    await recordFix(tx, alert.id, fix)
  }
}

/** GitHub's record of a release of ours says what we told it: the release's own card and thread tell people why. */
async function isOwnRecord(tx: Db, commit: LoadedPipeline['row'], job: Job): Promise<boolean> {
  if (job.source !== 'deployment') return false
  const releases = await releasesOfCommit(tx, commit)
  return releases.some(({ deploymentId }) => deploymentId !== null && job.key === `deployment:${deploymentId}`)
}

/** Edits the alerts of failures that this pipeline's newly passed jobs have mended. */
export async function mendAlerts(
  tx: Db,
  change: {
    readonly row: LoadedPipeline['row']
    readonly before: Pipeline | null
    readonly view: Pipeline
    readonly at: number
  },
): Promise<void> {
  const { row, before, view, at } = change
  const failing = new Set(
    jobsOf(view)
      .filter(isFailing)
      .map((job) => job.key),
  )
  const passedBefore = new Set((before === null ? [] : jobsOf(before)).filter(hasPassed).map((job) => job.key))
  for (const job of jobsOf(view)) {
    if (!hasPassed(job) || passedBefore.has(job.key)) continue
    const alerts = await openAlerts(tx, {
      repository: row.repository,
      branch: view.branch,
      name: lastingName(job),
      before: job.completedAt ?? at,
      pipelineId: row.id,
    })
    for (const alert of alerts) {
      // Another run of the same commit has passed (for the pull request, not the push): this one is as broken as before.
      const isStillFailing = alert.pipelineId === row.id && failing.has(alert.job.key)
      if (!isStillFailing) await mend(tx, alert, fixBy(job, alert, change), at)
    }
  }
  await mendByRerun(tx, change)
}

/**
 * A re-run that has passed mends every alert of its older attempts. By the name of a job alone some would stay: while
 * deliveries were missing, the run itself or another of its jobs may have been blamed.
 */
async function mendByRerun(tx: Db, change: Parameters<typeof mendAlerts>[1]): Promise<void> {
  const { row, view, at } = change
  const jobs = jobsOf(view)
  for (const run of view.runs ?? []) {
    const ofRun = jobs.filter((job) => job.runId === run.runId)
    if (run.attempt === 1 || !run.isCompleted || ofRun.some((job) => !isFinal(job.state) || isFailure(job.state)))
      continue
    const last = ofRun.filter(hasPassed).toSorted((a, b) => (b.completedAt ?? 0) - (a.completedAt ?? 0))[0]
    if (last === undefined) continue
    for (const alert of await openAlertsOf(tx, row.id)) {
      const isOfOlderAttempt = alert.job.runId === run.runId && alert.job.attempt < run.attempt
      if (isOfOlderAttempt) await mend(tx, alert, fixBy(last, alert, change), at)
    }
  }
}

function isFailing(job: Job): boolean {
  return isFailure(job.state) && !job.isFromOlderAttempt
}

function hasPassed(job: Job): boolean {
  return job.state === 'passed' && !job.isFromOlderAttempt
}

function fixBy(
  job: Job,
  alert: AlertRow,
  { row, view, at }: { readonly row: LoadedPipeline['row']; readonly view: Pipeline; readonly at: number },
): Fix {
  const isRerun = alert.pipelineId === row.id
  const rerun = view.reruns.find((candidate) => candidate.runId === job.runId)
  return {
    byLogin: isRerun ? (rerun?.actorLogin ?? null) : view.authorLogin,
    sha: row.sha,
    how: isRerun ? 're-run' : 'newer commit',
    url: job.url,
    commitTitle: isRerun ? null : view.title,
    at: job.completedAt ?? at,
  }
}

async function mend(tx: Db, alert: AlertRow, fix: Fix, at: number): Promise<void> {
  await recordFix(tx, alert.id, fix)
  for (const card of await cardsOf(tx, alert.pipelineId)) {
    await addEffect(tx, {
      id: `fixed:${alert.id}:${card.id}`,
      lane: cardLane(card.id),
      type: 'update_alert',
      body: { cardId: card.id, alertId: alert.id },
      at,
    })
  }
}
