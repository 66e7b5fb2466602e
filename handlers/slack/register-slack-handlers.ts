import type { App, MessageShortcut } from '@slack/bolt'
import { deployCommand } from '../../commands/deploy.ts'
import { deployShortcut } from './deploy-shortcut.ts'
import type { SlackHandlerDeps } from './deps.ts'
import { registerEnvironmentButtons } from './environment-buttons.ts'
import { registerGateButtons } from './gate-buttons.ts'
import { registerGateForms } from './gate-forms.ts'
import { openHome } from './open-home.ts'
import { registerQuestionButtons } from './question-buttons.ts'
import { rerunFailedJobs } from './rerun-failed-jobs.ts'
import { registerRolloutButtons } from './rollout-buttons.ts'
import { registerRolloutForms } from './rollout-forms.ts'

/** Connects the command, the buttons, the forms and the events of Slack to the engine. */
export function registerSlackHandlers(app: App, deps: SlackHandlerDeps): void {
  app.command('/deploy', deployCommand(deps))
  app.shortcut<MessageShortcut>('deploy_commit', deployShortcut(deps))
  app.action('rerun_failed_jobs', rerunFailedJobs(deps))
  // A button with an address opens it by itself; Slack tells us all the same and wants an answer.
  app.action('open_run', async ({ ack }) => await ack())
  app.event('app_home_opened', openHome(deps))
  registerGateButtons(app, deps)
  registerEnvironmentButtons(app, deps)
  registerQuestionButtons(app, deps)
  registerGateForms(app, deps)
  registerRolloutButtons(app, deps)
  registerRolloutForms(app, deps)
}
