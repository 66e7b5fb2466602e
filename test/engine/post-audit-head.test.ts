import { describe, expect, it } from 'vitest'
import { postAuditHead } from '../../src/engine/post-audit-head.ts'
import { type AuditEntry, appendAudit, auditHead } from '../../src/store/audit.ts'
import { startWorld, type World } from './world.ts'

const dayMs = 24 * 3600_000

const entry = (n: number): AuditEntry => ({
  at: n,
  actor: { type: 'sluice' },
  action: 'request',
  object: `release:${n}`,
  sha: null,
  evidenceDigest: null,
  reasonCode: null,
  reasonText: null,
  client: 'sluice',
})

async function worldWithLog(): Promise<World> {
  const world = await startWorld({ channels: ['#deploys', '#audit'] })
  await append(world, 1, 2, 3)
  return world
}

const append = (world: World, ...numbers: readonly number[]) =>
  world.store.transaction(async (tx) => {
    for (const n of numbers) await appendAudit(tx, entry(n))
  })

async function post(world: World) {
  const { store, clock } = world
  const log = { error: () => {} }
  const outcome = await postAuditHead({ store, engine: world.engine(), channel: '#audit', clock, log })
  await world.run(1000)
  return outcome
}

const texts = (world: World, channel: string) => world.messages(channel).map(({ text }) => text)

describe('the head of the audit log', () => {
  it('is posted as one line that says all that a later check needs', async () => {
    const world = await worldWithLog()
    const { hash } = await auditHead(world.store.db)
    expect(await post(world)).toBe('posted')
    expect(texts(world, '#audit')).toEqual([
      expect.stringMatching(
        new RegExp(`^Audit head: row 3, hash ${hash}, verified at \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC$`),
      ),
    ])
    expect(JSON.stringify(world.messages('#audit')[0]?.blocks)).toContain(`\`${hash}\``)
  })

  it('is posted once a day, also over restarts, and again the day after', async () => {
    const world = await worldWithLog()
    await post(world)
    expect(await post(world)).toBe('posted before')
    await world.crash()
    await append(world, 4)
    expect(await post(world)).toBe('posted before')
    await world.run(dayMs)
    expect(await post(world)).toBe('posted')
    expect(texts(world, '#audit')).toEqual([expect.stringMatching(/row 3,/), expect.stringMatching(/row 4,/)])
  })

  it('is posted once when the process dies before it hears that it was', async () => {
    const world = await worldWithLog()
    world.loseNext('postMessage', 'after')
    await post(world)
    await world.crash()
    await world.run(dayMs / 2)
    expect(texts(world, '#audit')).toHaveLength(1)
  })

  it.each([
    [
      'a changed row',
      "DROP TRIGGER audit_no_update; UPDATE audit SET object = 'x' WHERE seq = 2",
      /Row 2 of the audit log/,
    ],
    [
      'an end that was cut off',
      'DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE seq = 3',
      /Row 3 of the audit log/,
    ],
  ])('gives way to a warning, there and in the fallback channel: %s', async (_name, tampering, warning) => {
    const world = await worldWithLog()
    await post(world)
    world.raw.exec(tampering)
    await world.run(dayMs)
    expect(await post(world)).toBe('broken')
    expect(texts(world, '#audit').at(-1)).toMatch(warning)
    expect(texts(world, '#ops')).toEqual([expect.stringMatching(warning)])
    await world.run(dayMs)
    expect(await post(world)).toBe('broken')
  })

  it('leaves a dead letter when its channel cannot be written to', async () => {
    const world = await worldWithLog()
    world.slack.archive('#audit')
    await post(world)
    expect(world.raw.prepare('SELECT state, error FROM outbox').all()).toEqual([
      { state: 'dead', error: '#audit cannot be written to: is_archived' },
    ])
  })
})
