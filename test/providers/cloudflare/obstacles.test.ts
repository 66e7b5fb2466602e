import { describe, expect, test } from 'vitest'
import type { BalancerPatch } from '../../../sandbox/cloudflare/bodies.ts'
import { valueIn, withCloudflare } from './with-cloudflare.ts'

describe('what keeps weights from being the split', () => {
  test.each<[string, BalancerPatch, RegExp]>([
    ['a balancer that is disabled', { enabled: false }, /^The load balancer is disabled/],
    ['one that is not proxied', { proxied: false }, /is not proxied.*Switch the proxy on\.$/],
    ['another steering policy', { steering_policy: 'dynamic_latency' }, /"dynamic_latency", and only "random"/],
    ['no steering policy', { steering_policy: '' }, /^No steering policy is set/],
    ['a custom rule', { rules: [{ name: 'Beta testers' }] }, /^Custom rules .*"Beta testers"/],
    ['a pool set', { pool_sets: [{ name: 'Everywhere' }] }, /^Pool sets .*"Everywhere"/],
    [
      'failover between pools',
      { adaptive_routing: { failover_across_pools: true } },
      /hides errors of the new version/,
    ],
    [
      'sessions that are drained for long',
      { session_affinity: 'cookie', session_affinity_attributes: { drain_duration: 61 } },
      /for 61 s after it was disabled.*Set the drain duration to 60 s or less\.$/,
    ],
  ])('%s is told, with what to do', async (_, balancer, expected) => {
    const { router } = await withCloudflare({ balancer })
    expect(valueIn(await router.read()).obstacles).toEqual([expect.stringMatching(expected)])
  })

  test.each(['region_pools', 'country_pools', 'pop_pools'] as const)('%s are told', async (key) => {
    const { cloudflare, router } = await withCloudflare()
    const { blue = '' } = cloudflare.poolIds
    cloudflare.dashboard('mona@omnihub.dev').editBalancer({ [key]: { WEU: [blue] } })
    expect(valueIn(await router.read()).obstacles).toEqual([expect.stringContaining(`"${key}"`)])
  })

  test.each<[string, BalancerPatch]>([
    ['a rule that is off', { rules: [{ name: 'Old', disabled: true }] }],
    ['a pool set that is off', { pool_sets: [{ name: 'Old', disabled: true }] }],
    ['a long drain without session affinity', { session_affinity_attributes: { drain_duration: 3600 } }],
    [
      'sessions that are drained within a minute',
      { session_affinity: 'ip_cookie', session_affinity_attributes: { drain_duration: 60 } },
    ],
    ['empty maps', { region_pools: {}, country_pools: {}, pop_pools: {} }],
  ])('%s is nothing to tell', async (_, balancer) => {
    const { router } = await withCloudflare({ balancer })
    expect(valueIn(await router.read()).obstacles).toEqual([])
  })

  test('pools are told that the balancer has and the configuration has not, and the other way round', async () => {
    const { cloudflare, router } = await withCloudflare({ pools: ['blue', 'green', 'red'] })
    const { blue = '', green = '', red = '' } = cloudflare.poolIds
    const mona = cloudflare.dashboard('mona@omnihub.dev')
    expect(valueIn(await router.read()).obstacles).toEqual([
      expect.stringContaining(`not in the configuration: ${red}.`),
    ])
    mona.editBalancer({ default_pools: [blue] })
    expect(valueIn(await router.read()).obstacles).toEqual([
      "The pool green is not one of the balancer's. Add it there.",
    ])
    mona.editBalancer({ default_pools: [blue, green], fallback_pool: red })
    expect(valueIn(await router.read()).obstacles).toEqual([expect.stringMatching(/^The fallback pool .* is neither/)])
  })
})
