import { parseSelector } from '../policy/metric-selector.ts'
import { nearest } from './suggest.ts'
import type { ValueFault } from './value-checks.ts'

/** Checks of single values under `metrics` and `health`; see value-checks.ts for how their answers are shown. */

/** A selector that names a metric. */
export function checkSelector(value: string): ValueFault | null {
  const parsed = parseSelector(value)
  if (!parsed.ok) return parsed.fault
  if (parsed.selector.name !== null) return null
  return {
    what: 'names no metric.',
    mend: `Write the name before the braces, like http_requests_total${value.trim()}.`,
  }
}

/** Conditions on labels alone, `{job="api"}`. */
export function checkMatchers(value: string): ValueFault | null {
  const parsed = parseSelector(value)
  if (!parsed.ok) {
    const isPair = /^\s*[a-zA-Z_]\w*\s*(?:=~|!~|!=|=)/.test(value)
    return isPair ? { what: 'has no braces.', mend: `Write '{${value.trim()}}'.` } : parsed.fault
  }
  const { name, matchers } = parsed.selector
  if (name !== null) return { what: 'names a metric.', mend: 'Write conditions on labels alone, like \'{job="api"}\'.' }
  if (matchers.some((matcher) => matcher.value.includes('$arm'))) {
    return { what: 'has $arm in it.', mend: 'That has a meaning only in the selectors of single metrics.' }
  }
  return null
}

export function checkLabel(value: string): ValueFault | null {
  if (/^[a-zA-Z_]\w*$/.test(value)) return null
  return { what: 'is not the name of a label.', mend: 'Write it like version: letters, digits and _.' }
}

export function checkMetricName(value: string): ValueFault | null {
  if (/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(value)) return null
  const mend = /[{(]/.test(value)
    ? 'Conditions on labels go under "select"; for another query write a metric under "custom".'
    : 'Write the name alone, like http_requests_total.'
  return { what: 'is not the name of a metric.', mend }
}

/** The name of a histogram, which its buckets are called after. */
export function checkHistogramName(value: string): ValueFault | null {
  const base = /^(.+)_(?:bucket|count|sum)$/.exec(value)?.[1]
  if (base === undefined) return checkMetricName(value)
  return { what: 'is one part of a histogram.', mend: `Write "${base}".` }
}

const presetNames = ['http', 'grpc', 'supabase-edge']

export function checkPreset(value: string): ValueFault | null {
  if (presetNames.includes(value)) return null
  const meant = nearest(value, presetNames, 2)
  const mend =
    meant === null
      ? 'Write http, grpc or supabase-edge; or false, and your own under "custom".'
      : `Did you mean "${meant}"?`
  return { what: 'is not one of the presets: http, grpc and supabase-edge.', mend }
}

/** A number that may have a fraction. */
export function checkNumber(least: number, most: number): (value: string) => ValueFault | null {
  return (value) => {
    const number = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : null
    if (number === null)
      return { what: 'is not a number.', mend: `Write one from ${least} to ${most}, with a point: 1.5.` }
    if (number < least) return { what: `is too small: the least is ${least}.`, mend: `Write a number up to ${most}.` }
    if (number > most) return { what: `is too large: the most is ${most}.`, mend: `Write a number from ${least}.` }
    return null
  }
}

/** `0.5%` to a share of 1; null when it is none. */
export function parseShare(text: string): number | null {
  const percent = /^(\d+(?:\.\d+)?) ?%$/.exec(text.trim())?.[1]
  return percent === undefined || Number(percent) > 100 ? null : Number(percent) / 100
}

/** `20ms` or `1.5s` to seconds; null when it is none. */
export function parseSeconds(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(ms|s)$/.exec(text.trim()) ?? []
  if (amount === undefined) return null
  return unit === 'ms' ? Number(amount) / 1000 : Number(amount)
}

export function checkShare(value: string): ValueFault | null {
  if (parseShare(value) !== null) return null
  const mend =
    parseSeconds(value) === null
      ? 'Write a share of what is counted, like 0.1%.'
      : 'Write a share of what is counted, like 0.1%: a time is for latencies.'
  return { what: 'is not a share.', mend }
}

export function checkSeconds(value: string): ValueFault | null {
  if (parseSeconds(value) !== null) return null
  const mend =
    parseShare(value) === null
      ? 'Write it like 20ms or 1.5s.'
      : 'Write a time, like 20ms: how much more is said by "factor".'
  return { what: 'is not a length of time.', mend }
}
