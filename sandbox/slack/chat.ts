import type {
  ChatDeleteResponse,
  ChatGetPermalinkResponse,
  ChatPostEphemeralResponse,
  ChatPostMessageResponse,
  ChatUpdateResponse,
} from '@slack/web-api'
import { z } from 'zod'
import { directMessages } from './channels.ts'
import { checkContent, metadataArgument, readMetadata } from './content.ts'
import { addMessage, editMessage, presentMessage, removeMessage } from './messages.ts'
import {
  type Answer,
  blocksArgument,
  booleanArgument,
  jsonArgument,
  type MethodAnswer,
  type MethodCall,
  type MethodTable,
  parseArguments,
  type Refusal,
  refuse,
  visibleChannel,
} from './method.ts'
import { type Channel, type Message, nextTs } from './state.ts'
import type { World } from './world.ts'

/** `chat.update` takes less text than `chat.postMessage`. */
const longestPostedText = 40_000
const longestUpdatedText = 4_000

const attachmentsArgument = jsonArgument(z.array(z.record(z.string(), z.unknown())).max(100).optional())

const contentArguments = {
  text: z.coerce.string().optional(),
  blocks: blocksArgument,
  attachments: attachmentsArgument,
}

const postArguments = z.object({
  channel: z.string(),
  ...contentArguments,
  thread_ts: z.coerce.string().optional(),
  reply_broadcast: booleanArgument,
  metadata: metadataArgument,
})

function postMessage({ world, args, token }: MethodCall): MethodAnswer {
  const parsed = parseArguments(postArguments, args)
  if (!parsed.ok) return parsed
  const { channel: name, thread_ts, reply_broadcast, text, blocks, attachments } = parsed.value
  const found = channelToPostIn(world, name, token.scopes)
  if (!found.ok) return found
  const { channel } = found
  const wrong = checkContent(world, { text, blocks, attachments }, longestPostedText)
  if (wrong !== null) return wrong
  const metadata = readMetadata(parsed.value.metadata)
  if (!metadata.ok) return metadata

  // A reply to a message that is gone is not refused: Slack posts it into the channel, and only the missing
  // thread_ts in its answer tells (https://github.com/slack-go/slack/issues/1571).
  const parent = thread_ts === undefined ? undefined : channel.messages[thread_ts]
  const message = addMessage(world, channel, {
    user: world.state.app.botUserId,
    botId: world.state.app.botId,
    text: text ?? '',
    blocks: blocks ?? [],
    attachments: attachments ?? [],
    metadata: metadata.value ?? null,
    threadTs: parent === undefined ? null : (parent.threadTs ?? parent.ts),
    isBroadcast: parent !== undefined && reply_broadcast,
  })
  return {
    ok: true,
    channel: channel.id,
    ts: message.ts,
    message: presentMessage(world, channel, message, true),
  } satisfies Answer<ChatPostMessageResponse>
}

const updateArguments = z.object({
  channel: z.string(),
  ts: z.coerce.string(),
  ...contentArguments,
  reply_broadcast: booleanArgument,
  metadata: metadataArgument,
})

function update({ world, args, token }: MethodCall): MethodAnswer {
  const parsed = parseArguments(updateArguments, args)
  if (!parsed.ok) return parsed
  const { text, blocks, attachments } = parsed.value
  const found = ownMessage(world, parsed.value.channel, parsed.value.ts, 'cant_update_message')
  if (!found.ok) return found
  const { channel, message } = found
  if (channel.isArchived) return refuse('is_inactive')
  // Slack does not document this case; it is taken to be as closed as for posting.
  if (!mayPostIn(world, channel, token.scopes)) return refuse('not_in_channel')
  if (world.editWindowMs !== null && world.clock.now() - Number(message.ts) * 1000 > world.editWindowMs) {
    return refuse('edit_window_closed')
  }
  const wrong = checkContent(world, { text, blocks, attachments }, longestUpdatedText)
  if (wrong !== null) return wrong
  const metadata = readMetadata(parsed.value.metadata)
  if (!metadata.ok) return metadata
  editMessage(world, channel, message, {
    ...(text === undefined ? {} : { text }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(attachments === undefined ? {} : { attachments }),
    ...(metadata.value === undefined ? {} : { metadata: metadata.value }),
    ...(parsed.value.reply_broadcast && message.threadTs !== null ? { isBroadcast: true } : {}),
  })
  return {
    ok: true,
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    message: presentMessage(world, channel, message, true),
  } satisfies Answer<ChatUpdateResponse>
}

function remove({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ channel: z.string(), ts: z.coerce.string() }), args)
  if (!parsed.ok) return parsed
  const found = ownMessage(world, parsed.value.channel, parsed.value.ts, 'cant_delete_message')
  if (!found.ok) return found
  removeMessage(world, found.channel, found.message)
  return { ok: true, channel: found.channel.id, ts: found.message.ts } satisfies Answer<ChatDeleteResponse>
}

const ephemeralArguments = z.object({
  channel: z.string(),
  user: z.string(),
  ...contentArguments,
  thread_ts: z.coerce.string().optional(),
})

function postEphemeral({ world, args, token }: MethodCall): MethodAnswer {
  const parsed = parseArguments(ephemeralArguments, args)
  if (!parsed.ok) return parsed
  const { user, text, blocks, attachments, thread_ts } = parsed.value
  const found = channelToPostIn(world, parsed.value.channel, token.scopes)
  if (!found.ok) return found
  if (!found.channel.members.includes(user)) return refuse('user_not_in_channel')
  const wrong = checkContent(world, { text, blocks, attachments }, longestPostedText)
  if (wrong !== null) return wrong
  const ephemeral = {
    channel: found.channel.id,
    user,
    ts: nextTs(found.channel, world.clock.now()),
    threadTs: thread_ts ?? null,
    text: text ?? '',
    blocks: blocks ?? [],
  }
  world.state.ephemerals.push(ephemeral)
  world.announce({ type: 'ephemeral', channel: found.channel.id, message: ephemeral })
  return { ok: true, message_ts: ephemeral.ts } satisfies Answer<ChatPostEphemeralResponse>
}

function getPermalink({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ channel: z.string(), message_ts: z.coerce.string() }), args)
  if (!parsed.ok) return parsed
  const channel = visibleChannel(world, parsed.value.channel)
  if (channel === null) return refuse('channel_not_found')
  const message = channel.messages[parsed.value.message_ts]
  if (message === undefined) return refuse('message_not_found')
  const thread = message.threadTs === null ? '' : `?thread_ts=${message.threadTs}&cid=${channel.id}`
  return {
    ok: true,
    channel: channel.id,
    permalink: `${world.state.team.url}archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`,
  } satisfies Answer<ChatGetPermalinkResponse>
}

/** The channel that `C…`, `#name`, `name` or a person's id stands for, when the app may post in it. */
function channelToPostIn(
  world: World,
  name: string,
  scopes: readonly string[],
): { readonly ok: true; readonly channel: Channel } | Refusal {
  const plain = name.replace(/^#/, '')
  const channel =
    world.state.users[name] !== undefined
      ? directMessages(world, name)
      : (visibleChannel(world, name) ??
        Object.values(world.state.channels).find(
          (candidate) => candidate.name === plain && visibleChannel(world, candidate.id) !== null,
        ))
  if (channel === undefined) return refuse('channel_not_found')
  if (channel.isArchived) return refuse('is_archived')
  if (!mayPostIn(world, channel, scopes)) return refuse('not_in_channel')
  if (channel.isReadOnly) return refuse('restricted_action')
  return { ok: true, channel }
}

function mayPostIn(world: World, channel: Channel, scopes: readonly string[]): boolean {
  return channel.members.includes(world.state.app.botUserId) || scopes.includes('chat:write.public')
}

function ownMessage(
  world: World,
  channelId: string,
  ts: string,
  foreign: string,
): { readonly ok: true; readonly channel: Channel; readonly message: Message } | Refusal {
  const channel = visibleChannel(world, channelId)
  if (channel === null) return refuse('channel_not_found')
  const message = channel.messages[ts]
  if (message === undefined || message.isTombstone) return refuse('message_not_found')
  if (message.botId !== world.state.app.botId) return refuse(foreign)
  return { ok: true, channel, message }
}

export const chatMethods: MethodTable = {
  'chat.postMessage': { scopes: ['chat:write'], tier: 'posting', handler: postMessage },
  'chat.update': { scopes: ['chat:write'], tier: 'tier3', handler: update },
  'chat.delete': { scopes: ['chat:write'], tier: 'tier3', handler: remove },
  'chat.postEphemeral': { scopes: ['chat:write'], tier: 'tier4', handler: postEphemeral },
  'chat.getPermalink': { scopes: [], tier: 'special', handler: getPermalink },
}
