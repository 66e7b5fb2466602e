import { describe, expect, it } from 'vitest'
import { rollBack } from '../../../src/cli/rollback/rollback.ts'
import { lockOf } from '../../../src/store/environments.ts'
import { addEffect, headsOfLanes, listEffects, markStarted } from '../../../src/store/outbox.ts'
import { writeSetting } from '../../../src/store/settings.ts'
import { spawnNode } from '../../spawn-node.ts'
import { releaseId, repository, rollbackWorld } from './rollback-world.ts'

const place = { repository, environment: 'production' }

describe('sluice rollback while Sluice does not run', () => {
  it('brings traffic, functions and frontend back, and writes all of it down', async () => {
    const world = await rollbackWorld()
    const result = await world.rollBack()
    expect(result.isVerified, [...world.said, ...result.lines].join('\n')).toBe(true)
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
    expect(world.liveFrontend()).toBe(world.frontends.old)
    expect(world.liveCode('orders')).toContain('v1')
    expect(result.json).toMatchObject({
      environment: 'production',
      release: releaseId,
      state: 'rolled_back',
      done_by: 'command line',
      is_recorded: true,
      legs: { traffic: { state: 'done' }, functions: { state: 'done' }, frontend: { state: 'done' } },
    })
    expect(world.said.join('\n')).toContain('Sluice does not run (it has never run): it is done from here.')
    expect(world.said.join('\n')).toContain('All traffic goes to blue.')
    expect(world.said.filter((line) => line.includes('back after'))).toHaveLength(3)

    expect((await world.rollout())?.phase.name).toBe('rolled_back')
    expect((await world.release())?.state).toMatchObject({ name: 'rolled_back', why: 'it is slow' })
    expect(await world.audit()).toEqual([
      'cli roll_back',
      'sluice leg_done',
      'sluice leg_done',
      'sluice leg_done',
      'sluice rolled_back',
      'sluice lock',
    ])
    await world.inStore(async (store) => {
      expect((await lockOf(store.db, place, Date.now()))?.why).toContain('was rolled back')
      const left = await listEffects(store.db, { states: ['queued', 'dead'], limit: 50 })
      expect(left.filter(({ lane }) => lane.startsWith('urgent:'))).toEqual([])
    })
  })

  it('does nothing twice: what is rolled back already is said to be so', async () => {
    const world = await rollbackWorld()
    await world.rollBack()
    const calls = world.cloudflare.requests.length
    await expect(world.rollBack()).rejects.toThrow('nothing is rolling out in production')
    await expect(world.rollBack({ release: releaseId })).rejects.toThrow(/It was rolled back at 20/)
    expect(world.cloudflare.requests).toHaveLength(calls)
  })

  it('drops a step that was on its way when Sluice died, so that it cannot land afterwards', async () => {
    const world = await rollbackWorld()
    await world.inStore(async (store) => {
      const generation = (await world.rollout())?.generation ?? 0
      const body = { releaseId, generation, percents: { blue: 0, green: 100 }, disabled: [] }
      const lane = `urgent:traffic:${repository}:production`
      await store.transaction(async (tx) => {
        for (const id of ['begun', 'waiting']) await addEffect(tx, { id, lane, type: 'set_traffic', body, at: 0 })
        const [head] = await headsOfLanes(tx, [lane])
        await markStarted(tx, head?.seq ?? 0, 1)
      })
    })
    expect((await world.rollBack()).isVerified).toBe(true)
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
    const weights = world.cloudflare.requests.filter(({ method }) => method === 'PATCH')
    expect(weights).toHaveLength(1)
  })

  it('with Supabase down traffic is back all the same, and what is left to do by hand is shown', async () => {
    const world = await rollbackWorld()
    world.supabase.outage(true)
    const result = await world.rollBack()
    expect(result.isVerified).toBe(false)
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
    expect(world.liveFrontend()).toBe(world.frontends.old)
    const text = [...world.said, ...result.lines].join('\n')
    expect(text).toContain('NOT complete: functions. Traffic was back after')
    expect(text).toContain('npx supabase@3.1.0 functions deploy orders')
    expect(result.json).toMatchObject({ state: 'incomplete', legs: { functions: { state: 'failed', failures: 6 } } })
    expect((await world.rollout())?.phase.name).toBe('rollback_incomplete')

    // Asked for again, it does not wait for the next minute's attempt.
    world.supabase.outage(false)
    const again = await world.rollBack()
    expect(again.isVerified, again.lines.join('\n')).toBe(true)
    expect(world.liveCode('orders')).toContain('v1')
  })

  it('with a wrong token nothing is pretended, and the token is nowhere to be seen', async () => {
    const world = await rollbackWorld()
    const wrong = `cfat_${'0'.repeat(40)}`
    const result = await world.rollBack({}, { ...world.tokens, CLOUDFLARE_API_TOKEN: wrong })
    expect(result.isVerified).toBe(false)
    expect(world.percents()).toEqual({ blue: 75, green: 25 })
    const text = JSON.stringify([world.said, result])
    expect(text).toContain('NOT complete: traffic')
    expect(text).toContain('Check CLOUDFLARE_API_TOKEN')
    expect(text).toContain('curl -fsS -X PATCH')
    for (const secret of [wrong, world.supabase.token, world.vercel.token]) expect(text).not.toContain(secret)
    expect(world.liveFrontend()).toBe(world.frontends.old)
  })

  it('without the token for the traffic it says so before anything is done', async () => {
    const world = await rollbackWorld()
    await expect(world.rollBack({}, { SLACK_BOT_TOKEN: 'xoxb-1' })).rejects.toThrow(
      /CLOUDFLARE_API_TOKEN is not set here[\s\S]*curl -fsS -X PATCH/,
    )
    expect((await world.rollout())?.phase.name).toBe('observing')
  })

  it('a store that cannot be written holds nothing up', async () => {
    const world = await rollbackWorld()
    await world.inStore(async (store) => {
      await store.db.executeQuery({
        ...store.db.selectFrom('audit').select('seq').compile(),
        sql: "create trigger full before insert on audit begin select raise(abort, 'database or disk is full'); end",
        parameters: [],
      })
    })
    const result = await world.rollBack()
    expect(result.isVerified, result.lines.join('\n')).toBe(true)
    expect(result.json).toMatchObject({ is_recorded: false })
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
    expect(world.liveFrontend()).toBe(world.frontends.old)
    expect(world.said.join('\n')).toContain('The store cannot be written')
    expect((await world.rollout())?.phase.name).toBe('observing')
  })

  it('what was released last is put back as well, as long as the window for it is open', async () => {
    const at = Date.now() - 3600_000
    const completed = { name: 'completed', at } as const
    const world = await rollbackWorld({ release: { state: completed }, rollout: { phase: completed, confirmed: 100 } })
    expect((await world.rollBack()).isVerified).toBe(true)
    expect((await world.release())?.state.name).toBe('rolled_back')

    const old = { name: 'completed', at: Date.now() - 40 * 24 * 3600_000 } as const
    const late = await rollbackWorld({ release: { state: old }, rollout: { phase: old } })
    await expect(late.rollBack()).rejects.toThrow(/nothing that was released lately can be put back[\s\S]*--to-pool/)
    const refused = await late.rollBack({ release: releaseId.slice(0, 20) })
    expect(refused).toMatchObject({ isVerified: false, json: { state: 'refused' } })
    expect(late.percents()).toEqual({ blue: 75, green: 25 })
  })

  it('says what unsafe migrations mean before it asks, and does nothing without a yes', async () => {
    const migrations = { count: 2, isSafeToRollBack: false, why: 'db/7.sql:3 drop table carts' }
    const world = await rollbackWorld({ rollout: { migrations } })
    await expect(world.rollBack({ yes: false })).rejects.toThrow('say --yes')
    const questions: string[] = []
    const answering = (answer: string) =>
      rollBack({ config: world.config, yes: false, direct: false, store: true, clock: world.clock }, 'prod', null, {
        ...world.terminal(),
        ask: async (question) => {
          questions.push(question)
          return answer
        },
      })
    for (const answer of ['', 'no', 'yesterday']) {
      expect(await answering(answer)).toMatchObject({ isVerified: false, json: { state: 'not_confirmed' } })
    }
    expect(questions[0]).toBe('Roll back? [y/N] ')
    const text = world.said.join('\n')
    expect(text).toContain('2 migrations stay in the database, and the old version may fail on what they made')
    expect(text).toContain('drop table carts')
    expect((await world.rollout())?.phase.name).toBe('observing')
    expect(world.percents()).toEqual({ blue: 75, green: 25 })
    expect((await answering('y')).isVerified).toBe(true)
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
  })

  it('a call that a dying Sluice had sent may land afterwards: it is set and read once more', async () => {
    const world = await rollbackWorld()
    await world.inStore(async (store) => {
      const generation = (await world.rollout())?.generation ?? 0
      const body = { releaseId, generation, percents: { blue: 50, green: 50 }, disabled: [] }
      const lane = `urgent:traffic:${repository}:production`
      await store.transaction(async (tx) => {
        await addEffect(tx, { id: 'sent', lane, type: 'set_traffic', body, at: 0 })
        const [head] = await headsOfLanes(tx, [lane])
        await markStarted(tx, head?.seq ?? 0, world.clock.now() - 1000)
      })
    })
    const said: string[] = []
    const options = { config: world.config, yes: true, direct: false, store: true, clock: world.clock }
    const result = await rollBack(options, 'prod', null, {
      ...world.terminal(),
      say(line) {
        said.push(line)
        if (!line.includes('once more')) return
        expect(world.percents()).toEqual({ blue: 100, green: 0 })
        world.cloudflare.dashboard('sluice@omnihub.dev').setPercents({ blue: 50, green: 50 })
      },
    })
    expect(said.join()).toContain('set and read once more')
    expect(result.isVerified, result.lines.join('\n')).toBe(true)
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
  })

  it('takes a Sluice that was alive a moment ago at its word only for as long as it waits', async () => {
    const world = await rollbackWorld()
    await world.inStore((store) => store.transaction((tx) => writeSetting(tx, 'alive_at', String(world.clock.now()))))
    const result = await world.rollBack({ patience: { toTakeUp: 300, toBegin: 600, betweenSteps: 1000 } })
    expect(result.isVerified).toBe(true)
    expect(result.json).toMatchObject({ done_by: 'command line' })
    const text = world.said.join('\n')
    expect(text).toContain('and will do it.')
    expect(text).toMatch(/Sluice has not begun after 0\.\d s\. It is done from here\./)
    // The press that was handed in is not carried out a second time by the Sluice that comes back.
    await world.inStore(async (store) => {
      const waiting = await store.db.selectFrom('inbox').select('type').where('processed_at', 'is', null).execute()
      expect(waiting.filter(({ type }) => type === 'gate.pressed')).toEqual([])
    })
  })

  it('is a command of its own process: one JSON object, and an exit code', async () => {
    const world = await rollbackWorld()
    const args = ['-c', world.config, 'rollback', 'prod', 'too', 'slow', '--yes', '--json']
    const child = spawnNode({ script: 'src/cli/main.ts', args, env: { PATH: process.env.PATH, ...world.tokens } })
    const [out, err]: [string[], string[]] = [[], []]
    child.stdout.on('data', (part) => out.push(String(part)))
    child.stderr.on('data', (part) => err.push(String(part)))
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(code, err.join('')).toBe(0)
    expect(JSON.parse(out.join(''))).toMatchObject({ state: 'rolled_back', release: releaseId })
    expect(err.join('')).toMatch(/traffic {4}back after \d/)
    expect((await world.rollout())?.rollback?.why).toBe('too slow')
  })
})
