/** What can happen in the simulation of rollouts with the engine itself, as plain data that fast-check makes up and shrinks. */
import fc from 'fast-check'
import type { Quality } from '../release/rollout/fixtures.ts'
import type { Fuse } from './gate-life.ts'
import type { Fate } from './gate-service.ts'
import { minute } from './gate-truth.ts'
import { pressTypes } from './rollout-acts.ts'

type Service = 'slack' | 'github' | 'router' | 'hosts'

export type RolloutHappening =
  /** A commit is asked for, approved, and its workflow ends well. */
  | { readonly act: 'release'; readonly commit: number }
  | {
      readonly act: 'press'
      readonly type: (typeof pressTypes)[number]
      readonly isOld: boolean
      readonly human: number
    }
  | { readonly act: 'drift'; readonly percent: number }
  | { readonly act: 'quality'; readonly quality: Quality }
  | { readonly act: 'health'; readonly pool: 'blue' | 'green'; readonly isGood: boolean }
  | { readonly act: 'unlock' }
  | { readonly act: 'sick'; readonly service: Service; readonly fates: readonly Fate[] }
  | { readonly act: 'down'; readonly service: Service }
  | { readonly act: 'clock'; readonly minutes: number }
  | { readonly act: 'die'; readonly fuse: Fuse | null }

export interface RolloutAct {
  readonly what: RolloutHappening
  readonly thenMs: number
}

const service = fc.constantFrom<Service>('router', 'router', 'router', 'hosts', 'hosts', 'slack', 'github')
const fates = ['lost', 'unsent', 'limited', 'late', 'adrift', 'adrift', 'well', 'well'] as const

const happenings = {
  release: fc.record({ act: fc.constant('release' as const), commit: fc.nat({ max: 3 }) }),
  press: fc.record({
    act: fc.constant('press' as const),
    type: fc.constantFrom(...pressTypes, 'resume', 'resume', 'advance'),
    isOld: fc.constantFrom(false, false, false, false, true),
    human: fc.nat({ max: 3 }),
  }),
  drift: fc.record({ act: fc.constant('drift' as const), percent: fc.constantFrom(0, 5, 12, 60, 100) }),
  quality: fc.record({
    act: fc.constant('quality' as const),
    quality: fc.constantFrom<Quality>('good', 'good', 'unclear', 'away', 'silent', 'bad'),
  }),
  health: fc.record({
    act: fc.constant('health' as const),
    pool: fc.constantFrom('blue' as const, 'green' as const),
    isGood: fc.constantFrom(true, true, false),
  }),
  unlock: fc.record({ act: fc.constant('unlock' as const) }),
  sick: fc.record({
    act: fc.constant('sick' as const),
    service,
    fates: fc.array(fc.constantFrom<Fate>(...fates), { minLength: 1, maxLength: 6 }),
  }),
  down: fc.record({ act: fc.constant('down' as const), service }),
  clock: fc.record({ act: fc.constant('clock' as const), minutes: fc.constantFrom(-2, -40, 5) }),
  die: fc.record({
    act: fc.constant('die' as const),
    fuse: fc.option(
      fc.record<Fuse>({
        on: fc.constantFrom('transaction' as const, 'call' as const),
        number: fc.integer({ min: 1, max: 10 }),
        when: fc.constantFrom('before' as const, 'after' as const),
      }),
      { freq: 6 },
    ),
  }),
}

const weights: Readonly<Record<keyof typeof happenings, number>> = {
  release: 2,
  press: 7,
  drift: 2,
  quality: 2,
  health: 1,
  unlock: 1,
  sick: 4,
  down: 1,
  clock: 1,
  die: 5,
}

const happening: fc.Arbitrary<RolloutHappening> = fc.oneof(
  ...Object.entries(happenings).map(([name, arbitrary]) => ({
    arbitrary: arbitrary as fc.Arbitrary<RolloutHappening>,
    weight: weights[name as keyof typeof happenings],
  })),
)

const thenMs = fc.constantFrom(0, 300, 4_000, 4_000, 15_000, 45_000, minute, 3 * minute, 12 * minute)

export const rolloutHistory: fc.Arbitrary<readonly RolloutAct[]> = fc.array(fc.record({ what: happening, thenMs }), {
  minLength: 2,
  maxLength: 16,
  size: 'max',
})
