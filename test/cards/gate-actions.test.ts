import { expect, it } from 'vitest'
import {
  environmentActions,
  gateActions,
  openDeployAction,
  queryActions,
  requestActions,
  rolloutActions,
} from '../../src/cards/gate-actions.ts'
import type { DeployCommand } from '../../src/grammar/deploy-command.ts'
import { parseDeployCommand } from '../../src/grammar/parse-deploy-command.ts'
import { ofOmnihub } from '../grammar/grammar-contexts.ts'

/** The button that does what the command does; a command without one is none. */
const buttonOf: Readonly<Record<DeployCommand['type'], string>> = {
  open_modal: openDeployAction,
  request: requestActions.request,
  plan: requestActions.plan,
  why: requestActions.why,
  status: queryActions.status,
  history: queryActions.history,
  who: queryActions.who,
  help: queryActions.help,
  show: gateActions.story,
  // The card is what stands in the channel; this draws it as it is now.
  card: gateActions.refresh,
  cancel: gateActions.cancel,
  lock: environmentActions.lock,
  unlock: environmentActions.unlock,
  freeze: environmentActions.freeze,
  unfreeze: environmentActions.unfreeze,
  hold: rolloutActions.hold,
  resume: rolloutActions.resume,
  advance: rolloutActions.advance,
  promote: rolloutActions.promote,
  extend: rolloutActions.extend,
  adopt: rolloutActions.adopt,
  restore: rolloutActions.restore,
  approve_step: rolloutActions.approveStep,
  rollback: rolloutActions.rollBack,
}

/** What a button does that asks for having seen something: as a word it leads to where it can be pressed. */
const wordOf: Readonly<Record<string, string>> = {
  [gateActions.approve]: 'approve',
  [gateActions.reject]: 'reject',
  [gateActions.withdraw]: 'withdraw',
  [gateActions.breakGlass]: 'break-glass',
  [gateActions.signOff]: 'sign-off',
  [gateActions.evidence]: 'evidence',
  [environmentActions.takeOverLock]: 'lock prod moving the database',
  // The same button where its dialog has no room for all that has to be said.
  [rolloutActions.rollBackForm]: 'rollback prod',
  // Tries once more what could not be put back; only who has seen the card says that it is.
  [rolloutActions.doneByHand]: 'rollback prod',
}

it('whatever can be typed can be pressed, and the other way round', () => {
  const buttons = [gateActions, rolloutActions, environmentActions, requestActions, queryActions].flatMap((some) =>
    Object.values(some),
  )
  const typed = [...Object.values(buttonOf), ...Object.keys(wordOf)]
  expect(new Set(typed)).toEqual(new Set([...buttons, openDeployAction]))
})

it.each(Object.values(wordOf))('“%s” is understood, and approves nothing by itself', (word) => {
  const parsed = parseDeployCommand(word, ofOmnihub)
  const [type] = word.split(' ')
  expect(parsed).toMatchObject({ ok: true, command: { type: word.includes(' ') ? type : 'card' } })
})
