import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isOpen } from '../../src/release/release.ts'
import { commitCount, GateWorld, humanCount } from './gate-world.ts'

/** More histories with `SLUICE_GATE_RUNS=100000`, other ones with `SLUICE_GATE_SEED`. */
const numRuns = Number(process.env.SLUICE_GATE_RUNS ?? 1500)
const seed = Number(process.env.SLUICE_GATE_SEED ?? 20260105)

type Act = (world: GateWorld) => void

const which = fc.nat({ max: 5 })
const human = fc.nat({ max: humanCount - 1 })
const identity = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 2 }) })
const card = fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) })
const why = fc.constantFrom('Because', 'Because', '')

const request = fc
  .record({
    human: fc.constantFrom(0, 0, 0, 1, 5),
    identity,
    environment: fc.nat({ max: 1 }),
    commit: fc.nat({ max: commitCount - 1 }),
    isDirect: fc.boolean(),
    isRule: fc.constantFrom(false, false, true),
  })
  .map(
    (all): Act =>
      (world) => {
        world.request(all.human, all.identity, all.environment, all.commit, all.isDirect, all.isRule)
      },
  )
const approval = fc.record({ which, human: fc.constantFrom(1, 2, 3, 4, 0), identity, card, why }).map(
  (all): Act =>
    (world) =>
      world.pressOn(all.which, 'approve', all.human, all.identity, all.card, all.why),
)
const otherPress = fc
  .record({ which, human, identity, card, why, type: fc.constantFrom('reject', 'withdraw', 'cancel', 'break_glass') })
  .map(
    (all): Act =>
      (world) =>
        world.pressOn(all.which, all.type, all.human, all.identity, all.card, all.why),
  )
const glass = fc.record({ which, identity, card }).map(
  (all): Act =>
    (world) =>
      world.pressOn(all.which, 'break_glass', 5, all.identity, all.card, 'The site is down'),
)
const delivery = fc.record({ which: fc.nat({ max: 3 }), isTwice: fc.boolean() }).map(
  (all): Act =>
    (world) =>
      world.deliver(all.which, all.isTwice),
)
const repetition = fc.nat({ max: 200 }).map(
  (past): Act =>
    (world) =>
      world.repeat(past),
)
const tick = fc.record({ which, type: fc.constantFrom('expire', 'remind', 'try_start', 'refreshed') }).map(
  (all): Act =>
    (world) =>
      world.tick(all.which, all.type),
)
const change = fc.record({ what: fc.nat({ max: 10 }), which: human, environment: fc.nat({ max: 2 }) }).map(
  (all): Act =>
    (world) =>
      world.change(all.what, all.which, all.environment),
)
const clock = fc.constantFrom(1, 5, 30, 250, -10, -600).map(
  (minutes): Act =>
    (world) =>
      world.moveClock(minutes),
)

const history = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: request },
    { weight: 10, arbitrary: approval },
    { weight: 2, arbitrary: otherPress },
    { weight: 1, arbitrary: glass },
    { weight: 8, arbitrary: delivery },
    { weight: 1, arbitrary: repetition },
    { weight: 2, arbitrary: tick },
    { weight: 2, arbitrary: change },
    { weight: 1, arbitrary: clock },
  ),
  { minLength: 5, maxLength: 60, size: 'max' },
)

test('whatever happens in whatever order, nothing starts without a valid quorum for exactly what starts, or a broken glass', () => {
  const seen = { releases: 0, starts: 0, glasses: 0, answers: 0, ends: 0 }
  fc.assert(
    fc.property(history, (acts) => {
      const world = new GateWorld()
      for (const act of acts) act(world)
      for (const { release, starts, glass: broken } of world.tracked) {
        seen.releases += 1
        seen.starts += starts
        seen.glasses += broken === null ? 0 : 1
        seen.ends += isOpen(release) ? 0 : 1
      }
      seen.answers += world.answers.size
    }),
    { numRuns, seed },
  )
  // The histories are worth something: many releases start, in both ways, and many end.
  expect(seen.starts).toBeGreaterThan(numRuns / 5)
  expect(seen.glasses).toBeGreaterThan(numRuns / 50)
  expect(seen.ends).toBeGreaterThan(numRuns / 2)
  if (process.env.SLUICE_GATE_RUNS !== undefined) console.log(seen)
}, 600_000)
