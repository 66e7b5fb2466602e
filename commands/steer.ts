import type { SlackHandlerDeps } from '../handlers/slack/deps.ts'
import { escapeMrkdwn } from '../src/cards/escape.ts'
import type { RolloutAct } from '../src/engine/gate/acts.ts'
import type { MeantRollout, RolloutQuery } from '../src/engine/rollout/rollout-desk.ts'
import type { RolloutCommand } from '../src/grammar/deploy-command.ts'
import { writeDuration } from '../src/grammar/duration.ts'
import { writePlace } from '../src/grammar/format-command.ts'
import { type CommandAnswer, press, said, type Typed, told } from './answers.ts'

const mostListed = 5

/**
 * Steers the one rollout that a command can mean. It means “as it is now”, so it is done at once; only a step is approved
 * on the card, by those who have seen it. Where two rollouts fit, or none does, nothing is done.
 */
export async function steer(command: RolloutCommand, typed: Typed, deps: SlackHandlerDeps): Promise<CommandAnswer> {
  const { desk } = deps.engine
  const { repository, environment } = command
  const query: RolloutQuery = {
    repositories: repository === null ? typed.context.ofChannel : [repository],
    environment,
    isForRollback: command.type === 'rollback',
  }
  const rollouts = await desk.rollouts(query)
  const [rollout, another] = rollouts
  if (rollout === undefined) return told(() => desk.noRollout(query))
  if (another !== undefined) return told(async () => said(whichOne(command, rollouts)))
  if (command.type === 'approve_step') {
    return told(async () => (await desk.card(rollout.releaseId)) ?? said('This release is not there any more.'))
  }
  return await press(actOf(command, rollout), typed, deps)
}

function whichOne(command: RolloutCommand, rollouts: readonly MeantRollout[]): string {
  const text = command.type === 'hold' ? ' reason' : command.type === 'extend' ? ` ${writeDuration(command.ms)}` : ''
  const lines = rollouts.slice(0, mostListed).map((rollout) => {
    const named = `/deploy ${command.type.replace('_', '-')} ${writePlace(rollout)}${text}`
    return `• \`${escapeMrkdwn(named)}\` ${rollout.label}`
  })
  const what =
    command.type === 'rollback' ? 'Several releases can be rolled back.' : 'Several releases are rolling out.'
  const rest = rollouts.length > mostListed ? `\nand ${rollouts.length - mostListed} more` : ''
  return `${what} Say which one:\n${lines.join('\n')}${rest}`
}

function actOf(command: Exclude<RolloutCommand, { readonly type: 'approve_step' }>, of: MeantRollout): RolloutAct {
  const on = { releaseId: of.releaseId, seen: of.seen }
  switch (command.type) {
    case 'hold':
      return { type: 'hold', ...on, why: command.why }
    case 'rollback':
      return { type: 'roll_back', ...on, why: command.why }
    case 'extend':
      return { type: 'extend', ...on, ms: command.ms }
    default:
      return { type: command.type, ...on }
  }
}
