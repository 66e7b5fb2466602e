import { plainWords } from '../text-with-people.ts'
import { isOver, type Rollout } from './rollout.ts'
import type { RolloutAction, RolloutDecision } from './rollout-decision.ts'
import { holdSentence } from './say-rollout.ts'

/**
 * Lets the line of a decision say all that it came to, so that the audit log alone tells how a rollout stands: what ends
 * it is written down as its end, whatever it was, and a hold or a weight that came with something else is named.
 */
export function withOutcome(before: Rollout, decision: RolloutDecision): RolloutDecision {
  const { rollout, audit } = decision
  if (audit === null || rollout === before) return decision
  const action = endOf(before, rollout) ?? audit.action
  const parts = [weightIn(before, rollout, action, audit.text), audit.text, holdIn(before, rollout, action)]
  const text = parts.filter((part) => part !== null).join(' ')
  return { ...decision, audit: { ...audit, action, text: text === '' ? null : text } }
}

function endOf(before: Rollout, rollout: Rollout): RolloutAction | null {
  if (isOver(before) || !isOver(rollout)) return null
  return rollout.phase.name === 'completed' ? 'complete' : 'rolled_back'
}

/** The weight that was found in force on the way to something else. */
function weightIn(before: Rollout, { confirmed }: Rollout, action: RolloutAction, text: string | null): string | null {
  const saysSo = action === 'adopt' || action === 'leg_done' || action === 'rolled_back'
  const said = `${confirmed} % read back`
  return confirmed === before.confirmed || saysSo || text?.startsWith(said) === true ? null : `${said}.`
}

/** A hold that began with something else. */
function holdIn(before: Rollout, { phase }: Rollout, action: RolloutAction): string | null {
  if (phase.name !== 'held' || action === 'hold') return null
  const isNew =
    before.phase.name !== 'held' ||
    before.phase.hold.reason !== phase.hold.reason ||
    before.phase.hold.by !== phase.hold.by
  return isNew ? plainWords(`Held: ${holdSentence({ ...phase.hold, detail: null })}`) : null
}
