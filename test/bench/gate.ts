import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '../../sandbox/slack/state.ts'
import { startWorld, type World } from '../../sandbox/start-world.ts'
import { gateActions } from '../../src/cards/gate-actions.ts'
import { type App, startApp, storeFileOf } from './app.ts'
import { defineBenchmark } from './benchmark.ts'
import { fillReleases } from './gate-store.ts'
import { median, quantile, round } from './statistics.ts'

const repository = 'omnihub/app'
const channel = '#deploys'
const few = 1000
const many = 100_000
const environments = Array.from({ length: 10 }, (_, index) => `region-${String(index + 1).padStart(2, '0')}`)
const leads = Array.from({ length: 9 }, (_, index) => `U0LEAD0000${index + 1}`)
const leadsId = 'S0LEADS0001'
const devId = 'U0DEV000001'
/** Rounds of presses, one on each card in a round; there is one approval more to give than are given. */
const rounds = 6
/** Between two presses, so that Slack's limits for updates (0.8 a second) are kept and each card has had its rest. */
const pauseMs = 1300
const burst = 400
const burstAtOnce = 16
const asked = 150
const waitMs = 20_000

/** What people at a gate wait for. */
export const gate = defineBenchmark({
  name: 'gate',
  title: 'The production gate',
  what: `Slack and GitHub are simulated without any delay of their own and without limits, so that what is measured is Sluice, the
work of the simulated services in another process, and HTTP between them. The store holds ${many.toLocaleString('en')} releases that ended.
Releases wait at the gates of ${environments.length} environments; ${rounds * environments.length} times a lead presses Approve, every ${pauseMs / 1000} s, on a card that has been quiet:
from the press to Sluice's acknowledgement, and to the first update of the card. Before that update Sluice asks Slack who
pressed and for the members of the group, and GitHub for everything that the plan and the evidence are made of.

Then ${burst} presses come, ${burstAtOnce} at once, by somebody who may not approve: each is read for in the same way, answered, and
written to the audit log. \`/deploy history\` and \`/deploy status\` are asked ${asked} times each with ${few.toLocaleString('en')} and with ${many.toLocaleString('en')} releases,
from the command to the answer in Slack.`,
  measures: {
    ack_p50_ms: { label: 'press to acknowledged, median', unit: 'ms', decimals: 1 },
    ack_p99_ms: { label: 'press to acknowledged, p99', unit: 'ms', decimals: 1 },
    card_p50_ms: { label: 'press to card updated, median', unit: 'ms' },
    card_p99_ms: { label: 'press to card updated, p99', unit: 'ms' },
    presses: { label: 'of so many presses', unit: '' },
    burst_ack_p99_ms: { label: `press to acknowledged, ${burstAtOnce} at once, p99`, unit: 'ms', decimals: 1 },
    burst_ack_per_second: { label: 'presses acknowledged in a second', unit: '' },
    burst_decided_per_second: { label: 'presses read for, decided and answered in a second', unit: '' },
    burst_cpu_ms: { label: 'CPU time of Sluice for each of these presses', unit: 'ms', decimals: 1 },
    unanswered: { label: 'presses without an answer', unit: '' },
    history_few_ms: { label: `\`/deploy history\` at ${few} releases, median`, unit: 'ms', decimals: 1 },
    history_many_ms: { label: `\`/deploy history\` at ${many} releases, median`, unit: 'ms', decimals: 1 },
    history_ratio: { label: 'the second as a multiple of the first', unit: '', decimals: 2 },
    status_few_ms: { label: `\`/deploy status\` at ${few} releases, median`, unit: 'ms', decimals: 1 },
    status_many_ms: { label: `\`/deploy status\` at ${many} releases, median`, unit: 'ms', decimals: 1 },
    status_ratio: { label: 'the second as a multiple of the first', unit: '', decimals: 2 },
  },
  targets: {
    ack_p99_ms: { is: 'at most', limit: 100 },
    card_p99_ms: { is: 'at most', limit: 500 },
    burst_ack_p99_ms: { is: 'at most', limit: 1000 },
    unanswered: { is: 'exactly', limit: 0 },
    history_ratio: { is: 'at most', limit: 2 },
    status_ratio: { is: 'at most', limit: 2 },
  },
  timeoutMs: 295_000,
  async run(log) {
    const world = await startWorld({
      repositories: { [repository]: [channel] },
      repositorySettings: { environments: environments.map(environmentSettings) },
      startsSluice: false,
      slack: { rateLimits: false },
      github: { rateLimit: 10_000_000 },
    })
    let app: App | null = null
    try {
      const shas = populate(world)
      const channelId = world.slack.channel(channel).id
      const place = { file: storeFileOf(world), repository, environments, shas, channel, channelId }
      await fillReleases({ ...place, first: 0, last: few })
      app = await startApp(world)
      const before = await measureQuestions(world)
      await app.stop()
      const startedAt = performance.now()
      await fillReleases({ ...place, first: few, last: many })
      log(`${many} releases are in the store after ${round((performance.now() - startedAt) / 1000, 1)} s`)
      app = await startApp(world)
      const after = await measureQuestions(world)
      log(`history ${round(before.history, 2)} → ${round(after.history, 2)} ms`)
      const cards = await openGates(world)
      await sleep(10_000)
      const pressed = await measurePresses(world, cards)
      log(`press to card ${round(median(pressed.cardMs), 1)} ms`)
      const cpuBefore = await app.ownCpuMs()
      const fired = await measureBurst(world, cards)
      const cpuMs = (await app.ownCpuMs()) - cpuBefore
      return {
        ack_p50_ms: round(median(pressed.ackMs), 2),
        ack_p99_ms: round(quantile(pressed.ackMs, 0.99), 2),
        card_p50_ms: round(median(pressed.cardMs), 1),
        card_p99_ms: round(quantile(pressed.cardMs, 0.99), 1),
        presses: pressed.cardMs.length,
        burst_ack_p99_ms: round(quantile(fired.ackMs, 0.99), 2),
        burst_ack_per_second: Math.round(burst / fired.ackedSeconds),
        burst_decided_per_second: Math.round(burst / fired.answeredSeconds),
        burst_cpu_ms: round(cpuMs / burst, 2),
        unanswered: fired.unanswered,
        history_few_ms: round(before.history, 2),
        history_many_ms: round(after.history, 2),
        history_ratio: round(after.history / before.history, 3),
        status_few_ms: round(before.status, 2),
        status_many_ms: round(after.status, 2),
        status_ratio: round(after.status / before.status, 3),
      }
    } finally {
      await app?.stop()
      await world.close()
    }
  },
})

function environmentSettings(name: string): Readonly<Record<string, unknown>> {
  return {
    name,
    strategies: ['canary'],
    approvers: { groups: [leadsId], count: rounds + 1 },
    require_staging: false,
    branches: 'any',
  }
}

/** People, commits that were released before, and one that is to be; resolves to the former. */
function populate({ slack, github }: World): readonly string[] {
  for (const [index, id] of [devId, ...leads].entries()) {
    slack.addUser({ id, name: `person${index}`, realName: `Person ${index}`, email: `person${index}@omnihub.dev` })
    slack.invite(channel, id)
  }
  slack.addUserGroup({ handle: 'leads', id: leadsId, users: [...leads] })
  const commit = (number: number) => {
    const files = Object.fromEntries(
      Array.from({ length: 4 }, (_, index) => [`src/fees-${number}-${index}.ts`, `export const fee = ${number}\n`]),
    )
    return github.commitFiles(repository, 'main', { message: `Round fees of kind ${number} half up`, files }).sha
  }
  const released = Array.from({ length: 20 }, (_, number) => commit(number))
  const sha = commit(20)
  for (const name of ['unit', 'lint', 'build', 'e2e', 'scan']) {
    github.reportCheck(repository, { sha, app: 'ci', name, conclusion: 'success' })
  }
  return released
}

/** From the command to its answer, medians in ms. */
async function measureQuestions(world: World): Promise<{ readonly history: number; readonly status: number }> {
  const times = { history: [] as number[], status: [] as number[] }
  for (let turn = -20; turn < asked; turn += 1) {
    for (const what of ['history', 'status'] as const) {
      const answered = nextAnswer(world, devId)
      const startedAt = performance.now()
      await command(world, what === 'status' ? `status ${environments[0]}` : what)
      await answered
      if (turn >= 0) times[what].push(performance.now() - startedAt)
    }
  }
  return { history: median(times.history), status: median(times.status) }
}

/** A release at the gate of each environment; resolves to their cards. */
async function openGates(world: World): Promise<readonly Message[]> {
  const cards: Message[] = []
  for (const environment of environments) {
    const posted = nextChange(world, (type, message) => type === 'posted' && isGateCard(message))
    await command(world, `${environment} canary`)
    cards.push(await posted)
    await sleep(pauseMs)
  }
  return cards
}

async function measurePresses(world: World, cards: readonly Message[]) {
  const ackMs: number[] = []
  const cardMs: number[] = []
  for (const lead of leads.slice(0, rounds)) {
    for (const { ts } of cards) {
      const updated = nextChange(world, (type, message) => type === 'updated' && message.ts === ts)
      const startedAt = performance.now()
      await press(world, lead, ts)
      ackMs.push(performance.now() - startedAt)
      await updated
      cardMs.push(performance.now() - startedAt)
      await sleep(pauseMs)
    }
  }
  return { ackMs, cardMs }
}

async function measureBurst(world: World, cards: readonly Message[]) {
  let answers = 0
  const { promise: answered, resolve } = Promise.withResolvers<void>()
  const stop = world.slack.on('change', (change) => {
    if (change.type !== 'ephemeral' || change.message.user !== devId) return
    answers += 1
    if (answers === burst) resolve()
  })
  const ackMs: number[] = []
  const startedAt = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: burstAtOnce }, async () => {
      while (next < burst) {
        const card = cards[next % cards.length]
        next += 1
        const pressedAt = performance.now()
        if (card !== undefined) await press(world, devId, card.ts)
        ackMs.push(performance.now() - pressedAt)
      }
    }),
  )
  const ackedSeconds = (performance.now() - startedAt) / 1000
  await Promise.race([answered, sleep(60_000)])
  stop()
  return { ackMs, ackedSeconds, answeredSeconds: (performance.now() - startedAt) / 1000, unanswered: burst - answers }
}

async function press({ slack }: World, user: string, ts: string): Promise<void> {
  const delivery = await slack.press({ user, channel: slack.channel(channel).id, ts, actionId: gateActions.approve })
  if (!delivery.acknowledged) throw new Error('A press was not acknowledged.')
}

async function command({ slack }: World, text: string): Promise<void> {
  const delivery = await slack.command({ user: devId, channel: slack.channel(channel).id, command: '/deploy', text })
  if (!delivery.acknowledged) throw new Error(`/deploy ${text} was not acknowledged.`)
}

function isGateCard(message: Message): boolean {
  return JSON.stringify(message.blocks).includes(gateActions.approve)
}

async function nextChange(
  { slack }: World,
  isIt: (type: 'posted' | 'updated', message: Message) => boolean,
): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  const stop = slack.on('change', (change) => {
    if ((change.type === 'posted' || change.type === 'updated') && isIt(change.type, change.message)) {
      resolve(change.message)
    }
  })
  const tooLong = setTimeout(() => reject(new Error('Slack was not told in time.')), waitMs)
  try {
    return await promise
  } finally {
    clearTimeout(tooLong)
    stop()
  }
}

async function nextAnswer({ slack }: World, user: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const stop = slack.on('change', (change) => {
    if (change.type === 'ephemeral' && change.message.user === user) resolve()
  })
  const tooLong = setTimeout(() => reject(new Error('A command was not answered in time.')), waitMs)
  try {
    await promise
  } finally {
    clearTimeout(tooLong)
    stop()
  }
}
