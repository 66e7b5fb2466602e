import { z } from 'zod'
import { parseSelector } from '../policy/metric-selector.ts'
import { namesPool } from '../policy/pool-address.ts'
import {
  checkHistogramName,
  checkLabel,
  checkMatchers,
  checkMetricName,
  checkNumber,
  checkPreset,
  checkSeconds,
  checkSelector,
  checkShare,
} from './metrics-checks.ts'
import { addFault, duration, flag, oneOrMany, orFalse, text } from './schema-parts.ts'
import { checkAddress, checkedText, checkProbedAddress, type ValueFault } from './value-checks.ts'

/** What an environment says under `metrics` and `health`, as written. `toMetricsPolicy` fills in the rest. */

const selector = checkedText(checkSelector)
const label = checkedText(checkLabel)

/** Taken along as text, so that what is wrong with it can be said in words. */
function decimal(check: (value: string) => ValueFault | null) {
  return z.preprocess((value) => (typeof value === 'number' ? String(value) : value), checkedText(check))
}

const factor = decimal(checkNumber(1.05, 100))
const weight = decimal(checkNumber(0.1, 100))

const armsShape = { label: label.optional(), canary: text.optional(), baseline: text.optional() }

const armsSchema = z.strictObject(armsShape).superRefine((arms, context) => {
  const { label, canary, baseline } = arms
  if ((canary === undefined) !== (baseline === undefined)) {
    const missing = canary === undefined ? 'canary' : 'baseline'
    addFault(context, [], {
      what: `What the ${missing} has is not said.`,
      mend: 'Write both, or neither and a "label" that holds the name of the pool.',
    })
  } else if (canary === undefined || baseline === undefined) {
    if (label !== undefined) return
    addFault(context, [], {
      what: 'What tells the arms apart is not said.',
      mend: 'Write it like this: label: version, canary: canary, baseline: baseline',
    })
  } else if (canary === baseline) {
    const mend = 'Write what only the canary has, and what only the baseline has.'
    addFault(context, ['baseline'], { what: 'is the same as for the canary.', mend }, false)
  } else if (label === undefined) {
    for (const [key, written] of [
      ['canary', canary],
      ['baseline', baseline],
    ] as const) {
      const fault = checkMatchers(written)
      if (fault === null) continue
      const isWord = /^[\w.-]+$/.test(written)
      const mend = isWord ? 'Write the label that has this value under "label".' : fault.mend
      addFault(context, [key], isWord ? { what: 'is no condition on labels.', mend } : fault, false)
    }
  }
})

const namesShape = {
  requests: checkedText(checkMetricName).optional(),
  status_label: label.optional(),
  duration: checkedText(checkHistogramName).optional(),
}

const errorsShape = {
  factor: factor.optional(),
  minimum_effect: checkedText(checkShare).optional(),
  weight: weight.optional(),
  shadow: flag.optional(),
}
const latencyShape = { ...errorsShape, minimum_effect: checkedText(checkSeconds).optional() }
const newErrorsShape = {
  total: selector.optional(),
  errors: selector.optional(),
  label: label.optional(),
  weight: weight.optional(),
  shadow: flag.optional(),
}

const newErrorsSchema = z.strictObject(newErrorsShape).superRefine(({ total, errors, label }, context) => {
  const written = [total, errors, label].filter((one) => one !== undefined).length
  if (written === 0 || written === 3) return
  addFault(context, [], {
    what: '"total", "errors" and "label" go together, and not all of them are here.',
    mend: 'Write all three, or none to take them from the preset.',
  })
})

const customShape = {
  name: text,
  total: selector.optional(),
  bad: selector.optional(),
  good: selector.optional(),
  buckets: selector.optional(),
  factor: factor.optional(),
  minimum_effect: text.optional(),
  weight: weight.optional(),
  shadow: flag.optional(),
}

/** What the metrics of a preset are called. */
const reserved = ['errors', 'latency', 'new errors']

const customSchema = z.strictObject(customShape).superRefine((metric, context) => {
  const { name, total, bad, good, buckets, minimum_effect } = metric
  if (reserved.includes(name.trim().toLowerCase())) {
    const mend = `Say what it is about, like "${name.trim()} of the checkout".`
    addFault(context, ['name'], { what: 'is the name of a metric of the presets.', mend }, false)
  }
  const others = [total, bad, good].some((one) => one !== undefined)
  if (buckets !== undefined && others) {
    const mend = 'Make two metrics of it.'
    addFault(context, ['buckets'], { what: 'A metric is a latency or a share, and this is both.', mend })
  } else if (buckets === undefined && (total === undefined || (bad === undefined) === (good === undefined))) {
    const what =
      bad !== undefined && good !== undefined
        ? 'A metric has "bad" or "good", and this has both.'
        : 'What is counted is not said.'
    const mend = 'Write "total" with "bad" (or with "good"), or "buckets" for a latency.'
    addFault(context, [], { what, mend })
  }
  if (minimum_effect === undefined) return
  const fault = buckets === undefined ? checkShare(minimum_effect) : checkSeconds(minimum_effect)
  if (fault !== null) addFault(context, ['minimum_effect'], fault, false)
})

const metricsShape = {
  source: checkedText(checkAddress('anywhere')),
  arms: armsSchema.optional(),
  preset: orFalse(checkedText(checkPreset)).optional(),
  names: z.strictObject(namesShape).optional(),
  select: checkedText(checkMatchers).optional(),
  errors: orFalse(z.strictObject(errorsShape)).optional(),
  latency: orFalse(z.strictObject(latencyShape)).optional(),
  new_errors: orFalse(newErrorsSchema).optional(),
  custom: oneOrMany(customSchema).optional(),
  alpha: decimal(checkNumber(0.001, 0.2)).optional(),
  warm_up: duration('0s', '1h').optional(),
  interval: duration('1s', '15m').optional(),
  lag: duration('1s', '15m').optional(),
}

/** Selectors that say `$arm` need a label whose value it can stand for. */
const metricsSchema = z.strictObject(metricsShape).superRefine((metrics, context) => {
  const { arms, preset, names, errors, latency, new_errors, custom = [] } = metrics
  if (preset === null) {
    for (const [key, isSaid] of [
      ['names', names !== undefined],
      ['errors', errors !== undefined && errors !== null],
      ['latency', latency !== undefined && latency !== null],
      ['new_errors', new_errors !== undefined && new_errors !== null && new_errors.errors === undefined],
    ] as const) {
      if (!isSaid) continue
      const mend = 'Take "preset: false" out, or write the metric under "custom".'
      addFault(context, [key], { what: 'This is about the metrics of a preset, and there is none.', mend })
    }
  }
  const isNothing =
    (preset === null || (errors === null && latency === null && new_errors === null)) && custom.length === 0
  if (isNothing && (new_errors === undefined || new_errors === null)) {
    addFault(context, preset === null ? ['preset'] : [], {
      what: 'There is nothing to compare.',
      mend: 'Keep the preset, or write a metric under "custom".',
    })
  }
  if (arms === undefined || arms.label !== undefined) return
  const written: readonly (readonly [readonly (string | number)[], string | undefined])[] = [
    ...custom.flatMap((metric, index) =>
      (['total', 'bad', 'good', 'buckets'] as const).map((key) => [['custom', index, key], metric[key]] as const),
    ),
    ...(['total', 'errors'] as const).map((key) => [['new_errors', key], new_errors?.[key]] as const),
  ]
  for (const [path, value] of written) {
    if (value === undefined || !hasArm(value)) continue
    const mend = 'Take it out: what is written under "arms" is added to every selector.'
    addFault(context, [...path], { what: 'has $arm in it, and the arms are not told apart by one label.', mend }, false)
  }
})

function hasArm(written: string): boolean {
  const parsed = parseSelector(written)
  return parsed.ok && parsed.selector.matchers.some(({ value }) => value.includes('$arm'))
}

const healthShape = {
  canary: checkedText(checkProbedAddress),
  baseline: checkedText(checkProbedAddress).optional(),
  status: oneOrMany(z.int().min(100).max(599)).optional(),
  body: text.optional(),
  timeout: duration('1s', '1m').optional(),
  interval: duration('1s', '10m').optional(),
  failures: z.int().min(1).max(100).optional(),
}

/** One address may be written without its key. */
const healthSchema = z.preprocess(
  (value) => (typeof value === 'string' ? { canary: value } : value),
  z.strictObject(healthShape).superRefine(({ canary, baseline }, context) => {
    // With $pool in it one address is two.
    if (canary !== baseline || namesPool(canary)) return
    const mend = 'Write the address of each, or take "baseline" out.'
    addFault(context, ['baseline'], { what: 'is the address of the canary.', mend }, false)
  }),
)

export const measureShape = { metrics: metricsSchema.optional(), health: healthSchema.optional() }

const at = 'repositories[].environments[]'

/** Which keys there are inside of those above, by place. */
export const measureKeys: readonly (readonly [string, readonly string[]])[] = [
  [`${at}.metrics`, Object.keys(metricsShape)],
  [`${at}.metrics.arms`, Object.keys(armsShape)],
  [`${at}.metrics.names`, Object.keys(namesShape)],
  [`${at}.metrics.errors`, Object.keys(errorsShape)],
  [`${at}.metrics.latency`, Object.keys(latencyShape)],
  [`${at}.metrics.new_errors`, Object.keys(newErrorsShape)],
  [`${at}.metrics.custom[]`, Object.keys(customShape)],
  [`${at}.health`, Object.keys(healthShape)],
]
