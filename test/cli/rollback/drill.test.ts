import { describe, expect, it } from 'vitest'
import { drillRollback } from '../../../src/cli/drill.ts'
import { type RollbackWorld, rollbackWorld } from './rollback-world.ts'

/** Two pools, the release has all of the traffic. */
async function staged(environment: Readonly<Record<string, unknown>>): Promise<RollbackWorld> {
  const at = Date.now() - 3600_000
  const completed = { name: 'completed', at } as const
  const world = await rollbackWorld({
    environment,
    release: { state: completed },
    rollout: { phase: completed, confirmed: 100 },
  })
  world.cloudflare.dashboard('sluice@omnihub.dev').setPercents({ blue: 0, green: 100 })
  return world
}

const drill = (world: RollbackWorld, yes = true, env = world.tokens) =>
  drillRollback({ config: world.config, clock: world.clock, yes }, 'prod', world.terminal(env))

describe('sluice drill rollback', () => {
  it('says how long each part took, there and back', async () => {
    const world = await staged({ drill: { allowed: true } })
    const result = await drill(world)
    expect(result.isVerified, [...world.said, ...result.lines].join('\n')).toBe(true)
    expect(result.json).toMatchObject({
      state: 'done',
      parts: [{ name: 'traffic' }, { name: 'functions' }, { name: 'frontend' }],
    })
    expect(result.lines.join()).toMatch(/Everything was rolled back in \d.*Everything is as it was before\./)
    expect(world.said.filter((line) => line.startsWith('there  '))).toHaveLength(3)
    expect(world.said.filter((line) => line.startsWith('back   '))).toHaveLength(3)
    expect(world.percents()).toEqual({ blue: 0, green: 100 })
    expect(world.liveFrontend()).toBe(world.frontends.new)
    expect(await world.audit()).toEqual(['cli drill_begin', 'cli drill_end'])
  })

  it('is refused where sluice.yml does not allow it, with the line that would', async () => {
    const world = await staged({})
    const result = await drill(world)
    expect(result).toMatchObject({ isVerified: false, json: { state: 'refused' } })
    expect(result.lines.join()).toContain('production does not allow drills: "drill: { allowed: true }"')
    expect(world.cloudflare.requests).toEqual([])
  })

  it('is refused without the token of a part, and begun by nobody who was not asked', async () => {
    const world = await staged({ drill: { allowed: true } })
    const { VERCEL_TOKEN: _, ...some } = world.tokens
    expect((await drill(world, true, some)).lines.join()).toContain('VERCEL_TOKEN is not set.')
    await expect(drill(world, false)).rejects.toThrow('say --yes')
    expect(world.percents()).toEqual({ blue: 0, green: 100 })
    expect(await world.audit()).toEqual([])
  })
})
