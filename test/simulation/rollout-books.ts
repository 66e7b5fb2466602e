/**
 * Books on a simulated history, kept beside the engine: what was sent, what landed, what people were told, what was watched
 * for how long. Whatever the rules and the engine say is held against them at once.
 */
import { isOver, isRollingBack, type LegName, type Rollout } from '../../src/release/rollout/rollout.ts'
import type {
  RolloutAuditLine,
  RolloutDecision,
  RolloutEffect,
  RolloutEvent,
} from '../../src/release/rollout/rollout-decision.ts'
import { isBaselineOnly } from '../../src/release/rollout/traffic-split.ts'
import type { TrafficReading } from '../../src/release/traffic.ts'
import { minute } from '../release/fixtures.ts'
import type { SimulatedEngine } from './rollout-engine.ts'
import { foldRow, rowOf, type Standing, standingOf } from './rollout-log.ts'
import type { SimulatedServices } from './rollout-services.ts'

type Told = Extract<RolloutEffect, { readonly type: 'page' | 'remind_holder' | 'post_line' | 'post_story' }>
type Sent = Extract<RolloutEffect, { readonly type: 'set_traffic' }>

/** What was seen of one step, by this model's own reckoning. */
interface Watched {
  openedAt: number
  watchedMs: number
  to: number | null
  isBad: boolean
}

interface Pages {
  standing: Standing | null
  readonly told: { readonly at: number; readonly what: Told }[]
  readonly restored: Set<string>
  readonly passed: Set<string>
  readonly approved: Set<number>
  /** Windows that were watched to their end, by when they were opened. */
  readonly served: Set<number>
  /** Steps that a person sent it to, past what comes before them. */
  readonly sentTo: Set<number>
  watched: Watched | null
  /** Somebody took over what somebody else had set. */
  hasAdopted: boolean
  /** Somebody changed the split between the last look of a rollback and its end: nobody could know. */
  isOvertaken: boolean
}

/** One under way and one that waits; smoke tests of earlier steps that nobody asks for any more. */
const mostOfALane = 3

/** @throws an error with this text when it is not so */
function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what)
}

/** Whether the event says that the canary has as much as is confirmed. */
function isRead({ confirmed, pools }: Rollout, event: RolloutEvent): boolean {
  if ((event.type !== 'weights_set' && event.type !== 'traffic_read') || !event.result.ok) return false
  return event.result.reading.pools.some(({ pool, percent }) => pool === pools?.canary && percent === confirmed)
}

export class RolloutBooks {
  readonly runs = new Set<string>()
  private readonly pages = new Map<string, Pages>()
  private underWay = 0
  private readonly services: SimulatedServices
  private readonly intervalMs = minute

  constructor(services: SimulatedServices) {
    this.services = services
  }

  of(releaseId: string): Pages {
    const known = this.pages.get(releaseId)
    if (known !== undefined) return known
    const pages = {
      standing: null,
      told: [],
      restored: new Set<string>(),
      passed: new Set<string>(),
      approved: new Set<number>(),
      served: new Set<number>(),
      sentTo: new Set<number>(),
      watched: null,
      hasAdopted: false,
      isOvertaken: false,
    }
    this.pages.set(releaseId, pages)
    return pages
  }

  onDeath(): void {
    this.underWay = 0
  }

  onAudit(releaseId: string, line: RolloutAuditLine): void {
    const pages = this.of(releaseId)
    pages.standing = foldRow(pages.standing, rowOf(line))
  }

  onTold(releaseId: string, what: Told, at: number): void {
    this.of(releaseId).told.push({ at, what })
  }

  onRestored(releaseId: string, leg: LegName): void {
    this.of(releaseId).restored.add(leg)
  }

  onRun(name: string): void {
    must(!this.runs.has(name), `the workflow ${name} is started once`)
    this.runs.add(name)
  }

  /** The order to set the split leaves. */
  onSend(releaseId: string, { percents }: Sent, rollout: Rollout): void {
    this.underWay += 1
    must(this.underWay === 1, 'one write at a time')
    const { pools, steps, stepIndex, confirmed } = rollout
    const canary = percents[pools?.canary ?? ''] ?? 0
    if (isRollingBack(rollout)) must(canary === 0, 'nothing older is sent once a rollback began')
    else
      must(canary === confirmed || canary === steps[stepIndex]?.percent, `${canary} % is in the plan of ${releaseId}`)
  }

  onAnswer(): void {
    this.underWay -= 1
  }

  /** The balancer has taken the order. */
  onLanding(engine: SimulatedEngine, releaseId: string, before: TrafficReading): void {
    const rollout = engine.rollouts.get(releaseId)
    const isSame = (pool: TrafficReading['pools'][number], place: number) =>
      pool.percent === before.pools[place]?.percent && pool.isEnabled === before.pools[place]?.isEnabled
    if (this.services.reading().pools.every(isSame) || rollout === undefined) return
    must(!isOver(rollout), `${releaseId} is ${rollout.phase.name}, and moves traffic no more`)
    this.onlyOneMoves(engine)
  }

  onlyOneMoves({ rollouts, releases }: SimulatedEngine): void {
    let open = 0
    for (const rollout of rollouts.values()) if (!isOver(rollout)) open += 1
    for (const { state } of releases) if (state === 'preparing') open += 1
    must(open <= 1, 'one release moves the environment')
  }

  /** What was decided is on disk. */
  onApplied(engine: SimulatedEngine, rollout: Rollout): void {
    this.onlyOneMoves(engine)
    const { standing } = this.of(rollout.releaseId)
    const now = standingOf(rollout)
    const isTold = standing?.name === now.name && standing.percent === now.percent && standing.cause === now.cause
    if (!isTold) throw new Error(`the log says ${JSON.stringify(standing)}, and it is ${JSON.stringify(now)}`)
    if (engine.outbox.length <= mostOfALane) return
    for (const own of Map.groupBy(engine.outbox, ({ lane }) => lane).values()) {
      must(own.length <= mostOfALane, 'calls of one lane pile up')
    }
  }

  onDecision(before: Rollout, event: RolloutEvent, decision: RolloutDecision): void {
    const { rollout, effects, audit, answer } = decision
    must((answer !== null) === 'press' in event, 'a press has one answer, and nothing else has')
    if ('press' in event) must(audit !== null, 'a press has a line')
    must(
      rollout.revision === (rollout === before ? before.revision : before.revision + 1),
      'revisions go up one by one',
    )
    must(rollout.generation >= before.generation, 'generations go up')
    if (rollout.phase.name !== before.phase.name)
      must(rollout.generation > before.generation, 'another phase is another generation')
    if (isOver(before) && !(event.type === 'roll_back' && before.phase.name === 'completed')) {
      must(rollout === before && effects.length === 0, 'the end is the end')
    }
    if (isRollingBack(before)) {
      must(isRollingBack(rollout) || rollout.phase.name === 'rolled_back', 'there is no way forward out of a rollback')
    }
    if (rollout === before) return
    if (rollout.confirmed !== before.confirmed && event.type !== 'adopt')
      must(isRead(rollout, event), 'confirmed is what was read')
    if (rollout.phase.name === 'rolled_back') this.checkRolledBack(rollout, event)
    const isHeld =
      rollout.phase.name === 'held' &&
      (before.phase.name !== 'held' || before.phase.hold.since !== rollout.phase.hold.since)
    if (isHeld)
      must(
        effects.some(({ type }) => type === 'post_line' || type === 'page'),
        'a hold is told',
      )
    this.watch(before, event, rollout)
    this.checkSteps(before, event, rollout, effects)
  }

  private checkRolledBack(rollout: Rollout, event: RolloutEvent): void {
    const { pools, hasSessionAffinity, hosts, releaseId } = rollout
    const pages = this.of(releaseId)
    if (pools !== null) {
      if (event.type !== 'traffic_read' || !event.result.ok) throw new Error('the end of a rollback is a reading')
      const { reading } = event.result
      pages.isOvertaken = this.services.hasDriftedSince(reading)
      must(isBaselineOnly(reading, pools, hasSessionAffinity), 'what is rolled back was read as the baseline’s')
      const isSo = pages.isOvertaken || isBaselineOnly(this.services.reading(), pools, hasSessionAffinity)
      must(isSo, 'and is the baseline’s')
      must(rollout.confirmed === 0, 'and that was written down')
    }
    const { restored } = pages
    must(!hosts.functions || restored.has('functions'), 'the functions are restored')
    must(!hosts.frontend || restored.has('frontend'), 'the frontend is restored')
  }

  /** What was observed of the window that is open, in this model's own reckoning. */
  private watch(before: Rollout, event: RolloutEvent, after: Rollout): void {
    const pages = this.of(after.releaseId)
    if (event.type === 'check_ended' && event.result === 'passed' && after !== before) {
      pages.passed.add(`${event.when} ${event.step} ${event.index}`)
    }
    if (event.type === 'approve_step') for (const step of after.approvedSteps) pages.approved.add(step)
    const { window } = before
    if (event.type !== 'observed' || window === null || event.watch !== before.watch) return
    const { observation } = event
    if (pages.watched?.openedAt !== window.openedAt) {
      pages.watched = { openedAt: window.openedAt, watchedMs: 0, to: null, isBad: false }
    }
    const { watched } = pages
    if (observation === null || (watched.to !== null && observation.to <= watched.to)) return
    const isGap = watched.to !== null && observation.to - watched.to > 3 * this.intervalMs
    const counts = before.phase.name === 'observing' && observation.samples.errors?.type !== 'error'
    const ms = Math.min(observation.to - Math.max(observation.from, window.openedAt), 1.5 * this.intervalMs)
    watched.watchedMs = (isGap ? 0 : watched.watchedMs) + (counts ? Math.max(0, ms) : 0)
    watched.to = observation.to
    watched.isBad = observation.samples.errors?.type === 'ratio' && (observation.samples.errors.canary.bad ?? 0) > 0
  }

  /** The window is over. */
  private checkWindow({ releaseId, window }: Rollout): void {
    if (window === null) throw new Error('only what is open ends')
    const { served, watched } = this.of(releaseId)
    served.add(window.openedAt)
    must(watched?.openedAt === window.openedAt, 'this window was watched')
    must((watched?.watchedMs ?? 0) >= window.windowMs + window.extensionMs, 'it was watched for all of its window')
    must(watched?.isBad === false, 'and it was well')
  }

  /** No step is passed over but by a person's word. */
  private checkSteps(before: Rollout, event: RolloutEvent, after: Rollout, effects: readonly RolloutEffect[]): void {
    const { steps, stepIndex: from } = before
    const to = after.stepIndex
    const pages = this.of(after.releaseId)
    const isPerson = event.type === 'advance' || event.type === 'promote' || event.type === 'adopt'
    const isEnd = after.phase.name === 'completed' && before.phase.name !== 'completed'
    if (event.type === 'adopt') pages.hasAdopted = true
    const goesOn = to > from || isEnd || after.phase.name === 'after_check'
    if (event.type === 'observed' && before.phase.name === 'observing' && goesOn) this.checkWindow(before)
    if (isPerson && (to > from || event.type === 'adopt')) {
      const isPassedOver = steps.some(
        ({ needsApproval }, index) => needsApproval && index > from && index <= to && !pages.approved.has(index),
      )
      // An approval is asked for when the step is begun: an advance leads up to it.
      must(!isPassedOver || event.type === 'advance', 'who sends it on passes over nobody whose word is asked for')
    }
    if (isPerson && after.phase.name === 'setting') pages.sentTo.add(to)
    if (!isPerson && (to > from || isEnd)) {
      must(to <= from + 1, 'one step after the other')
      const step = steps[from]
      const { window } = before
      const isInForce = before.confirmed === step?.percent || after.confirmed === step?.percent || pages.hasAdopted
      must(isInForce, 'the weight of the step was in force')
      if (step !== undefined && step.windowMs > 0) {
        must(window?.stepIndex === from && pages.served.has(window.openedAt), 'its window was over')
      }
      step?.after.forEach((_, index) => {
        must(pages.passed.has(`after ${from} ${index}`), 'the checks after it have passed')
      })
    }
    for (const effect of effects) {
      if (effect.type !== 'set_traffic' || isRollingBack(after)) continue
      const canary = effect.percents[after.pools?.canary ?? ''] ?? 0
      if (canary <= after.confirmed) continue
      const step = steps[to]
      must(canary === step?.percent, 'the plan says how much')
      step?.before.forEach((_, index) => {
        must(pages.sentTo.has(to) || pages.passed.has(`before ${to} ${index}`), 'the checks before it have passed')
      })
      if (step?.needsApproval === true) must(pages.approved.has(to), 'somebody has let the step begin')
    }
  }
}
