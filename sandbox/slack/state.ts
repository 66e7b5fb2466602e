import type { Block } from './blocks.ts'

/**
 * Everything that the simulated workspace remembers: plain data, so that it can be written out as JSON and read
 * back, and so that it outlives the app under test.
 */
export interface SlackState {
  readonly team: Team
  readonly app: { readonly id: string; readonly botId: string; readonly botUserId: string }
  readonly tokens: Record<string, Token>
  readonly channels: Record<string, Channel>
  readonly users: Record<string, User>
  readonly userGroups: Record<string, UserGroup>
  readonly views: Record<string, View>
  /** User id to the id of the published Home view. */
  readonly homes: Record<string, string>
  readonly files: Record<string, StoredFile>
  readonly triggers: Record<string, Trigger>
  readonly responseUrls: Record<string, ResponseUrl>
  readonly ephemerals: Ephemeral[]
  /** State of the generator of ids, so that the same seed and the same calls give the same ids. */
  randomState: number
}

export interface Team {
  readonly id: string
  readonly domain: string
  readonly name: string
  readonly url: string
}

export interface Token {
  readonly type: 'bot' | 'app'
  scopes: string[]
  isRevoked: boolean
}

export interface Channel {
  readonly id: string
  name: string
  readonly kind: 'public' | 'private' | 'im'
  readonly createdAt: number
  readonly members: string[]
  isArchived: boolean
  /** Only administrators may post: others get `restricted_action`. */
  isReadOnly: boolean
  /** By `ts`, in the order of posting. */
  readonly messages: Record<string, Message>
  /** `ts` of a parent to the `ts` of its replies, oldest first. */
  readonly threads: Record<string, string[]>
  /** The newest `ts` given out here, in microseconds. */
  lastTsMicros: number
}

export interface Message {
  readonly ts: string
  user: string
  /** Null for a person's message. */
  botId: string | null
  text: string
  blocks: Block[]
  attachments: Record<string, unknown>[]
  metadata: Metadata | null
  threadTs: string | null
  isBroadcast: boolean
  editedTs: string | null
  /** A deleted parent that still has replies. */
  isTombstone: boolean
  fileIds: string[]
}

export interface Metadata {
  readonly event_type: string
  readonly event_payload: Record<string, unknown>
}

export interface Ephemeral {
  readonly channel: string
  readonly user: string
  readonly ts: string
  readonly threadTs: string | null
  text: string
  blocks: Block[]
}

export interface User {
  readonly id: string
  readonly teamId: string
  readonly name: string
  readonly realName: string
  readonly email: string | null
  readonly kind: 'member' | 'guest' | 'single_channel_guest'
  readonly isBot: boolean
  isDeactivated: boolean
  readonly timeZone: string
}

export interface UserGroup {
  readonly id: string
  readonly handle: string
  readonly name: string
  users: string[]
  isDisabled: boolean
}

export interface View {
  readonly id: string
  readonly type: 'modal' | 'home'
  readonly user: string
  readonly rootViewId: string
  readonly previousViewId: string | null
  callbackId: string
  title: Record<string, unknown> | null
  submit: Record<string, unknown> | null
  close: Record<string, unknown> | null
  blocks: Block[]
  privateMetadata: string
  externalId: string
  clearOnClose: boolean
  notifyOnClose: boolean
  hash: string
}

export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly length: number
  title: string
  /** Base64 of what was uploaded; null until then. */
  content: string | null
  isComplete: boolean
  /** UTC milliseconds from which on messages may show it; absent while it is not complete. */
  readyAt?: number
}

export interface Trigger {
  readonly user: string
  readonly expiresAt: number
  /** The modal that the press came from: needed for views.push. */
  readonly viewId: string | null
  isUsed: boolean
}

export interface ResponseUrl {
  readonly channel: string
  readonly user: string
  /** The message that the button sits in; null for a slash command. */
  readonly ts: string | null
  readonly expiresAt: number
  uses: number
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** The next number of a mulberry32 generator, 0 up to 1. */
function nextRandom(state: SlackState): number {
  state.randomState = (state.randomState + 0x6d2b79f5) | 0
  let t = Math.imul(state.randomState ^ (state.randomState >>> 15), 1 | state.randomState)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

/** A new id such as `C0A1B2C3D4E`: a prefix and ten characters. */
export function newId(state: SlackState, prefix: string, length = 10): string {
  let id = prefix
  for (let i = 0; i < length; i++) id += alphabet[Math.floor(nextRandom(state) * alphabet.length)] ?? 'A'
  return id
}

/** The next `ts` of a channel: the time with microseconds, always greater than the one before. */
export function nextTs(channel: Channel, nowMs: number): string {
  const micros = Math.max(nowMs * 1000, channel.lastTsMicros + 1)
  channel.lastTsMicros = micros
  return formatTs(micros)
}

/** `1700000000.000100` from microseconds. */
export function formatTs(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000)
  return `${seconds}.${String(micros - seconds * 1_000_000).padStart(6, '0')}`
}

/** A workspace with the app installed and nobody in it. */
export function emptyState(seed: number): SlackState {
  const state: SlackState = {
    team: { id: 'T0SLUICE001', domain: 'simulated', name: 'Simulated', url: 'https://simulated.slack.com/' },
    app: { id: 'A0SLUICE001', botId: 'B0SLUICE001', botUserId: 'U0SLUICE001' },
    tokens: {},
    channels: {},
    users: {},
    userGroups: {},
    views: {},
    homes: {},
    files: {},
    triggers: {},
    responseUrls: {},
    ephemerals: [],
    randomState: seed,
  }
  state.users[state.app.botUserId] = {
    id: state.app.botUserId,
    teamId: state.team.id,
    name: 'sluice',
    realName: 'Sluice',
    email: null,
    kind: 'member',
    isBot: true,
    isDeactivated: false,
    timeZone: 'Etc/UTC',
  }
  return state
}
