import type { Clock } from './clock.ts'
import type { Outgoing } from './deliveries.ts'
import { newId, type SlackState } from './state.ts'

/** What an app hears of when it is not told otherwise; people's messages must be asked for. */
export const defaultSubscriptions: readonly string[] = [
  'app_home_opened',
  'app_mention',
  'channel_archive',
  'channel_left',
  'channel_unarchive',
  'group_archive',
  'group_left',
  'group_unarchive',
  'member_joined_channel',
  'member_left_channel',
]

/** The name under which an event is subscribed to: messages have one for each kind of channel. */
export function subscriptionOf(event: Readonly<Record<string, unknown>>): string {
  if (event.type !== 'message') return String(event.type)
  const kind = String(event.channel_type)
  return `message.${kind === 'channel' ? 'channels' : kind === 'group' ? 'groups' : kind}`
}

/** An event in the envelope of the Events API. */
export function envelopeEvent(state: SlackState, clock: Clock, event: Readonly<Record<string, unknown>>): Outgoing {
  return {
    kind: 'events_api',
    payload: {
      token: 'simulated-verification-token',
      team_id: state.team.id,
      context_team_id: state.team.id,
      context_enterprise_id: null,
      api_app_id: state.app.id,
      event,
      type: 'event_callback',
      event_id: newId(state, 'Ev'),
      event_time: Math.floor(clock.now() / 1000),
      authorizations: [
        {
          enterprise_id: null,
          team_id: state.team.id,
          user_id: state.app.botUserId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: false,
    },
  }
}
