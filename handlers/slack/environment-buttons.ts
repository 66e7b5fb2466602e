/** Buttons about an environment: lock, unlock, end a freeze, ask what stands in the way, ask for a release. */
import type { AllMiddlewareArgs, App, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt'
import { type EnvironmentValue, readEnvironmentValue, readRequestValue } from '../../src/cards/button-values.ts'
import { deployEnvironmentAction, readDeployChoice, readDeployModalPlace } from '../../src/cards/deploy-modal.ts'
import { environmentActions, openDeployAction, requestActions } from '../../src/cards/gate-actions.ts'
import { lockModal } from '../../src/cards/lock-modal.ts'
import type { EnvironmentAct } from '../../src/engine/gate/acts.ts'
import { reasons } from '../../src/policy/reason-codes.ts'
import type { SlackHandlerDeps } from './deps.ts'
import { formFailed, malformed } from './gate-buttons.ts'
import { rawPress, readPressed } from './pressed.ts'

type Arguments = SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs
type Listener = (args: Arguments) => Promise<void>

export function registerEnvironmentButtons(app: App, deps: SlackHandlerDeps): void {
  app.action(
    environmentActions.unlock,
    act(deps, (place) => ({ type: 'unlock', ...place })),
  )
  app.action(
    environmentActions.unfreeze,
    act(deps, (place) => ({ type: 'unfreeze', ...place })),
  )
  app.action(
    environmentActions.takeOverLock,
    act(deps, (place) => ({ type: 'lock', ...place, why: 'Taken over', forMs: null, takesOver: true })),
  )
  app.action(environmentActions.lock, openLock(deps))
  app.action(environmentActions.why, why(deps))
  app.action(requestActions.request, request(deps))
  app.action(openDeployAction, openDeploy(deps))
  app.action(deployEnvironmentAction, changeEnvironment(deps))
}

function act(deps: SlackHandlerDeps, toAct: (place: EnvironmentValue) => EnvironmentAct): Listener {
  return async (args) => {
    const button = readPressed(args.body)
    const place = button === null ? null : readEnvironmentValue(button.value)
    if (button === null || place === null) return await malformed(deps, args)
    const press = rawPress(button, deps.clock.now())
    const body = { press, act: toAct(place) }
    await deps.engine.submit({ id: `slack:${press.id}`, type: 'gate.pressed', body })
    await args.ack()
  }
}

function openLock(deps: SlackHandlerDeps): Listener {
  return async (args) => {
    const button = readPressed(args.body)
    const place = button === null ? null : readEnvironmentValue(button.value)
    if (button === null || place === null) return await malformed(deps, args)
    await args.ack()
    const opened = await deps.chat.openModal(button.triggerId, lockModal(place, button.message))
    if (!opened.ok) await args.respond({ response_type: 'ephemeral', replace_original: false, text: formFailed })
  }
}

function why(deps: SlackHandlerDeps): Listener {
  return async (args) => {
    const button = readPressed(args.body)
    const place = button === null ? null : readEnvironmentValue(button.value)
    if (button === null || place === null) return await malformed(deps, args)
    await args.ack()
    const { userId, teamId } = button
    if (await turnedAway(userId, deps, args)) return
    const answer = await deps.engine.desk.why({ ...place, strategy: null, ref: null, userId, teamId })
    await args.respond({
      response_type: 'ephemeral',
      replace_original: false,
      text: answer.text,
      blocks: [...answer.blocks],
    })
  }
}

/** Asks as if the command had been typed. */
function request(deps: SlackHandlerDeps): Listener {
  return async (args) => {
    const button = readPressed(args.body)
    const wanted = button === null ? null : readRequestValue(button.value)
    if (button === null || wanted === null) return await malformed(deps, args)
    const { ref, ...place } = wanted
    const press = rawPress(button, deps.clock.now())
    const ask = { ...place, ref: ref === null ? null : ({ type: 'ref', ref } as const), note: null, rule: null }
    await deps.engine.submit({ id: `slack:${press.id}`, type: 'gate.asked', body: { press, ask } })
    await args.ack()
  }
}

function openDeploy(deps: SlackHandlerDeps): Listener {
  return async (args) => {
    const button = readPressed(args.body)
    if (button === null) return await malformed(deps, args)
    await args.ack()
    if (await turnedAway(button.userId, deps, args)) return
    const initial = readEnvironmentValue(button.value) ?? {}
    const channel = button.message === null ? null : { id: button.message.channel, name: button.channelName }
    const view = await deps.engine.desk.deployForm({ channel, initial, place: button.message })
    const opened = await deps.chat.openModal(button.triggerId, view)
    // The Home tab has no place for an answer; the button can be pressed again.
    if (!opened.ok && button.message !== null) {
      await args.respond({ response_type: 'ephemeral', replace_original: false, text: formFailed })
    }
  }
}

/** Whether somebody may not look, who is told so then. */
async function turnedAway(userId: string, { engine }: SlackHandlerDeps, { respond }: Arguments): Promise<boolean> {
  const refused = await engine.desk.lookRefusal(userId)
  if (refused === null) return false
  await respond({ response_type: 'ephemeral', replace_original: false, text: reasons[refused] })
  return true
}

/** Another environment in the open form: it has other strategies. */
function changeEnvironment(deps: SlackHandlerDeps): Listener {
  return async ({ ack, body }) => {
    await ack()
    const button = readPressed(body)
    if (button?.viewId == null) return
    const { desk } = deps.engine
    if ((await desk.lookRefusal(button.userId)) !== null) return
    const chosen = readDeployChoice(button.value, await desk.places(null))
    if (chosen === null) return
    const { repository, environment } = chosen
    const place = readDeployModalPlace(body.view?.private_metadata ?? '')
    const view = await desk.deployForm({ channel: null, initial: { repository, environment }, place })
    const updated = await deps.chat.updateModal(button.viewId, view)
    if (!updated.ok) deps.log.warn({ failure: updated.failure.type }, 'a form could not be changed')
  }
}
