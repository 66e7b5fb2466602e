import type { AllMiddlewareArgs, SlackEventMiddlewareArgs } from '@slack/bolt'
import type { SlackHandlerDeps } from './deps.ts'

type Arguments = SlackEventMiddlewareArgs<'app_home_opened'> & AllMiddlewareArgs

/** Somebody opened the Home tab: it is drawn for them as things stand. */
export function openHome({ engine }: SlackHandlerDeps): (args: Arguments) => Promise<void> {
  return async ({ event, body }) => {
    if (event.tab !== 'home') return
    await engine.submit({ id: `slack:${body.event_id}`, type: 'slack.home_opened', body: { userId: event.user } })
  }
}
