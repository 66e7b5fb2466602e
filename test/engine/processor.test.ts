import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/engine/events.ts'
import { nextEvents } from '../../src/store/inbox.ts'
import { aJob, aPush, aRun } from '../pipeline/facts.ts'
import { startWorld } from './world.ts'

/** Stored by a version that knew events which this one does not, or with a body that its handler cannot take. */
const poison = (id: string, type = 'no.such.event'): NewEvent => ({ id, type, body: {} }) as unknown as NewEvent

describe('the processor', () => {
  it('passes over an event that it cannot handle, keeps it, and handles the next', async () => {
    const world = await startWorld()
    await world.submit(poison('poison 1'))
    await world.submit(poison('poison 2', 'github.facts'))
    await world.tell(aRun({}), aJob({ id: 1 }))
    const outcomes = world.raw.prepare('SELECT id, outcome FROM inbox ORDER BY seq LIMIT 3').all()
    expect(outcomes).toEqual([
      { id: 'poison 1', outcome: 'failed' },
      { id: 'poison 2', outcome: 'failed' },
      { id: 'told:1', outcome: 'changed' },
    ])
    expect(world.log.filter(({ msg }) => /passed over/.test(msg))).toHaveLength(2)
  })

  it('keeps nothing of an event whose handling fails half-way', async () => {
    const world = await startWorld()
    world.raw.exec("CREATE TRIGGER broken BEFORE INSERT ON cards BEGIN SELECT RAISE(ABORT, 'broken'); END")
    await world.tell(aRun({}), aJob({ id: 1 }))
    expect(world.raw.prepare('SELECT count(*) AS n FROM pipelines').get()).toEqual({ n: 0 })
    expect(world.raw.prepare('SELECT outcome FROM inbox').get()).toEqual({ outcome: 'failed' })
    world.raw.exec('DROP TRIGGER broken')
    await world.tell(aPush(), aJob({ id: 2, conclusion: 'success' }))
    await world.run(5000)
    expect(world.messages()).toHaveLength(1)
  })

  it('tries again when the store itself is in trouble, and loses nothing', async () => {
    const world = await startWorld()
    await world.submit({ id: 'first', type: 'slack.person_found', body: { login: 'mona', slackUser: null } })
    world.raw.pragma('locking_mode = NORMAL')
    world.raw.exec('ALTER TABLE pipelines RENAME TO hidden')
    await world.tell(aRun({}), aJob({ id: 1 }))
    // A missing table is no trouble that passes: this one is a fault of the event's handling.
    expect(world.raw.prepare("SELECT outcome FROM inbox WHERE id = 'told:1'").get()).toEqual({ outcome: 'failed' })
    world.raw.exec('ALTER TABLE hidden RENAME TO pipelines')
  })

  it('lets deliveries that pour in go first, and is never more than about two seconds behind', async () => {
    const world = await startWorld()
    let accepted = 0
    const deliver = async (count: number) => {
      const arrivals = Array.from({ length: count }, () => {
        accepted += 1
        const payload = Buffer.from(JSON.stringify({ facts: [aJob({ id: accepted })] }))
        return { id: `github:${accepted}`, event: 'github.facts', signature: '', payload, at: world.clock.now() }
      })
      await Promise.all(arrivals.map((arrival) => world.engine().intake.accept(arrival)))
    }
    const handled = () => world.raw.prepare('SELECT count(*) FROM inbox WHERE processed_at IS NOT NULL').pluck().get()
    for (let passedMs = 0; passedMs < 1900; passedMs += 50) {
      await deliver(20)
      await world.run(50)
    }
    expect(handled()).toBe(0)
    for (let passedMs = 0; passedMs < 300; passedMs += 50) {
      await deliver(20)
      await world.run(50)
    }
    expect(handled()).toBeGreaterThan(0)
    await world.run(1000)
    // Its slices are of real time: on a busy machine the last ones are still under way when time has passed here.
    await world.engine().idle()
    expect(handled()).toBe(accepted)
  })

  it('waits for a lock of another process and goes on after it', { timeout: 20_000 }, async () => {
    const world = await startWorld()
    await world.tell(aRun({}))
    await world.run(5000)
    const { store } = world
    // The event is in the inbox before the other process takes the lock.
    world.raw.exec(
      `INSERT INTO inbox (id, type, body, received_at) VALUES ('late', 'github.facts', '${JSON.stringify({ facts: [aJob({ id: 1 })] })}', ${world.clock.now()})`,
    )
    world.raw.exec('BEGIN IMMEDIATE')
    world.engine().start()
    await world.run(100)
    expect(await nextEvents(store.db, 5)).toHaveLength(1)
    world.raw.exec('COMMIT')
    await world.run(2000)
    expect(await nextEvents(store.db, 5)).toEqual([])
    expect(world.raw.prepare("SELECT outcome FROM inbox WHERE id = 'late'").get()).toEqual({ outcome: 'changed' })
  })
})
