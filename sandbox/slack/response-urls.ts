import { z } from 'zod'
import { type Block, blockSchema } from './blocks.ts'
import { addMessage, editMessage, removeMessage } from './messages.ts'
import { type Refusal, refuse } from './method.ts'
import { newId, nextTs, type ResponseUrl } from './state.ts'
import type { World } from './world.ts'

/** A response address is good for thirty minutes and five answers. */
const responseUrlLifeMs = 30 * 60_000
const mostUses = 5

const responseSchema = z.looseObject({
  text: z.string().default(''),
  blocks: z.array(blockSchema).optional(),
  response_type: z.enum(['in_channel', 'ephemeral']).default('ephemeral'),
  replace_original: z.boolean().default(false),
  delete_original: z.boolean().default(false),
  thread_ts: z.string().optional(),
})

/** Who did what where: what an answer to it refers to. */
export type ResponseTarget = Pick<ResponseUrl, 'channel' | 'user' | 'ts'>

/** A new address that takes answers to what a person has just done. */
export function issueResponseUrl(world: World, target: ResponseTarget): string {
  const id = newId(world.state, 'R', 16)
  world.state.responseUrls[id] = { ...target, expiresAt: world.clock.now() + responseUrlLifeMs, uses: 0 }
  return `${world.origin}/response/${id}`
}

/** Carries out what was posted to a response address; null when it was. */
export function answerResponseUrl(world: World, id: string, body: unknown): Refusal | null {
  const url = world.state.responseUrls[id]
  if (url === undefined) return refuse('no_such_url')
  if (world.clock.now() > url.expiresAt) return refuse('expired_url')
  if (url.uses >= mostUses) return refuse('used_url')
  const refused = showResponse(world, url, body)
  if (refused === null) url.uses += 1
  return refused
}

/** Shows an answer to a press or a command: a new message, an ephemeral one, or a change of the original. */
export function showResponse(world: World, target: ResponseTarget, body: unknown): Refusal | null {
  const parsed = responseSchema.safeParse(typeof body === 'string' ? { text: body } : body)
  if (!parsed.success) return refuse('invalid_payload')
  const channel = world.state.channels[target.channel]
  if (channel === undefined) return refuse('channel_not_found')
  const { text, blocks, response_type, replace_original, delete_original, thread_ts } = parsed.data
  if (replace_original || delete_original)
    return changeOriginal(world, target, delete_original ? null : { text, blocks })
  if (text === '' && (blocks ?? []).length === 0) return refuse('no_text')
  if (response_type === 'in_channel') {
    addMessage(world, channel, {
      user: world.state.app.botUserId,
      botId: world.state.app.botId,
      text,
      blocks: blocks ?? [],
      threadTs: thread_ts ?? null,
    })
    return null
  }
  const ephemeral = {
    channel: channel.id,
    user: target.user,
    ts: nextTs(channel, world.clock.now()),
    threadTs: thread_ts ?? null,
    text,
    blocks: blocks ?? [],
  }
  world.state.ephemerals.push(ephemeral)
  world.announce({ type: 'ephemeral', channel: channel.id, message: ephemeral })
  return null
}

/** Replaces (or, with null, deletes) the message that a button was pressed in. */
function changeOriginal(
  world: World,
  target: ResponseTarget,
  change: { readonly text: string; readonly blocks: Block[] | undefined } | null,
): Refusal | null {
  const ephemeral = world.state.ephemerals.find(({ channel, ts }) => channel === target.channel && ts === target.ts)
  if (ephemeral !== undefined) {
    if (change === null) world.state.ephemerals.splice(world.state.ephemerals.indexOf(ephemeral), 1)
    else Object.assign(ephemeral, { text: change.text, blocks: change.blocks ?? [] })
    world.announce({ type: 'ephemeral', channel: target.channel, message: ephemeral })
    return null
  }
  const channel = world.state.channels[target.channel]
  const message = target.ts === null ? undefined : channel?.messages[target.ts]
  if (channel === undefined || message === undefined) return refuse('message_not_found')
  if (change === null) removeMessage(world, channel, message)
  else editMessage(world, channel, message, { text: change.text, blocks: change.blocks ?? [] })
  return null
}
