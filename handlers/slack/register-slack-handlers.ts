import type { App } from '@slack/bolt'
import type { SlackHandlerDeps } from './deps.ts'
import { openHome } from './open-home.ts'
import { rerunFailedJobs } from './rerun-failed-jobs.ts'

/** Connects the buttons and events of Slack to the engine. */
export function registerSlackHandlers(app: App, deps: SlackHandlerDeps): void {
  app.action('rerun_failed_jobs', rerunFailedJobs(deps))
  // A button with an address opens it by itself; Slack tells us all the same and wants an answer.
  app.action('open_run', async ({ ack }) => await ack())
  app.event('app_home_opened', openHome(deps))
}
