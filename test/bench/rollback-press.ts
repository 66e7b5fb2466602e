/** One press on "Roll back": what it took until the traffic was back, and what of that the services took. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { rolloutActions } from '../../src/cards/gate-actions.ts'
import type { Db } from '../../src/store/open-store.ts'
import type { OpenRollout } from './rollout-store.ts'
import type { Place, RolloutBenchWorld } from './rollout-world.ts'

export interface PressedRollback {
  /** From the request with the press to the traffic read back and written down, ms. */
  readonly ms: number
  /** Of these, while no call that the traffic waited for was under way. */
  readonly ownMs: number
}

const lookEveryMs = 15
const giveUpMs = 60_000

/** @param user - presses; nobody else does at the same time */
export async function pressRollback(
  bench: RolloutBenchWorld,
  db: Db,
  { place, open: { rollout, ts }, user }: { readonly place: Place; readonly open: OpenRollout; readonly user: string },
): Promise<PressedRollback> {
  const { slack } = bench.world
  const clockAheadMs = Date.now() - performance.now()
  const beganAt = performance.now()
  const press = { user, channel: place.channelId, ts, actionId: rolloutActions.rollBack }
  const delivery = await slack.press(press)
  if (!delivery.acknowledged) throw new Error(`A press was not acknowledged: ${JSON.stringify(delivery.attempts)}`)
  const endedAt = (await writtenDownAt(db, rollout.releaseId)) - clockAheadMs
  const { blue = 0, green = 100 } = place.balancer.percents()
  if (blue !== 100 || green !== 0) throw new Error(`Traffic is said to be back, and is ${blue} to ${green}.`)
  const ms = endedAt - beganAt
  return { ms, ownMs: ms - coveredMs(callsOf(bench, place, user), beganAt, endedAt) }
}

/** When the reading that told that the traffic is back was written down as such, UTC milliseconds. */
async function writtenDownAt(db: Db, releaseId: string): Promise<number> {
  const deadline = performance.now() + giveUpMs
  const trafficAt = sql<number | null>`json_extract(body, '$.stopwatch.trafficAt')`
  while (performance.now() < deadline) {
    const row = await db
      .selectFrom('rollouts')
      .select(trafficAt.as('at'))
      .where('release_id', '=', releaseId)
      .executeTakeFirst()
    if (row !== undefined && row.at !== null) {
      const { processedAt } = await db
        .selectFrom('inbox')
        .select('processed_at as processedAt')
        .where('type', '=', 'rollout.happened')
        .where('received_at', '=', row.at)
        .where(sql<boolean>`json_extract(body, '$.releaseId') = ${releaseId}`)
        .where(sql<boolean>`json_extract(body, '$.what.type') = 'weights_set'`)
        .executeTakeFirstOrThrow()
      if (processedAt !== null) return processedAt
    }
    await sleep(lookEveryMs)
  }
  throw new Error(`The traffic of ${releaseId} is not back after ${giveUpMs} ms.`)
}

interface Call {
  readonly beganAt: number
  readonly endedAt: number
}

/** Who pressed, in which group they are, and everything about this balancer. */
function callsOf({ world, cloudflare }: RolloutBenchWorld, place: Place, user: string): readonly Call[] {
  const ids = [place.balancer.loadBalancerId, ...Object.values(place.balancer.poolIds)]
  const asked = world.slack.calls.filter(
    ({ method, args }) =>
      (method === 'users.info' && args.user === user) ||
      (method === 'usergroups.users.list' && args.usergroup === place.group),
  )
  return [...asked, ...cloudflare.requests.filter(({ path }) => ids.some((id) => path.includes(id)))]
}

/** How much of a time at least one call was under way, ms. */
function coveredMs(calls: readonly Call[], from: number, to: number): number {
  const within = calls
    .filter((call) => call.beganAt >= from && call.beganAt < to)
    .toSorted((a, b) => a.beganAt - b.beganAt)
  let covered = 0
  let until = from
  for (const { beganAt, endedAt } of within) {
    const end = Math.min(endedAt, to)
    covered += Math.max(0, end - Math.max(beganAt, until))
    until = Math.max(until, end)
  }
  return covered
}
