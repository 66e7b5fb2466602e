/** What was read of the traffic, and what came of setting it. */
import { rememberBaseline } from '../../analysis/observe.ts'
import { listed, quote } from '../text-with-people.ts'
import type { TrafficReading } from '../traffic.ts'
import { holdByItself } from './hold-rollout.ts'
import { activeOf, type Move, moved, nothing, own, timeOf } from './moves.ts'
import { confirm, enterStep, observeStep, readBeforeWrite, stepAt, write } from './progress.ts'
import { baselineSet, rollbackVerified, startRollback } from './roll-back.ts'
import { isOver, isRollingBack, type Rollout, type RolloutPhase } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutEvent } from './rollout-decision.ts'
import { driftIn, healthOf, isInForce, rolesIn, splitFor, splitWords } from './traffic-split.ts'

/** So many readings or writes in a row that did not do, and a person has to look. */
const mostAttempts = 4
const pauseMs = 5_000
/** A call that was given up has its effect within so long, or never. */
const landsWithinMs = 30_000
/** A pool that has just been deployed to needs some time before its health is known. */
const preflightAttempts = 12
const preflightPauseMs = 10_000

type TrafficRead = Extract<RolloutEvent, { readonly type: 'traffic_read' }>
type WeightsSet = Extract<RolloutEvent, { readonly type: 'weights_set' }>
type Setting = Extract<RolloutPhase, { readonly name: 'setting' }>

export function trafficRead(rollout: Rollout, event: TrafficRead, context: RolloutContext): RolloutDecision {
  if (event.purpose === 'verify') return rollbackVerified(rollout, event, context)
  const { phase } = rollout
  if (event.generation !== rollout.generation || phase.name !== expectedPhase[event.purpose]) return nothing(rollout)
  if (phase.name === 'preflight') return preflightRead(rollout, phase, event, context)
  if (phase.name === 'setting' && phase.stage === 'reading') return readToWrite(rollout, phase, event, context)
  return nothing(rollout)
}

const expectedPhase = { preflight: 'preflight', before_write: 'setting' } as const

function preflightRead(
  rollout: Rollout,
  phase: Extract<RolloutPhase, { readonly name: 'preflight' }>,
  { at, result, baseline = [] }: TrafficRead,
  context: RolloutContext,
): RolloutDecision {
  const now = timeOf(rollout, at)
  const attempts = phase.attempts + 1
  const isLast = attempts >= preflightAttempts
  const { generation } = rollout
  const again = () =>
    nothing({ ...rollout, phase: { ...phase, attempts } }, [
      { type: 'read_traffic', purpose: 'preflight', generation, afterMs: preflightPauseMs },
    ])
  if (!result.ok) {
    if (!isLast) return again()
    return holdByItself(rollout, { reason: 'traffic_unreadable', detail: result.detail }, context, now)
  }
  const { reading } = result
  if (reading.obstacles.length > 0) {
    return holdByItself(rollout, { reason: 'traffic_obstacle', detail: obstaclesOf(reading) }, context, now)
  }
  const pools = rolesIn(reading, rollout.switchedOff)
  if (pools === null) {
    const detail = `Not exactly one of two pools has all of the traffic: ${splitWords(reading)}.`
    return holdByItself(rollout, { reason: 'traffic_obstacle', detail }, context, now)
  }
  if (reading.pools.some(({ isEnabled }) => !isEnabled) && !isLast) {
    const switchOn = { type: 'set_traffic', generation, afterMs: 0, ...splitFor(pools, 0) } as const
    const { rollout: next, effects } = again()
    return nothing({ ...next, wanted: { percent: 0, generation } }, [switchOn, ...effects])
  }
  if (!isReady(reading, pools.baseline) || !isReady(reading, pools.canary)) {
    if (!isLast) return again()
    return holdByItself(rollout, { reason: 'pools_not_ready', detail: healthWords(reading) }, context, now)
  }
  const known: Rollout = {
    ...rollout,
    wanted: null,
    pools,
    hasSessionAffinity: reading.hasSessionAffinity,
    watch: rollout.watch + 1,
    // Once: what a check has brought meanwhile is not to be remembered over.
    analysis:
      rollout.analysis.lastTo === null
        ? rememberBaseline(rollout.analysis, baseline, context.analysis)
        : rollout.analysis,
  }
  return own(
    enterStep(known, 0, context, now),
    'roles',
    null,
    `${quote(pools.baseline)} serves, ${quote(pools.canary)} has the new version.`,
  )
}

function isReady(reading: TrafficReading, pool: string): boolean {
  const health = healthOf(reading, pool)
  return health === 'healthy' || health === 'unchecked'
}

export function obstaclesOf({ obstacles }: TrafficReading): string {
  return listed(obstacles)
}

function healthWords({ pools }: TrafficReading): string {
  return `${listed(pools.map(({ pool, health }) => `${pool} is ${health}`))}.`
}

/** The last look before a write: nothing is written over what somebody else did, or while a pool is not well. */
function readToWrite(rollout: Rollout, phase: Setting, event: TrafficRead, context: RolloutContext): RolloutDecision {
  const { pools } = rollout
  if (pools === null) return nothing(rollout)
  const now = timeOf(rollout, event.at)
  const attempts = phase.attempts + 1
  const again = () => nothing({ ...rollout, phase: { ...phase, attempts } }, [readBeforeWrite(rollout, pauseMs)])
  const isLast = attempts >= mostAttempts
  if (!event.result.ok) {
    if (!isLast) return again()
    const { detail } = event.result
    return holdByItself(rollout, { reason: 'traffic_unreadable', detail, endsByItself: true }, context, now)
  }
  const { reading } = event.result
  if (reading.obstacles.length > 0) {
    return holdByItself(rollout, { reason: 'traffic_obstacle', detail: obstaclesOf(reading) }, context, now)
  }
  const { wanted } = rollout
  const isWanted = wanted !== null && isInForce(reading, splitFor(pools, wanted.percent))
  if (!isWanted && !isInForce(reading, splitFor(pools, rollout.confirmed))) {
    return drifted(rollout, reading, null, context, now)
  }
  // An earlier call that nothing was heard of had its effect after all.
  const known = isWanted ? confirm(rollout, wanted.percent, now) : rollout
  if (known.confirmed === phase.percent) return weightConfirmed(known, phase, context, now)
  if (healthOf(reading, pools.canary) === 'unhealthy') {
    const move = startRollback(known, { reason: 'canary_unhealthy', by: null, why: healthWords(reading) }, now)
    return own(move, 'roll_back', 'canary_unhealthy', healthWords(reading))
  }
  if (!isReady(reading, pools.baseline) || !isReady(reading, pools.canary)) {
    if (!isLast) {
      const waiting = {
        rollout: { ...known, phase: { ...phase, attempts } },
        effects: [readBeforeWrite(known, pauseMs)],
      }
      if (!isWanted) return nothing(waiting.rollout, waiting.effects)
      return own(waiting, 'confirm', null, `${known.confirmed} % read back.`)
    }
    return holdByItself(known, { reason: 'pools_not_ready', detail: healthWords(reading) }, context, now)
  }
  return own(write(known, now), 'set', null, `${phase.percent} % asked for.`)
}

/** Holds, and says what is there; known already: only what is new of it. */
export function drifted(
  rollout: Rollout,
  reading: TrafficReading,
  change: Parameters<typeof driftIn>[2],
  context: RolloutContext,
  now: number,
): RolloutDecision {
  const { pools, phase } = rollout
  if (pools === null) return nothing(rollout)
  const drift = driftIn(reading, pools, change)
  if (phase.name === 'held' && rollout.drift?.words === drift.words) return nothing(rollout)
  const by = change === null ? '' : `, by ${quote(change.by)}`
  const detail = `It is ${quote(drift.words)}${by}; confirmed was ${rollout.confirmed} %.`
  const found = { ...rollout, drift }
  // A person's hold stays a person's.
  if (phase.name === 'held' && phase.hold.by !== null) {
    const text = `Somebody else changed how the traffic is split. ${detail}`
    return own(
      { rollout: moved(found, now, {}), effects: [{ type: 'post_line', text }] },
      'traffic_changed',
      'traffic_changed',
      detail,
    )
  }
  return holdByItself(found, { reason: 'traffic_changed', detail }, context, now)
}

export function weightsSet(before: Rollout, event: WeightsSet, context: RolloutContext): RolloutDecision {
  const rollout = rememberUnsure(before, event)
  if (isRollingBack(rollout)) return baselineSet(rollout, event, context)
  const { wanted, pools, phase } = rollout
  if (wanted === null || pools === null || wanted.generation !== event.generation) return nothing(rollout)
  const now = timeOf(rollout, event.at)
  const { result } = event
  const active = activeOf(phase)
  if (active?.name !== 'setting') return nothing(rollout)
  if (result.ok && isInForce(result.reading, splitFor(pools, wanted.percent))) {
    if (phase.name === 'setting') return weightConfirmed(confirm(rollout, wanted.percent, now), phase, context, now)
    return confirmedWhileHeld(rollout, wanted.percent, now)
  }
  // Held: it is looked at again when it goes on.
  if (phase.name !== 'setting' || phase.stage !== 'writing') return nothing(rollout)
  const attempts = phase.attempts + 1
  const detail = result.ok ? `Read back: ${splitWords(result.reading)}.` : result.detail
  if (attempts >= mostAttempts) {
    return holdByItself(rollout, { reason: 'weights_not_taken', detail }, context, now)
  }
  const next: Rollout = { ...rollout, movedAt: now, phase: { ...phase, attempts } }
  // What somebody else changed is being written over because a person asked for it.
  if (phase.purpose === 'restore') {
    const { rollout: written, effects } = write(next, now, pauseMs)
    return nothing(written, effects)
  }
  // Whether or not it had an effect: the next look tells.
  return nothing({ ...next, phase: { ...phase, attempts, stage: 'reading' } }, [readBeforeWrite(next, pauseMs)])
}

/** A call that may still be on its way is remembered, whichever it was. */
function rememberUnsure(rollout: Rollout, { at, result, isRepeated = false }: WeightsSet): Rollout {
  const isUnsure = isRepeated || (!result.ok && result.mayHaveHappened)
  if (!isUnsure || isOver(rollout)) return rollout
  return { ...rollout, unsureUntil: timeOf(rollout, at) + landsWithinMs }
}

/** @param rollout - with the weight confirmed */
function weightConfirmed(rollout: Rollout, phase: Setting, context: RolloutContext, now: number): RolloutDecision {
  const text = `${phase.percent} % read back.`
  const line = { type: 'post_line', text } as const
  const next = phase.purpose === 'restore' ? restored(rollout, context, now) : observeStep(rollout, context, now)
  return own({ rollout: next.rollout, effects: [line, ...next.effects] }, 'confirm', null, text)
}

/** The old split is back: what was under way goes on, watched anew. */
function restored(rollout: Rollout, context: RolloutContext, now: number): Move {
  const { window, stepIndex } = rollout
  if (window?.stepIndex === stepIndex) return observeStep(rollout, context, now)
  const reopened = window === null ? null : { ...window, openedAt: now }
  return enterStep({ ...rollout, window: reopened }, stepIndex, context, now)
}

/** It had been asked for before the hold: so it is, and its clock stands. */
function confirmedWhileHeld(rollout: Rollout, percent: number, now: number): RolloutDecision {
  const { phase, stepIndex } = rollout
  if (phase.name !== 'held' || phase.from.name !== 'setting') return nothing(rollout)
  const { window } = rollout
  const isStep = phase.from.purpose === 'step' || window?.stepIndex === stepIndex
  const { windowMs } = stepAt(rollout, stepIndex)
  const next = moved(confirm(rollout, percent, now), now, {
    window: isStep ? { stepIndex, openedAt: now, windowMs, extensionMs: 0 } : window,
    phase: { ...phase, from: isStep ? { name: 'observing' } : { name: 'before_check', index: 0 } },
  })
  const text = `${percent} % read back, while held.`
  return own({ rollout: next, effects: [{ type: 'post_line', text }] }, 'confirm', null, text)
}

/** A call whose answer never came: looked at again. */
export function askAgain(rollout: Rollout, now: number): Move {
  const { phase, generation } = rollout
  const next = { ...rollout, movedAt: now }
  if (phase.name === 'preflight') {
    return { rollout: next, effects: [{ type: 'read_traffic', purpose: 'preflight', generation, afterMs: 0 }] }
  }
  if (phase.name !== 'setting') return { rollout, effects: [] }
  if (phase.purpose === 'restore') return write(next, now)
  return shiftAgain(next, phase)
}

function shiftAgain(rollout: Rollout, phase: Setting): Move {
  const next: Rollout = { ...rollout, phase: { ...phase, stage: 'reading' } }
  return { rollout: next, effects: [readBeforeWrite(next, 0)] }
}
