import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { eventScopes, methodScopes } from './slack-scopes.ts'
import { deriveSlackUsage } from './slack-usage.ts'

const root = resolve(import.meta.dirname, '../..')
const text = readFileSync(resolve(root, 'manifest.yml'), 'utf8')

/** https://docs.slack.dev/reference/app-manifest, as far as Sluice uses it; Slack refuses keys that it does not know. */
const manifestSchema = z.strictObject({
  display_information: z.strictObject({
    name: z.string().max(35),
    description: z.string().max(140),
    long_description: z.string().min(174).max(4000),
    background_color: z.string().regex(/^#(?:[0-9a-f]{3}){1,2}$/i),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    bot_user: z.strictObject({ display_name: z.string().max(80), always_online: z.boolean() }),
    shortcuts: z
      .array(
        z.strictObject({
          name: z.string().max(24),
          type: z.enum(['message', 'global']),
          callback_id: z.string().max(255),
          description: z.string().max(150),
        }),
      )
      .optional(),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().regex(/^\/[a-z][a-z0-9_-]{0,30}$/),
          description: z.string().max(2000),
          usage_hint: z.string().max(1000).optional(),
          url: z.url().optional(),
          should_escape: z.boolean().optional(),
        }),
      )
      .optional(),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()) }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ request_url: z.url().optional(), bot_events: z.array(z.string()) }),
    interactivity: z.strictObject({
      is_enabled: z.boolean(),
      request_url: z.url().optional(),
      message_menu_options_url: z.url().optional(),
    }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    token_rotation_enabled: z.boolean(),
  }),
})

const production = /^(src|commands|handlers)\//

describe('the derivation of what the code uses of Slack', () => {
  test('sees calls through destructuring, constants, other names and apiCall, and no words in texts or comments', () => {
    const usage = deriveSlackUsage(root, (path) => path === 'test/project/fixtures/slack-usage-sample.ts')
    expect(usage).toEqual({
      methods: [
        'admin.apps.approved.list',
        'chat.postMessage',
        'chat.update',
        'conversations.history',
        'conversations.replies',
        'users.info',
      ],
      events: ['app_home_opened'],
      commands: ['/sample'],
      hasInteractivity: true,
      shortcuts: ['sample_shortcut'],
    })
  })
})

describe('manifest.yml', () => {
  const manifest = manifestSchema.parse(parse(text))
  const usage = deriveSlackUsage(root, (path) => production.test(path))

  test('is compared with real code: the derivation finds the two calls that no card can do without', () => {
    expect(usage.methods).toEqual(expect.arrayContaining(['chat.postMessage', 'chat.update']))
  })

  test('asks for exactly the scopes that the calls and events in the code need', () => {
    const unknown = [
      ...usage.methods.filter((method) => methodScopes[method] === undefined),
      ...usage.events.filter((event) => eventScopes[event] === undefined),
    ]
    expect(unknown, 'look their scopes up on docs.slack.dev and add them to test/project/slack-scopes.ts').toEqual([])
    const needed = new Set([
      ...usage.methods.flatMap((method) => methodScopes[method] ?? []),
      ...usage.events.flatMap((event) => eventScopes[event] ?? []),
      ...(usage.commands.length > 0 || usage.shortcuts.length > 0 ? ['commands'] : []),
    ])
    expect([...manifest.oauth_config.scopes.bot].sort()).toEqual([...needed].sort())
  })

  test('subscribes to exactly the events that the code listens to', () => {
    expect([...manifest.settings.event_subscriptions.bot_events].sort()).toEqual(usage.events)
  })

  test('declares exactly the slash commands that the code registers', () => {
    const declared = (manifest.features.slash_commands ?? []).map(({ command }) => command)
    expect(declared.sort()).toEqual(usage.commands)
  })

  test('declares exactly the shortcuts that the code registers', () => {
    const declared = (manifest.features.shortcuts ?? []).map(({ callback_id }) => callback_id)
    expect(declared.sort()).toEqual(usage.shortcuts)
  })

  test('turns on what the code answers: the Home tab and interactivity, and only that', () => {
    expect({
      home: manifest.features.app_home.home_tab_enabled,
      interactivity: manifest.settings.interactivity.is_enabled,
    }).toEqual({
      home: usage.methods.includes('views.publish'),
      interactivity: usage.hasInteractivity || usage.shortcuts.length > 0,
    })
  })

  test('is for Socket Mode as it stands, and for HTTP after the changes that its comments name', () => {
    expect(manifest.settings.socket_mode_enabled).toBe(true)
    const marked = text.split('\n').filter((line) => line.includes('# [HTTP]'))
    expect(marked).toHaveLength(5)
    const http = text.replace(/# (\w*url: .*) # \[HTTP\]/g, '$1').replace('true # [HTTP] false', 'false')
    const variant = manifestSchema.parse(parse(http))
    expect(variant.settings.socket_mode_enabled).toBe(false)
    expect(variant.settings.event_subscriptions.request_url).toMatch(/^https:\/\/.*\/slack\/events$/)
    const address = variant.settings.event_subscriptions.request_url
    expect(variant.settings.interactivity.request_url).toBe(address)
    // Where Slack asks for the options of a menu with typeahead; Bolt answers at the same address.
    expect(variant.settings.interactivity.message_menu_options_url).toBe(address)
    expect(variant.features.slash_commands?.map(({ url }) => url)).toEqual([address])
    expect(variant.oauth_config).toEqual(manifest.oauth_config)
  })
})
