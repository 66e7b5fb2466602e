/**
 * The simulated world for the end-to-end tests: everything in it lives by one clock that runs ahead, so that a card's
 * pauses and a service's Retry-After cost a test milliseconds, and nobody has to sleep.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { omnihubPipeline } from '../../sandbox/github/omnihub-pipeline.ts'
import type { PipelineSpec } from '../../sandbox/github/pipeline-spec.ts'
import { type PipelineScript, scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import type { Message } from '../../sandbox/slack/state.ts'
import { startWorld, type World, type WorldOptions } from '../../sandbox/start-world.ts'
import { createSlackBudget } from '../../src/engine/slack-budget.ts'

export interface FastClock {
  now(): number
  after(ms: number, run: () => void): () => void
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Moves time on at once by this much; what is due then runs at its next look. */
  skip(ms: number): void
}

/** The real time, `factor` times as fast. */
export function fastClock(factor = 10): FastClock {
  const startedAt = Date.now()
  const begun = performance.now()
  let skipped = 0
  const now = () => startedAt + skipped + Math.floor((performance.now() - begun) * factor)
  return {
    now,
    after(ms, run) {
      const dueAt = now() + ms
      let timer: NodeJS.Timeout
      const look = () => {
        const leftMs = dueAt - now()
        if (leftMs <= 0) run()
        else timer = setTimeout(look, Math.min(Math.ceil(leftMs / factor), 50))
      }
      timer = setTimeout(look, Math.min(Math.ceil(Math.max(ms, 0) / factor), 50))
      return () => clearTimeout(timer)
    },
    sleep: (ms, signal) => sleep(ms / factor, undefined, signal === undefined ? {} : { signal }),
    skip(ms) {
      skipped += ms
    },
  }
}

/** Sluice's own brake, wide open: for tests of anything else. */
const wide = { burst: 10_000, perSecond: 10_000 }

export interface FastWorld extends World {
  readonly clock: FastClock
  /** The cards in a channel, oldest first. */
  cards(channel?: string): readonly Message[]
  /** The replies to a channel's only card. */
  replies(channel?: string): readonly Message[]
  /** Replies to a channel's only card that are alerts. */
  alerts(channel?: string): readonly Message[]
  /** Plays a pipeline to its end, or to where nothing goes on by itself, and waits until Slack shows it. */
  run(spec: PipelineSpec): Promise<PipelineScript>
}

export const monaId = 'U0MONA00001'
export const onCallId = 'S0ONCALL001'

/** A world with Mona in it, whose GitHub login is known. Closed when the test is over. */
export async function fastWorld(
  options: WorldOptions & {
    readonly hasBudget?: boolean
    readonly factor?: number
    /** Gets what ends the world; where it is not the present test's end that does. */
    readonly atEnd?: (close: () => Promise<void>) => void
  } = {},
): Promise<FastWorld> {
  const clock = fastClock(options.factor)
  const budget =
    options.hasBudget === true
      ? undefined
      : createSlackBudget(clock, { postsPerChannel: wide, updatesPerChannel: wide, updatesPerWorkspace: wide })
  const world = await startWorld({
    clock,
    ...(budget === undefined ? {} : { budget }),
    config: `people:\n  mona: ${monaId}\n`,
    ...options,
    ...(options.rollout ? { rollout: { clock, ...(options.rollout === true ? {} : options.rollout) } } : {}),
    slack: { clock, rateLimits: options.hasBudget === true, ...options.slack },
    github: { clock, rateLimit: 1_000_000, ...options.github },
  })
  const { atEnd = onTestFinished } = options
  atEnd(() => world.close())
  world.slack.addUser({ id: monaId, name: 'mona', realName: 'Mona Lisa', email: 'mona@omnihub.dev' })
  for (const channel of new Set(Object.values(options.repositories ?? { '': ['#deploys'] }).flat())) {
    world.slack.invite(channel, monaId)
  }
  const cards = (channel = '#deploys') => world.slack.messages(channel).filter((message) => isMarked(message, 'card'))
  const replies = (channel = '#deploys') => {
    const [card, another] = cards(channel)
    if (card === undefined || another !== undefined) throw new Error(`There is not one card in ${channel}.`)
    return world.slack.thread(channel, card.ts).slice(1)
  }
  return {
    ...world,
    clock,
    cards,
    replies,
    alerts: (channel) => replies(channel).filter((message) => isMarked(message, 'alert')),
    async run(spec) {
      const script = scriptPipeline(spec)
      world.github.load(script)
      await world.github.walk()
      await world.settled()
      return script
    },
  }
}

/** The mark that a message of Sluice's carries; empty for any other message. */
export function markOf(message: Message): string {
  const id = message.metadata?.event_payload.id
  return typeof id === 'string' ? id : ''
}

export function isMarked(message: Message, kind: 'card' | 'alert' | 'stage'): boolean {
  return markOf(message).startsWith(`${kind}:`)
}

/** All that is to be read in a message, as one text. */
export function wordsOf(message: Pick<Message, 'text' | 'blocks'>): string {
  return `${message.text}\n${JSON.stringify(message.blocks)}`
}

/** OmniHub's pipeline, pushed straight to main. */
export function pushed(options: Parameters<typeof omnihubPipeline>[0] = {}): PipelineSpec {
  return omnihubPipeline({ pullRequest: null, ...options })
}

/** A small pipeline of one workflow, for tests that are about something else. */
export function smallPipeline(
  options: {
    readonly repository?: string
    readonly branch?: string
    readonly message?: string
    readonly outcomes?: readonly ('success' | 'failure')[]
  } = {},
): PipelineSpec {
  const { repository = 'omnihub/app', branch = 'main', message = 'Round fees half up', outcomes } = options
  return {
    repository,
    branch,
    commit: { message, author: 'mona', authorName: 'Mona Lisa', authorEmail: 'mona@omnihub.dev' },
    workflows: [
      {
        name: 'CI',
        on: ['push'],
        jobs: [
          { key: 'lint', name: 'ESLint', durationMs: 20_000 },
          {
            key: 'unit',
            name: 'Unit Tests',
            needs: ['lint'],
            durationMs: 40_000,
            steps: [{ name: 'Run npm ci' }, { name: 'Run npm test' }],
            ...(outcomes === undefined ? {} : { outcomes }),
            failure: { step: 'Run npm test', log: ['FAIL fees.test.ts', 'expected 12.34 to be 12.35'] },
          },
          { key: 'build', name: 'Production Build', needs: ['unit'], durationMs: 30_000 },
        ],
      },
    ],
  }
}
