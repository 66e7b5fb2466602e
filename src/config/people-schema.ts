import { z } from 'zod'
import { checkTeam } from './gate-checks.ts'
import { addFault, oneOrMany } from './schema-parts.ts'
import { checkedText, checkId } from './value-checks.ts'

/** Who may do something at a gate, as written. */

export const peopleShape = {
  groups: oneOrMany(checkedText(checkId('group'))).optional(),
  teams: oneOrMany(checkedText(checkTeam)).optional(),
  people: oneOrMany(checkedText(checkId('user'))).optional(),
}

export const approvalShape = { ...peopleShape, count: z.int().min(1).max(20).optional() }

interface WrittenPeople {
  readonly groups?: readonly string[] | undefined
  readonly teams?: readonly string[] | undefined
  readonly people?: readonly string[] | undefined
}

type FaultContext = Parameters<typeof addFault>[0]

/** A set without anybody is a slip: leaving the key out says the same without doubt. */
export function checkSomebody({ groups = [], teams = [], people = [] }: WrittenPeople, context: FaultContext): void {
  if (groups.length + teams.length + people.length > 0) return
  addFault(context, [], {
    what: 'Nobody is named here.',
    mend: 'Name Slack user groups under "groups", GitHub teams under "teams", or Slack users under "people".',
  })
}

export const peopleSchema = z.strictObject(peopleShape).superRefine(checkSomebody)

const approvalSchema = z.strictObject(approvalShape).superRefine((rule, context) => {
  checkSomebody(rule, context)
  const most = mostPeople(rule)
  if (rule.count === undefined || most === null || most === 0 || rule.count <= most) return
  addFault(
    context,
    ['count'],
    {
      what: `is more than the ${most === 1 ? 'one person' : `${most} people`} named here.`,
      mend: 'Name more people or a group, or ask for fewer.',
    },
    false,
  )
})

type WrittenApproval = z.infer<typeof approvalSchema>

function checkEachHasPeople(rules: readonly WrittenApproval[], context: FaultContext): void {
  const closed = rules.filter((rule) => (mostPeople(rule) ?? 0) > 0)
  const wanted = closed.reduce((sum, { count = 1 }) => sum + count, 0)
  const named = new Set(closed.flatMap(({ people = [] }) => people)).size
  if (wanted <= named || closed.some((rule) => (rule.count ?? 1) > (mostPeople(rule) ?? 0))) return
  addFault(context, [], {
    what: `These rules ask for ${wanted} people together, and name ${named}.`,
    mend: 'Nobody counts for two rules: name more people or a group, or ask for fewer.',
  })
}

/** Null when a group or a team decides it. */
function mostPeople({ groups = [], teams = [], people = [] }: WrittenPeople): number | null {
  return groups.length + teams.length > 0 ? null : new Set(people).size
}

function rules(list: z.ZodArray<typeof approvalSchema>) {
  return z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    list.superRefine(checkEachHasPeople),
  )
}

/** One rule or a list of them, all of which have to be met. */
export const approvalsSchema = rules(z.array(approvalSchema))
export const someApprovalsSchema = rules(z.array(approvalSchema).min(1))
