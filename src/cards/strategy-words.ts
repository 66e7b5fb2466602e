import type { Strategy, StrategyStep } from '../policy/gate-policy.ts'
import { formatDuration } from './durations.ts'

export type { Strategy } from '../policy/gate-policy.ts'

export const strategies: readonly Strategy[] = ['canary', 'blue-green', 'direct']

/** What a strategy does, in half a sentence. */
export const strategyWords: Readonly<Record<Strategy, string>> = {
  canary: 'a small share of the traffic first, then more',
  'blue-green': 'beside the old version, then all traffic at once',
  direct: 'in place of the old version, all at once',
}

/** `5 % for 15 min → 25 % for 30 min → 100 %`; at most eight steps, with the number of those between. */
export function stepsWords(steps: readonly StrategyStep[]): string {
  const shown = steps.map(({ percent, windowMs }) =>
    windowMs > 0 ? `${percent} % for ${formatDuration(windowMs)}` : `${percent} %`,
  )
  if (shown.length <= 8) return shown.join(' → ')
  return [...shown.slice(0, 6), `${shown.length - 7} more steps`, ...shown.slice(-1)].join(' → ')
}
