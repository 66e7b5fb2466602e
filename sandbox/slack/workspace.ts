import { addMember, createChannel, type NewChannel, removeMember, setArchived } from './channels.ts'
import { presentMessage, removeMessage, repliesOf } from './messages.ts'
import { type Channel, type Ephemeral, type Message, newId, type User, type UserGroup, type View } from './state.ts'
import { homeOf } from './views.ts'
import type { World } from './world.ts'

export interface NewUser {
  readonly name: string
  readonly id?: string
  readonly realName?: string
  readonly email?: string | null
  /** Default: our own workspace; another one for somebody in a shared channel. */
  readonly teamId?: string
  readonly kind?: User['kind']
  readonly isBot?: boolean
  readonly isDeactivated?: boolean
  readonly timeZone?: string
}

/** What an administrator does to the workspace, and what can be seen in it. Channels are named by id or `#name`. */
export interface Workspace {
  addChannel(channel: NewChannel | string): Channel
  addUser(user: NewUser | string): User
  addUserGroup(group: { readonly handle: string; readonly id?: string; readonly users?: readonly string[] }): UserGroup
  addToken(token: string, type: 'bot' | 'app', scopes: readonly string[]): void
  revokeToken(token: string): void
  invite(channel: string, user: string): void
  /** Takes somebody out of a channel; without `user` the bot. */
  kick(channel: string, user?: string): void
  archive(channel: string): void
  unarchive(channel: string): void
  setReadOnly(channel: string, isReadOnly: boolean): void
  rename(channel: string, name: string): void
  deleteChannel(channel: string): void
  deleteMessage(channel: string, ts: string): void
  deactivate(user: string): void
  channel(channel: string): Channel
  /** What stands in the channel itself, oldest first: no replies but those sent to the channel too. */
  messages(channel: string): readonly Message[]
  /** A parent and its replies, oldest first. */
  thread(channel: string, ts: string): readonly Message[]
  ephemerals(channel: string): readonly Ephemeral[]
  /** The Home tab published for somebody, or null. */
  home(user: string): View | null
  /** Every Home tab by user id. */
  homes(): Readonly<Record<string, View>>
  /** The modal on top for somebody, or null. */
  openView(user: string): View | null
  /** A message as `conversations.history` shows it, with metadata. */
  present(channel: string, ts: string): Readonly<Record<string, unknown>>
}

export function createWorkspace(world: World): Workspace {
  const { state } = world
  const channelOf = (name: string): Channel => {
    const plain = name.replace(/^#/, '')
    const channel = state.channels[name] ?? Object.values(state.channels).find((candidate) => candidate.name === plain)
    if (channel === undefined) throw new Error(`The simulated workspace has no channel ${name}.`)
    return channel
  }
  const messageOf = (channel: Channel, ts: string): Message => {
    const message = channel.messages[ts]
    if (message === undefined) throw new Error(`There is no message ${ts} in #${channel.name}.`)
    return message
  }
  const admin = 'USLACKBOT'

  return {
    addChannel: (channel) => createChannel(world, typeof channel === 'string' ? { name: channel } : channel),
    addUser(given) {
      const user = typeof given === 'string' ? { name: given } : given
      const created: User = {
        id: user.id ?? newId(state, 'U'),
        teamId: user.teamId ?? state.team.id,
        name: user.name,
        realName: user.realName ?? user.name,
        email: user.email === undefined ? `${user.name}@example.com` : user.email,
        kind: user.kind ?? 'member',
        isBot: user.isBot ?? false,
        isDeactivated: user.isDeactivated ?? false,
        timeZone: user.timeZone ?? 'Europe/Berlin',
      }
      state.users[created.id] = created
      return created
    },
    addUserGroup({ handle, id, users = [] }) {
      const group = { id: id ?? newId(state, 'S'), handle, name: handle, users: [...users], isDisabled: false }
      state.userGroups[group.id] = group
      return group
    },
    addToken(token, type, scopes) {
      state.tokens[token] = { type, scopes: [...scopes], isRevoked: false }
    },
    revokeToken(token) {
      const known = state.tokens[token]
      if (known !== undefined) known.isRevoked = true
    },
    invite: (channel, user) => addMember(world, channelOf(channel), user),
    kick: (channel, user = state.app.botUserId) => removeMember(world, channelOf(channel), user),
    archive: (channel) => setArchived(world, channelOf(channel), true, admin),
    unarchive: (channel) => setArchived(world, channelOf(channel), false, admin),
    setReadOnly(channel, isReadOnly) {
      channelOf(channel).isReadOnly = isReadOnly
    },
    rename(channel, name) {
      const renamed = channelOf(channel)
      renamed.name = name.replace(/^#/, '')
      world.sendEvent({ type: 'channel_rename', channel: { id: renamed.id, name: renamed.name } })
    },
    deleteChannel(channel) {
      const { id } = channelOf(channel)
      delete state.channels[id]
      world.sendEvent({ type: 'channel_deleted', channel: id })
    },
    deleteMessage(name, ts) {
      const channel = channelOf(name)
      removeMessage(world, channel, messageOf(channel, ts))
    },
    deactivate(user) {
      const known = state.users[user]
      if (known !== undefined) known.isDeactivated = true
    },
    channel: channelOf,
    messages: (channel) =>
      Object.values(channelOf(channel).messages).filter(
        ({ threadTs, isBroadcast }) => threadTs === null || isBroadcast,
      ),
    thread(name, ts) {
      const channel = channelOf(name)
      return [messageOf(channel, ts), ...repliesOf(channel, ts)]
    },
    ephemerals(name) {
      const { id } = channelOf(name)
      return state.ephemerals.filter(({ channel }) => channel === id)
    },
    home: (user) => homeOf(world, user),
    homes: () =>
      Object.fromEntries(
        Object.keys(state.homes).flatMap((user) => {
          const view = homeOf(world, user)
          return view === null ? [] : [[user, view]]
        }),
      ),
    openView: (user) =>
      Object.values(state.views).findLast((view) => view.user === user && view.type === 'modal') ?? null,
    present(name, ts) {
      const channel = channelOf(name)
      return presentMessage(world, channel, messageOf(channel, ts), true)
    },
  }
}
