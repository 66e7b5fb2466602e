import type { Rollout, RolloutPhase, RolloutStep } from '../release/rollout/rollout.ts'
import { counted } from './counted.ts'
import { joined, type Line, type Span, words } from './spans.ts'

/** `✅ 5 % · 🔵 25 % · ⚪ 100 %`: done, now and to come; of many steps those around the present one. */
export function stepsBar({ steps, stepIndex, phase }: Pick<Rollout, 'steps' | 'stepIndex' | 'phase'>): Line {
  const last = steps.length - 1
  const from = Math.max(0, Math.min(stepIndex - 2, last - 6))
  const shown = steps.map((step, index): Line | null => {
    if (index !== last && (index < from || index > from + 5)) return null
    return [stepSpan(step, stepSymbol(index, stepIndex, phase), index === stepIndex && phase.name !== 'completed')]
  })
  const before = shown.slice(0, -1).findIndex((line) => line !== null)
  const hidden = shown.slice(Math.max(0, before), -1).filter((line) => line === null).length
  const parts = shown.slice(0, -1).filter((line) => line !== null)
  const done: Line[] = before > 0 ? [[words(`✅ ${counted(before, 'step')}`)]] : []
  const ahead: Line[] = hidden > 0 ? [[words(`${hidden} more`)]] : []
  return joined([...done, ...parts, ...ahead, ...[shown.at(-1) ?? []]])
}

function stepSpan({ percent, isAnalysisOnly, needsApproval }: RolloutStep, symbol: string, isNow: boolean): Span {
  const watch = isAnalysisOnly ? ' watched on' : ''
  const asks = needsApproval && symbol === '⚪' ? ' ✋' : ''
  return words(`${symbol} ${percent} %${watch}${asks}`, isNow ? 'bold' : undefined)
}

function stepSymbol(index: number, present: number, phase: RolloutPhase): string {
  if (phase.name === 'completed' || index < present) return '✅'
  if (index > present) return '⚪'
  switch (phase.name) {
    case 'held':
      return '⏸️'
    case 'rolling_back':
    case 'rollback_incomplete':
    case 'rolled_back':
      return '⏪'
    default:
      return '🔵'
  }
}
