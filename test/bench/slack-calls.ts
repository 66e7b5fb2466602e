import { setTimeout as sleep } from 'node:timers/promises'
import { parseDelivery } from '../../handlers/github/parse-delivery.ts'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import { seededRandom } from '../../sandbox/github/seeded-random.ts'
import type { StoredDelivery } from '../../sandbox/github/webhook-sender.ts'
import type { RecordedCall } from '../../sandbox/slack/api-server.ts'
import { startWorld, type World } from '../../sandbox/start-world.ts'
import { pipelineCard } from '../../src/cards/pipeline-card.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { deliveryEventId } from '../../src/engine/catch-up.ts'
import type { Fact } from '../../src/pipeline/facts.ts'
import { applyFacts, emptyPipelineState } from '../../src/pipeline/fold.ts'
import { viewPipeline } from '../../src/pipeline/view-pipeline.ts'
import { openStore } from '../../src/store/open-store.ts'
import { startApp, storeFileOf } from './app.ts'
import { defineBenchmark } from './benchmark.ts'
import { contentText, measureBehind, type Shown, visibleChanges } from './slack-calls-behind.ts'
import { sixtyJobs } from './slack-calls-pipeline.ts'
import { quantile, round } from './statistics.ts'

const repository = 'omnihub/app'
const channel = '#deploys'
/** What a repository hook for workflows subscribes to. */
const events = ['push', 'workflow_run', 'workflow_job']
/** How long a call to Slack takes, least and most, in ms. */
const latencyMs = [50, 250] as const
/** After the last delivery the card has this long to show how it ended, in ms; then it is watched for as long again. */
const restMs = 5000

/** How many calls one card costs while its pipeline runs, and how far behind it is. */
export const slackCalls = defineBenchmark({
  name: 'slack-calls',
  title: 'Calls to Slack',
  what: `A pipeline of 60 jobs in four workflows (checks, matrices of unit and end-to-end tests, builds, scans, deployments to dev
and staging) is played in real time, about four minutes, from a hook that subscribes to \`${events.join('`, `')}\`. The simulated
Slack keeps its rate limits and takes ${latencyMs[0]} to ${latencyMs[1]} ms for a call. Calls are counted whether they succeeded or not.

How far the card is behind: after each delivery that was accepted the card that should be shown is worked out from the
deliveries so far (folded and rendered anew, in the order of the inbox) and compared with the content of the message in Slack.
For each change that can be seen, the time runs from the answer to GitHub until Slack first shows a card that has it.
Stage lines in the thread are posts of their own and are counted apart.`,
  measures: {
    events: { label: 'deliveries accepted', unit: '' },
    visible_changes: { label: 'of these that change what the card shows', unit: '' },
    posts: { label: 'posts of the card', unit: '' },
    updates: { label: 'updates of the card', unit: '' },
    thread_posts: { label: 'posts in its thread', unit: '' },
    throttled: { label: 'calls that Slack answered with 429', unit: '' },
    behind_max_s: { label: 'behind, the most', unit: 's', decimals: 2 },
    behind_p99_s: { label: 'behind, 99th percentile of the changes', unit: 's', decimals: 2 },
    behind_p50_s: { label: 'behind, median of the changes', unit: 's', decimals: 2 },
    closest_updates_s: { label: 'shortest time between two calls for the card', unit: 's', decimals: 2 },
    unexpected_contents: { label: 'contents that the card should never have shown', unit: '' },
    played_s: { label: 'length of the pipeline as played', unit: 's' },
  },
  targets: {
    events: { is: 'at least', limit: 180 },
    posts: { is: 'exactly', limit: 1 },
    updates: { is: 'at most', limit: 60 },
    throttled: { is: 'exactly', limit: 0 },
    behind_max_s: { is: 'at most', limit: 2.5 },
    unexpected_contents: { is: 'exactly', limit: 0 },
  },
  timeoutMs: 295_000,
  async run(log) {
    const random = seededRandom(60)
    const world = await startWorld({
      repositories: { [repository]: [channel] },
      startsSluice: false,
      config: 'people:\n  mona: U0MONA00001\n',
      slack: { latencyMs: () => latencyMs[0] + random.next() * (latencyMs[1] - latencyMs[0]) },
    })
    try {
      subscribe(world)
      const shown: Shown[] = []
      world.slack.on('change', (change) => {
        if (change.type !== 'posted' && change.type !== 'updated') return
        if (change.message.threadTs === null) shown.push({ at: Date.now(), content: contentText(change.message) })
      })
      const app = await startApp(world)
      const progress = setInterval(() => {
        log(`${world.github.deliveries().length} deliveries, ${count(world, isUpdate)} updates`)
      }, 30_000)
      progress.unref()
      const startedAt = performance.now()
      await world.github.play(scriptPipeline(sixtyJobs(repository)), { speed: 1 })
      const playedSeconds = (performance.now() - startedAt) / 1000
      await sleep(2 * restMs)
      clearInterval(progress)
      await app.stop()

      const taken = await takenDeliveries(world)
      const changes = visibleChanges(await expectedContents(world, taken))
      const { lagsMs, unexpected } = measureBehind(changes, shown)
      if (shown.at(-1)?.content !== changes.at(-1)?.content)
        throw new Error('The card does not show how the pipeline ended.')
      const cardCalls = world.slack.calls.filter((call) => isCardPost(call) || isUpdate(call))
      const gapsMs = cardCalls.slice(1).map(({ at }, index) => at - (cardCalls[index]?.at ?? 0))
      const seconds = (share: number) => round(quantile(lagsMs, share) / 1000, 3)
      return {
        events: taken.length,
        visible_changes: changes.length,
        posts: count(world, isCardPost),
        updates: count(world, isUpdate),
        thread_posts: count(world, isThreadPost),
        throttled: count(world, ({ outcome }) => outcome === 'ratelimited'),
        behind_max_s: seconds(1),
        behind_p99_s: seconds(0.99),
        behind_p50_s: seconds(0.5),
        closest_updates_s: round(Math.min(...gapsMs) / 1000, 3),
        unexpected_contents: unexpected,
        played_s: round(playedSeconds, 0),
      }
    } finally {
      await world.close()
    }
  },
})

/** The world's hook subscribes to everything; this one only to what the pipeline of workflows needs. */
function subscribe(world: World): void {
  const { hooks } = world.github.repository(repository)
  const [everything] = hooks.splice(0)
  if (everything === undefined) throw new Error('The simulated repository has no hook.')
  world.github.addHook(repository, { url: everything.url, secret: everything.secret, events })
}

const isUpdate = ({ method }: RecordedCall) => method === 'chat.update'
const isPost = ({ method }: RecordedCall) => method === 'chat.postMessage'
const isThreadPost = (call: RecordedCall) => isPost(call) && call.args.thread_ts !== undefined
const isCardPost = (call: RecordedCall) => isPost(call) && call.args.thread_ts === undefined

function count(world: World, isCounted: (call: RecordedCall) => boolean): number {
  return world.slack.calls.filter(isCounted).length
}

interface Taken {
  /** When GitHub had the answer, UTC milliseconds. */
  readonly at: number
  readonly facts: readonly Fact[]
}

/** The deliveries that are in the inbox, in its order. Throws when one that GitHub has an answer for is not. */
async function takenDeliveries(world: World): Promise<readonly Taken[]> {
  const store = openStore({ file: storeFileOf(world), readonly: true })
  const rows = await store.db.selectFrom('inbox').select('id').orderBy('seq').execute()
  await store.close()
  const places = new Map(rows.map(({ id }, index) => [id, index]))
  return world.github
    .deliveries()
    .flatMap((delivery) => {
      const facts = factsOf(delivery)
      if (facts.length === 0) return []
      const place = places.get(deliveryEventId(delivery.guid))
      if (place === undefined)
        throw new Error(`${delivery.event} ${delivery.guid} is not in the inbox: ${delivery.status}`)
      return [{ place, at: delivery.deliveredAt + delivery.durationSeconds * 1000, facts }]
    })
    .sort((a, b) => a.place - b.place)
}

function factsOf({ event, body }: StoredDelivery): readonly Fact[] {
  const parsed = parseDelivery(event, JSON.parse(body))
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.facts
}

/** What the card should show after each delivery; null before there is anything to show. */
async function expectedContents(world: World, taken: readonly Taken[]) {
  const configuration = await readConfiguration({ path: world.env.SLUICE_CONFIG ?? '', env: world.env })
  if (!configuration.ok) throw new Error(configuration.message)
  const { config } = configuration
  const [settings] = config.repositories
  const sha = taken[0]?.facts[0]?.sha
  if (settings === undefined || sha === undefined) throw new Error('There is nothing to compare.')
  const context = { layout: 'plan', webUrl: config.github.webUrl, mentions: config.people, usualMs: new Map() } as const
  let state = emptyPipelineState(repository, sha)
  return taken.map(({ at, facts }) => {
    state = applyFacts(state, facts).state
    const view = viewPipeline(state, settings.stages)
    return { at, content: view.hasActivity ? contentText(pipelineCard(view, context)) : null }
  })
}
