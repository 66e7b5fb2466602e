import { describe, expect, it } from 'vitest'
import { wordsOf } from '../fast-world.ts'
import { approve, released } from './acting.ts'
import { ask, commit, deployed, newest } from './evidence-world.ts'
import { gateWorld, leadId, repository } from './gate-world.ts'

describe('what would change', () => {
  it('is counted from what GitHub says is live', async () => {
    const world = await gateWorld()
    await deployed(world, world.sha, 'production')
    const sha = commit(world, 'Say it aloud', { 'src/say.ts': 'export const say = 1\n' })
    await ask(world)
    const { changes } = (await newest(world)).evidence
    expect(changes).toMatchObject({
      live: { sha: world.sha, source: 'deployment' },
      relation: 'ahead',
      commits: [{ sha, title: 'Say it aloud' }],
      paths: ['src/say.ts'],
    })
    expect(wordsOf(world.gateCard())).toContain('Say it aloud')
  })

  it('is counted from the last release, when that is the newer', async () => {
    const world = await gateWorld()
    await ask(world)
    await approve(world)
    await released(world)
    commit(world, 'Say it aloud', { 'src/say.ts': 'export const say = 1\n' })
    await ask(world)
    expect((await newest(world)).evidence.changes).toMatchObject({
      live: { sha: world.sha, source: 'release' },
      relation: 'ahead',
    })
  })

  it('says what would be taken away when it goes back', async () => {
    const world = await gateWorld()
    const sha = commit(world, 'Say it aloud', { 'src/say.ts': 'export const say = 1\n' })
    await deployed(world, sha, 'production')
    await ask(world, `prod canary ${world.sha}`)
    const { changes } = (await newest(world)).evidence
    expect(changes).toMatchObject({ relation: 'behind', commits: [{ title: 'Say it aloud' }] })
    expect(wordsOf(world.gateCard())).toMatch(/tak\w* away|[Gg]oes back/)
  })

  it('is nothing where the commit is live already: that opens no gate', async () => {
    const world = await gateWorld()
    await deployed(world, world.sha, 'production')
    expect(await ask(world)).toContain('live there already')
    expect(await world.releases()).toEqual([])
  })

  it('names each destructive statement of a migration with its line', async () => {
    const world = await gateWorld()
    await deployed(world, world.sha, 'production')
    const sql = 'create table fees (id int);\n\n-- gone\ndrop table prices;\nalter table users drop column phone;\n'
    commit(world, 'Move the fees', { 'supabase/migrations/20260101_fees.sql': sql })
    await ask(world)
    const [migration] = (await newest(world)).evidence.changes.migrations
    expect(migration?.destructive).toMatchObject([
      { line: 4, kind: 'drop', statement: 'drop table prices' },
      { line: 5, kind: 'drop_column' },
    ])
    const card = wordsOf(world.gateCard())
    expect(card).toContain('20260101_fees.sql:4')
    expect(card).toContain('20260101_fees.sql:5')
  })
})

describe('the age of what was read', () => {
  it('is on the card, and what is old is read again', async () => {
    const world = await gateWorld()
    await ask(world)
    const first = (await newest(world)).evidence.readAt
    const onCard = () => /Read from GitHub [^0-9]*(\d{10})/.exec(wordsOf(world.gateCard()))?.[1]
    const seconds = (at: number) => String(Math.floor(at / 1000))
    expect(onCard()).toBe(seconds(first))
    world.github.reportCheck(repository, { sha: world.sha, app: 'ci', name: 'lint', conclusion: 'failure' })
    world.clock.skip(16 * 60_000)
    await expect.poll(async () => (await newest(world)).evidence.readAt, { timeout: 5_000 }).toBeGreaterThan(first)
    await world.settled()
    expect(onCard()).toBe(seconds((await newest(world)).evidence.readAt))
    expect((await newest(world)).evidence.checks.map(({ name, state }) => `${name} ${state}`)).toContain('lint failed')
  })

  it('is what it was while GitHub cannot say, and it is tried again', async () => {
    const world = await gateWorld()
    await ask(world)
    const first = (await newest(world)).evidence.readAt
    world.github.faults.setOutage(true)
    const asks = world.github.requests.length
    world.clock.skip(16 * 60_000)
    await expect.poll(() => world.github.requests.length, { timeout: 5_000 }).toBeGreaterThan(asks)
    await world.settled()
    expect((await newest(world)).evidence.readAt).toBe(first)
    world.github.faults.clear()
    world.clock.skip(16 * 60_000)
    await expect.poll(async () => (await newest(world)).evidence.readAt, { timeout: 5_000 }).toBeGreaterThan(first)
  })

  it('is now when somebody presses Refresh', async () => {
    const world = await gateWorld()
    await ask(world)
    const first = (await newest(world)).evidence.readAt
    world.clock.skip(60_000)
    await world.press(leadId, world.gateCard(), 'gate_refresh')
    expect((await newest(world)).evidence.readAt).toBeGreaterThan(first)
  })
})
