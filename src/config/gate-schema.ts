import { z } from 'zod'
import { parseDuration } from '../policy/duration.ts'
import { freezeSchema, freezeShape } from './freeze-schema.ts'
import { checkWorkflow } from './gate-checks.ts'
import {
  approvalShape,
  approvalsSchema,
  checkSomebody,
  peopleSchema,
  peopleShape,
  someApprovalsSchema,
} from './people-schema.ts'
import { addFault, channel, duration, flag, oneOrMany, oneOrMore, orFalse, text } from './schema-parts.ts'
import { checkedText } from './value-checks.ts'

/** What an entry of `environments` says of its gate, as written. `toGatePolicy` fills in the rest. */

const percent = z.preprocess(
  (value) => (typeof value === 'string' && /^\d+ ?%$/.test(value) ? Number.parseInt(value, 10) : value),
  z.int().min(1).max(100),
)

const stepShape = { percent, window: duration('1s', '7d').optional() }

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

const stepsSchema = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z
    .array(stepSchema)
    .min(1)
    .superRefine((steps, context) => {
      for (const [index, { percent, window }] of steps.entries()) {
        const before = steps[index - 1]?.percent
        const isLast = index === steps.length - 1
        if (before !== undefined && percent <= before) {
          const what = `is not more than the ${before}% of the step before it.`
          addFault(context, [index, 'percent'], { what, mend: 'Each step takes more of the traffic.' }, false)
        } else if (isLast && percent !== 100) {
          const mend = 'Add a step with 100%: with it the release is complete.'
          addFault(context, [index, 'percent'], { what: 'is the last step, and it does not end at 100%.', mend }, false)
        } else if (!isLast && window === undefined) {
          const mend = `Say how long it is watched before the next step, like "${percent}% 15m".`
          addFault(context, [index, 'percent'], { what: 'has no window.', mend }, false)
        } else if (isLast && window !== undefined) {
          const mend = 'Write 100% alone: with it the release is complete, and there is no next step to wait for.'
          addFault(context, [index, 'window'], { what: 'has a window.', mend }, false)
        }
      }
    }),
)

const stagingShape = {
  environment: text.optional(),
  smoke_stages: oneOrMany(text).optional(),
  max_age: duration('1m', '365d').optional(),
}

const stagingSchema = orFalse(
  z.preprocess(
    (value) => (value === true ? {} : typeof value === 'string' ? { environment: value } : value),
    z.strictObject(stagingShape),
  ),
)

const riskShape = {
  name: text.optional(),
  destructive_migrations: z.literal(true).optional(),
  paths: oneOrMore(text).optional(),
  changed_lines: z.int().min(1).max(10_000_000).optional(),
  failed_within: duration('1m', '90d').optional(),
  approvers: someApprovalsSchema,
}
const triggers = ['destructive_migrations', 'paths', 'changed_lines', 'failed_within'] as const

const riskSchema = z.strictObject(riskShape).superRefine((rule, context) => {
  const [first, second] = triggers.filter((key) => rule[key] !== undefined)
  if (first === undefined) {
    const mend = `Give it one of ${triggers.slice(0, -1).join(', ')} and ${triggers.at(-1)}.`
    addFault(context, [], { what: 'What makes a release risky is not said.', mend })
  } else if (second !== undefined) {
    const what = `A rule has one trigger, and this one has "${first}" already.`
    addFault(context, [second], { what, mend: 'Make two rules of it: each of them adds its approvers.' })
  }
})

const breakGlassShape = { ...peopleShape, channel: channel.optional() }

export const gateShape = {
  protected: flag.optional(),
  mode: z.literal(['dispatch', 'protection-rule']).optional(),
  workflow: checkedText(checkWorkflow).optional(),
  workflow_ref: text.optional(),
  strategies: oneOrMore(z.literal(['canary', 'blue-green', 'direct'])).optional(),
  steps: stepsSchema.optional(),
  requesters: peopleSchema.optional(),
  approvers: approvalsSchema.optional(),
  self_approval: flag.optional(),
  author_approval: flag.optional(),
  checklist: oneOrMany(text).optional(),
  expires_after: duration('1m', '30d').optional(),
  remind_before: orFalse(duration('1m', '30d')).optional(),
  branches: oneOrMore(text).optional(),
  require_ci: flag.optional(),
  require_built_sha: flag.optional(),
  checks: oneOrMany(text).optional(),
  require_staging: stagingSchema.optional(),
  paths: oneOrMany(text).optional(),
  migrations: oneOrMany(text).optional(),
  supersede: flag.optional(),
  freeze: oneOrMany(freezeSchema).optional(),
  risks: oneOrMany(riskSchema).optional(),
  break_glass: z.strictObject(breakGlassShape).superRefine(checkSomebody).optional(),
}

const at = 'repositories[].environments[]'

/** Which keys there are inside of those above, by place. */
export const gateKeys: readonly (readonly [string, readonly string[]])[] = [
  [`${at}.steps[]`, Object.keys(stepShape)],
  [`${at}.requesters`, Object.keys(peopleShape)],
  [`${at}.approvers[]`, Object.keys(approvalShape)],
  [`${at}.require_staging`, Object.keys(stagingShape)],
  [`${at}.freeze[]`, Object.keys(freezeShape)],
  [`${at}.risks[]`, Object.keys(riskShape)],
  [`${at}.risks[].approvers[]`, Object.keys(approvalShape)],
  [`${at}.break_glass`, Object.keys(breakGlassShape)],
]
