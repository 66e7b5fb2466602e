import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isOpen } from '../../src/release/release.ts'
import { GateHistory, type PressType } from './gate-history.ts'
import { changes, commitCount, humanCount } from './gate-world.ts'

/** More histories with `SLUICE_GATE_RUNS=100000`, other ones with `SLUICE_GATE_SEED`. */
const numRuns = Number(process.env.SLUICE_GATE_RUNS ?? 1500)
const seed = Number(process.env.SLUICE_GATE_SEED ?? 20260105)

const which = fc.nat({ max: 5 })
const identity = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 2 }) })
const card = fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) })

const request = fc.record({
  act: fc.constant('request' as const),
  human: fc.constantFrom(0, 0, 0, 1, 5),
  identity,
  environment: fc.nat({ max: 1 }),
  commit: fc.nat({ max: commitCount - 1 }),
  isDirect: fc.boolean(),
  isRule: fc.constantFrom(false, false, true),
})
const press = (types: readonly PressType[], humans: readonly number[], whys: readonly string[]) =>
  fc.record({
    act: fc.constant('press' as const),
    which,
    type: fc.constantFrom(...types),
    human: fc.constantFrom(...humans),
    identity,
    card,
    why: fc.constantFrom(...whys),
  })
const approval = press(['approve'], [1, 2, 3, 4, 0], ['', 'Fine'])
const otherPress = press(['reject', 'withdraw', 'cancel', 'break_glass'], [0, 1, 2, 3, 4, 5], ['Because', ''])
const glass = press(['break_glass'], [5], ['The site is down'])
const delivery = fc.record({ act: fc.constant('deliver' as const), which: fc.nat({ max: 3 }), isTwice: fc.boolean() })
const repetition = fc.record({ act: fc.constant('repeat' as const), which: fc.nat({ max: 200 }) })
const tick = fc.record({
  act: fc.constant('tick' as const),
  which,
  type: fc.constantFrom('expire', 'remind', 'try_start', 'refreshed'),
})
const change = fc.record({
  act: fc.constant('change' as const),
  what: fc.constantFrom(...changes),
  which: fc.nat({ max: humanCount - 1 }),
  environment: fc.nat({ max: 2 }),
})
const clock = fc.record({ act: fc.constant('clock' as const), minutes: fc.constantFrom(1, 5, 30, 250, -10, -600) })

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
  const seen = { releases: 0, starts: 0, startsByGlass: 0, answers: 0, ends: 0 }
  fc.assert(
    fc.property(history, (acts) => {
      const played = new GateHistory()
      for (const act of acts) played.play(act)
      for (const { release, books } of played.tracked) {
        seen.releases += 1
        seen.starts += books.starts
        seen.startsByGlass += books.startsByGlass
        seen.ends += isOpen(release) ? 0 : 1
      }
      seen.answers += played.answers
    }),
    { numRuns, seed },
  )
  // The histories are worth something: many releases start, in both ways, and many end.
  expect(seen.starts - seen.startsByGlass).toBeGreaterThan(numRuns / 20)
  expect(seen.startsByGlass).toBeGreaterThan(numRuns / 20)
  expect(seen.ends).toBeGreaterThan(numRuns / 2)
  if (process.env.SLUICE_GATE_RUNS !== undefined) console.log(seen)
}, 3_600_000)
