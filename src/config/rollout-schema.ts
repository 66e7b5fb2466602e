import { z } from 'zod'
import { parseDuration } from '../policy/duration.ts'
import { checkCron, checkWorkflow, checkZone } from './gate-checks.ts'
import { addFault, duration, flag, oneOrMany, orFalse } from './schema-parts.ts'
import { checkedText, checkProbedAddress } from './value-checks.ts'

/** What an entry of `environments` says of its rollouts besides their steps, as written. `toRolloutPolicy` fills in the rest. */

export const checkShape = {
  http: checkedText(checkProbedAddress).optional(),
  workflow: checkedText(checkWorkflow).optional(),
}

const checkSchema = z.strictObject(checkShape).superRefine(({ http, workflow }, context) => {
  if (http !== undefined && workflow !== undefined) {
    const mend = 'Make two checks of it: they are run one after the other.'
    addFault(context, ['workflow'], { what: 'A check has "http" or "workflow", and this has both.', mend })
  } else if (http === undefined && workflow === undefined) {
    const mend =
      'Write "http" with an address that has to answer well, or "workflow" with the file of one that has to end well.'
    addFault(context, [], { what: 'What is checked is not said.', mend })
  }
})

export const checksSchema = oneOrMany(checkSchema)

const holdShape = {
  remind_after: duration('1m', '7d').optional(),
  limit: orFalse(duration('1m', '30d')).optional(),
}

const holdSchema = z.strictObject(holdShape).superRefine(({ remind_after, limit }, context) => {
  const [remindMs, limitMs] = [parseDuration(remind_after ?? ''), parseDuration(limit ?? '')]
  if (remindMs === null || limitMs === null || remindMs < limitMs) return
  const mend = 'Write a time that is shorter than "limit".'
  addFault(context, ['remind_after'], { what: 'is not before the hold runs out.', mend }, false)
})

const blueGreenShape = { window: duration('1s', '7d').optional(), before: checksSchema.optional() }

const rollbackShape = { within: duration('1m', '90d').optional() }

const drillShape = {
  allowed: flag.optional(),
  schedule: checkedText(checkCron).optional(),
  time_zone: checkedText(checkZone).optional(),
}

const drillSchema = z.strictObject(drillShape).superRefine(({ allowed, schedule, time_zone }, context) => {
  if (schedule !== undefined && allowed !== true) {
    const what = 'There is a schedule, and drills are not allowed here.'
    addFault(context, ['schedule'], { what, mend: 'Write "allowed: true" beside it, or take the schedule out.' })
  } else if (time_zone !== undefined && schedule === undefined) {
    const what = '"time_zone" is that of a schedule, and there is none.'
    addFault(context, ['time_zone'], { what, mend: "Write when, like schedule: '0 9 * * 1', or take it out." })
  }
})

/** Keys of an environment. */
export const rolloutShape = {
  hold: holdSchema.optional(),
  blue_green: z.strictObject(blueGreenShape).optional(),
  rollback: z.strictObject(rollbackShape).optional(),
  drill: drillSchema.optional(),
}

const at = 'repositories[].environments[]'

/** Which keys there are inside of those above, by place. */
export const rolloutKeys: readonly (readonly [string, readonly string[]])[] = [
  [`${at}.hold`, Object.keys(holdShape)],
  [`${at}.blue_green`, Object.keys(blueGreenShape)],
  [`${at}.blue_green.before[]`, Object.keys(checkShape)],
  [`${at}.rollback`, Object.keys(rollbackShape)],
  [`${at}.drill`, Object.keys(drillShape)],
]

type Example = readonly [place: string, example: string]

/** Examples of the checks at a place. */
export function checkExamples(place: string): readonly Example[] {
  const key = place.split('.').at(-1)
  const one = '{ http: https://canary.acme.example/health }'
  return [
    [place, `${key}: [${one}]`],
    [`${place}[]`, `- ${one}`],
    [`${place}[].http`, 'http: https://canary.acme.example/health'],
    [`${place}[].workflow`, 'workflow: smoke.yml'],
  ]
}

/** How the values are written, by place; see `examples`. */
export const rolloutExamples: readonly Example[] = [
  [`${at}.hold`, 'hold: { remind_after: 30m, limit: 60m }'],
  [`${at}.hold.remind_after`, 'remind_after: 30m'],
  [`${at}.hold.limit`, 'limit: 60m'],
  [`${at}.blue_green`, 'blue_green: { window: 30m }'],
  [`${at}.blue_green.window`, 'window: 30m'],
  ...checkExamples(`${at}.blue_green.before`),
  [`${at}.rollback`, 'rollback: { within: 24h }'],
  [`${at}.rollback.within`, 'within: 24h'],
  [`${at}.drill`, "drill: { allowed: true, schedule: '0 9 * * 1' }"],
  [`${at}.drill.allowed`, 'allowed: true'],
  [`${at}.drill.schedule`, "schedule: '0 9 * * 1'"],
  [`${at}.drill.time_zone`, 'time_zone: Europe/Berlin'],
]
