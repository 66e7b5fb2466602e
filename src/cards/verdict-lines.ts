import type { GatePolicy } from '../policy/gate-policy.ts'
import { isOpen } from '../release/release.ts'
import { attentionLines, blockLines } from './attention-lines.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { proofState, proofSummary } from './proof-lines.ts'
import { type Line, name, words } from './spans.ts'

/** Whether it is safe, before anything else is said about it. */
export function verdictLines(input: GateCardInput, isUndecided: boolean): readonly Line[] {
  const { release } = input
  const attention = attentionLines(input)
  const blocked = isOpen(release) ? blockLines(input) : []
  const risks: Line[] =
    release.risks.length === 0 || !isOpen(release)
      ? []
      : [
          [
            words('⚠️ More approvals than usual, because of: '),
            words(
              release.risks
                .slice(0, 6)
                .map((risk) => name(risk))
                .join(', '),
              'bold',
            ),
          ],
        ]
  if (attention.length + risks.length === 0) {
    const good: Line = [
      words('✅ '),
      words('Nothing unusual found', 'bold'),
      words(`: ${proofSummary(release.evidence)}.`),
    ]
    return isUndecided ? [good, ...blocked] : blocked
  }
  const heading: Line[] = isUndecided ? [[words('Look at this first', 'bold')]] : []
  const rest: Line[] =
    proofState(release.evidence) === 'good' ? [[words('✅ '), words(`${proofSummary(release.evidence)}.`)]] : []
  return [...heading, ...attention, ...risks, ...blocked, ...rest]
}

/** Rules of a gate that the environment's configuration switches off. */
export function rulesOff(policy: GatePolicy): readonly string[] {
  const off: string[] = []
  if (policy.approvals.length === 0) off.push('approvals')
  if (!policy.requiresCi) off.push('green checks')
  if (policy.requiresStaging === null) off.push('a staging deployment before')
  if (policy.branches === null) off.push('allowed branches')
  if (policy.mode === 'dispatch' && policy.needsApproval && !policy.requiresBuiltSha) {
    off.push('that a run says what it built')
  }
  if (policy.allowsSelfApproval) off.push('the rule that the requester cannot approve')
  if (policy.allowsAuthorApproval) off.push('the rule that authors cannot approve')
  return off
}
