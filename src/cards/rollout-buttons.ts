/** The buttons of a rollout by its state: what the rules would take, and nothing else. */
import type { Release } from '../release/release.ts'
import { offersOf, type RolloutPressName } from '../release/rollout/offers.ts'
import { partsByHand } from '../release/rollout/roll-back.ts'
import { isOver, isRollingBack, type Rollout } from '../release/rollout/rollout.ts'
import { listed, plainWords } from '../release/text-with-people.ts'
import type { ButtonInput } from './button.ts'
import { environmentValue, rolloutValue } from './button-values.ts'
import { openDeployAction, rolloutActions } from './gate-actions.ts'
import type { GateCardInput, LockGlance, RolloutGlance } from './gate-card-input.ts'
import { releaseLabel } from './gate-headline.ts'
import { unlockButton } from './status-view.ts'

/** What a dialog's text may have; a longer one is cut, so it is a form then. */
const dialogRoom = 300

export function rolloutButtons(input: GateCardInput): readonly ButtonInput[] {
  const { release, rollout: glance } = input
  if (glance === null) return []
  const { rollout } = glance
  if (rollout.phase.name === 'rolled_back') return afterRollback(input)
  if (isOver(rollout)) return glance.isRollbackOpen ? [rollBackButton(input, glance)] : []
  const offers = offersOf(rollout, release.backup)
  return offers.flatMap((offer, index) => {
    // What is most likely wanted stands out; there is one such button at most.
    const isFirst = index === 0 && (offer === 'resume' || offer === 'approve_step')
    const button = buttonFor(offer, input, glance)
    return [isFirst ? { ...button, style: 'primary' as const } : button]
  })
}

function buttonFor(offer: RolloutPressName, input: GateCardInput, glance: RolloutGlance): ButtonInput {
  const { rollout } = glance
  const value = buttonValue(rollout)
  const step = rollout.steps[rollout.stepIndex]?.percent ?? 0
  switch (offer) {
    case 'hold':
      return { action: rolloutActions.hold, text: 'Hold…', value }
    case 'resume':
      return { action: rolloutActions.resume, text: 'Resume', value }
    case 'extend':
      return { action: rolloutActions.extend, text: 'Extend…', value }
    case 'advance':
      return { action: rolloutActions.advance, text: 'Advance now', value, confirm: advanceDialog(glance) }
    case 'promote':
      return { action: rolloutActions.promote, text: 'Promote to 100 %', value, confirm: promoteDialog(glance) }
    case 'adopt':
      return {
        action: rolloutActions.adopt,
        text: 'Adopt',
        value,
        confirm: {
          title: 'Take the split as it is?',
          text: `The new version keeps ${Math.round(rollout.drift?.percent ?? 0)} % of the traffic, as somebody else has set it. A new window begins with it.`,
          yes: 'Adopt',
        },
      }
    case 'restore':
      return {
        action: rolloutActions.restore,
        text: 'Restore',
        value,
        confirm: {
          title: `Set ${rollout.confirmed} % again?`,
          text: `What somebody else has changed at the load balancer is written over: the new version gets ${rollout.confirmed} % again.`,
          yes: 'Restore',
        },
      }
    case 'approve_step':
      return {
        action: rolloutActions.approveStep,
        text: `Let ${step} % begin`,
        value,
        confirm: {
          title: `Let ${step} % begin?`,
          text: `The new version goes on from ${rollout.confirmed} % of the traffic to ${step} %. It has to be somebody who may approve the release.`,
          yes: 'Let it begin',
          style: 'primary',
        },
      }
    case 'done_by_hand':
      return {
        action: rolloutActions.doneByHand,
        text: 'Done by hand',
        value,
        confirm: {
          title: 'Is it put back by hand?',
          text: `You say that what Sluice could not put back (${listed(partsByHand(rollout))}) is as it was before. It is not tried any more; the traffic is read once more, and the rollback is over.`,
          yes: 'It is put back',
        },
      }
    case 'roll_back':
      return rollBackButton(input, glance)
    default:
      return offer satisfies never
  }
}

function buttonValue({ releaseId, generation, stepIndex }: Rollout): string {
  return rolloutValue({ releaseId, generation, step: stepIndex })
}

function advanceDialog(glance: RolloutGlance): NonNullable<ButtonInput['confirm']> {
  const { rollout } = glance
  const next = nextPercent(rollout)
  return {
    title: next === null ? 'End the rollout now?' : `Go on to ${next} % now?`,
    text: `The rest of the window at ${rollout.confirmed} % is not waited for. ${evidenceWords(glance)}`,
    yes: 'Advance',
  }
}

function promoteDialog(glance: RolloutGlance): NonNullable<ButtonInput['confirm']> {
  return {
    title: 'Give it all of the traffic?',
    text: `From ${glance.rollout.confirmed} % to 100 % at once, past all steps between. ${evidenceWords(glance)}`,
    yes: 'Promote',
    style: 'danger',
  }
}

/** Null when there is none after this one. */
function nextPercent({ steps, stepIndex, phase }: Rollout): number | null {
  const active = phase.name === 'held' ? phase.from : phase
  const isBefore = active.name === 'before_check' || active.name === 'setting'
  return steps[isBefore ? stepIndex : stepIndex + 1]?.percent ?? null
}

function evidenceWords({ check }: RolloutGlance): string {
  switch (check?.verdict.verdict) {
    case 'pass':
      return 'The last check found nothing wrong.'
    case 'fail':
      return 'The last check FAILED.'
    case 'inconclusive':
      return 'The last check could not tell yet whether it is worse.'
    default:
      return 'Nothing has been measured that says it is well.'
  }
}

/** A dialog where it holds all that has to be said; otherwise a form that does. */
export function rollBackButton(
  { release }: { readonly release: Parameters<typeof releaseLabel>[0] },
  { rollout, rollbackWords }: Pick<RolloutGlance, 'rollout' | 'rollbackWords'>,
): ButtonInput {
  const value = buttonValue(rollout)
  const words = plainWords(rollbackWords)
  if (isRollingBack(rollout)) return { action: rolloutActions.rollBack, text: 'Try again now', style: 'primary', value }
  if (words.length > dialogRoom)
    return { action: rolloutActions.rollBackForm, text: 'Roll back…', style: 'danger', value }
  return {
    action: rolloutActions.rollBack,
    text: 'Roll back',
    style: 'danger',
    value,
    confirm: { title: `Roll ${releaseLabel(release)} back?`, text: words, yes: 'Roll back', style: 'danger' },
  }
}

/** The two ways on: take the lock off, and ask for the release that mends it. */
export function afterRollback({
  release,
  lock,
}: {
  readonly release: Pick<Release, 'repository' | 'environment'>
  readonly lock: LockGlance | null
}): readonly ButtonInput[] {
  const { repository, environment } = release
  const fix: ButtonInput = {
    action: openDeployAction,
    text: 'Fix forward…',
    value: environmentValue({ repository, environment }),
  }
  return lock === null ? [fix] : [unlockButton({ repository, environment, lock }), fix]
}
