/** Everything that the calls of a gate are made with: a real store, and the simulated Slack and GitHub over real HTTP. */

import { onTestFinished } from 'vitest'
import {
  type SimulatedSlack,
  type SimulatedSlackOptions,
  startSimulatedSlack,
} from '../../../sandbox/slack/simulated-slack.ts'
import type { Config } from '../../../src/config/config.ts'
import { rolloutDefaults } from '../../../src/config/rollout-defaults.ts'
import { Secret } from '../../../src/config/secret.ts'
import { environmentLookup, policyLookup, repositoryLookup } from '../../../src/engine/engine-context.ts'
import type { PerformContext } from '../../../src/engine/perform-context.ts'
import { createPipelineMemory } from '../../../src/engine/pipeline-memory.ts'
import { createSlackBudget } from '../../../src/engine/slack-budget.ts'
import type { GatePolicy } from '../../../src/policy/gate-policy.ts'
import { slackChatPlatform } from '../../../src/providers/slack/slack-chat-platform.ts'
import { repository, type WithGithub, withGithub } from '../../providers/github/with-github.ts'
import { aPolicy } from '../../release/fixtures.ts'
import { temporaryStore } from '../../store/temporary-store.ts'
import { type FakeClock, fakeClock } from '../fake-clock.ts'

export interface Parts extends WithGithub {
  readonly clock: FakeClock
  readonly slack: SimulatedSlack
  readonly context: PerformContext
}

export async function gateParts(
  options: {
    readonly policy?: Partial<GatePolicy>
    readonly people?: Readonly<Record<string, string>>
    readonly allowedTeams?: readonly string[]
    readonly host?: Parameters<typeof withGithub>[1]
    readonly slack?: SimulatedSlackOptions
  } = {},
): Promise<Parts> {
  const clock = fakeClock(Date.now())
  const slack = await startSimulatedSlack({ clock, rateLimits: false, ...options.slack })
  onTestFinished(() => slack.stop())
  const github = await withGithub({ clock }, options.host)
  const { store } = temporaryStore()
  const gate = aPolicy(options.policy)
  const config: Config = {
    repositories: [
      {
        repo: repository,
        channels: ['#deploys'],
        stages: [],
        environments: [
          {
            name: gate.environment,
            aliases: gate.aliases,
            url: null,
            gate,
            functions: null,
            frontend: null,
            metrics: null,
            health: null,
            rollout: rolloutDefaults('UTC'),
            traffic: null,
          },
        ],
        onCall: null,
        branches: [],
        pullRequests: true,
      },
    ],
    people: new Map(Object.entries(options.people ?? {})),
    slack: {
      apiUrl: slack.apiUrl,
      fallbackChannel: null,
      auditChannel: null,
      allowedTeams: options.allowedTeams ?? [],
      allowedGuests: [],
    },
    supabase: { apiUrl: '' },
    vercel: { apiUrl: '' },
    github: { apiUrl: github.github.apiUrl, webUrl: 'https://github.com' },
    server: { host: '127.0.0.1', port: 0, publicUrl: null, maxBodyBytes: 1_000_000 },
    data: { folder: '', payloadRetentionDays: 30, pipelineRetentionDays: 365 },
    audit: { mirror: null },
  }
  const chat = slackChatPlatform({ token: new Secret(slack.botToken), apiUrl: slack.apiUrl })
  let ids = 0
  const context: PerformContext = {
    store,
    config,
    clock,
    chat,
    codeHost: github.codeHost,
    budget: createSlackBudget(clock),
    memory: createPipelineMemory(),
    repositoryOf: repositoryLookup(config),
    policyOf: policyLookup(config),
    environmentOf: environmentLookup(config),
    servicesOf: async () => null,
    newId: () => {
      ids += 1
      return `01ID${String(ids).padStart(22, '0')}`
    },
    async workspace() {
      const identity = await chat.identify()
      return identity.ok ? identity.value : null
    },
    version: '0.0.0',
    isStoreSound: () => true,
    defaultBranchOf: () => Promise.resolve('main'),
    onCardBehind: () => {},
    onChannelUnavailable: () => Promise.resolve(),
  }
  return { ...github, clock, slack, context }
}
