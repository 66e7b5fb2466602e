/** What is looked at before a release changes anything: at the real providers' code, and simulated services over HTTP. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { startSimulatedManagement } from '../../../sandbox/supabase/simulated-management.ts'
import { rolloutDefaults } from '../../../src/config/rollout-defaults.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { EnvironmentServices } from '../../../src/engine/environment-services.ts'
import { prepareStart } from '../../../src/engine/gate/prepare-start.ts'
import { httpProbe } from '../../../src/providers/http-probe.ts'
import { supabaseFunctionsHost } from '../../../src/providers/supabase/functions-host.ts'
import { bundlesOf, snapshotOf } from '../../../src/store/snapshots.ts'
import { withCloudflare } from '../../providers/cloudflare/with-cloudflare.ts'
import { aPolicy } from '../../release/fixtures.ts'
import { temporaryStore } from '../../store/temporary-store.ts'
import { fakeClock } from '../fake-clock.ts'

const project = 'abcdefghijklmnopqrst'
const release = {
  id: '01JRELEASE0000000000000001',
  repository: 'omnihub/app',
  environment: 'production',
  strategy: 'canary',
  sha: 'a'.repeat(40),
} as const

async function prepared() {
  const { cloudflare, router } = await withCloudflare()
  const supabase = await startSimulatedManagement()
  onTestFinished(() => supabase.stop())
  supabase.functions.deploy('hello', 'export default 1')
  const { store } = temporaryStore()
  const token = new Secret(supabase.token)
  const services: EnvironmentServices = {
    router,
    metrics: null,
    functions: { host: supabaseFunctionsHost({ apiUrl: supabase.apiUrl, project, token }), project },
    frontend: null,
    probe: httpProbe(),
  }
  const { blue = '', green = '' } = cloudflare.poolIds
  const { accountId, zoneId, loadBalancerId, apiUrl } = cloudflare
  const environment = {
    name: 'production',
    aliases: [],
    url: null,
    gate: aPolicy(),
    functions: { host: 'supabase', project },
    frontend: null,
    metrics: null,
    health: null,
    rollout: rolloutDefaults('UTC'),
    traffic: {
      type: 'cloudflare',
      target: { pools: ['blue', 'green'] },
      poolIds: { blue, green },
      ...{ accountId, zoneId, loadBalancerId, apiUrl },
    },
  } as const
  const context = {
    store,
    clock: fakeClock(1_790_000_000_000),
    environmentOf: () => environment,
    servicesOf: async () => services,
  }
  return { cloudflare, supabase, store, context, services }
}

describe('before a release starts', () => {
  test('what is live is kept, with its code, and the idle pool is told', async () => {
    const { store, context } = await prepared()
    expect(await prepareStart(release, false, context)).toEqual({ type: 'ready', pool: 'green' })
    const snapshot = await snapshotOf(store.db, release.id)
    expect(snapshot?.functions?.functions.map(({ slug }) => slug)).toEqual(['hello'])
    expect((await bundlesOf(store.db, release.id)).kept.map(({ slug }) => slug)).toEqual(['hello'])
  })

  test('one that may have begun keeps the snapshot of before; one that has not takes another', async () => {
    const { supabase, store, context } = await prepared()
    await prepareStart(release, false, context)
    const before = await snapshotOf(store.db, release.id)
    supabase.functions.deploy('hello', 'export default 2')
    await prepareStart(release, true, context)
    expect(await snapshotOf(store.db, release.id)).toEqual(before)
    await prepareStart(release, false, context)
    expect((await snapshotOf(store.db, release.id))?.functions?.functions[0]?.version).toBe(2)
  })

  test('a split between both pools stops it, and says what is so', async () => {
    const { cloudflare, services, context } = await prepared()
    await services.router?.apply({ percents: { blue: 70, green: 30 }, disabled: [] })
    const answer = await prepareStart(release, false, context)
    expect(answer).toMatchObject({ type: 'failed', reason: 'traffic_obstacle' })
    expect(JSON.stringify(answer)).toContain('blue 70 %, green 30 %')
    expect(JSON.stringify(answer)).not.toContain(cloudflare.token)
  })

  test('a service that is away is asked again later; one that refuses the token never starts it', async () => {
    const { supabase, store, context } = await prepared()
    supabase.outage(true)
    expect(await prepareStart(release, false, context)).toMatchObject({ type: 'later', afterMs: 15_000 })
    supabase.outage(false)
    supabase.revokeToken()
    expect(await prepareStart(release, false, context)).toMatchObject({ type: 'failed', reason: 'snapshot_failed' })
    expect(await snapshotOf(store.db, release.id)).toBeNull()
  })

  test('a release that takes all traffic at once asks for no pool', async () => {
    const { context } = await prepared()
    const direct = { ...release, strategy: 'direct' } as const
    expect(await prepareStart(direct, false, context)).toEqual({ type: 'ready', pool: null })
  })
})
