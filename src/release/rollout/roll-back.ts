/**
 * Traffic back to the baseline, and functions and frontend to what they were, at the same time. Each leg is tried until it
 * is done; nothing is called done that was not read back.
 */
import type { Identity } from '../../policy/identity.ts'
import { type ReasonCode, reasons } from '../../policy/reason-codes.ts'
import { becauseOf } from '../say.ts'
import { listed, person, plainWords, quote } from '../text-with-people.ts'
import { type Move, moved, nothing, own, timeOf, unsureForMs } from './moves.ts'
import { isRollingBack, type Leg, type LegName, type Rollback, type Rollout } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutEffect, RolloutEvent } from './rollout-decision.ts'
import { baselineSplit, healthOf, isBaselineOnly, splitWords } from './traffic-split.ts'

const legNames: readonly LegName[] = ['traffic', 'functions', 'frontend']

/**
 * Between attempts, in ms: twice as long each time, up to `longestMs`. After so many failures people are told to do it by
 * hand, while it is tried on. Traffic is asked for quickly and often: with half of the calls failing it takes seconds.
 */
const usualPatience = { firstMs: 1_000, longestMs: 15_000, failuresToTell: 6, onceToldMs: 60_000 }
const patience: Readonly<Record<LegName, typeof usualPatience>> = {
  traffic: { firstMs: 100, longestMs: 1_000, failuresToTell: 10, onceToldMs: 10_000 },
  functions: usualPatience,
  frontend: usualPatience,
}
/** An attempt that nothing is heard of for so long is made again: all of them may be repeated. */
const silenceMs = 30_000

export interface RollbackCause {
  readonly reason: ReasonCode | null
  readonly by: Identity | null
  readonly why: string | null
}

const notNeeded: Leg = { state: 'not_needed', failures: 0, retryAt: null, detail: null }

/** Begins it, from whatever there is. What was asked for before is dropped, and nothing of it counts any more. */
export function startRollback(rollout: Rollout, cause: RollbackCause, now: number): Move {
  const generation = rollout.generation + 1
  const pending: Leg = { state: 'pending', failures: 0, retryAt: now + silenceMs, detail: null }
  const { pools, hosts } = rollout
  const rollback: Rollback = {
    ...cause,
    generation,
    legs: {
      // Before the roles are known nothing was shifted, and nobody could say to which pool.
      traffic: pools === null ? notNeeded : pending,
      functions: hosts.functions ? pending : notNeeded,
      frontend: hosts.frontend ? pending : notNeeded,
    },
  }
  const next = moved(rollout, now, {
    phase: { name: 'rolling_back', since: now },
    wanted: null,
    drift: null,
    rollback,
    stopwatch: { ...rollout.stopwatch, rollbackAt: now },
  })
  const calls = legNames.filter((leg) => rollback.legs[leg].state === 'pending').map((leg) => callOf(next, leg, 0))
  const begun: Move = {
    rollout: next,
    effects: [{ type: 'cancel_calls', before: generation }, ...calls],
  }
  if (calls.length > 0) return begun
  const settled = settle(next, now)
  return { rollout: settled.rollout, effects: [...begun.effects, ...settled.effects] }
}

/** Why it is rolled back, as a sentence. */
export function causeSentence({ reason, by, why }: RollbackCause): string {
  if (by !== null) return `${person(by)} rolled it back${becauseOf(why)}`
  const sentence = reason === null ? 'It was rolled back.' : reasons[reason]
  return why === null ? sentence : `${sentence} ${quote(why)}`
}

function callOf(rollout: Rollout, leg: LegName, afterMs: number): RolloutEffect {
  const { generation, pools } = rollout
  if (leg !== 'traffic') return { type: 'roll_back_leg', leg, generation, afterMs }
  if (pools === null) throw new Error('Traffic is a leg only where the pools are known.')
  return { type: 'set_traffic', generation, afterMs, ...baselineSplit(pools, rollout.hasSessionAffinity) }
}

function withLeg(rollout: Rollout, name: LegName, leg: Leg): Rollout {
  const { rollback } = rollout
  return rollback === null
    ? rollout
    : { ...rollout, rollback: { ...rollback, legs: { ...rollback.legs, [name]: leg } } }
}

export function rollbackLegEnded(
  rollout: Rollout,
  event: Extract<RolloutEvent, { readonly type: 'leg_ended' }>,
  context: RolloutContext,
): RolloutDecision {
  const leg = openLeg(rollout, event.leg, event.generation)
  if (leg === null) return nothing(rollout)
  const now = timeOf(rollout, event.at)
  if (event.result.ok) return legDone(rollout, event.leg, now)
  return legFailed(rollout, event.leg, leg, event.result.detail, event.result.isFinal, context, now)
}

/** The end of the traffic's leg: what was read back decides, not that the call was taken. */
export function baselineSet(
  rollout: Rollout,
  event: Extract<RolloutEvent, { readonly type: 'weights_set' }>,
  context: RolloutContext,
): RolloutDecision {
  const leg = openLeg(rollout, 'traffic', event.generation)
  const { pools } = rollout
  if (leg === null || pools === null) return nothing(rollout)
  const now = timeOf(rollout, event.at)
  if (!event.result.ok) return legFailed(rollout, 'traffic', leg, event.result.detail, false, context, now)
  const { reading } = event.result
  if (!isBaselineOnly(reading, pools, rollout.hasSessionAffinity)) {
    const detail = `Read back: ${splitWords(reading)}`
    return legFailed(rollout, 'traffic', leg, detail, false, context, now)
  }
  const back = { ...rollout, confirmed: 0, stopwatch: { ...rollout.stopwatch, trafficAt: now } }
  const done = legDone(back, 'traffic', now)
  if (healthOf(reading, pools.baseline) !== 'unhealthy' || rollout.wasBaselinePaged) return done
  const text = `All traffic is on ${quote(pools.baseline)} again, which is not healthy.`
  return {
    ...done,
    rollout: { ...done.rollout, wasBaselinePaged: true },
    effects: [...done.effects, { type: 'page', reason: 'baseline_unhealthy', text }],
  }
}

/** The split was read once more: after all legs the last word on whether it is over, and before that a look at the traffic. */
export function rollbackVerified(
  rollout: Rollout,
  event: Extract<RolloutEvent, { readonly type: 'traffic_read' }>,
  context: RolloutContext,
): RolloutDecision {
  const { rollback, pools } = rollout
  if (rollback === null || pools === null || !isRollingBack(rollout)) return nothing(rollout)
  if (event.purpose !== 'verify' || event.generation < rollback.generation) return nothing(rollout)
  const leg = rollback.legs.traffic
  // It is being set again already.
  if (leg.state !== 'done') return nothing(rollout)
  const now = timeOf(rollout, event.at)
  const isLast = isAllDone(rollback)
  if (!event.result.ok) {
    if (!isLast) return nothing(rollout)
    return legFailed(rollout, 'traffic', leg, event.result.detail, false, context, now)
  }
  if (isBaselineOnly(event.result.reading, pools, rollout.hasSessionAffinity)) {
    if (!isLast) return nothing(rollout)
    if (unsureForMs(rollout, now) > 0) return nothing(rollout, [verify(rollout, now)])
    return own(finish(rollout, now), 'rolled_back', rollback.reason, causeSentence(rollback))
  }
  const detail = `It changed again: ${splitWords(event.result.reading)}`
  return legFailed(rollout, 'traffic', leg, detail, false, context, now)
}

/** Null when it is done already, or the answer is of a call from before the rollback. */
function openLeg(rollout: Rollout, name: LegName, generation: number): Leg | null {
  const { rollback } = rollout
  if (rollback === null || !isRollingBack(rollout) || generation < rollback.generation) return null
  const leg = rollback.legs[name]
  return leg.state === 'pending' || leg.state === 'failed' ? leg : null
}

function legDone(rollout: Rollout, name: LegName, now: number): RolloutDecision {
  const at = `${name}At` as const
  const { phase } = rollout
  // The failures are kept: somebody who changes it again and again is told of in the end.
  const failures = rollout.rollback?.legs[name].failures ?? 0
  const next = withLeg(
    {
      ...rollout,
      movedAt: now,
      stopwatch: { ...rollout.stopwatch, [at]: now },
      phase: phase.name === 'rollback_incomplete' ? { ...phase, manualSteps: without(phase.manualSteps, name) } : phase,
    },
    name,
    { state: 'done', failures, retryAt: null, detail: null },
  )
  const text = `${legWords[name]} back.`
  const settled = settle(next, now)
  const reason = settled.rollout.phase.name === 'rolled_back' ? (next.rollback?.reason ?? null) : null
  const effects: readonly RolloutEffect[] = [{ type: 'post_line', text }, ...settled.effects]
  return own({ rollout: settled.rollout, effects }, 'leg_done', reason, text)
}

function without<T>(
  steps: Readonly<Partial<Record<LegName, T>>>,
  name: LegName,
): Readonly<Partial<Record<LegName, T>>> {
  return Object.fromEntries(Object.entries(steps).filter(([leg]) => leg !== name))
}

const legWords = { traffic: 'Traffic is', functions: 'The edge functions are', frontend: 'The frontend is' } as const

function legFailed(
  rollout: Rollout,
  name: LegName,
  leg: Leg,
  detail: string,
  isFinal: boolean,
  context: RolloutContext,
  now: number,
): RolloutDecision {
  const failures = leg.failures + 1
  const { firstMs, longestMs, failuresToTell, onceToldMs } = patience[name]
  const isTold = isFinal || leg.state === 'failed' || failures >= failuresToTell
  const afterMs = isTold ? onceToldMs : Math.min(longestMs, firstMs * 2 ** (failures - 1))
  const next = withLeg(rollout, name, {
    state: isTold ? 'failed' : 'pending',
    failures,
    retryAt: now + afterMs + silenceMs,
    detail,
  })
  const again = callOf(next, name, afterMs)
  if (!isTold || (leg.state === 'failed' && next.phase.name === 'rollback_incomplete')) return nothing(next, [again])
  const incomplete = tellIncomplete(next, context, now)
  const text = `${name}: ${quote(detail)}`
  return own(
    // Asked under the new generation, so that nothing drops it.
    { rollout: incomplete.rollout, effects: [callOf(incomplete.rollout, name, afterMs), ...incomplete.effects] },
    'rollback_incomplete',
    'leg_failed',
    text,
  )
}

function tellIncomplete(rollout: Rollout, { byHand }: RolloutContext, now: number): Move {
  const legs = rollout.rollback?.legs
  const failed = legNames.filter((name) => legs?.[name].state === 'failed')
  const manualSteps = Object.fromEntries(failed.map((name) => [name, byHand[name] ?? []]))
  const details = failed.map((name) => `${name}: ${quote(legs?.[name].detail ?? '')}`)
  const text = `The rollback is not complete (${details.join('; ')}). It is tried again, and can be done by hand: ${listed(failed)}.`
  return {
    rollout: moved(rollout, now, { phase: { name: 'rollback_incomplete', since: now, manualSteps } }),
    effects: [{ type: 'page', reason: 'leg_failed', text }],
  }
}

/**
 * What could not be put back was put back by hand: somebody says so, and it is not tried any more. Never the traffic, which
 * is read.
 *
 * @returns null where nothing waits for that
 */
export function doneByHand(rollout: Rollout, by: Identity, now: number): Move | null {
  const { rollback, phase } = rollout
  const parts = partsByHand(rollout)
  if (rollback === null || phase.name !== 'rollback_incomplete' || parts.length === 0) return null
  let next = moved(rollout, now, {})
  let { manualSteps } = phase
  for (const name of parts) {
    const leg = rollback.legs[name]
    next = withLeg(next, name, {
      ...leg,
      state: 'done',
      retryAt: null,
      detail: `By hand, says ${plainWords(person(by))}.`,
    })
    next = { ...next, stopwatch: { ...next.stopwatch, [`${name}At`]: now } }
    manualSteps = without(manualSteps, name)
  }
  const settled = settle({ ...next, phase: { ...phase, manualSteps } }, now)
  const text = `${person(by)} says that it was put back by hand: ${listed(parts)}.`
  return { rollout: settled.rollout, effects: [{ type: 'post_line', text }, ...settled.effects] }
}

/** The parts of a rollback that were tried in vain and that somebody may do by hand. */
export function partsByHand({ rollback, phase }: Rollout): readonly Exclude<LegName, 'traffic'>[] {
  if (rollback === null || phase.name !== 'rollback_incomplete') return []
  return (['functions', 'frontend'] as const).filter((name) => rollback.legs[name].state === 'failed')
}

function isAllDone({ legs }: Rollback): boolean {
  return legNames.every((name) => legs[name].state === 'done' || legs[name].state === 'not_needed')
}

/**
 * Whether there is nothing to wait for: it is over, or each part is done or has been given to people to do by hand (and is
 * tried again every minute).
 */
export function isRollbackSettled({ phase, rollback }: Pick<Rollout, 'phase' | 'rollback'>): boolean {
  if (phase.name === 'rolled_back' || rollback === null) return true
  const states = legNames.map((name) => rollback.legs[name].state)
  return states.includes('failed') && !states.includes('pending')
}

/** What is next after a leg: one more look at the traffic, and the end. */
function settle(rollout: Rollout, now: number): Move {
  const { rollback } = rollout
  if (rollback === null || !isAllDone(rollback)) return { rollout, effects: [] }
  return rollback.legs.traffic.state === 'done' ? { rollout, effects: [verify(rollout, now)] } : finish(rollout, now)
}

/** Not before what may still be on its way from before has had its effect. */
function verify(rollout: Rollout, now: number): RolloutEffect {
  const { generation } = rollout
  return { type: 'read_traffic', purpose: 'verify', generation, afterMs: unsureForMs(rollout, now) }
}

function finish(rollout: Rollout, now: number): Move {
  const { rollback } = rollout
  const why = `${rollout.sha.slice(0, 7)} was rolled back. ${rollback === null ? '' : causeSentence(rollback)}`.trim()
  return {
    rollout: moved(rollout, now, {
      phase: { name: 'rolled_back', at: now },
      stopwatch: { ...rollout.stopwatch, endedAt: now },
    }),
    effects: [
      { type: 'lock_environment', why },
      { type: 'deployment_status', state: 'failure' },
      { type: 'environment_free' },
      { type: 'post_story' },
    ],
  }
}

/**
 * Asks again for what nothing was heard of.
 *
 * @param isAsked - a person wants it now: everything that is missing is asked for at once
 */
export function driveRollback(rollout: Rollout, now: number, isAsked: boolean): Move {
  const { rollback } = rollout
  if (rollback === null || !isRollingBack(rollout)) return { rollout, effects: [] }
  let next = rollout
  // What is back is looked after until all of it is.
  const effects: RolloutEffect[] = rollback.legs.traffic.state === 'done' ? [verify(rollout, now)] : []
  for (const name of legNames) {
    const leg = rollback.legs[name]
    if (leg.retryAt === null || (!isAsked && leg.retryAt > now)) continue
    next = withLeg(next, name, { ...leg, retryAt: now + silenceMs })
    effects.push(callOf(next, name, 0))
  }
  return { rollout: next, effects }
}
