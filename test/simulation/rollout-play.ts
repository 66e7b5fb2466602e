/** Plays one history of rollouts to its end, and makes a short one of it where it shows a fault. */
import { isOver, isRollingBack, type Rollout } from '../../src/release/rollout/rollout.ts'
import type { RolloutContext, RolloutPress } from '../../src/release/rollout/rollout-decision.ts'
import { hour, memberships, minute, t0 } from '../release/fixtures.ts'
import { aRolloutContext, press } from '../release/rollout/fixtures.ts'
import type { Act, Happening, History } from './rollout-acts.ts'
import { RolloutBooks } from './rollout-books.ts'
import { SimulatedEngine } from './rollout-engine.ts'
import { SimulatedServices } from './rollout-services.ts'
import { SimulatedTime } from './rollout-time.ts'

export type End = 'completed' | 'rolled_back' | 'held' | 'rollback_incomplete'

/** After so long nothing is under way any more that is not held, or waits for its window. */
const longestMs = 4 * hour
const contexts = new Map<string, RolloutContext>()
const read = memberships(['SLEADS'], { readAt: t0 + 1000 * hour })

function contextOf({ backup, holdLimitMs, isMeasured }: History): RolloutContext {
  const key = JSON.stringify([backup, holdLimitMs, isMeasured])
  const known = contexts.get(key)
  if (known !== undefined) return known
  const usual = aRolloutContext({ backup, hold: { remindAfterMs: 30 * minute, limitMs: holdLimitMs } })
  const context = isMeasured ? usual : { ...usual, analysis: { ...usual.analysis, metrics: [] } }
  contexts.set(key, context)
  return context
}

class Play {
  readonly time = new SimulatedTime(t0)
  readonly services = new SimulatedServices(this.time)
  readonly books: RolloutBooks
  readonly engine: SimulatedEngine
  private old: RolloutPress | null = null

  constructor(history: History) {
    this.books = new RolloutBooks(this.services)
    this.services.hasAffinity = history.hasAffinity
    this.engine = new SimulatedEngine(this.time, this.services, this.books, contextOf(history), history)
    this.engine.releases.push({ id: 'R1', state: 'preparing' })
    if (history.hasSecond) this.engine.releases.push({ id: 'R2', state: 'waiting' })
    this.engine.arrive({ type: 'run_ended', releaseId: 'R1' })
    this.engine.start()
  }

  /** The rollout that people see: the newest. */
  get rollout(): Rollout | null {
    return this.engine.rollouts.get('R2') ?? this.engine.rollouts.get('R1') ?? null
  }

  happen(what: Happening) {
    const { services, engine, time } = this
    switch (what.act) {
      case 'press':
        return this.press(what)
      case 'drift':
        // What somebody else does after the end is nobody's here any more.
        if (this.rollout !== null && isOver(this.rollout)) return
        return services.drift(what.percent, what.isOff ? ['green'] : [])
      case 'quality':
        services.quality = what.quality
        return
      case 'health': {
        const { canary = 'green', baseline = 'blue' } = this.rollout?.pools ?? {}
        services.health[what.pool === 'canary' ? canary : baseline] = what.isGood
        return
      }
      case 'check':
        services.check = what.result
        return
      case 'sick':
        services.fates[what.service].push(...what.fates)
        return
      case 'down':
        services.isDown[what.service] = !services.isDown[what.service]
        return
      case 'again': {
        const arrival = engine.heard[what.which % Math.max(1, engine.heard.length)]
        if (arrival?.type === 'rollout')
          engine.arrive({ type: 'rollout', releaseId: arrival.releaseId, event: arrival.event })
        return
      }
      case 'die':
        return engine.dieAt(what.at, what.awayMs)
      case 'clock':
        // A clock that jumps ahead makes a run that is not listed yet look like one that never began.
        if (what.ms > 0 && time.elapsed - engine.calls.beganRunAt < minute) return
        return time.setClock(what.ms)
      case 'unlock':
        return engine.unlock()
      default:
        return what satisfies never
    }
  }

  private press({ type, card }: Extract<Happening, { act: 'press' }>): void {
    const { rollout } = this
    if (rollout === null) return
    const fresh: RolloutPress = { ...press(rollout), memberships: read }
    const made =
      card === 'old' ? (this.old ?? fresh) : card === 'none' ? { ...fresh, client: 'cli' as const, seen: null } : fresh
    this.old = fresh
    const event = { type, at: this.time.now(), press: made, why: 'Because', ms: minute }
    this.engine.arrive({ type: 'rollout', releaseId: rollout.releaseId, event })
  }

  /** The services are well, and nobody does anything: it comes to its end, or to somebody who was told. */
  rest(history: History): void {
    const { engine, services, time } = this
    services.heal()
    engine.heal()
    // What was sent long ago, and what is still queued, changes nothing any more: so a minute longer.
    for (let passed = 0, settled = 0; passed < longestMs && settled < 2; passed += minute) {
      if (engine.isLocked && history.hasSecond) engine.unlock()
      time.pass(minute)
      settled = this.isSettled(history) ? settled + 1 : 0
    }
  }

  private isSettled({ hasSecond, isGone }: History): boolean {
    const { rollout } = this
    if (!this.engine.isAlive || this.engine.inbox.length > 0) return false
    if (rollout === null || (hasSecond && rollout.releaseId === 'R1' && isOver(rollout))) return false
    if (rollout.phase.name === 'rollback_incomplete') return isGone && rollout.confirmed === 0
    return isOver(rollout) || (rollout.phase.name === 'held' && !rollout.phase.hold.endsByItself)
  }

  /** Where it has come to. */
  end(history: History): End {
    const { rollout, books, services } = this
    if (rollout === null) throw new Error('it never began')
    const { phase, pools, hasSessionAffinity } = rollout
    if (phase.name === 'completed') return 'completed'
    const { told } = books.of(rollout.releaseId)
    if (phase.name === 'held') {
      const isTold = told.some(({ what }) => what.type === 'post_line' && what.text.startsWith('Held at'))
      if (!isTold) throw new Error('nobody was told that it is held')
      const timer = this.engine.timers.get(`hold_reminder:${rollout.releaseId}`)
      if (timer === undefined || timer.dueAt > phase.hold.remindAt) throw new Error('nobody will be reminded of it')
      return 'held'
    }
    if (!isRollingBack(rollout) && phase.name !== 'rolled_back')
      throw new Error(`it is left hanging: ${JSON.stringify(phase)}`)
    if (phase.name !== 'rolled_back') {
      const isTold = told.some(({ what }) => what.type === 'page' && what.reason === 'leg_failed')
      if (!history.isGone || !isTold)
        throw new Error(`the rollback is left hanging: ${JSON.stringify(rollout.rollback)}`)
    }
    if (books.of(rollout.releaseId).isOvertaken) return 'rolled_back'
    const isBack =
      pools === null ||
      services.reading().pools.every(({ pool, percent }) => percent === (pool === pools.baseline ? 100 : 0))
    if (!isBack)
      throw new Error(
        `what is rolled back stays on the baseline: ${JSON.stringify(services.reading())} ${hasSessionAffinity}`,
      )
    return phase.name === 'rolled_back' ? 'rolled_back' : 'rollback_incomplete'
  }
}

/** @throws what is wrong, at the moment that it is */
export function playHistory(history: History): End {
  const play = new Play(history)
  for (const { what, thenMs } of history.acts) {
    play.happen(what)
    play.time.pass(thenMs)
  }
  play.rest(history)
  return play.end(history)
}

function faultOf(history: History): string | null {
  try {
    playHistory(history)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The same fault with as few acts as it takes. */
export function shortened(history: History): History {
  const fault = kindOf(faultOf(history))
  const shows = (other: History) => kindOf(faultOf(other)) === fault
  let short = history
  for (let isShorter = true; isShorter; ) {
    isShorter = false
    for (const other of shorterOnes(short)) {
      if (!shows(other)) continue
      short = other
      isShorter = true
      break
    }
  }
  return short
}

/** Without its numbers. */
function kindOf(fault: string | null): string | null {
  return fault?.replaceAll(/\d+/g, '').slice(0, 40) ?? null
}

function* shorterOnes(history: History): Generator<History> {
  const { acts } = history
  for (const [index, { what, thenMs }] of acts.entries()) {
    yield { ...history, acts: acts.toSpliced(index, 1) }
    if (thenMs > 0) yield { ...history, acts: acts.with(index, { what, thenMs: 0 }) }
    if (what.act !== 'sick') continue
    for (const cut of what.fates.keys()) {
      const fates = what.fates.toSpliced(cut, 1)
      const fewer: Act = { what: { ...what, fates }, thenMs }
      yield { ...history, acts: acts.with(index, fewer) }
    }
  }
  for (const simpler of [
    { hasSecond: false },
    { hasAffinity: false },
    { hasHosts: false },
    { isGone: false },
    { isMeasured: true },
    { plan: 0 },
  ]) {
    const other = { ...history, ...simpler }
    if (JSON.stringify(other) !== JSON.stringify(history)) yield other
  }
}
