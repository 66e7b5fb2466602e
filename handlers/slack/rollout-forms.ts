/** The forms of a rollout's buttons, once they are filled in. */
import type { App } from '@slack/bolt'
import {
  extendModalId,
  holdModalId,
  readExtendModal,
  readHoldModal,
  readRollBackModal,
  rollBackModalId,
} from '../../src/cards/rollout-modals.ts'
import type { SlackHandlerDeps } from './deps.ts'
import { submission } from './gate-forms.ts'
import { onRollout } from './rollout-buttons.ts'

export function registerRolloutForms(app: App, deps: SlackHandlerDeps): void {
  app.view(
    holdModalId,
    submission(deps, readHoldModal, ({ rollout, why }) => ({ act: onRollout(rollout, { type: 'hold', why }) })),
  )
  app.view(
    extendModalId,
    submission(deps, readExtendModal, ({ rollout, ms }) => ({ act: onRollout(rollout, { type: 'extend', ms }) })),
  )
  app.view(
    rollBackModalId,
    submission(deps, readRollBackModal, ({ rollout, why }) => ({
      act: onRollout(rollout, { type: 'roll_back', why }),
    })),
  )
}
