/** Buttons of a rollout. Each is on disk before it is acknowledged; what comes of it is told to the person. */
import type { AllMiddlewareArgs, App, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt'
import { actionPattern } from '../../src/cards/button.ts'
import { type RolloutValue, readRolloutValue } from '../../src/cards/button-values.ts'
import { rolloutActions } from '../../src/cards/gate-actions.ts'
import type { RolloutAct } from '../../src/engine/gate/acts.ts'
import type { SlackHandlerDeps } from './deps.ts'
import { malformed, openForm, submit } from './gate-buttons.ts'
import { readPressed } from './pressed.ts'

type Arguments = SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs
type Listener = (args: Arguments) => Promise<void>

export function registerRolloutButtons(app: App, deps: SlackHandlerDeps): void {
  const { desk } = deps.engine
  app.action(rolloutActions.hold, openForm(deps, readRolloutValue, desk.holdForm))
  app.action(rolloutActions.extend, openForm(deps, readRolloutValue, desk.extendForm))
  app.action(actionPattern(rolloutActions.rollBackForm), openForm(deps, readRolloutValue, desk.rollBackForm))
  app.action(actionPattern(rolloutActions.rollBack), act(deps, { type: 'roll_back', why: null }))
  for (const type of ['resume', 'advance', 'promote', 'adopt', 'restore'] as const) {
    app.action(rolloutActions[type], act(deps, { type }))
  }
  app.action(rolloutActions.approveStep, act(deps, { type: 'approve_step' }))
  app.action(rolloutActions.doneByHand, act(deps, { type: 'done_by_hand' }))
}

type Deed = RolloutAct extends infer Act ? (Act extends RolloutAct ? Omit<Act, 'releaseId' | 'seen'> : never) : never

/** The act on the rollout that a button or a form was made for. */
export function onRollout({ releaseId, generation, step }: RolloutValue, deed: Deed): RolloutAct {
  return { ...deed, releaseId, seen: { generation, step } }
}

function act(deps: SlackHandlerDeps, deed: Deed): Listener {
  return async ({ ack, body }) => {
    const button = readPressed(body)
    const rollout = button === null ? null : readRolloutValue(button.value)
    if (button === null || rollout === null) return await malformed(deps, { ack, body })
    await submit(deps, button, onRollout(rollout, deed))
    await ack()
  }
}
