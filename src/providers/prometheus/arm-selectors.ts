import type { PoolNames } from '../../engine/metrics-source.ts'
import { escapeRegex, formatSelector, type LabelMatcher, parseSelector } from '../../policy/metric-selector.ts'
import type { ArmsPolicy } from '../../policy/metrics-policy.ts'

export type Arm = 'canary' | 'baseline'

export type ArmSelector =
  | { readonly ok: true; readonly selector: string }
  | { readonly ok: false; readonly detail: string }

/**
 * A metric's selector for one arm. Values are put in as matchers and escaped, whatever they hold, so that none of them
 * can become a part of the query.
 *
 * @param pools - the pools' names in this release; null where nobody said them
 */
export function armSelector(written: string, arms: ArmsPolicy, arm: Arm, pools: PoolNames | null): ArmSelector {
  const parsed = parseSelector(written)
  if (!parsed.ok) return { ok: false, detail: `${written} ${parsed.fault.what} ${parsed.fault.mend}` }
  const { name, matchers } = parsed.selector
  if (name === null) return { ok: false, detail: `${written} does not name a metric.` }
  if (arms.type === 'matchers') {
    return { ok: true, selector: formatSelector({ name, matchers: [...matchers, ...arms[arm]] }) }
  }
  const value = arms.type === 'label' ? arms[arm] : pools?.[arm]
  if (value === undefined) {
    return { ok: false, detail: `The arms are told apart by the pool (label ${arms.label}), and no pools are known.` }
  }
  const isPlaced = matchers.some((matcher) => matcher.value.includes('$arm'))
  const placed = matchers.map((matcher) => ({ ...matcher, value: withArm(matcher, value) }))
  const own: LabelMatcher = { label: arms.label, operator: '=', value }
  return { ok: true, selector: formatSelector({ name, matchers: isPlaced ? placed : [...placed, own] }) }
}

function withArm(matcher: LabelMatcher, value: string): string {
  const isPattern = matcher.operator === '=~' || matcher.operator === '!~'
  return matcher.value.replaceAll('$arm', () => (isPattern ? escapeRegex(value) : value))
}
