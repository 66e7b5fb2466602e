/** Where every history has to end once the services are well again and all runs are over. */
import { expect } from 'vitest'
import { verifyAudit } from '../../src/store/audit.ts'
import { openReleases } from '../../src/store/releases.ts'
import type { GateMachine } from './gate-machine.ts'
import type { GatePlay } from './gate-play.ts'
import { isOpenState, stateName } from './gate-states.ts'
import { minute } from './gate-truth.ts'

export async function endWell(machine: GateMachine, play: GatePlay): Promise<void> {
  const { github } = machine
  await machine.heal()
  // Runs that were begun meanwhile may let others begin.
  for (let round = 0; round < 12; round += 1) {
    await machine.pass(3 * minute)
    const running = github.runs.filter(({ status }) => status === 'in_progress')
    if (running.length === 0 && round > 2) break
    for (const run of running) await play.endRun(run, { conclusion: 'success', built: 'it', told: 'never' })
  }
  await machine.pass(3 * minute)
  // What is read again from time to time may be on its way right now.
  for (let look = 0; look < 60 && isBusy(machine); look += 1) await machine.pass(2_000)
  checkPresses(machine)
  await checkStates(machine)
  checkDeployments(machine)
  expect(await verifyAudit(machine.db)).toMatchObject({ ok: true })
  await checkCards(machine)
}

function isBusy({ raw, clock }: GateMachine): boolean {
  const busy = `select 1 from outbox where state = 'queued' and type <> 'follow_run'
    union all select 1 from cards where dirty_since is not null
    union all select 1 from timers where due_at < ?`
  return raw.prepare(busy).get(clock.now() + 20_000) !== undefined
}

/** Each press that is on disk was answered once, and the person heard of it. */
function checkPresses({ raw, books, slack }: GateMachine): void {
  const arrived = raw.prepare<[], { id: string }>("select id from inbox where id like 'slack:%'").all()
  const ids = arrived.map(({ id }) => id.slice('slack:'.length))
  expect([...books.answered].toSorted(), 'every press is answered').toEqual(ids.toSorted())
  const givenUp = raw.prepare<[], { id: string }>("select id from outbox where state = 'dead'").all()
  for (const id of ids) {
    const press = books.pressed.get(id)
    const heard = slack.told.some(({ user }) => user === press?.slackId)
    const isGivenUp = givenUp.some((effect) => effect.id === `answer:${id}`)
    expect(heard || isGivenUp, `${press?.slackId} heard of ${id}`).toBe(true)
  }
  const failed = raw.prepare("select id, type from inbox where outcome = 'failed'").all()
  expect(failed, 'no event has a fault').toEqual([])
  // Messages are given up after half an hour without Slack, and nothing else ever is.
  const waiting = raw
    .prepare(
      `select id, state, error from outbox where state <> 'done' and type <> 'follow_run'
         and not (state = 'dead' and (type like 'tell_%' or type like 'post_%'))`,
    )
    .all()
  expect(waiting, 'no call is left').toEqual([])
}

/** Whatever has not ended waits for a person or for another release that does. */
async function checkStates({ raw, db, clock, github, books }: GateMachine): Promise<void> {
  const open = await openReleases(db, null)
  expect(open.map(({ id }) => id).toSorted(), 'the books know what is open').toEqual(
    [...books.releases.values()]
      .filter(isOpenState)
      .map(({ id }) => id)
      .toSorted(),
  )
  for (const release of open) {
    const { environment, id, state } = release
    const name = stateName(release)
    if (state.name === 'awaiting_approval') {
      expect(state.expiresAt, 'the gate is still open').toBeGreaterThan(clock.now())
      continue
    }
    // How it has to be is in rollout-at-gate.ts.
    if (state.name === 'rolling_out') continue
    if (state.name !== 'queued') {
      const run = github.runs.find((one) => one.id === release.run?.id)
      expect(run?.status, `${name} without a run that goes on: ${JSON.stringify(run)}`).not.toBe('completed')
      expect(name).toBe('preparing running')
      continue
    }
    const held = {
      lock: () =>
        raw
          .prepare('select 1 from locks where environment = ? and (expires_at is null or expires_at > ?)')
          .all(environment, clock.now()),
      freeze: () =>
        raw.prepare('select 1 from freezes where environment = ? and to_at > ?').all(environment, clock.now()),
      review: () =>
        raw
          .prepare('select 1 from owed_reviews where environment = ? and signed_at is null and release_id <> ?')
          .all(environment, id),
      turn: () => open.filter((other) => other.environment === environment && other.id !== id),
    }
    expect(held[state.waitsFor]().length, `${name} with reason`).toBeGreaterThan(0)
  }
}

function checkDeployments({ github }: GateMachine): void {
  expect(new Set(github.deployments).size, 'one deployment record for a release').toBe(github.deployments.length)
}

/** Drawn again from the store, no card shows anything else than it did. */
async function checkCards(machine: GateMachine): Promise<void> {
  const { raw, slack, books } = machine
  const cards = raw
    .prepare<[], { id: string; release: string; state: string; dirty: number | null; ts: string | null }>(
      'select id, release_id as release, state, dirty_since as dirty, ts from cards where release_id is not null',
    )
    .all()
  expect(cards.map(({ release }) => release).toSorted(), 'a card for each release').toEqual(
    [...books.releases.keys()].toSorted(),
  )
  expect(
    cards.filter(({ state, dirty }) => state !== 'shown' || dirty !== null),
    'cards that are behind',
  ).toEqual([])
  for (const { id, ts } of cards) {
    const own = slack.messages.filter(({ mark }) => mark.startsWith(`card:${id}:`))
    expect(
      own.map((message) => message.ts),
      'one message for a card',
    ).toEqual([ts])
  }
  const contents = () => cards.map(({ ts }) => slack.messages.find((message) => message.ts === ts)?.content)
  const before = contents()
  raw.prepare('update cards set digest = null, dirty_since = ? where release_id is not null').run(machine.clock.now())
  machine.wake()
  await machine.pass(15_000)
  expect(contents(), 'cards show what the store says').toEqual(before)
}
