import type {
  UsergroupsListResponse,
  UsergroupsUsersListResponse,
  UsersInfoResponse,
  UsersListResponse,
  UsersLookupByEmailResponse,
} from '@slack/web-api'
import { z } from 'zod'
import {
  type Answer,
  booleanArgument,
  integerArgument,
  type MethodAnswer,
  type MethodCall,
  type MethodTable,
  page,
  parseArguments,
  refuse,
} from './method.ts'
import type { Token, User } from './state.ts'
import type { World } from './world.ts'

function info({ world, args, token }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ user: z.string() }), args)
  if (!parsed.ok) return parsed
  const user = world.state.users[parsed.value.user]
  if (user === undefined) return refuse('user_not_found')
  return { ok: true, user: presentUser(world, user, token) } satisfies Answer<UsersInfoResponse>
}

function lookupByEmail({ world, args, token }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ email: z.string() }), args)
  if (!parsed.ok) return parsed
  const email = parsed.value.email.toLowerCase()
  // People of other workspaces and people who left are not found by their address.
  const user = Object.values(world.state.users).find(
    (candidate) =>
      candidate.email?.toLowerCase() === email &&
      candidate.teamId === world.state.team.id &&
      !candidate.isDeactivated &&
      !candidate.isBot,
  )
  if (user === undefined) return refuse('users_not_found')
  return { ok: true, user: presentUser(world, user, token) } satisfies Answer<UsersLookupByEmailResponse>
}

function list({ world, args, token }: MethodCall): MethodAnswer {
  const parsed = parseArguments(
    z.object({ limit: integerArgument.min(1).max(1000).default(200), cursor: z.string().optional() }),
    args,
  )
  if (!parsed.ok) return parsed
  const own = Object.values(world.state.users).filter((user) => user.teamId === world.state.team.id)
  const part = page(own, parsed.value.cursor, parsed.value.limit)
  if (!part.ok) return part
  return {
    ok: true,
    members: part.items.map((user) => presentUser(world, user, token)),
    cache_ts: Math.floor(world.clock.now() / 1000),
    response_metadata: { next_cursor: part.nextCursor },
  } satisfies Answer<UsersListResponse>
}

function listGroups({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ include_users: booleanArgument, include_disabled: booleanArgument }), args)
  if (!parsed.ok) return parsed
  const groups = Object.values(world.state.userGroups).filter(
    (group) => parsed.value.include_disabled || !group.isDisabled,
  )
  return {
    ok: true,
    usergroups: groups.map((group) => ({
      id: group.id,
      team_id: world.state.team.id,
      is_usergroup: true,
      name: group.name,
      handle: group.handle,
      description: '',
      date_delete: group.isDisabled ? 1 : 0,
      user_count: group.users.length,
      ...(parsed.value.include_users ? { users: group.users } : {}),
    })),
  } satisfies Answer<UsergroupsListResponse>
}

function listGroupUsers({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ usergroup: z.string(), include_disabled: booleanArgument }), args)
  if (!parsed.ok) return parsed
  const group = world.state.userGroups[parsed.value.usergroup]
  if (group === undefined) return refuse('no_such_subteam')
  if (group.isDisabled && !parsed.value.include_disabled) return refuse('subteam_disabled')
  return { ok: true, users: group.users } satisfies Answer<UsergroupsUsersListResponse>
}

function presentUser(world: World, user: User, token: Token) {
  const isForeign = user.teamId !== world.state.team.id
  const showsEmail = token.scopes.includes('users:read.email') && user.email !== null && !isForeign
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    real_name: user.realName,
    deleted: user.isDeactivated,
    ...(user.isDeactivated ? {} : { tz: user.timeZone }),
    profile: {
      real_name: user.realName,
      display_name: user.name,
      team: user.teamId,
      ...(showsEmail && user.email !== null ? { email: user.email } : {}),
    },
    is_admin: false,
    is_owner: false,
    is_bot: user.isBot,
    is_app_user: false,
    is_stranger: isForeign,
    is_restricted: user.kind !== 'member',
    is_ultra_restricted: user.kind === 'single_channel_guest',
    updated: 0,
  }
}

export const userMethods: MethodTable = {
  'users.info': { scopes: ['users:read'], tier: 'tier4', handler: info },
  'users.lookupByEmail': { scopes: ['users:read.email'], tier: 'tier3', handler: lookupByEmail },
  'users.list': { scopes: ['users:read'], tier: 'tier2', handler: list },
  'usergroups.list': { scopes: ['usergroups:read'], tier: 'tier2', handler: listGroups },
  'usergroups.users.list': { scopes: ['usergroups:read'], tier: 'tier2', handler: listGroupUsers },
}
