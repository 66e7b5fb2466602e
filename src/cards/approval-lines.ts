/** Who has approved, what is missing, and who may give it. */
import type { Approval } from '../release/release.ts'
import { counted, listed } from './counted.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { identity, peopleSet } from './people-words.ts'
import { date, joined, type Line, name, outside, words } from './spans.ts'

const maxApprovals = 8

const clientWords: Readonly<Record<Approval['client'], string>> = {
  slack: '',
  cli: 'on the command line',
  github: 'on GitHub',
  sluice: 'by Sluice',
}

export function missingCount(input: Pick<GateCardInput, 'missing'>): number {
  return input.missing.reduce((sum, { count }) => sum + count, 0)
}

/** True when the environment asks nobody. */
function needsNobody({ policy, release, missing }: GateCardInput): boolean {
  return policy.approvals.length === 0 && missing.length === 0 && release.approvals.length === 0
}

export function approvalLines(input: GateCardInput): readonly Line[] {
  const { release, policy, missing, context } = input
  const isAtGate = release.state.name === 'awaiting_approval'
  if (needsNobody(input)) return [[words('No approval is needed for '), outside(policy.environment), words('.')]]
  const given = release.approvals.slice(0, maxApprovals).map((approval) => approvalLine(approval, context))
  const rest = release.approvals.length - maxApprovals
  if (rest > 0) given.push([words(`✓ and ${rest} more`)])
  if (!isAtGate) return [[words('Approvals', 'bold')], ...(given.length === 0 ? [[words('none')]] : given)]
  const lines: Line[] = [
    [words(`Approvals: ${release.approvals.length} given, ${missingCount(input)} missing`, 'bold')],
    ...given,
    ...missing.map(({ count, from, risk }): Line => {
      const because: Line = risk === null ? [] : [words(' (risk rule '), outside(risk), words(')')]
      return [words(`○ ${counted(count, 'more', 'more')} of `), ...peopleSet(from), ...because]
    }),
  ]
  const own = ownRule(input)
  return own === null ? lines : [...lines, [words(own)]]
}

/** Who cannot count although they may be in the sets. */
function ownRule({ policy, release }: GateCardInput): string | null {
  const out: string[] = []
  if (!policy.allowsSelfApproval) out.push('whoever asked for it')
  if (!policy.allowsAuthorApproval || release.risks.length > 0) out.push('whoever wrote a part of it')
  return out.length === 0 ? null : `Cannot approve: ${listed(out, 'or')}.`
}

function approvalLine(approval: Approval, context: GateCardInput['context']): Line {
  const parts: Line[] = [
    [words('✓ '), identity(approval.by, context), words(' '), date(approval.at, '{date_short_pretty} {time}')],
  ]
  if (clientWords[approval.client] !== '') parts.push([words(clientWords[approval.client])])
  if (approval.comment !== null && approval.comment.trim() !== '') {
    parts.push([words('“'), outside(approval.comment, undefined, 150), words('”')])
  }
  if (approval.carriedFrom !== null) {
    const why =
      approval.carriedFrom.why === 'same_plan'
        ? 'exactly the same plan'
        : 'what was added since touches none of the service’s paths'
    parts.push([words(`carried over from ${name(approval.carriedFrom.releaseId, 26)}: ${why}`)])
  }
  return joined(parts)
}
