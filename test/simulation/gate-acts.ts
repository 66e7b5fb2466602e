/** What can happen in the simulation of the gate, as plain data that fast-check makes up and shrinks. */
import fc from 'fast-check'
import { minute } from '../release/fixtures.ts'
import type { Fuse } from './gate-life.ts'
import type { Fate } from './gate-service.ts'
import { groupNames, humans } from './gate-truth.ts'

type PressType = 'approve' | 'reject' | 'withdraw' | 'cancel' | 'break_glass' | 'refresh'
/** Whether GitHub's delivery arrives. */
type Told = 'once' | 'twice' | 'never'

interface Person {
  readonly human: number
}

export type Happening =
  | ({ readonly act: 'ask'; readonly commit: number | null; readonly isDirect: boolean } & Person)
  /** `card` 1: the newest that was drawn; greater: an older one; 0: none. */
  | ({ readonly act: 'press'; readonly type: PressType; readonly which: number; readonly card: number } & Person)
  | { readonly act: 'stranger'; readonly who: number; readonly type: PressType; readonly which: number }
  | ({
      readonly act: 'environment'
      readonly type: 'lock' | 'unlock' | 'freeze' | 'unfreeze' | 'sign_off'
      readonly environment: number
      readonly takesOver: boolean
      /** Which of the releases that broke the glass is signed off; 0 is the first. */
      readonly which: number
    } & Person)
  /** Slack or a person sends the same press once more. */
  | { readonly act: 'again'; readonly which: number }
  | { readonly act: 'change'; readonly what: 'artifacts' | 'migrations' | 'ci'; readonly commit: number }
  | { readonly act: 'commit' }
  | { readonly act: 'role'; readonly human: number; readonly group: number }
  | { readonly act: 'policy' }
  | { readonly act: 'sick'; readonly service: 'slack' | 'github'; readonly fates: readonly Fate[] }
  | { readonly act: 'down'; readonly service: 'slack' | 'github' }
  /** A push by somebody makes the production workflow wait for our answer. */
  | ({ readonly act: 'wait'; readonly commit: number; readonly told: Told } & Person)
  | {
      readonly act: 'end'
      readonly which: number
      readonly conclusion: 'success' | 'failure' | 'cancelled'
      readonly built: 'it' | 'another' | 'unsaid'
      readonly told: Told
    }
  | { readonly act: 'elsewhere'; readonly which: number; readonly decision: 'approved' | 'rejected' | 'started' }
  | { readonly act: 'clock'; readonly minutes: number }
  | { readonly act: 'die'; readonly fuse: Fuse | null }

export interface Act {
  readonly what: Happening
  /** Time that passes after it. */
  readonly thenMs: number
}

/** 0 is the newest. */
const which = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3)
const commit = fc.nat({ max: 5 })
const card = fc.constantFrom(1, 1, 1, 1, 1, 1, 2, 3, 0)
const told = fc.constantFrom<Told>('once', 'once', 'twice', 'never')
const service = fc.constantFrom('slack' as const, 'github' as const)

const press = (types: readonly PressType[], people: readonly number[]) =>
  fc.record({
    act: fc.constant('press' as const),
    type: fc.constantFrom(...types),
    which,
    card,
    human: fc.constantFrom(...people),
  })

const happenings = {
  ask: fc.record({
    act: fc.constant('ask' as const),
    human: fc.constantFrom(0, 0, 0, 1, 5),
    commit: fc.option(commit, { freq: 3 }),
    isDirect: fc.boolean(),
  }),
  approval: press(['approve'], [1, 2, 3, 2, 3, 4, 0]),
  otherPress: press(['reject', 'withdraw', 'cancel', 'break_glass', 'refresh'], [0, 1, 2, 3, 4, 5]),
  glass: press(['break_glass'], [5]),
  stranger: fc.record({
    act: fc.constant('stranger' as const),
    who: fc.nat({ max: 2 }),
    type: fc.constantFrom<PressType>('approve', 'cancel', 'break_glass'),
    which,
  }),
  environment: fc.record({
    act: fc.constant('environment' as const),
    type: fc.constantFrom('lock', 'unlock', 'freeze', 'unfreeze', 'sign_off', 'sign_off'),
    environment: fc.nat({ max: 1 }),
    takesOver: fc.boolean(),
    which: fc.constantFrom(0, 0, 0, 1),
    human: fc.nat({ max: humans.length - 1 }),
  }),
  again: fc.record({ act: fc.constant('again' as const), which: fc.nat({ max: 30 }) }),
  change: fc.record({
    act: fc.constant('change' as const),
    what: fc.constantFrom('artifacts' as const, 'migrations' as const, 'ci' as const),
    commit,
  }),
  commit: fc.record({ act: fc.constant('commit' as const) }),
  role: fc.record({
    act: fc.constant('role' as const),
    human: fc.nat({ max: humans.length - 1 }),
    group: fc.nat({ max: groupNames.length - 1 }),
  }),
  policy: fc.record({ act: fc.constant('policy' as const) }),
  sick: fc.record({
    act: fc.constant('sick' as const),
    service,
    fates: fc.array(fc.constantFrom<Fate>('lost', 'unsent', 'limited', 'late', 'well'), { minLength: 1, maxLength: 8 }),
  }),
  down: fc.record({ act: fc.constant('down' as const), service }),
  wait: fc.record({ act: fc.constant('wait' as const), commit, told, human: fc.constantFrom(0, 1, 2, 4) }),
  end: fc.record({
    act: fc.constant('end' as const),
    which,
    conclusion: fc.constantFrom('success', 'success', 'failure', 'cancelled'),
    built: fc.constantFrom('it', 'it', 'another', 'unsaid'),
    told,
  }),
  elsewhere: fc.record({
    act: fc.constant('elsewhere' as const),
    which,
    decision: fc.constantFrom('approved', 'rejected', 'started'),
  }),
  clock: fc.record({ act: fc.constant('clock' as const), minutes: fc.constantFrom(-1, -10, -600, 5) }),
  die: fc.record({
    act: fc.constant('die' as const),
    fuse: fc.option(
      fc.record<Fuse>({
        on: fc.constantFrom('transaction' as const, 'call' as const),
        number: fc.integer({ min: 1, max: 12 }),
        when: fc.constantFrom('before' as const, 'after' as const),
      }),
      { freq: 6 },
    ),
  }),
}

const weights: Readonly<Record<keyof typeof happenings, number>> = {
  ask: 6,
  approval: 16,
  otherPress: 3,
  glass: 1,
  stranger: 1,
  environment: 2,
  again: 1,
  change: 1,
  commit: 1,
  role: 1,
  policy: 1,
  sick: 2,
  down: 1,
  wait: 2,
  end: 4,
  elsewhere: 1,
  clock: 1,
  die: 4,
}

const happening: fc.Arbitrary<Happening> = fc.oneof(
  ...Object.entries(happenings).map(([name, arbitrary]) => ({
    arbitrary: arbitrary as fc.Arbitrary<Happening>,
    weight: weights[name as keyof typeof happenings],
  })),
)

/** Mostly enough for what was begun to end; sometimes none at all, so that much is under way at once. */
const thenMs = fc.constantFrom(15_000, 15_000, 15_000, 15_000, 0, 0, 300, 3_000, 2 * minute, 12 * minute)

export const history: fc.Arbitrary<readonly Act[]> = fc.array(fc.record({ what: happening, thenMs }), {
  minLength: 5,
  maxLength: 45,
  size: 'max',
})
