import type { Logger } from 'pino'
import { knownEvents } from '../store/inbox.ts'
import type { Store } from '../store/open-store.ts'
import { addEffect } from '../store/outbox.ts'
import { openPipelines } from '../store/pipelines.ts'
import { readSetting, writeSetting } from '../store/settings.ts'
import type { Clock } from './clock.ts'
import type { CodeHost } from './code-host.ts'

export interface CatchUpReport {
  readonly missed: number
  readonly askedAgain: number
  readonly openPipelines: number
}

/** GitHub keeps deliveries for three days: https://docs.github.com/webhooks/using-webhooks/viewing-webhook-deliveries */
const deliveriesKeptMs = 3 * 24 * 3600_000
/** Deliveries under way when Sluice went down may be stamped a little earlier. */
const marginMs = 5 * 60_000
/** A pipeline that has said nothing for longer is left to its silence timer. */
const openSinceMs = 24 * 3600_000

/** Id under which a delivery is in the inbox. */
export function deliveryEventId(guid: string): string {
  return `github:${guid}`
}

interface Deps {
  readonly store: Store
  readonly codeHost: CodeHost
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Makes up for what was missed while Sluice was away or GitHub could not reach it: asks GitHub to send again the
 * deliveries that never arrived since it was last asked, and how the pipelines stand that are open. Safe to run at any
 * time, and twice. The very first run only notes the time: what came before Sluice did is none of its business.
 */
export async function catchUp(deps: Deps): Promise<CatchUpReport> {
  const redelivered = await askForMissed(deps)
  return { ...redelivered, openPipelines: await askForState(deps) }
}

/**
 * The first half of `catchUp`: what GitHub could not deliver since it was last asked. Pipelines that fall silent are asked
 * about by their own timers, so this is all that a running Sluice needs from time to time.
 */
export async function askForMissed({ store, codeHost, clock, log }: Deps) {
  const startedAt = clock.now()
  const checkedAt = await readSetting(store.db, 'deliveries_checked_at')
  const noteTime = () => store.transaction((tx) => writeSetting(tx, 'deliveries_checked_at', String(startedAt)))
  if (checkedAt === null) {
    await noteTime()
    return { missed: 0, askedAgain: 0 }
  }
  // A clock that was set back since must not hide what came in between.
  const from = Math.max(Math.min(Number(checkedAt), startedAt) - marginMs, startedAt - deliveriesKeptMs)
  const listed = await codeHost.deliveriesSince(from)
  if (!listed.ok) {
    log.warn({ failure: listed.failure }, 'GitHub did not list its deliveries; asking again within the hour')
    return { missed: 0, askedAgain: 0 }
  }
  // The newest entry of a guid comes first; an older failed one of the same guid may have been made good since.
  const byGuid = new Map([...listed.value].reverse().map((delivery) => [delivery.guid, delivery]))
  const known = await knownEvents(store.db, [...byGuid.keys()].map(deliveryEventId))
  const missed = [...byGuid.values()].filter(
    (delivery) => !delivery.isSuccess && !known.has(deliveryEventId(delivery.guid)),
  )
  let askedAgain = 0
  for (const delivery of missed) {
    const result = await codeHost.redeliver(delivery)
    if (result.ok) askedAgain += 1
    else log.warn({ delivery: delivery.guid, failure: result.failure }, 'a missed delivery was not sent again')
    if (!result.ok && result.failure.type === 'rate_limited') break
  }
  // Those that were not sent again are looked for again next time.
  if (askedAgain === missed.length) await noteTime()
  return { missed: missed.length, askedAgain }
}

async function askForState({ store, clock }: Deps): Promise<number> {
  const now = clock.now()
  const pipelines = await openPipelines(store.db, { since: now - openSinceMs, limit: 500 })
  await store.transaction(async (tx) => {
    for (const { id, repository, sha } of pipelines) {
      const body = { pipelineId: id, repository, sha }
      await addEffect(tx, { id: `sync:${id}:${now}`, lane: `sync:${id}`, type: 'sync_pipeline', body, at: now })
    }
  })
  return pipelines.length
}
