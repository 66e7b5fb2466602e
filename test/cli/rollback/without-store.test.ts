import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type RollbackOptions, rollBack } from '../../../src/cli/rollback/rollback.ts'
import { type RollbackWorld, rollbackWorld } from './rollback-world.ts'

describe('sluice rollback without a store', () => {
  it('goes to the pool and the deployment that are named, and tells nobody that it was written down', async () => {
    const world = await rollbackWorld()
    const result = await world.rollBack({ store: false, toPool: 'blue', frontendDeployment: world.frontends.old })
    expect(result.isVerified, result.lines.join('\n')).toBe(true)
    expect(result.json).toMatchObject({
      is_recorded: false,
      legs: { traffic: { state: 'done' }, frontend: { state: 'done' } },
    })
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
    expect(world.liveFrontend()).toBe(world.frontends.old)
    expect(world.liveCode('orders')).toContain('v2')
    expect(world.said.join('\n')).toContain('all to blue, nothing to green (now blue 75 %, green 25 %)')
    expect(world.said.join('\n')).toContain('The edge functions stay as they are')
    expect((await world.rollout())?.phase.name).toBe('observing')
  })

  it('does not guess what was before: it shows how the traffic is, and wants to be told', async () => {
    const world = await rollbackWorld()
    await expect(world.rollBack({ store: false })).rejects.toThrow(
      /say what to go back to[\s\S]*--to-pool blue or --to-pool green {2}\(now blue 75 %, green 25 %\)/,
    )
    await expect(world.rollBack({ store: false, toPool: 'red' })).rejects.toThrow('no pool red: say blue or green')
    await expect(world.rollBack({ toPool: 'blue' })).rejects.toThrow('or say --no-store')
    expect(world.percents()).toEqual({ blue: 75, green: 25 })
  })

  it('a store that is gone, or damaged, is said to be so and done without', async () => {
    const world = await rollbackWorld()
    writeFileSync(
      join(world.data, 'sluice.db'),
      'this is no database, and long enough to be looked at as one'.repeat(90),
    )
    for (const ending of ['-wal', '-shm']) rmSync(join(world.data, `sluice.db${ending}`), { force: true })
    expect((await world.rollBack({ toPool: 'blue' })).isVerified).toBe(true)
    expect(world.said.join('\n')).toMatch(/The store .* cannot be opened.*Going on without it\./)
    expect(world.percents()).toEqual({ blue: 100, green: 0 })

    rmSync(world.data, { recursive: true })
    expect((await world.rollBack({ toPool: 'green' })).isVerified).toBe(true)
    expect(world.said.join('\n')).toContain('There is no store at')
    expect(world.percents()).toEqual({ blue: 0, green: 100 })
  })

  it('where sessions stay with their pool, the other one is switched off', async () => {
    const world = await rollbackWorld()
    world.cloudflare.dashboard('ada@omnihub.dev').editBalancer({ session_affinity: 'cookie' })
    expect((await world.rollBack({ store: false, toPool: 'blue' })).isVerified).toBe(true)
    expect(world.cloudflare.pool('green').enabled).toBe(false)
  })

  it('goes on until what was read back is right, and warns of a pool that is not healthy', async () => {
    const world = await rollbackWorld()
    world.cloudflare.setHealth('blue', false)
    world.cloudflare.faults.failNext({ match: 'PATCH', kind: 'internal_error', times: 3 })
    const result = await world.rollBack({ store: false, toPool: 'blue' })
    expect(result.isVerified, result.lines.join('\n')).toBe(true)
    expect(world.said.join('\n')).toContain('CAREFUL: blue is not healthy')
    expect(world.said.filter((line) => /traffic {4}attempt \d failed/.test(line)).length).toBeGreaterThan(0)
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
  })
})

describe('sluice rollback without a configuration', () => {
  const flagsOf = ({ cloudflare, vercel }: RollbackWorld): Partial<RollbackOptions> => ({
    cloudflareAccount: cloudflare.accountId,
    cloudflareZone: cloudflare.zoneId,
    loadBalancer: cloudflare.loadBalancerId,
    pools: Object.entries(cloudflare.poolIds)
      .map(([name, id]) => `${name}=${id}`)
      .join(','),
    cloudflareApi: cloudflare.apiUrl,
    vercelProject: vercel.project,
    vercelTeam: vercel.team,
    vercelApi: vercel.url,
  })
  const run = (world: RollbackWorld, options: Partial<RollbackOptions>) =>
    rollBack(
      { config: '/nowhere/sluice.yml', yes: true, direct: false, store: true, clock: world.clock, ...options },
      'production',
      null,
      world.terminal(),
    )

  it('takes everything from flags', async () => {
    const world = await rollbackWorld()
    const to = { toPool: 'blue', frontendDeployment: world.frontends.old }
    const result = await run(world, { ...flagsOf(world), ...to })
    expect(result.isVerified, result.lines.join('\n')).toBe(true)
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
    expect(world.liveFrontend()).toBe(world.frontends.old)
  })

  it('with Vercel down traffic is back all the same, and the commands for the rest are shown', async () => {
    const world = await rollbackWorld()
    world.vercel.outage(true)
    const to = { toPool: 'blue', frontendDeployment: world.frontends.old }
    const result = await run(world, { ...flagsOf(world), ...to })
    expect(result.isVerified).toBe(false)
    expect(world.percents()).toEqual({ blue: 100, green: 0 })
    expect(result.lines.join('\n')).toContain(`rollback/${world.frontends.old}`)
  })

  it('says which flag is missing or wrong, before anything is moved', async () => {
    const world = await rollbackWorld()
    const flags = flagsOf(world)
    await expect(run(world, {})).rejects.toThrow(/nowhere\/sluice.yml cannot be read[\s\S]*--cloudflare-zone/)
    await expect(run(world, { pools: 'blue=1,green=2' })).rejects.toThrow('--cloudflare-account is missing')
    await expect(run(world, { ...flags, pools: 'blue' })).rejects.toThrow('--pools is written like')
    await expect(run(world, { ...flags, cloudflareZone: 'omnihub.dev' })).rejects.toThrow(/--cloudflare-zone: .*32/)
    await expect(run(world, { ...flags, vercelProject: 'a/b/c' })).rejects.toThrow('--vercel-project: ')
    await expect(run(world, flags)).rejects.toThrow('say what to go back to')
    expect(world.cloudflare.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})
