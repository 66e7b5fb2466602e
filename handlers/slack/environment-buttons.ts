/** Buttons about an environment: lock and freeze it or end that, and ask for a release. */
import type { AllMiddlewareArgs, App, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt'
import type { ModalView } from '@slack/types'
import { actionPattern } from '../../src/cards/button.ts'
import { type EnvironmentValue, readEnvironmentValue, readRequestValue } from '../../src/cards/button-values.ts'
import { deployEnvironmentAction, readDeployChoice, readDeployModalPlace } from '../../src/cards/deploy-modal.ts'
import { environmentActions, openDeployAction, requestActions } from '../../src/cards/gate-actions.ts'
import { freezeModal, lockModal } from '../../src/cards/lock-modal.ts'
import type { ModalPlace } from '../../src/cards/modal.ts'
import type { EnvironmentAct } from '../../src/engine/gate/acts.ts'
import { answerPressed } from './answer-pressed.ts'
import type { SlackHandlerDeps } from './deps.ts'
import { formFailed, malformed } from './gate-buttons.ts'
import { type PressedButton, rawPress, readPressed } from './pressed.ts'
import { turnAway } from './turn-away.ts'

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
    act(deps, (place) => ({ type: 'lock', ...place, why: '', forMs: null, takesOver: true })),
  )
  app.action(environmentActions.lock, openForm(deps, lockModal))
  app.action(environmentActions.freeze, openForm(deps, freezeModal))
  app.action(actionPattern(requestActions.request), request(deps))
  app.action(actionPattern(openDeployAction), openDeploy(deps))
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

function openForm(
  deps: SlackHandlerDeps,
  draw: (place: EnvironmentValue, from: ModalPlace | null) => ModalView,
): Listener {
  return async (args) => {
    const button = readPressed(args.body)
    const place = button === null ? null : readEnvironmentValue(button.value)
    if (button === null || place === null) return await malformed(deps, args)
    await args.ack()
    const opened = await deps.chat.openModal(button.triggerId, draw(place, button.message))
    if (opened.ok) return
    await answerPressed(button, 'No form', [{ text: formFailed, blocks: [] }], { ...deps, respond: args.respond })
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
    const refused = await turnAway({ ...lookOf(button), object: `button:${openDeployAction}` }, deps)
    if (refused !== null) {
      await answerPressed(button, 'No form', [{ text: refused, blocks: [] }], { ...deps, respond: args.respond })
      return
    }
    const initial = readRequestValue(button.value) ?? readEnvironmentValue(button.value) ?? {}
    const channel = button.message === null ? null : { id: button.message.channel, name: button.channelName }
    const view = await deps.engine.desk.deployForm({ channel, initial, place: button.message })
    const opened = await deps.chat.openModal(button.triggerId, view)
    if (opened.ok) return
    await answerPressed(button, 'No form', [{ text: formFailed, blocks: [] }], { ...deps, respond: args.respond })
  }
}

const lookOf = ({ triggerId, userId }: PressedButton) => ({ id: triggerId, userId })

/** Another environment in the open form: it has other strategies. */
function changeEnvironment(deps: SlackHandlerDeps): Listener {
  return async ({ ack, body }) => {
    await ack()
    const button = readPressed(body)
    if (button?.viewId == null) return
    const { desk } = deps.engine
    if ((await turnAway({ ...lookOf(button), object: `button:${deployEnvironmentAction}` }, deps)) !== null) return
    const chosen = readDeployChoice(button.value, await desk.places(null))
    if (chosen === null) return
    const { repository, environment } = chosen
    const place = readDeployModalPlace(body.view?.private_metadata ?? '')
    const view = await desk.deployForm({ channel: null, initial: { repository, environment }, place })
    const updated = await deps.chat.updateModal(button.viewId, view)
    if (!updated.ok) deps.log.warn({ failure: updated.failure.type }, 'a form could not be changed')
  }
}
