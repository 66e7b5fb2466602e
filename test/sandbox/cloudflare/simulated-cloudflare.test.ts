/** The simulation keeps the rules that the router relies on; asked as anybody would ask it. */
import Cloudflare from 'cloudflare'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type SimulatedCloudflareOptions,
  startSimulatedCloudflare,
} from '../../../sandbox/cloudflare/simulated-cloudflare.ts'

async function account(options: SimulatedCloudflareOptions = {}) {
  const cloudflare = await startSimulatedCloudflare(options)
  onTestFinished(() => cloudflare.close())
  const { apiUrl, token, zoneId, loadBalancerId, accountId } = cloudflare
  const client = new Cloudflare({ apiToken: token, baseURL: apiUrl, maxRetries: 0, logLevel: 'off' })
  const { blue = '', green = '' } = cloudflare.poolIds
  return {
    cloudflare,
    client,
    ofZone: { zone_id: zoneId },
    ofAccount: { account_id: accountId },
    id: loadBalancerId,
    blue,
    green,
  }
}

describe('a change of a balancer', () => {
  test('by PATCH overwrites what it names, whole, and leaves the rest', async () => {
    const { client, ofZone, id, blue, green } = await account({ balancer: { session_affinity: 'cookie' } })
    await client.loadBalancers.edit(id, {
      ...ofZone,
      random_steering: { default_weight: 0, pool_weights: { [blue]: 0.9, [green]: 0.1 } },
    })
    const edited = await client.loadBalancers.edit(id, {
      ...ofZone,
      random_steering: { pool_weights: { [blue]: 0.5 } },
    })
    expect(edited).toMatchObject({ session_affinity: 'cookie', steering_policy: 'random', proxied: true })
    expect(edited.random_steering).toEqual({ default_weight: 1, pool_weights: { [blue]: 0.5 } })
  })

  test('by an empty random_steering makes all pools equal', async () => {
    const { client, cloudflare, ofZone, id } = await account()
    const edited = await client.loadBalancers.edit(id, { ...ofZone, random_steering: {} })
    expect(edited.random_steering).toEqual({ default_weight: 1, pool_weights: {} })
    const routed = Array.from({ length: 1000 }, () => cloudflare.route())
    expect(routed.filter((pool) => pool === 'green').length).toBeGreaterThan(400)
  })

  test('by PUT puts everything else back to its default', async () => {
    const { client, ofZone, id, blue, green } = await account({ balancer: { session_affinity: 'cookie' } })
    const put = await client.loadBalancers.update(id, {
      ...ofZone,
      name: 'omnihub.example',
      default_pools: [blue, green],
      fallback_pool: blue,
    })
    expect(put).toMatchObject({ proxied: false, steering_policy: '', session_affinity: 'none' })
    expect(put.random_steering).toEqual({ default_weight: 1, pool_weights: {} })
  })

  test('is refused with Cloudflare’s number when it makes no sense', async () => {
    const { client, ofZone, id, blue } = await account()
    const tooMuch = client.loadBalancers.edit(id, { ...ofZone, random_steering: { pool_weights: { [blue]: 95 } } })
    await expect(tooMuch).rejects.toMatchObject({ status: 400, errors: [{ code: 1002 }] })
    const unknown = client.loadBalancers.edit(id, { ...ofZone, default_pools: ['f'.repeat(32)] })
    await expect(unknown).rejects.toMatchObject({ status: 400, errors: [{ code: 1002 }] })
  })

  test('is written down with who made it', async () => {
    const { client, cloudflare, ofZone, ofAccount, id } = await account()
    cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 50, green: 50 })
    await client.loadBalancers.edit(id, { ...ofZone, description: 'By Sluice' })
    const { result } = await client.auditLogs.list({ ...ofAccount })
    expect(result.map(({ actor, interface: by, resource }) => [actor?.email, by, resource?.id])).toEqual([
      ['sluice@omnihub.dev', 'API', id],
      ['mona@omnihub.dev', 'UI', id],
    ])
  })
})

describe('the limit', () => {
  test('blocks a token for five minutes after one request too many', async () => {
    let time = 0
    const clock = { now: () => time, sleep: async () => {} }
    const { client, ofZone, id } = await account({ clock, rateLimit: 3 })
    const ask = () =>
      client.loadBalancers.get(id, ofZone).then(
        () => 'ok',
        (error: Error) => error,
      )
    expect([await ask(), await ask(), await ask()]).toEqual(['ok', 'ok', 'ok'])
    const refused = await ask()
    expect(refused).toMatchObject({ status: 429 })
    expect(refused instanceof Cloudflare.APIError ? refused.headers?.get('retry-after') : null).toBe('300')
    time = 299_000
    expect(await ask()).toMatchObject({ status: 429 })
    time = 300_000
    expect(await ask()).toBe('ok')
  })
})

describe('a request of a visitor', () => {
  test('follows the weights', async () => {
    const { cloudflare } = await account()
    cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 95, green: 5 })
    const routed = Array.from({ length: 10_000 }, () => cloudflare.route())
    const share = routed.filter((pool) => pool === 'green').length / routed.length
    expect(share).toBeGreaterThan(0.04)
    expect(share).toBeLessThan(0.06)
  })

  test('goes by a change only when that has reached the edge', async () => {
    let time = 0
    const clock = { now: () => time, sleep: async () => {} }
    const { cloudflare } = await account({ clock, propagationMs: 2_000 })
    time = 10_000
    cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 0, green: 100 })
    expect(cloudflare.route()).toBe('blue')
    time = 12_000
    expect(cloudflare.route()).toBe('green')
  })

  test('passes a pool over that is not well, once its monitor has noticed', async () => {
    let time = 0
    const clock = { now: () => time, sleep: async () => {} }
    const { cloudflare } = await account({ clock, monitorDelayMs: 60_000 })
    cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 50, green: 50 })
    cloudflare.setHealth('green', false)
    const greens = () => Array.from({ length: 200 }, () => cloudflare.route()).filter((pool) => pool === 'green').length
    expect(greens()).toBeGreaterThan(50)
    time = 60_000
    expect(greens()).toBe(0)
  })

  test('goes to the fallback when no pool is well, and to nobody when that is off', async () => {
    const { cloudflare } = await account()
    cloudflare.setHealth('blue', false)
    cloudflare.setHealth('green', false)
    expect(cloudflare.route()).toBe('blue')
    cloudflare.dashboard('mona@omnihub.dev').editPool('blue', { enabled: false })
    expect(cloudflare.route()).toBeNull()
  })

  test('stays with its pool by session, whatever the weights are, until the pool is off and drained', async () => {
    let time = 0
    const clock = { now: () => time, sleep: async () => {} }
    const { cloudflare } = await account({
      clock,
      balancer: {
        session_affinity: 'cookie',
        session_affinity_ttl: 3600,
        session_affinity_attributes: { drain_duration: 30 },
      },
    })
    const mona = cloudflare.dashboard('mona@omnihub.dev')
    expect(cloudflare.route('ann')).toBe('blue')
    mona.setPercents({ blue: 0, green: 100 })
    expect([cloudflare.route('ann'), cloudflare.route('bob'), cloudflare.route()]).toEqual(['blue', 'green', 'green'])
    mona.editPool('blue', { enabled: false })
    time = 29_999
    expect(cloudflare.route('ann')).toBe('blue')
    time = 30_000
    expect(cloudflare.route('ann')).toBe('green')
  })

  test('forgets its pool when the session is over', async () => {
    let time = 0
    const clock = { now: () => time, sleep: async () => {} }
    const { cloudflare } = await account({
      clock,
      balancer: { session_affinity: 'cookie', session_affinity_ttl: 1800 },
    })
    expect(cloudflare.route('ann')).toBe('blue')
    cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 0, green: 100 })
    time = 1_799_999
    expect(cloudflare.route('ann')).toBe('blue')
    time = 1_800_000
    expect(cloudflare.route('ann')).toBe('green')
  })
})
