import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { startWorld } from '../../../sandbox/start-world.ts'
import { type RollbackOptions, rollBack } from '../../../src/cli/rollback/rollback.ts'
import { readConfiguration } from '../../../src/config/read-configuration.ts'
import { type Sluice, startSluice } from '../../../src/start-sluice.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { rolloutOf } from '../../../src/store/rollouts.ts'
import { readSetting } from '../../../src/store/settings.ts'
import { releaseId, repository, seed, services } from './rollback-world.ts'

async function running() {
  const { keep, ...all } = await services()
  const world = await startWorld({
    startsSluice: false,
    repositories: { [repository]: ['#deploys'] },
    repositorySettings: { environments: [all.environment] },
    config: stringify(all.sections),
  })
  const seeded = openStore({ file: join(world.folder, 'data', 'sluice.db') })
  await seed(seeded)
  await keep(seeded)
  await seeded.close()
  const config = world.env.SLUICE_CONFIG ?? ''
  const configuration = await readConfiguration({ path: config, env: { ...world.env, ...all.tokens } })
  if (!configuration.ok) throw new Error(configuration.message)
  const start = (): Promise<Sluice> => startSluice({ ...configuration, log: pino({ level: 'silent' }) })
  let sluice: Sluice | null = await start()
  const stop = async (): Promise<void> => {
    await sluice?.stop()
    sluice = null
  }
  onTestFinished(async () => {
    await stop()
    await world.close()
  })
  const said: string[] = []
  const store = () => {
    if (sluice === null) throw new Error('Sluice is stopped.')
    return sluice.store
  }
  // Its first sign of life is written beside whatever else it begins with.
  while ((await readSetting(store().db, 'alive_at')) === null) await new Promise((resolve) => setTimeout(resolve, 10))
  return {
    ...all,
    world,
    said,
    store,
    stop,
    /** Makes the running one look for work all the time, as it does by itself only now and then. */
    async nudge(until: Promise<unknown>): Promise<void> {
      let isOver = false
      void until.finally(() => {
        isOver = true
      })
      while (!isOver) {
        sluice?.engine.lookAround()
        await sluice?.engine.heartbeat()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    async start() {
      sluice = await start()
    },
    rollBack: (more: Partial<RollbackOptions> = {}, env: Readonly<Record<string, string>> = {}) => {
      const terminal = { say: (line: string) => said.push(line), ask: null, env }
      return rollBack({ config, yes: true, direct: false, store: true, ...more }, 'production', 'slow', terminal)
    },
    audit: async () =>
      (await store().db.selectFrom('audit').select(['action', 'client']).orderBy('seq').execute()).map(
        ({ action, client }) => `${client} ${action}`,
      ),
  }
}

describe('sluice rollback while Sluice runs', () => {
  it('lets Sluice do it, needs no token for that, and shows each part as it comes back', async () => {
    const world = await running()
    const result = await world.rollBack()
    expect(result.isVerified, [...world.said, ...result.lines].join('\n')).toBe(true)
    expect(result.json).toMatchObject({ state: 'rolled_back', done_by: 'sluice', is_recorded: true })
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
    expect(world.liveFrontend()).toBe(world.frontends.old)
    expect(world.said.filter((line) => line.includes('back after'))).toHaveLength(3)
    expect((await world.audit()).filter((line) => line.endsWith('roll_back'))).toEqual(['cli roll_back'])
  })

  it('told to do it from here, does it beside the running one: decided once, and found done there', async () => {
    const world = await running()
    world.cloudflare.faults.setLatency([20, 60])
    world.supabase.setLatency([20, 60])
    const rollback = world.rollBack({ direct: true }, world.tokens)
    await world.nudge(rollback)
    const result = await rollback
    expect(result.isVerified, result.lines.join('\n')).toBe(true)
    expect(result.json).toMatchObject({ done_by: 'command line' })
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
    const audit = await world.audit()
    expect(audit.filter((line) => line === 'sluice rolled_back')).toHaveLength(1)
    expect(audit.filter((line) => line === 'sluice leg_done')).toHaveLength(3)
    expect((await rolloutOf(world.store().db, releaseId))?.phase.name).toBe('rolled_back')
    // Where both have made a call, the last look waits until no write of either can land any more: half a minute.
  }, 60_000)

  it('what was rolled back while it was away, a Sluice that comes back does not do again', async () => {
    const world = await running()
    await world.stop()
    const result = await world.rollBack({ direct: true }, world.tokens)
    expect(result.isVerified, result.lines.join('\n')).toBe(true)
    const [requests, orders] = [world.cloudflare.requests.length, world.vercel.calls.length]
    await world.start()
    // Its cards are drawn after everything else that it found.
    await world.world.slack.until(
      () => /rolled back/i.test(JSON.stringify(world.world.slack.messages('#deploys'))),
      'a card that says so',
      10_000,
    )
    expect(world.cloudflare.requests).toHaveLength(requests)
    expect(world.vercel.calls).toHaveLength(orders)
    expect((await world.audit()).filter((line) => line === 'cli roll_back')).toHaveLength(1)
  })
})
