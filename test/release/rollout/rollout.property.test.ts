import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideRollout } from '../../../src/release/rollout/decide-rollout.ts'
import { openRollout } from '../../../src/release/rollout/open-rollout.ts'
import { isOver, isRollingBack, type Rollout } from '../../../src/release/rollout/rollout.ts'
import type { RolloutDecision, RolloutEffect, RolloutEvent } from '../../../src/release/rollout/rollout-decision.ts'
import { minute, t0 } from '../fixtures.ts'
import { aPlan, aRolloutContext, measured, press, type Quality, split } from './fixtures.ts'

/** More histories with `SLUICE_ROLLOUT_RUNS=100000`, other ones with `SLUICE_ROLLOUT_SEED`. */
const numRuns = Number(process.env.SLUICE_ROLLOUT_RUNS ?? 1000)
const seed = Number(process.env.SLUICE_ROLLOUT_SEED ?? 20260106)

const presses = [
  'hold',
  'resume',
  'advance',
  'promote',
  'roll_back',
  'extend',
  'adopt',
  'restore',
  'approve_step',
  'done_by_hand',
] as const
type PressType = (typeof presses)[number]
type Fate = 'works' | 'fails' | 'fails_but_happens'
const unlucky: fc.Arbitrary<Fate> = fc.constantFrom('works', 'works', 'works', 'works', 'fails', 'fails_but_happens')

const act = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      act: fc.constant('deliver' as const),
      which: fc.nat({ max: 3 }),
      isTwice: fc.boolean(),
      fate: unlucky,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ act: fc.constant('pass' as const), minutes: fc.constantFrom(1, 1, 1, 5, 40, -3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('press' as const),
      type: fc.constantFrom(...presses),
      isOld: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('repeat' as const), which: fc.nat({ max: 50 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant('drift' as const), percent: fc.constantFrom(0, 5, 12, 25, 60, 100) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('quality' as const),
      quality: fc.constantFrom<Quality>('good', 'good', 'good', 'unclear', 'away', 'silent', 'bad'),
    }),
  },
)
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

/** The services, and everything that was asked of them and is not answered yet. */
class World {
  rollout: Rollout
  at = t0
  quality: Quality = 'good'
  live = 0
  readonly pending: RolloutEffect[] = []
  readonly heard: RolloutEvent[] = []
  readonly timers = new Map<string, number>()
  pages = 0
  answers = 0
  readonly context = aRolloutContext({ backup: 'b' })
  old = press(openRollout(aPlan(), aRolloutContext(), t0).rollout)

  constructor(kind: number) {
    const check = { type: 'http', url: 'https://idle' } as const
    const plans = [
      aPlan(),
      aPlan({ strategy: 'blue-green', steps: [{ percent: 100, windowMs: 2 * minute, before: [check] }] }),
      aPlan({
        steps: [
          { percent: 5, windowMs: minute, after: [check] },
          { percent: 5, windowMs: minute, isAnalysisOnly: true },
          { percent: 40, windowMs: minute, needsApproval: true, before: [check] },
        ],
      }),
    ]
    const opened = openRollout(plans[kind] ?? aPlan(), this.context, this.at)
    this.rollout = opened.rollout
    this.take(opened)
  }

  take({ effects }: RolloutDecision): void {
    for (const effect of effects) {
      if (effect.type === 'timer') this.timers.set(effect.timer, effect.at)
      else if (effect.type === 'cancel_calls') this.drop(effect.before)
      else if (effect.type === 'page') this.pages += 1
      else if (['read_traffic', 'set_traffic', 'observe', 'run_check', 'roll_back_leg'].includes(effect.type))
        this.pending.push(effect)
    }
  }

  drop(before: number): void {
    const kept = this.pending.filter((effect) => !('generation' in effect) || effect.generation >= before)
    this.pending.splice(0, this.pending.length, ...kept)
  }

  play(event: RolloutEvent): void {
    const before = this.rollout
    const decision = decideRollout(before, event, this.context)
    const again = decideRollout(JSON.parse(JSON.stringify(before)), JSON.parse(JSON.stringify(event)), this.context)
    expect(JSON.stringify(again), 'what was stored has the same future').toBe(JSON.stringify(decision))
    this.check(before, event, decision)
    this.heard.push(event)
    this.rollout = decision.rollout
    this.take(decision)
  }

  check(before: Rollout, event: RolloutEvent, { rollout, effects, audit, answer }: RolloutDecision): void {
    expect(answer !== null, 'a press has one answer, and nothing else has').toBe('press' in event)
    if ('press' in event) this.answers += 1
    if ('press' in event) expect(audit, 'a press has a line').not.toBeNull()
    expect(rollout.generation).toBeGreaterThanOrEqual(before.generation)
    expect(rollout.revision).toBe(rollout === before ? before.revision : before.revision + 1)
    const has = (one: Rollout) => [one.phase.name, one.stepIndex, one.confirmed, one.drift, one.pools, one.generation]
    if (JSON.stringify(has(rollout)) !== JSON.stringify(has(before))) {
      expect(audit, 'a change has a line').not.toBeNull()
    }
    if (rollout.phase.name !== before.phase.name) expect(rollout.generation).toBeGreaterThan(before.generation)
    if (isOver(before)) {
      expect(rollout, 'the end is the end').toBe(before)
      expect(effects).toEqual([])
    }
    if (isRollingBack(before)) expect(isRollingBack(rollout) || rollout.phase.name === 'rolled_back').toBe(true)
    const sets = effects.filter((effect) => effect.type === 'set_traffic')
    for (const { percents } of sets) {
      const canary = percents[rollout.pools?.canary ?? ''] ?? 0
      if (isRollingBack(rollout)) expect(canary, 'a rollback sets nothing but the baseline').toBe(0)
      if (canary > rollout.confirmed)
        expect(canary, 'the plan says how much').toBe(rollout.steps[rollout.stepIndex]?.percent)
    }
    const isPerson = event.type === 'promote' || event.type === 'adopt' || event.type === 'advance'
    if (!isPerson) expect(rollout.stepIndex, 'no step is skipped').toBeLessThanOrEqual(before.stepIndex + 1)
    const hasGoneOn = rollout.stepIndex > before.stepIndex || rollout.phase.name === 'after_check'
    if (hasGoneOn && before.phase.name === 'observing' && !isPerson) {
      expect(rollout.analysis.step?.startedAt, 'it was this window').toBe(before.window?.openedAt)
      expect(rollout.analysis.step?.observedMs, 'it was over').toBeGreaterThanOrEqual(before.window?.windowMs ?? 0)
      expect(rollout.verdict).toBe('pass')
    }
    if (rollout.stepIndex > before.stepIndex && !isPerson && before.phase.name !== 'observing') {
      // After the checks that come after a window, or after a hold in the middle of these.
      const active = before.phase.name === 'held' ? before.phase.from : before.phase
      const isWindowless = before.steps[before.stepIndex]?.windowMs === 0
      expect(active.name === 'after_check' || isWindowless).toBe(true)
    }
    if (rollout.confirmed !== before.confirmed && event.type !== 'adopt') {
      expect(['weights_set', 'traffic_read'], 'confirmed is what was read').toContain(event.type)
    }
    if (rollout.phase.name === 'rolled_back' && before.phase.name !== 'rolled_back' && rollout.pools !== null) {
      expect(event.type, 'the end of a rollback is a reading').toBe('traffic_read')
      expect(rollout.confirmed).toBe(0)
      // `live` is what green has, which serves where somebody had given it everything before the preflight.
      expect(this.live).toBe(rollout.pools.baseline === 'green' ? 100 : 0)
    }
  }

  deliver(which: number, fate: Fate, isTwice: boolean): void {
    const effect = this.pending[which % Math.max(1, this.pending.length)]
    if (effect === undefined) return
    this.pending.splice(this.pending.indexOf(effect), 1)
    const event = this.answerTo(effect, fate)
    if (event === null) return
    this.play(event)
    if (isTwice) this.play(event)
  }

  answerTo(effect: RolloutEffect, fate: Fate): RolloutEvent | null {
    const { at } = this
    const failure = { ok: false, detail: 'timed out', mayHaveHappened: fate === 'fails_but_happens' } as const
    switch (effect.type) {
      case 'read_traffic': {
        const { purpose, generation } = effect
        const result = fate === 'works' ? ({ ok: true, reading: split(this.live) } as const) : failure
        return { type: 'traffic_read', at, purpose, generation, result }
      }
      case 'set_traffic': {
        const { pools } = this.rollout
        if (isRollingBack(this.rollout) || this.rollout.phase.name === 'rolled_back')
          expect(effect.percents[pools?.canary ?? ''], 'nothing older lands once a rollback began').toBe(0)
        if (fate !== 'fails') this.live = effect.percents.green ?? 0
        const result = fate === 'works' ? ({ ok: true, reading: split(this.live) } as const) : failure
        return { type: 'weights_set', at, generation: effect.generation, result }
      }
      case 'observe': {
        const { confirmed, analysis, window } = this.rollout
        const from = Math.max(analysis.lastTo ?? 0, window?.openedAt ?? 0)
        const observation = confirmed > 0 && at > from ? measured(this.quality, confirmed, from, at) : null
        const traffic = fate === 'works' ? ({ ok: true, reading: split(this.live) } as const) : failure
        const probes = { canary: fate === 'fails' ? failure : ({ ok: true } as const), baseline: { ok: true } as const }
        return { type: 'observed', at, watch: effect.watch, observation, traffic, probes, lastChange: null }
      }
      case 'run_check': {
        const { step, when, index } = effect
        const result = fate === 'works' ? 'passed' : fate === 'fails' ? 'failed' : 'unknown'
        return { type: 'check_ended', at, step, when, index, result, detail: null }
      }
      case 'roll_back_leg': {
        const result =
          fate === 'works' ? ({ ok: true } as const) : { ...failure, isFinal: fate === 'fails_but_happens' }
        return { type: 'leg_ended', at, generation: effect.generation, leg: effect.leg, result }
      }
      default:
        return null
    }
  }

  pass(minutes: number): void {
    this.at += minutes * minute
    for (const [timer, at] of [...this.timers]) {
      if (at > this.at) continue
      this.timers.delete(timer)
      this.play({ type: 'timer', at: this.at, timer: timer as 'tick' })
    }
  }

  press(type: PressType, isOld: boolean): void {
    const made = isOld ? this.old : press(this.rollout)
    this.old = press(this.rollout)
    const event = { at: this.at, press: made, why: 'Because', ms: minute }
    this.play({ ...event, type })
  }

  act(one: Act): void {
    if (one.act === 'deliver') this.deliver(one.which, one.fate, one.isTwice)
    else if (one.act === 'pass') this.pass(one.minutes)
    else if (one.act === 'press') this.press(one.type, one.isOld)
    else if (one.act === 'drift') this.live = one.percent
    else if (one.act === 'quality') this.quality = one.quality
    else {
      const event = this.heard[one.which % Math.max(1, this.heard.length)]
      if (event !== undefined && !('press' in event)) this.play(event)
    }
  }

  /** Everything works and nobody does anything: it comes to its end, or to somebody who was told. */
  rest(): void {
    for (let round = 0; round < 100 && !isOver(this.rollout); round++) {
      const calls = this.pending.length
      for (let call = 0; call < calls; call++) this.deliver(0, 'works', false)
      this.pass(1)
    }
  }
}

test('whatever happens in whatever order, a rollout goes only where it may, and ends or tells a person', () => {
  const seen: Record<string, number> = {}
  fc.assert(
    fc.property(fc.nat({ max: 2 }), fc.array(act, { minLength: 5, maxLength: 90, size: 'max' }), (kind, acts) => {
      const world = new World(kind)
      for (const one of acts) world.act(one)
      world.rest()
      const { phase } = world.rollout
      seen[phase.name] = (seen[phase.name] ?? 0) + 1
      if (phase.name === 'held') expect(world.timers.get('hold_reminder')).toBe(phase.hold.remindAt)
      else expect(['completed', 'rolled_back'], 'nothing is left hanging').toContain(phase.name)
    }),
    { numRuns, seed },
  )
  // The histories are worth something: there are many of each end.
  expect(seen.completed ?? 0).toBeGreaterThan(numRuns / 50)
  expect(seen.rolled_back ?? 0).toBeGreaterThan(numRuns / 10)
  if (process.env.SLUICE_ROLLOUT_RUNS !== undefined) console.log(seen)
}, 3_600_000)
