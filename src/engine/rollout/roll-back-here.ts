/**
 * A rollback in this process, whether or not Sluice runs in another: the same rules, in the same store, with the same
 * rows in the outbox. So a Sluice that comes back finds what was decided and done, and goes on with what is left.
 *
 * Should one start meanwhile, nothing goes wrong. Each call may be made by both: calls of a rollback are absolute, and may
 * be repeated. What came of a call becomes one event, because its id is the call's, and it is decided once: here it is
 * written, decided and marked as handled in one transaction, and one that the other has written is taken up only while it
 * is not handled. SQLite lets one transaction write at a time.
 */
import { knownByName } from '../../policy/identity.ts'
import { isRollbackSettled } from '../../release/rollout/roll-back.ts'
import { isOver, type Rollout } from '../../release/rollout/rollout.ts'
import { addEvent, handleWaiting, waitingEvents } from '../../store/inbox.ts'
import type { Db } from '../../store/open-store.ts'
import { headsOfLanes, markDone, markStarted, type OutboxEffect } from '../../store/outbox.ts'
import type { Place } from '../../store/releases.ts'
import { rolloutOf } from '../../store/rollouts.ts'
import { type EffectBodies, legLane, trafficLane, trafficReadLane, urgent } from '../effects.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies, NewEvent } from '../events.ts'
import type { RawPress } from '../gate/acts.ts'
import type { EffectOutcome } from '../perform.ts'
import { handleRolloutHappened, handleRolloutPress } from './handle-rollout.ts'
import { type RolloutCallContext, readTraffic, rollBackLeg, setTraffic } from './perform-rollout.ts'

export interface HereContext extends EngineContext, RolloutCallContext {}

/** So often is looked whether something is due, or another process has done something. In ms. */
const lookEveryMs = 200

/**
 * Presses `Roll back` as the owner of the machine, and carries out what follows.
 *
 * @param options.handedIn - id of the same press in the inbox, which nobody has taken up: this one takes its place
 * @param options.onChange - is told of each step
 * @returns how it stands when there is nothing to wait for any more; null when it was refused (the audit log says why)
 */
export async function rollBackHere(
  options: {
    readonly release: Of
    readonly press: RawPress
    readonly why: string | null
    readonly handedIn: string | null
    readonly onChange: (rollout: Rollout) => void
  },
  context: HereContext,
): Promise<Rollout | null> {
  const { release, press, why, handedIn, onChange } = options
  const { store, clock } = context
  const isTaken = await store.transaction(async (tx) => {
    if (handedIn !== null) await takeBack(tx, handedIn, clock.now())
    return await pressed(tx, { releaseId: release.id, press, why }, context)
  })
  if (!isTaken) return null
  const calls = callsOf(release, context)
  for (;;) {
    await decideWaiting(release.id, context)
    const rollout = await rolloutOf(store.db, release.id)
    if (rollout === null) throw new Error(`The rollout of release ${release.id} is gone from the store.`)
    onChange(rollout)
    if (isOver(rollout)) return rollout
    const isAtWork = await calls.begin()
    if (isRollbackSettled(rollout) && !isAtWork) return rollout
    await Promise.race([calls.next(), pause(context)])
  }
}

/** Whoever took it up meanwhile has rolled back already, and a second press is no more than a request to try again. */
async function takeBack(tx: Db, pressId: string, at: number): Promise<void> {
  for (const id of [pressId, `effect:press:${pressId}`]) await handleWaiting(tx, id, async () => 'taken_back', at)
  for (const effect of await headsOfLanes(tx, [`${urgent}press:${pressId}`])) await markDone(tx, effect.seq, at)
}

async function pressed(
  tx: Db,
  { releaseId, press, why }: { readonly releaseId: string; readonly press: RawPress; readonly why: string | null },
  context: HereContext,
): Promise<boolean> {
  const at = context.clock.now()
  const identity = knownByName(press.userId)
  const memberships = { groups: [], teams: [], unknown: [], readAt: at }
  const operator = { identity, memberships, refused: null }
  const act = { type: 'roll_back', releaseId, seen: null, why } as const
  const { outcome } = await handleRolloutPress(tx, { press, act, operator, at, cause: press.id }, context)
  return outcome === 'applied'
}

/** What another process has written and not decided. */
async function decideWaiting(releaseId: string, context: HereContext): Promise<void> {
  const { store } = context
  for (const event of await waitingEvents(store.db, { type: 'rollout.happened', releaseId })) {
    await store.transaction((tx) => decideOnce(tx, event.id, context))
  }
}

async function decideOnce(tx: Db, eventId: string, context: HereContext): Promise<void> {
  await handleWaiting(
    tx,
    eventId,
    async ({ id, body, receivedAt }) => {
      const happened = JSON.parse(body) as EventBodies['rollout.happened']
      return (await handleRolloutHappened(tx, happened, { id, at: receivedAt }, context)).outcome
    },
    context.clock.now(),
  )
}

type Of = Place & { readonly id: string }

function lanesOf(release: Of): readonly string[] {
  const legs = (['functions', 'frontend'] as const).map((leg) => legLane(release.id, leg))
  return [trafficLane(release), trafficReadLane(release.id), ...legs]
}

/**
 * Whether a rollback has nothing to wait for: see `isRollbackSettled`. What failed before is asked for once more by a
 * press, and then only every minute.
 */
export async function isSettled(db: Db, release: Of, rollout: Rollout, at: number): Promise<boolean> {
  if (isOver(rollout) || !isRollbackSettled(rollout)) return isOver(rollout)
  return (await headsOfLanes(db, lanesOf(release))).every(({ notBefore }) => notBefore > at)
}

/** Makes the calls of one rollback that are due, those of a lane one after the other. */
function callsOf(release: Of, context: HereContext) {
  const { store, clock } = context
  const lanes = lanesOf(release)
  const underWay = new Map<string, Promise<void>>()
  let broken: unknown = null

  async function make(effect: OutboxEffect): Promise<void> {
    await store.transaction((tx) => markStarted(tx, effect.seq, clock.now()))
    const event = await eventOf(effect, context)
    const at = clock.now()
    await store.transaction(async (tx) => {
      await markDone(tx, effect.seq, at)
      if (event === null) return
      await addEvent(tx, { ...event, at })
      await decideOnce(tx, event.id, context)
    })
  }

  return {
    /**
     * @returns whether any is under way
     * @throws when the store could not be written
     */
    async begin(): Promise<boolean> {
      if (broken !== null) throw broken
      const now = clock.now()
      for (const effect of await headsOfLanes(store.db, lanes)) {
        if (underWay.has(effect.lane) || effect.notBefore > now) continue
        const work = make(effect)
          .catch((error: unknown) => {
            broken ??= error
          })
          .finally(() => underWay.delete(effect.lane))
        underWay.set(effect.lane, work)
      }
      return underWay.size > 0
    },
    /** Resolves when one of those that are under way has ended. */
    next: (): Promise<void> => (underWay.size === 0 ? new Promise(() => {}) : Promise.race(underWay.values())),
  }
}

/** What came of a call. A mistake in one must not keep the others from being made: it is a failure like any other. */
async function eventOf(effect: OutboxEffect, context: HereContext): Promise<NewEvent | null> {
  const call = { type: effect.type, body: JSON.parse(effect.body) } as Call
  const outcome = await perform(effect, call, context).catch((error: unknown): EffectOutcome => {
    const body = { releaseId: call.body.releaseId, what: faultOf(call, String(error)) }
    return { type: 'done', event: { id: `effect:${effect.id}`, type: 'rollout.happened', body } }
  })
  return outcome.type === 'done' ? (outcome.event ?? null) : null
}

type CallType = 'set_traffic' | 'read_traffic' | 'roll_back_leg'
/** In the lanes of a rollback are only these. */
type Call = { readonly [Type in CallType]: { readonly type: Type; readonly body: EffectBodies[Type] } }[CallType]

async function perform(effect: OutboxEffect, { type, body }: Call, context: HereContext): Promise<EffectOutcome> {
  switch (type) {
    case 'set_traffic':
      return await setTraffic(effect, body, context)
    case 'read_traffic':
      return await readTraffic(effect, body, context)
    case 'roll_back_leg':
      return await rollBackLeg(effect, body, context)
    default:
      throw new Error(`This is no call of a rollback: ${type satisfies never}`)
  }
}

function faultOf({ type, body }: Call, detail: string): EventBodies['rollout.happened']['what'] {
  const { generation } = body
  switch (type) {
    case 'set_traffic':
      return { type: 'weights_set', generation, result: { ok: false, detail, mayHaveHappened: true } }
    case 'read_traffic':
      return { type: 'traffic_read', purpose: body.purpose, generation, result: { ok: false, detail } }
    default:
      return { type: 'leg_ended', generation, leg: body.leg, result: { ok: false, detail, isFinal: false } }
  }
}

function pause({ clock }: HereContext): Promise<void> {
  return new Promise((resolve) => clock.after(lookEveryMs, resolve))
}
