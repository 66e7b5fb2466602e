import { type Channel, newId } from './state.ts'
import type { World } from './world.ts'

export interface NewChannel {
  /** Without `#`. */
  readonly name: string
  readonly id?: string
  readonly kind?: 'public' | 'private'
  /** People in it, besides the bot. */
  readonly members?: readonly string[]
  /** Whether the bot is in it. Default true. */
  readonly hasBot?: boolean
  readonly isReadOnly?: boolean
}

export function createChannel(world: World, channel: NewChannel): Channel {
  const created: Channel = {
    id: channel.id ?? newId(world.state, 'C'),
    name: channel.name.replace(/^#/, ''),
    kind: channel.kind ?? 'public',
    createdAt: world.clock.now(),
    members: [...((channel.hasBot ?? true) ? [world.state.app.botUserId] : []), ...(channel.members ?? [])],
    isArchived: false,
    isReadOnly: channel.isReadOnly ?? false,
    messages: {},
    threads: {},
    lastTsMicros: 0,
  }
  world.state.channels[created.id] = created
  return created
}

/** The conversation between the bot and one person, opened when there is none yet. */
export function directMessages(world: World, userId: string): Channel {
  const open = Object.values(world.state.channels).find(
    (channel) => channel.kind === 'im' && channel.members.includes(userId),
  )
  if (open !== undefined) return open
  const id = newId(world.state, 'D')
  const created: Channel = {
    id,
    name: id,
    kind: 'im',
    createdAt: world.clock.now(),
    members: [world.state.app.botUserId, userId],
    isArchived: false,
    isReadOnly: false,
    messages: {},
    threads: {},
    lastTsMicros: 0,
  }
  world.state.channels[id] = created
  return created
}

export function addMember(world: World, channel: Channel, userId: string): void {
  if (channel.members.includes(userId)) return
  channel.members.push(userId)
  world.sendEvent({
    type: 'member_joined_channel',
    user: userId,
    channel: channel.id,
    channel_type: channel.kind === 'private' ? 'G' : 'C',
    team: world.state.team.id,
  })
}

export function removeMember(world: World, channel: Channel, userId: string): void {
  const index = channel.members.indexOf(userId)
  if (index < 0) return
  channel.members.splice(index, 1)
  world.sendEvent({
    type: 'member_left_channel',
    user: userId,
    channel: channel.id,
    channel_type: channel.kind === 'private' ? 'G' : 'C',
    team: world.state.team.id,
  })
  // The bot itself hears of its own removal under another name as well.
  if (userId === world.state.app.botUserId) {
    world.sendEvent({ type: channel.kind === 'private' ? 'group_left' : 'channel_left', channel: channel.id })
  }
}

export function setArchived(world: World, channel: Channel, isArchived: boolean, byUser: string): void {
  channel.isArchived = isArchived
  const family = channel.kind === 'private' ? 'group' : 'channel'
  world.sendEvent({ type: `${family}_${isArchived ? 'archive' : 'unarchive'}`, channel: channel.id, user: byUser })
}
