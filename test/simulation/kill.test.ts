/**
 * The kill test: Sluice runs in a process of its own between a simulated Slack and a simulated GitHub, pipelines go on
 * all the time, and the process is killed with SIGKILL 200 times: at random moments, also while it starts, and at the
 * worst places, such as after a message was posted and before Slack's answer arrived. Nothing may be lost, nothing may
 * be there twice, and at the end every card shows how its pipeline ended.
 *
 * `SEED=7 npx vitest run test/simulation/kill.test.ts` repeats one half with its seed.
 */
import { describe, expect, it } from 'vitest'
import type { Outcome, PipelineSpec } from '../../sandbox/github/pipeline-spec.ts'
import { type PipelineScript, scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import { type SeededRandom, seededRandom } from '../../sandbox/github/seeded-random.ts'
import { startWorld, type World } from '../../sandbox/start-world.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { createSlackBudget } from '../../src/engine/slack-budget.ts'
import type { Job } from '../../src/pipeline/pipeline.ts'
import { contentOf, type Expected, expectedOf } from '../e2e/expected-card.ts'
import { isMarked, markOf } from '../e2e/fast-world.ts'
import { choosePlace, killAt } from './kill-at.ts'
import { startSluiceProcess } from './sluice-process.ts'

const killsPerSeed = Number(process.env.KILLS ?? 100)
const seeds = process.env.SEED === undefined ? [1, 2] : [Number(process.env.SEED)]
/** Far more than it takes: about two minutes where two cores have nothing else to do. */
const timeoutMs = 900_000

/** Many channels, because Sluice posts to each at most once a second. */
const names = ['app', 'api', 'web', 'docs', 'jobs', 'mail', 'search', 'ledger']
const repositories: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(names.map((name) => [`omnihub/${name}`, [`#${name}`]])),
  'omnihub/shared': ['#shared', '#everything'],
  'omnihub/other': ['#other', '#everything'],
}
/** Two minutes of a pipeline are played in this many times less. */
const speed = 20
/** Pipelines that go on at once. */
const atOnce = 3

const wide = { burst: 10_000, perSecond: 10_000 }

function pipelineOf(number: number, random: SeededRandom): PipelineSpec {
  const all = Object.keys(repositories)
  const stories: readonly (readonly Outcome[])[] = [['success'], ['failure'], ['failure', 'success'], ['success']]
  const outcomes = stories[Math.floor(random.next() * stories.length)] ?? ['success']
  return {
    repository: all[Math.floor(random.next() * all.length)] ?? 'omnihub/app',
    commit: { message: `Change ${number}`, author: 'mona', authorName: 'Mona Lisa', authorEmail: 'mona@omnihub.dev' },
    workflows: [
      {
        name: 'CI',
        on: ['push'],
        ...(outcomes.length > 1 ? { rerunFailedAfterMs: 10_000, rerunBy: 'mona' } : {}),
        jobs: [
          { key: 'lint', name: 'ESLint', durationMs: 12_000 },
          { key: 'unit', name: 'Unit Tests', needs: ['lint'], durationMs: 25_000, outcomes },
          { key: 'build', name: 'Production Build', needs: ['unit'], durationMs: 20_000 },
        ],
      },
      {
        name: 'Deploy to Dev',
        on: ['push'],
        after: 'CI',
        jobs: [{ key: 'deploy', name: 'Deploy', durationMs: 15_000, environment: { name: 'dev' } }],
      },
    ],
  }
}

/** Plays pipelines one after the other, some at once, until it is told that it is enough. */
function playPipelines(world: World, random: SeededRandom) {
  const scripts: PipelineScript[] = []
  let isEnough = false
  const playOne = async (): Promise<void> => {
    while (!isEnough) {
      const script = scriptPipeline(pipelineOf(scripts.length + 1, random))
      scripts.push(script)
      await world.github.play(script, { speed })
    }
  }
  const all = Promise.all(Array.from({ length: atOnce }, playOne))
  return {
    scripts,
    async finish() {
      isEnough = true
      await all
    },
  }
}

describe.concurrent(`Sluice, killed ${killsPerSeed * seeds.length} times while pipelines run`, () => {
  it.each(seeds)(
    'loses nothing, shows nothing twice, and shows every end (SEED=%i)',
    { timeout: timeoutMs },
    async (seed) => {
      const random = seededRandom(seed)
      const world = await startWorld({
        repositories,
        startsSluice: false,
        budget: createSlackBudget(systemClock, {
          postsPerChannel: wide,
          updatesPerChannel: wide,
          updatesPerWorkspace: wide,
        }),
        config: 'people:\n  mona: U0MONA00001\n',
        slack: { rateLimits: false, seed },
        github: { rateLimit: 10_000_000, keepDeliveries: 100_000, seed },
      })
      try {
        const errors: string[] = []
        // The first start only notes the time from which on deliveries are missed. Its orderly end leaves the compiled
        // code on the disk, which makes the 100 starts that follow cheaper.
        const first = startSluiceProcess(world)
        await first.ready
        await fetch(`${world.sluiceUrl}/readyz`)
        await world.github.settle()
        expect(await first.stop()).toBe(0)
        let sluice = startSluiceProcess(world)
        await sluice.ready
        const pipelines = playPipelines(world, seededRandom(seed + 1000))
        for (let number = 1; number <= killsPerSeed; number++) {
          await killAt(choosePlace(random), sluice, world)
          errors.push(...sluice.errors())
          if (number < killsPerSeed) sluice = startSluiceProcess(world)
        }
        // The last one may live, and need not wait for Slack's limits: it runs here, with the brake off.
        await world.startSluice()
        await pipelines.finish()
        await world.settled(120_000)
        await expectEverythingOnce(world, pipelines.scripts)
        expect(errors).toEqual([])
      } finally {
        await world.close()
      }
    },
  )
})

async function expectEverythingOnce(world: World, scripts: readonly PipelineScript[]): Promise<void> {
  const endings: Ending[] = []
  for (const { spec, sha } of scripts) {
    const { repository } = spec
    endings.push({ repository, sha, ...(await expectedOf(world, { repository, sha })) })
  }
  for (const ending of endings) {
    expect(ending.pipeline.completedAt, `${ending.sha} has ended`).not.toBeNull()
    for (const channel of channelsOf(ending.repository)) expectOnce(world, channel, ending, endings)
  }
  for (const channel of new Set(Object.keys(repositories).flatMap(channelsOf))) {
    const concerned = endings.filter(({ repository }) => channelsOf(repository).includes(channel))
    // A reply that lost its thread would stand in the channel.
    const inChannel = world.slack.messages(channel).filter(({ isBroadcast }) => !isBroadcast)
    expect(inChannel.map((message) => isMarked(message, 'card'))).toEqual(concerned.map(() => true))
  }
}

interface Ending extends Expected {
  readonly repository: string
  readonly sha: string
}

function channelsOf(repository: string): readonly string[] {
  return repositories[repository] ?? []
}

/** One card that shows the end, with a thread in which each line that has to be there is, once. */
function expectOnce(world: World, channel: string, ending: Ending, all: readonly Ending[]): void {
  const what = `${ending.repository} ${ending.sha} in ${channel}`
  const cards = world.slack
    .messages(channel)
    .filter((message) => isMarked(message, 'card') && message.text.includes(` ${ending.sha.slice(0, 7)} `))
  expect(cards.map(contentOf), what).toEqual([ending.card])
  const [card] = cards
  if (card === undefined) return
  const cardId = markOf(card).split(':')[1]
  expect(markOf(card), what).toBe(`card:${cardId}:1`)

  const replies = world.slack.thread(channel, card.ts).slice(1)
  const marks = replies.map(markOf)
  expect(marks.toSorted(), `thread of ${what}`).toEqual([...new Set(marks)].toSorted())
  const ended = ending.pipeline.stages.filter(({ state }) => state === 'passed' || state === 'failed')
  expect(marks, `stages in the thread of ${what}`).toEqual(
    expect.arrayContaining(ended.map(({ name, attempt }) => `stage:${name}:${attempt}:${cardId}`)),
  )

  // While deliveries are missing another job may be blamed for a while; that is no second alert about this one.
  const alerts = replies
    .filter((message) => isMarked(message, 'alert') && message.text.includes('Unit Tests'))
    .map(({ text }) => text.split(':')[0])
  const unit = unitTestsOf(ending)
  if (unit?.state === 'failed') {
    const others = all.filter((other) => other.repository === ending.repository && hasMended(unitTestsOf(other), unit))
    const leads = others.map((other) => tipAt(other) - tipAt(ending))
    const isMended = leads.some((lead) => lead > sameMomentMs)
    // GitHub tells times in seconds: of two commits pushed in the same moment either may count as the newer.
    const mayBeMended = leads.some((lead) => Math.abs(lead) <= sameMomentMs)
    const accepted = isMended ? ['Fixed'] : mayBeMended ? ['Failed', 'Fixed'] : ['Failed']
    expect(accepted, `alerts of ${what}`).toContain(alerts.join())
  } else {
    // The failure before a re-run that mended it may have been news too old to tell.
    expect(['', 'Fixed'], `alerts of ${what}`).toContain(alerts.join())
  }
  expect(replies.filter(({ isBroadcast }) => isBroadcast).length, what).toBeLessThanOrEqual(1)
}

function unitTestsOf({ pipeline }: Ending): Job | undefined {
  return pipeline.stages
    .flatMap((stage) => stage.groups.flatMap((group) => group.jobs))
    .find((job) => job.name === 'Unit Tests')
}

const sameMomentMs = 2_000

/** When a commit became the tip of its branch, by when its first run was made. */
function tipAt({ pipeline }: Ending): number {
  return pipeline.place?.branchAt ?? 0
}

/** Whether another commit of the branch passed later what this one failed. */
function hasMended(job: Job | undefined, failed: Job): boolean {
  return job?.state === 'passed' && (job.completedAt ?? 0) > (failed.completedAt ?? 0)
}
