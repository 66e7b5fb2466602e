/** Buttons of a gate card. Each is on disk before it is acknowledged; what comes of it is told to the person. */
import type { AllMiddlewareArgs, App, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt'
import type { ModalView } from '@slack/types'
import { type GateValue, readGateValue } from '../../src/cards/button-values.ts'
import { gateActions } from '../../src/cards/gate-actions.ts'
import type { ModalPlace } from '../../src/cards/modal.ts'
import type { GateAct } from '../../src/engine/gate/acts.ts'
import { reasons } from '../../src/policy/reason-codes.ts'
import type { SlackHandlerDeps } from './deps.ts'
import { type PressedButton, rawPress, readPressed } from './pressed.ts'

type Arguments = SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs
type Listener = (args: Arguments) => Promise<void>

export function registerGateButtons(app: App, deps: SlackHandlerDeps): void {
  app.action(gateActions.approve, approve(deps))
  app.action(gateActions.reject, openForm(deps, readGateValue, deps.engine.desk.rejectForm))
  app.action(gateActions.breakGlass, openForm(deps, readGateValue, deps.engine.desk.breakGlassForm))
  app.action(
    gateActions.withdraw,
    act(deps, ({ releaseId, ...seen }) => ({ type: 'withdraw', releaseId, seen })),
  )
  app.action(
    gateActions.cancel,
    act(deps, ({ releaseId, ...seen }) => ({ type: 'cancel', releaseId, seen, why: null })),
  )
  app.action(
    gateActions.refresh,
    act(deps, ({ releaseId, ...seen }) => ({ type: 'refresh', releaseId, seen })),
  )
  app.action(
    gateActions.signOff,
    act(deps, async ({ releaseId }) => {
      const place = await deps.engine.desk.placeOf(releaseId)
      return place === null ? null : { type: 'sign_off', releaseId, ...place }
    }),
  )
}

/** A press that does what it says. */
function act(deps: SlackHandlerDeps, toAct: (gate: GateValue) => GateAct | null | Promise<GateAct | null>): Listener {
  return async ({ ack, body }) => {
    const button = readPressed(body)
    const gate = button === null ? null : readGateValue(button.value)
    const wanted = gate === null ? null : await toAct(gate)
    if (button === null || wanted === null) return await malformed(deps, { ack, body })
    await submit(deps, button, wanted)
    await ack()
  }
}

/** Approves at once, or opens the checklist where the environment has one. */
function approve(deps: SlackHandlerDeps): Listener {
  return async (args) => {
    const button = readPressed(args.body)
    const gate = button === null ? null : readGateValue(button.value)
    if (button === null || gate === null) return await malformed(deps, args)
    const checklist = await deps.engine.desk.checklist(gate.releaseId)
    if (checklist !== null && checklist.length > 0) {
      return await openForm(deps, readGateValue, deps.engine.desk.approveForm)(args)
    }
    const { releaseId, ...seen } = gate
    await submit(deps, button, { type: 'approve', releaseId, seen, comment: null })
    await args.ack()
  }
}

/** A press that asks for more before it does anything. */
export function openForm<T>(
  deps: SlackHandlerDeps,
  read: (value: string) => T | null,
  draw: (about: T, place: ModalPlace) => Promise<ModalView | null>,
): Listener {
  return async ({ ack, body, respond }) => {
    const button = readPressed(body)
    const about = button === null ? null : read(button.value)
    if (button?.message == null || about === null) return await malformed(deps, { ack, body })
    const view = await draw(about, button.message)
    await ack()
    if (view === null) {
      await respond({ response_type: 'ephemeral', replace_original: false, text: reasons.unknown_release })
      return
    }
    const opened = await deps.chat.openModal(button.triggerId, view)
    if (opened.ok) return
    deps.log.warn({ failure: opened.failure.type }, 'a form could not be opened')
    await respond({ response_type: 'ephemeral', replace_original: false, text: formFailed })
  }
}

export const formFailed = 'Slack did not open the form. Press again; a command does the same: /deploy help.'

export async function submit(
  { engine, clock }: SlackHandlerDeps,
  button: PressedButton,
  wanted: GateAct,
): Promise<void> {
  const press = rawPress(button, clock.now())
  await engine.submit({ id: `slack:${press.id}`, type: 'gate.pressed', body: { press, act: wanted } })
}

/** A press whose button does not say what it is for. */
export async function malformed(
  { engine, clock, log }: SlackHandlerDeps,
  { ack, body }: Pick<Arguments, 'ack' | 'body'>,
): Promise<void> {
  const button = readPressed(body)
  log.warn({ user: body.user.id }, 'a press cannot be read')
  if (button !== null) {
    const press = rawPress(button, clock.now())
    const action = body.actions[0]?.action_id ?? ''
    await engine.submit({ id: `slack:${press.id}`, type: 'gate.malformed', body: { press, action } })
  }
  await ack()
}
