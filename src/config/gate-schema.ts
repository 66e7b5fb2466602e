import { z } from 'zod'
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
import { stepsSchema } from './steps-schema.ts'
import { checkedText } from './value-checks.ts'

/** What an entry of `environments` says of its gate, as written. `toGatePolicy` fills in the rest. */

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
  [`${at}.requesters`, Object.keys(peopleShape)],
  [`${at}.approvers[]`, Object.keys(approvalShape)],
  [`${at}.require_staging`, Object.keys(stagingShape)],
  [`${at}.freeze[]`, Object.keys(freezeShape)],
  [`${at}.risks[]`, Object.keys(riskShape)],
  [`${at}.risks[].approvers[]`, Object.keys(approvalShape)],
  [`${at}.break_glass`, Object.keys(breakGlassShape)],
]
