import { sql } from 'kysely'
import type { Db, Store } from './open-store.ts'
import { pruneEffects } from './outbox.ts'
import { prunePayloads } from './payloads.ts'
import { prunePipelines } from './pipelines.ts'
import { pruneChecks } from './rollouts.ts'
import { pruneBundles, pruneSnapshots } from './snapshots.ts'

/** What was measured is kept so much longer than payloads, in ms: policies are tested on the last months' releases. */
const checksAreKeptForMs = 60 * 86_400_000

/** How many rows are deleted in one transaction, so that nobody waits for it. */
const batch = 500

export interface Pruned {
  readonly payloads: number
  readonly pipelines: number
  readonly events: number
  readonly effects: number
  readonly snapshots: number
  readonly bundles: number
  readonly checks: number
}

/**
 * Deletes what is older than it is kept for: raw payloads, pipelines with their cards and alerts, handled events and
 * finished effects, snapshots of releases that are not rolled back to any more, and what was measured of old rollouts. The
 * audit log is never pruned. Works in small steps; other work goes on between them.
 *
 * @param before - UTC milliseconds each
 */
export async function prune(
  store: Store,
  before: { readonly payloads: number; readonly pipelines: number },
): Promise<Pruned> {
  return {
    payloads: await inSteps(store, (tx) => prunePayloads(tx, before.payloads, batch)),
    pipelines: await inSteps(store, (tx) => prunePipelines(tx, before.pipelines, batch)),
    events: await inSteps(store, (tx) => pruneEvents(tx, before)),
    effects: await inSteps(store, (tx) => pruneEffects(tx, before.payloads, batch)),
    snapshots: await inSteps(store, (tx) => pruneSnapshots(tx, before.payloads, batch)),
    bundles: await inSteps(store, (tx) => pruneBundles(tx, batch)),
    checks: await inSteps(store, (tx) => pruneChecks(tx, before.payloads - checksAreKeptForMs, batch)),
  }
}

async function inSteps(store: Store, step: (tx: Db) => Promise<number>): Promise<number> {
  let total = 0
  for (;;) {
    const deleted = await store.transaction(step)
    total += deleted
    if (deleted < batch) return total
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/**
 * Handled events are kept as long as pipelines: their ids are what a late duplicate is recognised by. What Sluice told
 * itself of its rollouts is large, and comes from nowhere else.
 */
async function pruneEvents(tx: Db, before: { readonly payloads: number; readonly pipelines: number }): Promise<number> {
  const result = await sql`delete from inbox where seq in
    (select seq from inbox where processed_at is not null and (received_at < ${before.pipelines}
      or (received_at < ${before.payloads} and type in ('rollout.happened', 'timer.rollout'))) limit ${batch})`.execute(
    tx,
  )
  return Number(result.numAffectedRows ?? 0n)
}
