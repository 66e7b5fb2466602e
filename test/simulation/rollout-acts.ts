/** What can happen in the simulation of rollouts, as plain data: made up from a seed, and cut short when it shows a fault. */
import { seededRandom } from '../../sandbox/github/seeded-random.ts'
import { minute } from '../release/fixtures.ts'
import type { Quality } from '../release/rollout/fixtures.ts'

/**
 * What becomes of one call. `lost`: it has its effect, and its answer never arrives; `late`: it has its effect when the
 * caller has long given up; `half`: only a part of what it asks for; `ignored`: it is taken, and nothing comes of it.
 */
export type Fate = 'well' | 'slow' | 'unsent' | 'limited' | 'refused' | 'lost' | 'late' | 'never' | 'half' | 'ignored'
export type Service = 'router' | 'hosts' | 'checks'

export const pressTypes = [
  'hold',
  'resume',
  'advance',
  'promote',
  'roll_back',
  'extend',
  'adopt',
  'restore',
  'approve_step',
] as const

export type Happening =
  | { readonly act: 'press'; readonly type: (typeof pressTypes)[number]; readonly card: 'new' | 'old' | 'none' }
  /** Somebody else changes the split: the canary's share, and whether its pool is off. */
  | { readonly act: 'drift'; readonly percent: number; readonly isOff: boolean }
  | { readonly act: 'quality'; readonly quality: Quality }
  | { readonly act: 'health'; readonly pool: 'canary' | 'baseline'; readonly isGood: boolean }
  | { readonly act: 'check'; readonly result: 'passed' | 'failed' }
  | { readonly act: 'sick'; readonly service: Service; readonly fates: readonly Fate[] }
  | { readonly act: 'down'; readonly service: Service }
  /** A result comes once more, as another event. */
  | { readonly act: 'again'; readonly which: number }
  /** The process dies at the boundary with this number between two of its steps, and is away for a while. */
  | { readonly act: 'die'; readonly at: number; readonly awayMs: number }
  | { readonly act: 'clock'; readonly ms: number }
  | { readonly act: 'unlock' }

export interface Act {
  readonly what: Happening
  /** Time that passes after it. */
  readonly thenMs: number
}

export interface History {
  /** Which of the plans; see rollout-world.ts. */
  readonly plan: number
  readonly hasAffinity: boolean
  readonly isMeasured: boolean
  readonly hasHosts: boolean
  /** What was live before cannot be put back: it is gone. */
  readonly isGone: boolean
  readonly backup: string | null
  readonly holdLimitMs: number | null
  /** Whether a second release waits behind the first. */
  readonly hasSecond: boolean
  readonly acts: readonly Act[]
}

const weights: readonly (readonly [Happening['act'], number])[] = [
  ['press', 9],
  ['drift', 2],
  ['quality', 2],
  ['health', 1],
  ['check', 1],
  ['sick', 5],
  ['down', 1],
  ['again', 2],
  ['die', 4],
  ['clock', 1],
  ['unlock', 1],
]
const acts = weights.flatMap(([act, weight]) => Array<Happening['act']>(weight).fill(act))
const fates: readonly Fate[] = [
  'well',
  'slow',
  'unsent',
  'limited',
  'refused',
  'lost',
  'lost',
  'late',
  'late',
  'never',
  'half',
  'ignored',
]
const qualities = ['good', 'good', 'good', 'unclear', 'away', 'silent', 'bad'] as const
const pauses = [0, 0, 150, 2_000, 9_000, 30_000, minute, 2 * minute, 4 * minute, 12 * minute, 40 * minute] as const
/** What sends it forward is pressed more often than what ends it. */
const presses = [...pressTypes, 'resume', 'resume', 'resume', 'advance', 'advance', 'approve_step', 'restore'] as const

export function historyOf(seed: number): History {
  const { next } = seededRandom(seed)
  const pick = <T>(list: readonly T[]): T => {
    const item = list[Math.floor(next() * list.length)]
    if (item === undefined) throw new Error('There is nothing to choose from')
    return item
  }
  const chance = (share: number) => next() < share
  const happening = (): Happening => {
    const act = pick(acts)
    switch (act) {
      case 'press':
        return { act, type: pick(presses), card: chance(0.12) ? 'old' : chance(0.1) ? 'none' : 'new' }
      case 'drift':
        return { act, percent: pick([0, 5, 12, 25, 60, 100]), isOff: chance(0.1) }
      case 'quality':
        return { act, quality: pick(qualities) }
      case 'health':
        return { act, pool: pick(['canary', 'baseline']), isGood: chance(0.6) }
      case 'check':
        return { act, result: chance(0.7) ? 'passed' : 'failed' }
      case 'sick': {
        const count = 1 + Math.floor(next() * 6)
        return {
          act,
          service: pick(['router', 'router', 'hosts', 'checks']),
          fates: Array.from({ length: count }, () => pick(fates)),
        }
      }
      case 'down':
        return { act, service: pick(['router', 'hosts', 'checks']) }
      case 'again':
        return { act, which: Math.floor(next() * 40) }
      case 'die':
        return { act, at: Math.floor(next() * 14), awayMs: pick([0, 0, 3_000, 45_000, 20 * minute]) }
      case 'clock':
        return { act, ms: pick([-3 * minute, -40 * minute, 5 * minute]) }
      case 'unlock':
        return { act }
      default:
        return act satisfies never
    }
  }
  return {
    plan: Math.floor(next() * 4),
    hasAffinity: chance(0.25),
    isMeasured: chance(0.9),
    hasHosts: chance(0.7),
    isGone: chance(0.03),
    backup: chance(0.95) ? 'nightly' : null,
    holdLimitMs: chance(0.5) ? 60 * minute : null,
    hasSecond: chance(0.3),
    acts: Array.from({ length: 3 + Math.floor(next() * 16) }, () => ({ what: happening(), thenMs: pick(pauses) })),
  }
}
