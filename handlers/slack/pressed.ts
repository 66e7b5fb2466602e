/** What every press on a button has in common: who, where, and what the button carries. */
import { z } from 'zod'
import type { ModalPlace } from '../../src/cards/modal.ts'
import { type RawPress, shownToThem } from '../../src/engine/gate/acts.ts'

const userSchema = z.object({ id: z.string().min(1), team_id: z.string().optional() })
const teamSchema = z.object({ id: z.string() }).nullish()

const pressSchema = z.object({
  trigger_id: z.string().min(1),
  user: userSchema,
  team: teamSchema,
  container: z.object({
    channel_id: z.string().optional(),
    message_ts: z.string().optional(),
    thread_ts: z.string().optional(),
    view_id: z.string().optional(),
    is_ephemeral: z.boolean().optional(),
  }),
  channel: z.object({ id: z.string(), name: z.string().optional() }).nullish(),
  view: z.object({ id: z.string(), type: z.string().optional() }).nullish(),
  actions: z
    .tuple([z.object({ value: z.string().optional(), selected_option: z.object({ value: z.string() }).nullish() })])
    .rest(z.unknown()),
})

export interface PressedButton {
  readonly triggerId: string
  readonly value: string
  readonly userId: string
  readonly teamId: string
  /** The message that the button is on; null on the Home tab and in modals. */
  readonly message: ModalPlace | null
  readonly threadTs: string | null
  readonly channelName: string
  readonly viewId: string | null
  readonly isOnHome: boolean
}

/** Reads a `block_actions` payload; null when it is none. */
export function readPressed(body: unknown): PressedButton | null {
  const parsed = pressSchema.safeParse(body)
  if (!parsed.success) return null
  const { trigger_id: triggerId, user, team, container, channel, view, actions } = parsed.data
  const { channel_id: channelId, thread_ts: threadTs, is_ephemeral: isEphemeral } = container
  // What only this person sees was drawn for them, and nobody can forward it: it has no message of its own.
  const ts = isEphemeral === true ? shownToThem : container.message_ts
  const [action] = actions
  return {
    triggerId,
    value: action.selected_option?.value ?? action.value ?? '',
    userId: user.id,
    teamId: user.team_id ?? team?.id ?? '',
    message: channelId === undefined || ts === undefined ? null : { channel: channelId, ts },
    threadTs: threadTs ?? null,
    channelName: channel?.name ?? '',
    viewId: view?.id ?? container.view_id ?? null,
    isOnHome: view?.type === 'home',
  }
}

/** A press as the engine takes it; it is answered where the button is. */
export function rawPress(button: PressedButton, at: number): RawPress {
  return {
    id: button.triggerId,
    client: 'slack',
    userId: button.userId,
    teamId: button.teamId,
    channelId: button.message?.channel ?? null,
    threadTs: button.threadTs,
    messageTs: button.message?.ts ?? null,
    at,
  }
}

const submissionSchema = z.object({
  trigger_id: z.string().optional(),
  user: userSchema,
  team: teamSchema,
  view: z.object({ id: z.string(), hash: z.string().optional() }),
})

/** The press that a submitted modal is; it is answered where the modal was opened from. */
export function submittedPress(body: unknown, place: ModalPlace | null, at: number): RawPress | null {
  const parsed = submissionSchema.safeParse(body)
  if (!parsed.success) return null
  const { user, team, view } = parsed.data
  return {
    // A modal is submitted once; Slack sends the same view again when our answer was lost.
    id: `view:${view.id}`,
    client: 'slack',
    userId: user.id,
    teamId: user.team_id ?? team?.id ?? '',
    channelId: place?.channel ?? null,
    threadTs: null,
    // A form that a command opened has a channel and no message.
    messageTs: place === null || place.ts === '' ? null : place.ts,
    at,
  }
}
