import { type Block, withIds } from './blocks.ts'
import { type Channel, type Message, type Metadata, nextTs } from './state.ts'
import type { World } from './world.ts'

/** What somebody posts; the workspace adds the rest. */
export interface Draft {
  readonly user: string
  readonly botId: string | null
  readonly text: string
  readonly blocks?: readonly Block[]
  readonly attachments?: readonly Record<string, unknown>[]
  readonly metadata?: Metadata | null
  readonly threadTs?: string | null
  readonly isBroadcast?: boolean
  readonly fileIds?: readonly string[]
}

/** Puts a message into a channel, tells the world, and sends the events that it causes. */
export function addMessage(world: World, channel: Channel, draft: Draft): Message {
  const message: Message = {
    ts: nextTs(channel, world.clock.now()),
    user: draft.user,
    botId: draft.botId,
    text: draft.text,
    blocks: withIds(world.state, draft.blocks ?? []),
    attachments: [...(draft.attachments ?? [])],
    metadata: draft.metadata ?? null,
    threadTs: draft.threadTs ?? null,
    isBroadcast: draft.isBroadcast ?? false,
    editedTs: null,
    isTombstone: false,
    fileIds: [...(draft.fileIds ?? [])],
  }
  channel.messages[message.ts] = message
  if (message.threadTs !== null) {
    channel.threads[message.threadTs] ??= []
    channel.threads[message.threadTs]?.push(message.ts)
  }
  world.announce({ type: 'posted', channel: channel.id, message })
  sendMessageEvent(world, channel, presentMessage(world, channel, message))
  const mention = `<@${world.state.app.botUserId}>`
  if (message.botId === null && message.text.includes(mention)) {
    world.sendEvent({
      ...presentMessage(world, channel, message),
      type: 'app_mention',
      channel: channel.id,
      event_ts: message.ts,
    })
  }
  return message
}

/** Changes a message in place. */
export function editMessage(
  world: World,
  channel: Channel,
  message: Message,
  change: Partial<Pick<Message, 'text' | 'blocks' | 'attachments' | 'metadata' | 'isBroadcast'>>,
): void {
  const before = presentMessage(world, channel, message)
  if (change.text !== undefined) message.text = change.text
  if (change.blocks !== undefined) message.blocks = withIds(world.state, change.blocks)
  if (change.attachments !== undefined) message.attachments = change.attachments
  if (change.metadata !== undefined) message.metadata = change.metadata
  if (change.isBroadcast !== undefined) message.isBroadcast = change.isBroadcast
  message.editedTs = nextTs(channel, world.clock.now())
  world.announce({ type: 'updated', channel: channel.id, message })
  sendMessageEvent(world, channel, {
    subtype: 'message_changed',
    hidden: true,
    message: presentMessage(world, channel, message),
    previous_message: before,
    ts: message.editedTs,
  })
}

/** Takes a message away; one with replies leaves a tombstone that holds the thread together. */
export function removeMessage(world: World, channel: Channel, message: Message): void {
  const before = presentMessage(world, channel, message)
  if (repliesOf(channel, message.ts).length > 0) {
    Object.assign(message, {
      isTombstone: true,
      text: 'This message was deleted.',
      blocks: [],
      attachments: [],
      metadata: null,
      user: 'USLACKBOT',
      botId: null,
    } satisfies Partial<Message>)
  } else {
    delete channel.messages[message.ts]
    const siblings = message.threadTs === null ? undefined : channel.threads[message.threadTs]
    siblings?.splice(siblings.indexOf(message.ts), 1)
  }
  world.announce({ type: 'deleted', channel: channel.id, message })
  sendMessageEvent(world, channel, {
    subtype: 'message_deleted',
    hidden: true,
    deleted_ts: message.ts,
    previous_message: before,
    ts: nextTs(channel, world.clock.now()),
  })
}

/** Replies of a thread, oldest first, without the parent. */
export function repliesOf(channel: Channel, threadTs: string): Message[] {
  return (channel.threads[threadTs] ?? []).flatMap((ts) => channel.messages[ts] ?? [])
}

/** A message as Slack shows it in history, in events and in interactions. */
export function presentMessage(world: World, channel: Channel, message: Message, withMetadata = false) {
  const replies = message.threadTs === null ? repliesOf(channel, message.ts) : []
  const last = replies.at(-1)
  const repliers = [...new Set(replies.map((reply) => reply.user))]
  const parent = message.threadTs === null ? undefined : channel.messages[message.threadTs]
  const subtype = message.isTombstone ? 'tombstone' : message.isBroadcast ? 'thread_broadcast' : undefined
  return {
    type: 'message',
    ...(subtype === undefined ? {} : { subtype }),
    ...(message.isTombstone ? { hidden: true } : {}),
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: world.state.users[message.user]?.teamId ?? world.state.team.id,
    ...(message.botId === null ? {} : { bot_id: message.botId, app_id: world.state.app.id }),
    ...(message.blocks.length === 0 ? {} : { blocks: message.blocks }),
    ...(message.attachments.length === 0 ? {} : { attachments: message.attachments }),
    ...(message.editedTs === null ? {} : { edited: { user: message.botId ?? message.user, ts: message.editedTs } }),
    ...(message.threadTs === null ? {} : { thread_ts: message.threadTs }),
    ...(parent === undefined ? {} : { parent_user_id: parent.user }),
    ...(last === undefined
      ? {}
      : {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users: repliers.slice(0, 5),
          reply_users_count: repliers.length,
          latest_reply: last.ts,
        }),
    ...(message.fileIds.length === 0 ? {} : { files: message.fileIds.map((id) => ({ id })) }),
    ...(withMetadata && message.metadata !== null ? { metadata: message.metadata } : {}),
  }
}

/** `message.channels`, `message.groups` or `message.im`, when the app is in the channel. */
function sendMessageEvent(world: World, channel: Channel, event: Readonly<Record<string, unknown>>): void {
  if (!channel.members.includes(world.state.app.botUserId)) return
  world.sendEvent({
    ...event,
    type: 'message',
    channel: channel.id,
    channel_type: { public: 'channel', private: 'group', im: 'im' }[channel.kind],
    event_ts: event.ts,
  })
}
