/** Submitted forms. A mistake is said at its field; anything else is on disk before Slack closes the form. */
import type {
  AllMiddlewareArgs,
  App,
  SlackOptionsMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewSubmitAction,
} from '@slack/bolt'
import { approveModalId, readApproveModal } from '../../src/cards/approve-modal.ts'
import { breakGlassModalId, readBreakGlassModal } from '../../src/cards/break-glass-modal.ts'
import type { GateValue } from '../../src/cards/button-values.ts'
import {
  deployModalId,
  deployRefAction,
  readDeployChoice,
  readDeployModal,
  refOptions,
} from '../../src/cards/deploy-modal.ts'
import { freezeModalId, lockModalId, readFreezeModal, readLockModal } from '../../src/cards/lock-modal.ts'
import { type ModalPlace, readGateMetadata, type Submission } from '../../src/cards/modal.ts'
import { readRejectModal, rejectModalId } from '../../src/cards/reject-modal.ts'
import type { NewEvent } from '../../src/engine/events.ts'
import type { GateAct, RawPress, ReleaseAsk } from '../../src/engine/gate/acts.ts'
import type { SlackHandlerDeps } from './deps.ts'
import { submittedPress } from './pressed.ts'

type Arguments = SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs
type Listener = (args: Arguments) => Promise<void>

export function registerGateForms(app: App, deps: SlackHandlerDeps): void {
  const { desk } = deps.engine
  app.view(
    rejectModalId,
    submission(deps, readRejectModal, ({ gate, why }) => onRelease(gate, (seen) => ({ type: 'reject', why, ...seen }))),
  )
  app.view(
    approveModalId,
    submission(
      deps,
      async (view) => {
        const about = readGateMetadata(metadataOf(view))
        return readApproveModal(view, (about === null ? null : await desk.checklist(about.gate.releaseId)) ?? [])
      },
      ({ gate, comment }) => onRelease(gate, (seen) => ({ type: 'approve', comment, ...seen })),
    ),
  )
  app.view(
    breakGlassModalId,
    submission(deps, readBreakGlassModal, ({ gate, why }) =>
      onRelease(gate, (seen) => ({ type: 'break_glass', why, ...seen })),
    ),
  )
  app.view(
    lockModalId,
    submission(deps, readLockModal, ({ environment, why, forMs }) => ({
      act: { type: 'lock', ...environment, why, forMs, takesOver: false },
    })),
  )
  app.view(
    freezeModalId,
    submission(deps, readFreezeModal, ({ environment, why, forMs }) => ({
      act: { type: 'freeze', ...environment, why, forMs },
    })),
  )
  app.view(
    deployModalId,
    submission(
      deps,
      async (view) => readDeployModal(view, await desk.places(null)),
      ({ choice: { ref, ...choice } }) => ({
        ask: { ...choice, ref: ref === null ? null : { type: 'ref', ref }, rule: null },
      }),
    ),
  )
  app.options(deployRefAction, suggestRefs(deps))
}

type Wanted = { readonly act: GateAct } | { readonly ask: ReleaseAsk }
/** A form that cannot be read; `action` is its `callback_id`. */
type Unreadable = { readonly action: string }

function onRelease(
  { releaseId, ...seen }: GateValue,
  toAct: (on: { readonly releaseId: string; readonly seen: Omit<GateValue, 'releaseId'> }) => GateAct,
): Wanted {
  return { act: toAct({ releaseId, seen }) }
}

export function submission<T extends { readonly place: ModalPlace | null }>(
  { engine, clock, log }: SlackHandlerDeps,
  read: (view: unknown) => Submission<T> | Promise<Submission<T>>,
  toWanted: (value: T) => Wanted | null,
): Listener {
  return async ({ ack, body, view }) => {
    const result = await read(view)
    if (result.type === 'mistakes') {
      await ack({ response_action: 'errors', errors: { ...result.errors } })
      return
    }
    const wanted = result.type === 'submitted' ? toWanted(result.value) : null
    const press = submittedPress(body, result.type === 'submitted' ? result.value.place : null, clock.now())
    if (wanted === null) {
      log.warn({ user: body.user.id, callback: view.callback_id }, 'a submitted form cannot be read')
    }
    if (press !== null) await engine.submit(eventOf(press, wanted ?? { action: view.callback_id }))
    await ack()
  }
}

function eventOf(press: RawPress, wanted: Wanted | Unreadable): NewEvent {
  const id = `slack:${press.id}`
  if ('action' in wanted) return { id, type: 'gate.malformed', body: { press, action: wanted.action } }
  return 'ask' in wanted
    ? { id, type: 'gate.asked', body: { press, ask: wanted.ask } }
    : { id, type: 'gate.pressed', body: { press, act: wanted.act } }
}

function metadataOf(view: unknown): string {
  const metadata = typeof view === 'object' && view !== null && 'private_metadata' in view ? view.private_metadata : ''
  return typeof metadata === 'string' ? metadata : ''
}

/** Branches, tags and green commits for what somebody has typed so far. */
function suggestRefs({
  engine: { desk },
}: SlackHandlerDeps): (args: SlackOptionsMiddlewareArgs<'block_suggestion'> & AllMiddlewareArgs) => Promise<void> {
  return async ({ ack, options, body }) => {
    const refusal = desk.lookRefusal(body.user.id)
    const values = Object.values(options.view?.state.values ?? {}).flatMap((block) => Object.values(block))
    const places = await desk.places(null)
    const chosen = values
      .map((value) => readDeployChoice(value.selected_option?.value ?? '', places))
      .find((place) => place !== null)
    const repository = chosen?.repository ?? places[0]?.repository
    const found = repository === undefined ? [] : await desk.suggestRefs(repository, options.value)
    const isTurnedAway = (await refusal) !== null
    await ack({ options: [...refOptions(options.value, isTurnedAway ? [] : found)] })
  }
}
