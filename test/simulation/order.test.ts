/**
 * Whole histories of the world, made up from a seed: pipelines side by side, deliveries shuffled, repeated, late and
 * lost, Slack failing in every way it knows, restarts, and people who press buttons. However it went, in the end each
 * card shows what GitHub says of its commit, once.
 *
 * `SEED=7 npx vitest run test/simulation/order.test.ts` repeats one history.
 */
import { describe, expect, it } from 'vitest'
import { omnihubPipeline } from '../../sandbox/github/omnihub-pipeline.ts'
import type { Outcome, PipelineSpec } from '../../sandbox/github/pipeline-spec.ts'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import { type SeededRandom, seededRandom } from '../../sandbox/github/seeded-random.ts'
import { contentOf, expectedOf } from '../e2e/expected-card.ts'
import { type FastWorld, fastWorld, isMarked, markOf, monaId } from '../e2e/fast-world.ts'

const seeds =
  process.env.SEED === undefined ? Array.from({ length: 12 }, (_, index) => index + 1) : [Number(process.env.SEED)]

const repositories = { 'omnihub/app': ['#deploys', '#everything'], 'omnihub/api': ['#everything'] } as const

const jobs = ['lint', 'unit-tests', 'build', 'e2e-tests', 'sast', 'deploy-functions-dev', 'smoke-dev', 'smoke-staging']
const stories: readonly (readonly Outcome[])[] = [
  ['success'],
  ['failure'],
  ['failure', 'success'],
  ['timed_out', 'failure', 'success'],
  ['cancelled', 'success'],
]
const slackFaults = ['reset_after', 'reset_before', 'http500', 'invalid_json', 'ratelimited', 'internal_error'] as const
const slackMethods = ['chat.postMessage', 'chat.update', 'conversations.replies', 'conversations.history', '*'] as const
const githubFaults = ['reset', 'bad_gateway', 'internal_error', 'secondary_rate_limit', 'malformed'] as const

type Pick = <T>(choices: readonly T[]) => T

function pickWith(random: SeededRandom): Pick {
  return (choices) => {
    const choice = choices[Math.floor(random.next() * choices.length)]
    if (choice === undefined) throw new Error('There is nothing to choose from.')
    return choice
  }
}

function pipelineOf(number: number, pick: Pick): PipelineSpec {
  const repository = pick(Object.keys(repositories))
  const outcomes = Object.fromEntries([pick(jobs), pick(jobs)].map((job) => [job, pick(stories)]))
  const isRerun = pick([true, true, false])
  return omnihubPipeline({
    repository,
    commit: { message: `Change ${number}` },
    pullRequest: pick([true, false, false]) ? { number, title: `Change ${number}`, headRef: `change-${number}` } : null,
    outcomes,
    pace: pick([0.5, 1, 2]),
    ...(isRerun ? { rerunFailedAfterMs: pick([5_000, 60_000]), rerunBy: 'mona' } : {}),
  })
}

/** Something that goes wrong, or that a person does, between two steps of GitHub's. */
async function stir(world: FastWorld, random: SeededRandom, pick: Pick): Promise<void> {
  const { slack, github } = world
  const percent = () => Math.floor(random.next() * 50)
  const actions: readonly (() => Promise<void> | void)[] = [
    () => github.setConditions({ dropPercent: percent(), duplicatePercent: percent() }),
    () => github.setConditions({ shuffleWindow: pick([2, 10, 40]), duplicatePercent: percent() }),
    () => github.setConditions({ shuffleWindow: pick([5, 20]), dropPercent: percent(), delayMs: [0, 40] }),
    () => github.setConditions({}),
    () => slack.failNext({ method: pick(slackMethods), kind: pick(slackFaults), times: pick([1, 2, 4]) }),
    () => slack.failNext({ method: pick(slackMethods), kind: pick(slackFaults), times: pick([1, 2, 4]) }),
    () => github.faults.failNext({ kind: pick(githubFaults), times: pick([1, 3]), retryAfterSeconds: 1 }),
    () => slack.outage(pick([true, false, false])),
    async () => {
      slack.outage(false)
      await world.sluice().engine.catchUp()
    },
    async () => {
      await world.stopSluice()
      await world.startSluice()
    },
    async () => {
      await world.stopSluice()
      for (let i = 0; i < 10; i++) await github.step()
      await world.startSluice()
    },
    async () => {
      const channel = slack.channel(pick(['#deploys', '#everything']))
      const alerts = Object.values(channel.messages).filter(
        (message) => isMarked(message, 'alert') && message.text.startsWith('Failed:'),
      )
      if (alerts.length === 0) return
      await slack.press({ user: monaId, channel: channel.id, ts: pick(alerts).ts, actionId: 'rerun_failed_jobs' })
    },
  ]
  await pick(actions)()
}

describe('a history of the world', () => {
  it.each(seeds)('ends with each card as GitHub has it, each once (SEED=%i)', { timeout: 60_000 }, async (seed) => {
    const random = seededRandom(seed)
    const pick = pickWith(random)
    const world = await fastWorld({ repositories, factor: 30, slack: { seed }, github: { seed } })
    await world.sluice().engine.catchUp()
    const scripts = [1, 2, 3].map((number) => scriptPipeline(pipelineOf(number + seed * 100, pick)))
    for (const script of scripts) world.github.load(script)

    let step = await world.github.step()
    while (step !== null) {
      if (random.next() < 0.05) await stir(world, random, pick)
      step = await world.github.step()
    }
    await world.github.settle()
    world.github.setConditions({})
    world.github.faults.clear()
    world.slack.outage(false)
    world.slack.clearFaults()
    await world.sluice().engine.catchUp()
    await world.settled()
    // People may have pressed at the very end.
    await world.github.walk()
    await world.settled()

    for (const script of scripts) {
      const { repository } = script.spec
      const shas = [script.headSha, script.sha].filter((sha) => sha !== null)
      const known = shas.filter((sha) => world.github.repository(repository).commits.has(sha))
      for (const sha of known) await expectOnce(world, repository, sha)
    }
    for (const channel of ['#deploys', '#everything']) {
      const marks = Object.values(world.slack.channel(channel).messages).map(markOf)
      expect(marks.toSorted()).toEqual([...new Set(marks)].toSorted())
    }
  })
})

async function expectOnce(world: FastWorld, repository: string, sha: string): Promise<void> {
  const expected = await expectedOf(world, { repository, sha })
  for (const channel of repositories[repository as keyof typeof repositories]) {
    const cards = world.cards(channel).filter(({ text }) => text.includes(` ${sha.slice(0, 7)} `))
    expect(
      cards.map((card) => contentOf(card)),
      `${repository} ${sha} in ${channel}`,
    ).toEqual([expected.card])
    const replies = world.slack.thread(channel, cards[0]?.ts ?? '').slice(1)
    expect(replies.filter(({ isBroadcast }) => isBroadcast).length).toBeLessThanOrEqual(1)
  }
}
