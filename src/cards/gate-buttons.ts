import type { Release } from '../release/release.ts'
import { missingCount } from './approval-lines.ts'
import type { ButtonInput } from './button.ts'
import { gateValue } from './button-values.ts'
import { counted, listed } from './counted.ts'
import { gateActions } from './gate-actions.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { destructive } from './migration-lines.ts'
import { identityName } from './people-words.ts'
import { rolloutButtons } from './rollout-buttons.ts'
import { takenAway } from './ship-lines.ts'
import { name } from './spans.ts'
import { repositoryName, shortSha } from './subject.ts'

/**
 * The buttons that make sense for the state of the release. Once it is decided there are those of its rollout, what can be
 * done after one, and a sign-off that is owed.
 */
export function gateButtons(input: GateCardInput): readonly ButtonInput[] {
  const { release, review } = input
  const value = gateValue({ releaseId: release.id, generation: release.generation, planDigest: release.planDigest })
  switch (release.state.name) {
    case 'awaiting_approval':
      return [
        approveButton(input, value),
        { action: gateActions.reject, text: 'Reject…', style: 'danger', value },
        ...withdrawButtons(release, value),
        evidenceButton(value),
        refreshButton(value),
        cancelButton(input, value),
        ...breakGlassButtons(input, value),
      ]
    case 'queued':
      return [
        ...withdrawButtons(release, value),
        evidenceButton(value),
        refreshButton(value),
        cancelButton(input, value),
        ...breakGlassButtons(input, value),
      ]
    case 'preparing':
      return []
    case 'rolling_out':
      return rolloutButtons(input)
    default: {
      const isOwed = release.breakGlass !== null && review !== null && review.signedOffBy === null
      return [...rolloutButtons(input), ...(isOwed ? [signOffButton(input, value)] : [])]
    }
  }
}

function approveButton(input: GateCardInput, value: string): ButtonInput {
  const { release, policy } = input
  const button: ButtonInput = { action: gateActions.approve, text: 'Approve', style: 'primary', value }
  // The modal with the checklist asks for confirmation itself.
  if (policy.checklist.length > 0) return { ...button, text: 'Approve…' }
  return {
    ...button,
    confirm: {
      title: `Approve ${what(release)}?`,
      text: `${shortSha(release.sha)} goes to ${name(release.environment, 40)} by ${release.strategy}, exactly as this card shows it${withWarning(release)}. ${afterwards(input)}`,
      yes: 'Approve',
      style: 'primary',
    },
  }
}

/** What must not be overlooked, once more in the dialog: `1 destructive migration statement`; empty when nothing is. */
export function approvalWarning(release: Release): string {
  const { changes } = release.evidence
  const statements = destructive(changes.migrations).length
  const lost = changes.relation === 'behind' ? changes.commitCount : takenAway(changes).length
  const parts: string[] = []
  if (statements > 0) parts.push(counted(statements, 'destructive migration statement'))
  if (lost > 0) parts.push(`${counted(lost, 'commit')} taken away`)
  return listed(parts)
}

function withWarning(release: Release): string {
  const warning = approvalWarning(release)
  return warning === '' ? '' : `, with ${warning}`
}

/** What one approval leads to. A rule may not count the person, so it never promises more than the rules do. */
export function afterwards(input: GateCardInput): string {
  const missing = missingCount(input)
  if (missing > 1) return `After yours ${counted(missing - 1, 'approval is', 'approvals are')} still missing.`
  const { lock, freeze, queue, owedReview } = input
  if (lock !== null) return 'It is the last approval needed; the release then waits for the lock.'
  if (freeze !== null) return 'It is the last approval needed; the release then waits for the end of the freeze.'
  if (queue !== null || owedReview !== null) return 'It is the last approval needed; the release then waits its turn.'
  return 'It is the last approval needed: the release starts at once.'
}

function withdrawButtons(release: Release, value: string): readonly ButtonInput[] {
  if (release.approvals.length === 0) return []
  return [
    {
      action: gateActions.withdraw,
      text: 'Withdraw my approval',
      value,
      confirm: {
        title: 'Take your approval back?',
        text: `Your approval of ${what(release)} does not count any more. Those of others stay.`,
        yes: 'Withdraw',
        style: 'danger',
      },
    },
  ]
}

function evidenceButton(value: string): ButtonInput {
  return { action: gateActions.evidence, text: 'All evidence', value }
}

function refreshButton(value: string): ButtonInput {
  return { action: gateActions.refresh, text: 'Refresh', value }
}

function cancelButton({ release }: GateCardInput, value: string): ButtonInput {
  return {
    action: gateActions.cancel,
    text: 'Cancel release',
    value,
    confirm: {
      title: `Call ${what(release)} off?`,
      text: `Nothing is deployed, and the card is closed for everybody. ${identityName(release.requester)} asked for it. To have it after all it has to be asked for again.`,
      yes: 'Call it off',
      style: 'danger',
    },
  }
}

function breakGlassButtons({ release, policy }: GateCardInput, value: string): readonly ButtonInput[] {
  if (policy.breakGlass === null || release.breakGlass !== null) return []
  return [{ action: gateActions.breakGlass, text: '🚨 Break glass…', value }]
}

function signOffButton({ release }: GateCardInput, value: string): ButtonInput {
  const by = release.breakGlass === null ? 'somebody' : identityName(release.breakGlass.by)
  return {
    action: gateActions.signOff,
    text: 'Sign off',
    style: 'primary',
    value,
    confirm: {
      title: 'Sign this release off?',
      text: `You say that you have reviewed ${what(release)}, for which ${by} broke the glass. Ordinary releases of ${name(release.environment, 40)} can go on then.`,
      yes: 'Sign off',
      style: 'primary',
    },
  }
}

function what(release: Release): string {
  return `${name(repositoryName(release.repository), 30)} ${shortSha(release.sha)} to ${name(release.environment, 30)}`
}
