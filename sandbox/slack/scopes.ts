import type { Channel } from './state.ts'

/**
 * What a new bot token may do unless it is told otherwise: every scope that the simulated methods know but
 * `chat:write.public`, so that a channel which the bot was taken out of is closed to it.
 */
export const defaultBotScopes: readonly string[] = [
  'app_mentions:read',
  'channels:history',
  'channels:join',
  'channels:read',
  'chat:write',
  'commands',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
]

/** The scope that reads this channel's messages (`history`) or its properties (`read`). */
export function channelScope(channel: Channel, what: 'history' | 'read'): string {
  const family = { public: 'channels', private: 'groups', im: 'im' }[channel.kind]
  return `${family}:${what}`
}

/** Whether one of the needed scopes is there; a method that needs none is open to all. */
export function hasScope(provided: readonly string[], needed: readonly string[]): boolean {
  return needed.length === 0 || needed.some((scope) => provided.includes(scope))
}
