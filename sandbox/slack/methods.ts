import type { ApiTestResponse, AppsConnectionsOpenResponse, AuthTestResponse } from '@slack/web-api'
import { chatMethods } from './chat.ts'
import { conversationMethods } from './conversations.ts'
import { fileMethods } from './files.ts'
import { type Answer, type MethodAnswer, type MethodCall, type MethodTable, refuse } from './method.ts'
import { userMethods } from './users.ts'
import { viewMethods } from './views.ts'

function authTest({ world, token }: MethodCall): MethodAnswer {
  const { team, app } = world.state
  if (token.type === 'app') return { ok: true, app_id: app.id, app_name: 'Sluice' } satisfies Answer<AuthTestResponse>
  return {
    ok: true,
    url: team.url,
    team: team.name,
    user: world.state.users[app.botUserId]?.name ?? '',
    team_id: team.id,
    user_id: app.botUserId,
    bot_id: app.botId,
    is_enterprise_install: false,
  } satisfies Answer<AuthTestResponse>
}

function apiTest({ args }: MethodCall): MethodAnswer {
  if (typeof args.error === 'string') return refuse(args.error, { args })
  return { ok: true, args: { ...args } } satisfies Answer<ApiTestResponse>
}

function openConnection({ world }: MethodCall): MethodAnswer {
  return { ok: true, url: world.openSocketUrl() } satisfies Answer<AppsConnectionsOpenResponse>
}

/** Every method that the simulated Slack knows; any other one is answered with `unknown_method`. */
export const methods: MethodTable = {
  'api.test': { scopes: [], tier: 'tier4', tokenType: 'none', handler: apiTest },
  'auth.test': { scopes: [], tier: 'special', handler: authTest },
  'apps.connections.open': {
    scopes: ['connections:write'],
    tier: 'tier1',
    tokenType: 'app',
    handler: openConnection,
  },
  ...chatMethods,
  ...conversationMethods,
  ...userMethods,
  ...viewMethods,
  ...fileMethods,
}
