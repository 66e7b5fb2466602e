import type { Db } from './open-store.ts'

/** Facts about this installation that outlive the process. */
export type SettingKey =
  /** `classic` once the workspace refused plan blocks. */
  | 'slack.layout'
  /** `picture` once the workspace refused a chart and took a picture of it. */
  | 'slack.charts'
  /** JSON: what a canary to that environment can show, by its usual traffic. */
  | `usual_traffic:${string}`
  /** UTC milliseconds of the last sign of life. */
  | 'alive_at'
  /** UTC milliseconds up to which GitHub's list of deliveries was compared with ours. */
  | 'deliveries_checked_at'
  /** Rows and hash of the audit log's head as posted last, `1204 3f78…`. */
  | 'audit_head_posted'
  /** JSON: who opened the Home tab last, newest first, and when. */
  | 'home_opened'
  /** UTC milliseconds: when the Home tab was last drawn again because something had changed. */
  | 'home_drawn_at'
  /** Number of the last row of the audit log that is in a mirror. */
  | `audit_mirrored:${string}`
  /** Name of a repository's default branch, as last heard. */
  | `default_branch:${string}`

export async function readSetting(db: Db, key: SettingKey): Promise<string | null> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst()
  return row?.value ?? null
}

export async function writeSetting(tx: Db, key: SettingKey, value: string): Promise<void> {
  await tx
    .insertInto('settings')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}
