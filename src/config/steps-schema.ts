import { z } from 'zod'
import { parseDuration } from '../policy/duration.ts'
import { checkExamples, checkShape, checksSchema } from './rollout-schema.ts'
import { addFault, duration, flag } from './schema-parts.ts'

/** The canary's steps, as written. */

const percent = z.preprocess(
  (value) => (typeof value === 'string' && /^\d+ ?%$/.test(value) ? Number.parseInt(value, 10) : value),
  z.int().min(1).max(100),
)

const stepShape = {
  percent: percent.optional(),
  window: duration('1s', '7d').optional(),
  approve: flag.optional(),
  analysis_only: flag.optional(),
  before: checksSchema.optional(),
  after: checksSchema.optional(),
}

/** A step may be one line of text: `5% 15m`. */
const stepSchema = z.preprocess((value, context) => {
  if (typeof value === 'number') return { percent: value }
  if (typeof value !== 'string') return value
  const [, share, window] = /^(\d+) ?%?(?:\s+(?:for\s+)?(\S.*))?$/.exec(value.trim()) ?? []
  if (share !== undefined && (window === undefined || parseDuration(window) !== null)) {
    return { percent: Number(share), window }
  }
  const mend = 'Write the share of the traffic and how long it is watched, like "5% 15m".'
  addFault(context, [], { what: 'is not a step of the canary.', mend }, false)
  return z.NEVER
}, z.strictObject(stepShape))

type Step = z.infer<typeof stepSchema>
type Context = z.core.$RefinementCtx<readonly Step[]>

export const stepsSchema = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z
    .array(stepSchema)
    .min(1)
    .superRefine((steps, context) => {
      let share: number | null = null
      for (const [index, step] of steps.entries()) {
        if (step.analysis_only === true) checkWatching(step, index, share, context)
        else checkShare(step, index, { share, isLast: index === steps.length - 1 }, context)
        if (step.analysis_only !== true) share = step.percent ?? share
      }
      const last = steps.at(-1)
      if (last?.analysis_only === true && share !== null && share !== 100) {
        const what = 'This is the last step, and it does not end at 100%.'
        const mend = 'Add a step with 100%: with it the release is complete.'
        addFault(context, [steps.length - 1, 'analysis_only'], { what, mend })
      }
    }),
)

/** @param share - that of the step before; null for the first */
function checkShare(
  { percent, window }: Step,
  index: number,
  { share, isLast }: { readonly share: number | null; readonly isLast: boolean },
  context: Context,
): void {
  if (percent === undefined) {
    context.addIssue({ code: 'invalid_type', expected: 'number', path: [index, 'percent'], input: undefined })
  } else if (share !== null && percent <= share) {
    const what = `is not more than the ${share}% of the step before it.`
    addFault(context, [index, 'percent'], { what, mend: 'Each step takes more of the traffic.' }, false)
  } else if (isLast && percent !== 100) {
    const mend = 'Add a step with 100%: with it the release is complete.'
    addFault(context, [index, 'percent'], { what: 'is the last step, and it does not end at 100%.', mend }, false)
  } else if (!isLast && window === undefined && percent !== 100) {
    const mend = `Say how long it is watched before the next step, like "${percent}% 15m".`
    addFault(context, [index, 'percent'], { what: 'has no window.', mend }, false)
  } else if (percent === 100 && window !== undefined) {
    const mend = 'Write 100% alone: with it the release is complete, and there is no next step to wait for.'
    addFault(context, [index, 'window'], { what: 'has a window.', mend }, false)
  }
}

/** @param share - that of the step before; null for the first */
function checkWatching({ percent, window }: Step, index: number, share: number | null, context: Context): void {
  if (share === null) {
    const what = 'The first step has no step before it, whose traffic it could watch for longer.'
    addFault(context, [index, 'analysis_only'], { what, mend: 'Give it a percent, and take "analysis_only" out.' })
  } else if (share === 100) {
    const what = 'This step comes after 100%, with which the release is complete.'
    addFault(context, [index, 'analysis_only'], { what, mend: 'Take the step out.' })
  } else if (percent !== undefined && percent !== share) {
    const what = `is not the ${share}% of the step before it, which an analysis-only step keeps.`
    addFault(context, [index, 'percent'], { what, mend: 'Take "percent" out, or "analysis_only".' }, false)
  } else if (window === undefined) {
    const what = 'An analysis-only step is nothing but its window, and has none.'
    addFault(context, [index, 'analysis_only'], { what, mend: 'Say how long is watched, like this: window: 30m' })
  }
}

const at = 'repositories[].environments[].steps'

export const stepsKeys: readonly (readonly [string, readonly string[]])[] = [
  [`${at}[]`, Object.keys(stepShape)],
  [`${at}[].before[]`, Object.keys(checkShape)],
  [`${at}[].after[]`, Object.keys(checkShape)],
]

export const stepsExamples: readonly (readonly [string, string])[] = [
  [at, 'steps: [5% 15m, 25% 15m, 50% 30m, 100%]'],
  [`${at}[]`, 'steps: [5% 15m, 25% 15m, 50% 30m, 100%]'],
  [`${at}[].percent`, 'percent: 5'],
  [`${at}[].window`, 'window: 15m'],
  [`${at}[].approve`, 'approve: true'],
  [`${at}[].analysis_only`, 'analysis_only: true'],
  ...checkExamples(`${at}[].before`),
  ...checkExamples(`${at}[].after`),
]
