import type {
  ConversationsHistoryResponse,
  ConversationsInfoResponse,
  ConversationsJoinResponse,
  ConversationsListResponse,
  ConversationsMembersResponse,
  ConversationsOpenResponse,
  ConversationsRepliesResponse,
} from '@slack/web-api'
import { z } from 'zod'
import { addMember, directMessages } from './channels.ts'
import { presentMessage, repliesOf } from './messages.ts'
import {
  type Answer,
  booleanArgument,
  integerArgument,
  type MethodAnswer,
  type MethodCall,
  type MethodTable,
  page,
  parseArguments,
  type Refusal,
  refuse,
  visibleChannel,
} from './method.ts'
import { channelScope } from './scopes.ts'
import type { Channel, Message } from './state.ts'

const historyArguments = z.object({
  channel: z.string(),
  oldest: z.coerce.string().optional(),
  latest: z.coerce.string().optional(),
  inclusive: booleanArgument,
  limit: integerArgument.min(1).max(999).default(100),
  cursor: z.string().optional(),
  include_all_metadata: booleanArgument,
})

type Range = z.infer<typeof historyArguments>

function history({ world, args, token }: MethodCall): MethodAnswer {
  const parsed = parseArguments(historyArguments, args)
  if (!parsed.ok) return parsed
  const found = readableChannel({ world, args, token }, parsed.value.channel)
  if (!found.ok) return found
  const { channel } = found
  const messages = Object.values(channel.messages)
    .filter((message) => (message.threadTs === null || message.isBroadcast) && isInRange(message, parsed.value))
    .reverse()
  const part = page(messages, parsed.value.cursor, parsed.value.limit)
  if (!part.ok) return part
  return {
    ok: true,
    messages: part.items.map((message) => presentMessage(world, channel, message, parsed.value.include_all_metadata)),
    has_more: part.nextCursor !== '',
    pin_count: 0,
    response_metadata: { next_cursor: part.nextCursor },
  } satisfies Answer<ConversationsHistoryResponse>
}

function replies({ world, args, token }: MethodCall): MethodAnswer {
  const parsed = parseArguments(historyArguments.extend({ ts: z.coerce.string() }), args)
  if (!parsed.ok) return parsed
  const found = readableChannel({ world, args, token }, parsed.value.channel)
  if (!found.ok) return found
  const { channel } = found
  const asked = channel.messages[parsed.value.ts]
  const parent = asked?.threadTs == null ? asked : channel.messages[asked.threadTs]
  if (parent === undefined) return refuse('thread_not_found')
  // The parent comes first whatever range was asked for.
  const messages = [parent, ...repliesOf(channel, parent.ts).filter((message) => isInRange(message, parsed.value))]
  const part = page(messages, parsed.value.cursor, parsed.value.limit)
  if (!part.ok) return part
  return {
    ok: true,
    messages: part.items.map((message) => presentMessage(world, channel, message, parsed.value.include_all_metadata)),
    has_more: part.nextCursor !== '',
    response_metadata: { next_cursor: part.nextCursor },
  } satisfies Answer<ConversationsRepliesResponse>
}

function info(call: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ channel: z.string() }), call.args)
  if (!parsed.ok) return parsed
  const found = knownChannel(call, parsed.value.channel)
  if (!found.ok) return found
  return { ok: true, channel: presentChannel(call, found.channel) } satisfies Answer<ConversationsInfoResponse>
}

const scopesOfTypes: Readonly<Record<string, string>> = {
  public_channel: 'channels:read',
  private_channel: 'groups:read',
  im: 'im:read',
}

const listArguments = z.object({
  types: z.string().default('public_channel'),
  exclude_archived: booleanArgument,
  limit: integerArgument.min(1).max(1000).default(100),
  cursor: z.string().optional(),
})

function list(call: MethodCall): MethodAnswer {
  const parsed = parseArguments(listArguments, call.args)
  if (!parsed.ok) return parsed
  const types = parsed.value.types.split(',').map((type) => type.trim())
  const needed = types.map((type) => scopesOfTypes[type])
  if (needed.includes(undefined)) return refuse('invalid_types')
  const missing = needed.filter((scope) => scope !== undefined && !call.token.scopes.includes(scope))
  if (missing.length > 0) {
    return refuse('missing_scope', { needed: missing.join(','), provided: call.token.scopes.join(',') })
  }
  const wanted = Object.values(call.world.state.channels).filter(
    (channel) =>
      types.includes({ public: 'public_channel', private: 'private_channel', im: 'im' }[channel.kind]) &&
      visibleChannel(call.world, channel.id) !== null &&
      !(parsed.value.exclude_archived && channel.isArchived),
  )
  const part = page(wanted, parsed.value.cursor, parsed.value.limit)
  if (!part.ok) return part
  return {
    ok: true,
    channels: part.items.map((channel) => presentChannel(call, channel)),
    response_metadata: { next_cursor: part.nextCursor },
  } satisfies Answer<ConversationsListResponse>
}

function join(call: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ channel: z.string() }), call.args)
  if (!parsed.ok) return parsed
  const channel = visibleChannel(call.world, parsed.value.channel)
  if (channel === null) return refuse('channel_not_found')
  if (channel.kind !== 'public') return refuse('method_not_supported_for_channel_type')
  if (channel.isArchived) return refuse('is_archived')
  addMember(call.world, channel, call.world.state.app.botUserId)
  return { ok: true, channel: presentChannel(call, channel) } satisfies Answer<ConversationsJoinResponse>
}

function members(call: MethodCall): MethodAnswer {
  const parsed = parseArguments(
    z.object({
      channel: z.string(),
      limit: integerArgument.min(1).max(1000).default(100),
      cursor: z.string().optional(),
    }),
    call.args,
  )
  if (!parsed.ok) return parsed
  const found = knownChannel(call, parsed.value.channel)
  if (!found.ok) return found
  const part = page(found.channel.members, parsed.value.cursor, parsed.value.limit)
  if (!part.ok) return part
  return {
    ok: true,
    members: [...part.items],
    response_metadata: { next_cursor: part.nextCursor },
  } satisfies Answer<ConversationsMembersResponse>
}

function open({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ users: z.string() }), args)
  if (!parsed.ok) return parsed
  const user = world.state.users[parsed.value.users]
  if (user === undefined) return refuse('user_not_found')
  if (user.isDeactivated) return refuse('user_disabled')
  return { ok: true, channel: { id: directMessages(world, user.id).id } } satisfies Answer<ConversationsOpenResponse>
}

function presentChannel({ world }: MethodCall, channel: Channel) {
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === 'public',
    is_group: false,
    is_im: channel.kind === 'im',
    is_mpim: false,
    is_private: channel.kind !== 'public',
    is_archived: channel.isArchived,
    is_general: false,
    is_member: channel.members.includes(world.state.app.botUserId),
    is_read_only: channel.isReadOnly,
    created: Math.floor(channel.createdAt / 1000),
    num_members: channel.members.length,
    context_team_id: world.state.team.id,
  }
}

/** A channel that exists for the app and whose properties the token may read. */
function knownChannel(call: MethodCall, id: string): { readonly ok: true; readonly channel: Channel } | Refusal {
  const channel = visibleChannel(call.world, id)
  if (channel === null) return refuse('channel_not_found')
  const needed = channelScope(channel, 'read')
  if (!call.token.scopes.includes(needed)) {
    return refuse('missing_scope', { needed, provided: call.token.scopes.join(',') })
  }
  return { ok: true, channel }
}

/** A channel whose messages the app may read: with the scope of its kind, and as a member. */
function readableChannel(call: MethodCall, id: string): { readonly ok: true; readonly channel: Channel } | Refusal {
  const channel = visibleChannel(call.world, id)
  if (channel === null) return refuse('channel_not_found')
  const needed = channelScope(channel, 'history')
  if (!call.token.scopes.includes(needed)) {
    return refuse('missing_scope', { needed, provided: call.token.scopes.join(',') })
  }
  return channel.members.includes(call.world.state.app.botUserId) ? { ok: true, channel } : refuse('not_in_channel')
}

function isInRange(message: Message, range: Range): boolean {
  const ts = Number(message.ts)
  const oldest = Number(range.oldest ?? 0)
  const latest = range.latest === undefined || range.latest === '' ? Number.POSITIVE_INFINITY : Number(range.latest)
  return range.inclusive ? ts >= oldest && ts <= latest : ts > oldest && ts < latest
}

const readMessages = ['channels:history', 'groups:history', 'im:history']
const readChannels = ['channels:read', 'groups:read', 'im:read']

export const conversationMethods: MethodTable = {
  'conversations.history': { scopes: readMessages, tier: 'tier3', handler: history },
  'conversations.replies': { scopes: readMessages, tier: 'tier3', handler: replies },
  'conversations.info': { scopes: readChannels, tier: 'tier3', handler: info },
  'conversations.list': { scopes: readChannels, tier: 'tier2', handler: list },
  'conversations.members': { scopes: readChannels, tier: 'tier4', handler: members },
  'conversations.join': { scopes: ['channels:join'], tier: 'tier3', handler: join },
  'conversations.open': { scopes: ['im:write'], tier: 'tier3', handler: open },
}
