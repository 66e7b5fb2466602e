import { z } from 'zod'
import { checkDuration } from './gate-checks.ts'
import { checkChannel, checkedText, checkNotEmpty, type ValueFault } from './value-checks.ts'

/** What the schemas of sluice.yml are put together from. */

/** One value may be written without the list around it. */
export function oneOrMany<T extends z.ZodType>(item: T) {
  return z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item))
}

export function oneOrMore<T extends z.ZodType>(item: T) {
  return z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item).min(1))
}

/** A section whose lines are all commented out is an empty one. */
export function section<T extends z.ZodRawShape>(shape: T) {
  return z.preprocess((value) => value ?? {}, z.strictObject(shape)).optional()
}

/** `false` switches it off, which comes out as null. */
export function orFalse<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => {
    if (value === null) context.addIssue({ code: 'custom', message: 'is missing.' })
    return value === false ? null : value
  }, schema.nullable())
}

/** A number without a unit is taken along, so that the unit can be asked for. */
export function duration(least: string, most: string) {
  return z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    checkedText(checkDuration(least, most)),
  )
}

export const text = checkedText(checkNotEmpty)
export const channel = checkedText(checkChannel)
export const flag = z.literal([true, false])

/**
 * Reports what is wrong between several values.
 *
 * @param path - where the one stands that is to be pointed at
 * @param isSentence - false when the fault is said of that value, which is shown before it
 */
export function addFault(
  context: { addIssue(issue: z.core.$ZodRawIssue<z.core.$ZodIssueCustom>): void },
  path: (string | number)[],
  { what, mend }: ValueFault,
  isSentence = true,
): void {
  context.addIssue({ code: 'custom', path, message: what, params: { mend, isSentence }, input: undefined })
}
