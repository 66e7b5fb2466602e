import type { FailureDetails } from '../pipeline/failure-details.ts'
import type { Job } from '../pipeline/pipeline.ts'
import type { Db } from './open-store.ts'
import { comparePlace } from './pipelines.ts'

/** By what and whom a failure was mended. Times are UTC milliseconds. */
export interface Fix {
  readonly byLogin: string | null
  readonly sha: string
  readonly how: 're-run' | 'newer commit'
  readonly url: string | null
  readonly commitTitle: string | null
  readonly at: number
}

export interface AlertRow {
  readonly id: string
  readonly pipelineId: string
  readonly repository: string
  readonly branch: string
  /** `workflow / job`, what the job is recognised by on other commits. */
  readonly name: string
  readonly job: Job
  readonly stageName: string
  readonly failedAt: number
  readonly isBroadcast: boolean
  /** Null until they were fetched. */
  readonly details: FailureDetails | null
  readonly fixed: Fix | null
}

const columns = [
  'alerts.id',
  'alerts.pipeline_id as pipelineId',
  'alerts.repository',
  'alerts.branch',
  'alerts.name',
  'alerts.job',
  'alerts.stage_name as stageName',
  'alerts.failed_at as failedAt',
  'alerts.is_broadcast as isBroadcast',
  'alerts.details',
  'alerts.fixed',
] as const

interface SelectedAlert extends Omit<AlertRow, 'job' | 'isBroadcast' | 'details' | 'fixed'> {
  readonly job: string
  readonly isBroadcast: number
  readonly details: string | null
  readonly fixed: string | null
}

function toAlert(row: SelectedAlert): AlertRow {
  return {
    ...row,
    job: JSON.parse(row.job) as Job,
    isBroadcast: row.isBroadcast === 1,
    details: row.details === null ? null : (JSON.parse(row.details) as FailureDetails),
    fixed: row.fixed === null ? null : (JSON.parse(row.fixed) as Fix),
  }
}

export async function addAlert(tx: Db, alert: AlertRow): Promise<void> {
  await tx
    .insertInto('alerts')
    .values({
      id: alert.id,
      pipeline_id: alert.pipelineId,
      repository: alert.repository,
      branch: alert.branch,
      name: alert.name,
      job: JSON.stringify(alert.job),
      stage_name: alert.stageName,
      failed_at: alert.failedAt,
      is_broadcast: alert.isBroadcast ? 1 : 0,
      details: alert.details === null ? null : JSON.stringify(alert.details),
      fixed: alert.fixed === null ? null : JSON.stringify(alert.fixed),
    })
    .execute()
}

export async function alertById(db: Db, id: string): Promise<AlertRow | null> {
  const row = await db.selectFrom('alerts').select(columns).where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toAlert(row)
}

/** Whether a pipeline has alerted its channels already, or is about to. One that was mended before it was posted has not. */
export async function hasBroadcast(db: Db, pipelineId: string): Promise<boolean> {
  const row = await db
    .selectFrom('alerts')
    .select('id')
    .where('pipeline_id', '=', pipelineId)
    .where('is_broadcast', '=', 1)
    .where((eb) =>
      eb.or([
        eb('fixed', 'is', null),
        eb.exists(eb.selectFrom('alert_messages').select('ts').whereRef('alert_id', '=', 'alerts.id')),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Failures of a job, from before `before`, that nothing has mended yet and a pass in this pipeline does: its own, and
 * those of older commits on the branch. A pass of an older commit says nothing of a newer.
 */
export async function openAlerts(
  db: Db,
  job: {
    readonly repository: string
    readonly branch: string | null
    readonly name: string
    readonly before: number
    readonly pipelineId: string
  },
): Promise<readonly AlertRow[]> {
  const rows = await db
    .selectFrom('alerts')
    .innerJoin('pipelines as p', 'p.id', 'alerts.pipeline_id')
    .select(columns)
    .where('alerts.repository', '=', job.repository)
    .where((eb) =>
      eb.or([
        eb('alerts.pipeline_id', '=', job.pipelineId),
        eb.and([eb('alerts.branch', '=', job.branch), comparePlace('<', job.pipelineId)]),
      ]),
    )
    .where('alerts.name', '=', job.name)
    .where('alerts.fixed', 'is', null)
    .where('alerts.failed_at', '<', job.before)
    .execute()
  return rows.map(toAlert)
}

/** Every alert of a pipeline that is not mended yet. */
export async function openAlertsOf(db: Db, pipelineId: string): Promise<readonly AlertRow[]> {
  const rows = await db
    .selectFrom('alerts')
    .select(columns)
    .where('pipeline_id', '=', pipelineId)
    .where('fixed', 'is', null)
    .execute()
  return rows.map(toAlert)
}

/** Alerts of a branch that a newer commit is said to have mended, where one of the two is this pipeline's. */
export async function mendedByNewerCommit(
  db: Db,
  pipeline: { readonly id: string; readonly repository: string; readonly branch: string; readonly sha: string },
): Promise<readonly AlertRow[]> {
  const rows = await db
    .selectFrom('alerts')
    .select(columns)
    .where('repository', '=', pipeline.repository)
    .where('branch', '=', pipeline.branch)
    .where('fixed', 'is not', null)
    .execute()
  return rows
    .map(toAlert)
    .filter(
      ({ pipelineId, fixed }) =>
        fixed?.how === 'newer commit' && (pipelineId === pipeline.id || fixed.sha === pipeline.sha),
    )
}

export async function recordDetails(tx: Db, id: string, details: FailureDetails): Promise<void> {
  await tx
    .updateTable('alerts')
    .set({ details: JSON.stringify(details) })
    .where('id', '=', id)
    .execute()
}

export async function recordFix(tx: Db, id: string, fixed: Fix): Promise<void> {
  await tx
    .updateTable('alerts')
    .set({ fixed: JSON.stringify(fixed) })
    .where('id', '=', id)
    .execute()
}

/**
 * A failure turns out not to be mended after all.
 *
 * @param isBroadcast - whether it is to call people who were not called before
 */
export async function withdrawFix(tx: Db, id: string, isBroadcast: boolean): Promise<void> {
  await tx
    .updateTable('alerts')
    .set({ fixed: null, ...(isBroadcast ? { is_broadcast: 1 } : {}) })
    .where('id', '=', id)
    .execute()
}

/** The alert is posted without calling anybody, so that the pipeline's next failure may. Not if it has called somebody already. */
export async function withdrawBroadcast(tx: Db, id: string): Promise<void> {
  await tx
    .updateTable('alerts')
    .set({ is_broadcast: 0 })
    .where('id', '=', id)
    .where((eb) =>
      eb.not(eb.exists(eb.selectFrom('alert_messages').select('ts').whereRef('alert_id', '=', 'alerts.id'))),
    )
    .execute()
}

export async function recordAlertMessage(
  tx: Db,
  message: { readonly alertId: string; readonly cardId: string; readonly channelId: string; readonly ts: string },
): Promise<void> {
  await tx
    .insertInto('alert_messages')
    .values({ alert_id: message.alertId, card_id: message.cardId, channel_id: message.channelId, ts: message.ts })
    .onConflict((conflict) => conflict.columns(['alert_id', 'card_id']).doNothing())
    .execute()
}

export async function alertMessage(db: Db, alertId: string, cardId: string) {
  const row = await db
    .selectFrom('alert_messages')
    .select(['channel_id as channelId', 'ts'])
    .where('alert_id', '=', alertId)
    .where('card_id', '=', cardId)
    .executeTakeFirst()
  return row ?? null
}
