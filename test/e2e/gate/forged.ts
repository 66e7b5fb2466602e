/** Requests that Slack would not send by itself: what somebody with a wire, an old request or a second window can do. */
import { randomUUID } from 'node:crypto'
import { signatureHeaders } from '../../../sandbox/slack/signing.ts'
import type { Message } from '../../../sandbox/slack/state.ts'
import type { GateWorld } from './gate-world.ts'

export interface Sent {
  readonly status: number
  readonly body: string
}

/** Posts to Sluice as Slack does, signed unless told otherwise. Resolves with what Slack would get to see. */
export async function post(
  { sluiceUrl, slack }: Pick<GateWorld, 'sluiceUrl' | 'slack'>,
  request: {
    readonly body: string
    readonly contentType?: string
    /** When it was signed, UTC milliseconds; now when left out. */
    readonly signedAt?: number
    readonly secret?: string
    readonly headers?: Readonly<Record<string, string>>
  },
): Promise<Sent> {
  const { body, contentType = 'application/x-www-form-urlencoded', signedAt = Date.now(), headers = {} } = request
  const response = await fetch(`${sluiceUrl}/slack/events`, {
    method: 'POST',
    headers: {
      'content-type': contentType,
      ...signatureHeaders(request.secret ?? slack.signingSecret, body, signedAt),
      ...headers,
    },
    body,
  })
  return { status: response.status, body: await response.text() }
}

/** An interaction as it stands in the body of a request. */
export function formOf(payload: unknown): string {
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
}

export interface ForgedPress {
  readonly user: string
  /** The message that the press claims to be on. */
  readonly card: Pick<Message, 'ts'>
  readonly actionId: string
  readonly value: string
  readonly channel?: string
  readonly teamId?: string
  /** The same for the same press. A new one when left out. */
  readonly triggerId?: string
}

/** A `block_actions` payload with whatever it is to say. */
export function pressPayload({ slack }: Pick<GateWorld, 'slack'>, press: ForgedPress) {
  const { user, card, actionId, value, triggerId = `forged.${randomUUID()}` } = press
  const { state } = slack
  const { id, name } = slack.channel(press.channel ?? '#deploys')
  const teamId = press.teamId ?? state.team.id
  return {
    type: 'block_actions',
    api_app_id: state.app.id,
    token: 'verification-token',
    team: { id: state.team.id, domain: state.team.domain },
    enterprise: null,
    is_enterprise_install: false,
    user: { id: user, username: 'forged', name: 'forged', team_id: teamId },
    container: { type: 'message', message_ts: card.ts, channel_id: id, is_ephemeral: false },
    channel: { id, name },
    message: { ts: card.ts, text: '' },
    state: { values: {} },
    response_url: `${slack.apiUrl}none`,
    trigger_id: triggerId,
    actions: [{ type: 'button', action_id: actionId, block_id: 'forged', value, action_ts: '1.000000' }],
  }
}

/** Presses with a right signature and whatever the payload is to say, and waits for what comes of it. */
export async function forgePress(
  world: Pick<GateWorld, 'sluiceUrl' | 'slack' | 'settled'>,
  press: ForgedPress,
): Promise<Sent> {
  const sent = await post(world, { body: formOf(pressPayload(world, press)) })
  await world.settled()
  return sent
}

/** The value that a button of a card carries. */
export function buttonValue(card: Message, actionId: string): string {
  const found = elementsOf(card.blocks).find((element) => element.action_id === actionId)
  if (typeof found?.value !== 'string') throw new Error(`The card has no button ${actionId}.`)
  return found.value
}

/** `action_id`s of everything that can be pressed on a card. */
export function buttonsOf(card: Pick<Message, 'blocks'>): readonly string[] {
  return elementsOf(card.blocks).flatMap(({ action_id: id, type }) =>
    typeof id === 'string' && type === 'button' ? [id] : [],
  )
}

function elementsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.values(value).flatMap(elementsOf)
  return 'action_id' in value ? [{ ...value }, ...inside] : inside
}
