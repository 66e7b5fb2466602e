/**
 * The kill test of the gate: people ask for releases and approve them all the time, their workflows run, and Sluice is
 * killed with SIGKILL meanwhile, also right when it starts a workflow and before GitHub's answer has come. What was
 * acknowledged is done, nothing is started twice, and every release ends or waits for a person.
 *
 * `SEED=7 npx vitest run test/simulation/kill-releases.test.ts` repeats it with that seed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type SeededRandom, seededRandom } from '../../sandbox/github/seeded-random.ts'
import type { Message } from '../../sandbox/slack/state.ts'
import { startWorld, type World } from '../../sandbox/start-world.ts'
import { createSlackBudget } from '../../src/engine/slack-budget.ts'
import type { Release } from '../../src/release/release.ts'
import { verifyAudit } from '../../src/store/audit.ts'
import { recentReleases } from '../../src/store/releases.ts'
import { type FastClock, fastClock, markOf } from '../e2e/fast-world.ts'
import { choosePlace, killAt } from './kill-at.ts'
import { type SluiceProcess, startSluiceProcess } from './sluice-process.ts'

const kills = Number(process.env.KILLS ?? 30)
const seed = Number(process.env.SEED ?? 1)
const timeoutMs = 600_000

const names = ['app', 'api', 'web', 'docs', 'jobs', 'mail']
const channelOf = (repository: string) => `#${repository.split('/')[1]}`
const repositories = names.map((name) => `omnihub/${name}`)
const devId = 'U0DEV000001'
const leadId = 'U0LEAD00001'
const path = '.github/workflows/cd-production.yml'
const dispatches = 'cd-production.yml/dispatches'
const wide = { burst: 10_000, perSecond: 10_000 }

/** How often somebody did something, and how often they were told that it has arrived. */
interface Deeds {
  asked: number
  askedForSure: number
  pressed: number
  pressedForSure: number
}

async function startReleasesWorld(clock: FastClock): Promise<World> {
  const gate = {
    name: 'production',
    aliases: ['prod'],
    strategies: ['canary'],
    approvers: { people: [leadId], count: 1 },
    require_staging: false,
    branches: 'any',
  }
  const world = await startWorld({
    repositories: Object.fromEntries(repositories.map((repository) => [repository, [channelOf(repository)]])),
    repositorySettings: { environments: [gate] },
    startsSluice: false,
    clock,
    budget: createSlackBudget(clock, { postsPerChannel: wide, updatesPerChannel: wide, updatesPerWorkspace: wide }),
    slack: { rateLimits: false, seed },
    github: { rateLimit: 10_000_000, keepDeliveries: 100_000, seed },
  })
  for (const [id, name] of [
    [devId, 'dee'],
    [leadId, 'lee'],
  ] as const) {
    world.slack.addUser({ id, name, realName: name, email: `${name}@omnihub.dev` })
    for (const repository of repositories) world.slack.invite(channelOf(repository), id)
  }
  for (const repository of repositories) {
    world.github.defineDispatchWorkflow(repository, {
      path,
      name: 'Deploy production',
      inputs: { sluice_release: { required: true }, sha: {}, strategy: {}, step: {} },
      play: ({ number }) => ({ ends: number % 4 === 0 ? 'failure' : 'success' }),
    })
  }
  world.github.autoplay(20)
  return world
}

/** Asks for one release after the other in a repository, and approves each, whether Sluice is there or not. */
async function release(world: World, repository: string, deeds: Deeds, isEnough: () => boolean): Promise<void> {
  const { github, slack } = world
  const channel = slack.channel(channelOf(repository)).id
  for (let number = 1; !isEnough(); number += 1) {
    const files = { 'src/fees.ts': `export const fee = ${number}\n` }
    const { sha } = github.commitFiles(repository, 'main', { message: `Change ${number}`, files })
    github.reportCheck(repository, { sha, app: 'ci', name: 'ci-passed', conclusion: 'success' })
    const asked = await untilAcknowledged(isEnough, async () => {
      deeds.asked += 1
      const { acknowledged } = await slack.command({ user: devId, channel, command: '/deploy', text: `prod ${sha}` })
      if (acknowledged) deeds.askedForSure += 1
      return acknowledged
    })
    if (!asked) return
    const card = await untilFound(isEnough, () => cardsOf(world, repository, sha).find(isWaiting))
    if (card === undefined) continue
    await untilAcknowledged(isEnough, async () => {
      if (!cardsOf(world, repository, sha).some(isWaiting)) return true
      deeds.pressed += 1
      const { acknowledged } = await slack.press({ user: leadId, channel, ts: card.ts, actionId: 'gate_approve' })
      if (acknowledged) deeds.pressedForSure += 1
      return acknowledged
    })
    await untilFound(isEnough, () => (cardsOf(world, repository, sha).some(isWaiting) ? undefined : true))
  }
}

async function untilAcknowledged(isEnough: () => boolean, act: () => Promise<boolean>): Promise<boolean> {
  while (!isEnough()) {
    if (await act()) return true
    await sleep(150)
  }
  return false
}

async function untilFound<T>(isEnough: () => boolean, find: () => T | undefined): Promise<T | undefined> {
  for (let looks = 0; looks < 150 && !isEnough(); looks += 1) {
    const found = find()
    if (found !== undefined) return found
    await sleep(40)
  }
  return undefined
}

/** The gate cards of a commit. */
function cardsOf(world: World, repository: string, sha: string): readonly Message[] {
  return Object.values(world.slack.channel(channelOf(repository)).messages).filter(
    (message) =>
      markOf(message).startsWith('card:') &&
      message.text.includes(`${sha.slice(0, 7)} to production`) &&
      JSON.stringify(message.blocks).includes('→'),
  )
}

function isWaiting(card: Message): boolean {
  return JSON.stringify(card.blocks).includes('"gate_approve"')
}

/** Kills at any place, or when a workflow is started: with the answer under way, lost, or just arrived. */
async function kill(world: World, sluice: SluiceProcess, random: SeededRandom): Promise<void> {
  if (random.next() < 0.55) return await killAt(choosePlace(random), sluice, world)
  await sluice.ready
  const count = () => world.github.requests.filter(({ path: asked }) => asked.includes(dispatches)).length
  const before = count()
  if (random.next() < 0.5) world.github.faults.failNext({ match: dispatches, kind: 'reset_after' })
  for (let looks = 0; looks < 1_000 && count() === before; looks += 1) await sleep(1)
  await sleep(random.next() * 4)
  await sluice.kill()
}

it(`releases go on while Sluice is killed ${kills} times (SEED=${seed})`, { timeout: timeoutMs }, async () => {
  const random = seededRandom(seed)
  const clock = fastClock(1)
  const world = await startReleasesWorld(clock)
  try {
    const first = startSluiceProcess(world)
    await first.ready
    await fetch(`${world.sluiceUrl}/readyz`)
    await world.github.settle()
    expect(await first.stop()).toBe(0)
    const deeds: Deeds = { asked: 0, askedForSure: 0, pressed: 0, pressedForSure: 0 }
    const errors: string[] = []
    let isEnough = false
    let sluice = startSluiceProcess(world)
    await sluice.ready
    const people = Promise.all(repositories.map((repository) => release(world, repository, deeds, () => isEnough)))
    for (let number = 1; number <= kills; number += 1) {
      await kill(world, sluice, random)
      errors.push(...sluice.errors())
      if (number < kills) sluice = startSluiceProcess(world)
    }
    isEnough = true
    await people
    world.github.faults.clear()
    await world.startSluice()
    const all = await untilAllEnded(world, clock)
    await expectAllOnce(world, all)
    const rowsOf = async (id: string) =>
      (await world.sluice().store.db.selectFrom('audit').select('seq').where('actor_id', '=', id).execute()).length
    for (const [id, sure, tried] of [
      [devId, deeds.askedForSure, deeds.asked],
      [leadId, deeds.pressedForSure, deeds.pressed],
    ] as const) {
      expect(await rowsOf(id), 'what was acknowledged is written down').toBeGreaterThanOrEqual(sure)
      expect(await rowsOf(id), 'and nothing twice').toBeLessThanOrEqual(tried)
    }
    expect((await verifyAudit(world.sluice().store.db)).ok).toBe(true)
    expect(errors).toEqual([])
    expect(all.filter(({ state }) => state.name === 'completed').length).toBeGreaterThan(repositories.length)
  } finally {
    await world.close()
  }
})

/** What waits for time gets it; what waits for a person waits on. */
async function untilAllEnded(world: World, clock: FastClock): Promise<readonly Omit<Release, 'evidence'>[]> {
  const all = () => recentReleases(world.sluice().store.db, { repository: null, environment: null, limit: 10_000 })
  const goesOn = ({ state }: Omit<Release, 'evidence'>) => state.name === 'queued' || state.name === 'preparing'
  for (let looks = 0; looks < 2_000 && (await all()).some(goesOn); looks += 1) {
    clock.skip(3_000)
    await sleep(30)
  }
  await world.settled(60_000)
  const releases = await all()
  expect(releases.filter(goesOn)).toEqual([])
  return releases
}

const endings: Readonly<Record<string, RegExp>> = {
  completed: /^Released: /,
  failed: /^Failed: /,
  awaiting_approval: /^Waiting for approval: /,
}

async function expectAllOnce(world: World, releases: readonly Omit<Release, 'evidence'>[]): Promise<void> {
  for (const repository of repositories) {
    const runs = [...world.github.repository(repository).runs.values()].filter(({ workflow }) => workflow.path === path)
    expect(runs.map(({ title }) => title).toSorted()).toEqual([...new Set(runs.map(({ title }) => title))].toSorted())
    const marks = Object.values(world.slack.channel(channelOf(repository)).messages)
      .map(markOf)
      .filter(Boolean)
    expect(marks.toSorted()).toEqual([...new Set(marks)].toSorted())
    const records = world.github.repository(repository).deployments.map(({ payload }) => JSON.stringify(payload))
    expect(records.toSorted()).toEqual([...new Set(records)].toSorted())
  }
  for (const one of releases) {
    const { repository, sha, state, id, run } = one
    const what = `${id} of ${repository}: ${state.name}`
    expect(Object.keys(endings), what).toContain(state.name)
    const own = [...world.github.repository(repository).runs.values()].filter(({ title }) => title.includes(id))
    expect(own.length, what).toBe(state.name === 'awaiting_approval' ? 0 : 1)
    if (run !== null) expect(own[0]?.id, what).toBe(run.id)
    const conclusion = { completed: 'success', failed: 'failure' }[state.name as 'completed' | 'failed']
    if (conclusion !== undefined) expect(own[0]?.conclusion, what).toBe(conclusion)
    const cards = cardsOf(world, repository, sha).filter((card) => JSON.stringify(card.blocks).includes(id))
    expect(
      cards.map(({ text }) => text),
      what,
    ).toEqual([expect.stringMatching(endings[state.name] ?? /^$/)])
  }
}
