/** Every call fails in the terms that decide what happens next, says honestly what may have happened, and tells no secret. */
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/config/secret.ts'
import type { TrafficRouter } from '../../../src/engine/traffic-router.ts'
import type { CloudflareCall } from '../../../src/providers/cloudflare/cloudflare-calls.ts'
import { short, valueIn, withCloudflare } from './with-cloudflare.ts'

const wanted = { percents: { blue: 95, green: 5 }, disabled: [] }
const calls: Readonly<
  Record<string, { readonly match: string; readonly call: (router: TrafficRouter) => Promise<unknown> }>
> = {
  read: { match: 'GET /client/v4/zones', call: (router) => router.read() },
  apply: { match: 'PATCH /client/v4/zones', call: (router) => router.apply(wanted) },
  lastChange: { match: 'GET /client/v4/accounts', call: (router) => router.lastChange() },
}

describe.each(Object.entries(calls))('%s', (name, { match, call }) => {
  const isChange = name === 'apply'

  test.each([
    ['too_many_requests', { type: 'rate_limited', retryAfterMs: 7000 }],
    [
      'internal_error',
      { type: 'unavailable', mayHaveHappened: isChange, detail: expect.stringContaining('500 Internal') },
    ],
    [
      'bad_gateway',
      { type: 'unavailable', mayHaveHappened: isChange, detail: expect.stringContaining('502 no message') },
    ],
    ['unavailable', { type: 'unavailable', mayHaveHappened: isChange }],
    [
      'malformed',
      { type: 'unavailable', mayHaveHappened: isChange, detail: expect.stringContaining('not understood') },
    ],
    ['reset', { type: 'unavailable', mayHaveHappened: isChange }],
    ['unauthorized', { type: 'unauthorized', detail: expect.stringContaining('CLOUDFLARE_API_TOKEN') }],
    ['not_found', { type: 'not_found' }],
  ] as const)('with %s fails as such', async (kind, failure) => {
    const { cloudflare, router, requests } = await withCloudflare()
    cloudflare.faults.failNext({ match, kind, retryAfterSeconds: 7, times: 3 })
    const result = await call(router)
    expect(result).toMatchObject({ ok: false, failure })
    expect(JSON.stringify(result)).not.toContain(cloudflare.token)
    // What changes something is sent once; what only reads is asked again where that may help.
    const isAskedAgain = !isChange && failure.type === 'unavailable'
    const [method = ''] = match.split(' ')
    const sent = requests().filter((request) => request.startsWith(method) && /balancer$|audit/.test(request))
    expect(sent).toHaveLength(isAskedAgain ? 3 : 1)
  })

  test('gives up in time on a server that does not answer', async () => {
    const { cloudflare, router } = await withCloudflare({}, { timeoutMs: 50 })
    cloudflare.faults.failNext({ match, kind: 'hang' })
    expect(await call(router)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', detail: expect.stringContaining('timeout'), mayHaveHappened: isChange },
    })
  })

  test('says that nothing has happened when nobody could be reached', async () => {
    const { cloudflare, router } = await withCloudflare()
    await cloudflare.close()
    expect(await call(router)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', detail: expect.stringContaining('ECONNREFUSED'), mayHaveHappened: false },
    })
  })

  test('with a token that is none is unauthorized', async () => {
    const { cloudflare, router } = await withCloudflare()
    cloudflare.revokeToken()
    const result = await call(router)
    expect(result).toMatchObject({
      ok: false,
      failure: { type: 'unauthorized', detail: expect.stringContaining('403 Invalid access token (code 9109)') },
    })
    expect(JSON.stringify(result)).not.toContain(cloudflare.token)
  })

  test('waits as long as the limit lasts', async () => {
    const { cloudflare, router } = await withCloudflare({ rateLimit: 20 })
    cloudflare.exhaustRateLimit()
    expect(await call(router)).toMatchObject({ ok: false, failure: { type: 'rate_limited', retryAfterMs: 300_000 } })
  })
})

test('a reading is one also when a call of it fails twice', async () => {
  const { cloudflare, router } = await withCloudflare()
  cloudflare.faults.failNext({ match: 'GET /client/v4/zones', kind: 'internal_error', times: 2 })
  cloudflare.faults.failNext({ match: 'GET /client/v4/accounts', kind: 'reset', times: 2 })
  expect(short(valueIn(await router.read()))).toBe('blue 100, green 0')
})

describe('an apply of which a part is taken', () => {
  const rollback = { percents: { blue: 100, green: 0 }, disabled: ['green'] }

  test('says so, whichever part it is', async () => {
    const { cloudflare, router } = await withCloudflare()
    cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 50, green: 50 })
    cloudflare.faults.failNext({ match: /PATCH .*pools/, kind: 'reset' })
    expect(await router.apply(rollback)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: true },
    })
    cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 50, green: 50 })
    cloudflare.faults.failNext({ match: /PATCH .*zones/, kind: 'reset' })
    expect(await router.apply(rollback)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: true },
    })
  })

  test('tells first what only a person can mend', async () => {
    const { cloudflare, router } = await withCloudflare()
    cloudflare.faults.failNext({ match: /PATCH .*pools/, kind: 'forbidden' })
    cloudflare.faults.failNext({ match: /PATCH .*zones/, kind: 'internal_error' })
    expect(await router.apply(rollback)).toMatchObject({ ok: false, failure: { type: 'unauthorized' } })
  })

  test('switches nothing off unless the pool that shall serve is on', async () => {
    const { cloudflare, router } = await withCloudflare()
    cloudflare.dashboard('mona@omnihub.dev').editPool('blue', { enabled: false })
    cloudflare.faults.failNext({ match: /PATCH .*pools/, kind: 'internal_error' })
    expect(await router.apply(rollback)).toMatchObject({ ok: false })
    expect(cloudflare.pool('green').enabled).toBe(true)
  })

  test('is in force also when the fallback cannot be moved, and tells that', async () => {
    const { cloudflare, router } = await withCloudflare()
    cloudflare.faults.failNext({ match: 'PATCH', kind: 'internal_error', after: 1 })
    const reading = valueIn(await router.apply({ percents: { blue: 0, green: 100 }, disabled: [] }))
    expect(short(reading)).toBe('blue 0, green 100')
    expect(reading.obstacles).toEqual([expect.stringMatching(/^The fallback pool could not be set to green/)])
  })
})

describe('an apply whose answer is lost', () => {
  test.each(['reset_after', 'internal_error_after', 'hang_after'] as const)(
    'is known by what is read back (%s)',
    async (kind) => {
      const { cloudflare, router } = await withCloudflare({}, { timeoutMs: 300 })
      cloudflare.faults.failNext({ match: 'PATCH', kind })
      expect(short(valueIn(await router.apply(wanted)))).toBe('blue 95, green 5')
    },
  )

  test('may have happened as long as nothing can be read', async () => {
    const { cloudflare, router } = await withCloudflare()
    cloudflare.faults.failNext({ match: 'PATCH', kind: 'reset_after' })
    cloudflare.faults.failNext({ match: 'GET /client/v4/zones', kind: 'unavailable', times: 3 })
    expect(await router.apply(wanted)).toMatchObject({ ok: false, failure: { mayHaveHappened: true } })
    expect(short(valueIn(await router.read()))).toBe('blue 95, green 5')
  })

  test('in parts is put together from several', async () => {
    const { cloudflare, router } = await withCloudflare()
    const rollback = { percents: { blue: 100, green: 0 }, disabled: ['green'] }
    cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 50, green: 50 })
    cloudflare.faults.failNext({ match: /PATCH .*pools/, kind: 'internal_error' })
    expect(await router.apply(rollback)).toMatchObject({ ok: false })
    cloudflare.faults.failNext({ match: /PATCH .*zones/, kind: 'internal_error' })
    expect(short(valueIn(await router.apply(rollback)))).toBe('blue 100, green 0 off unknown')
  })

  test('has happened when only the reading back fails', async () => {
    const { cloudflare, router } = await withCloudflare()
    cloudflare.faults.failNext({ match: 'GET /client/v4/zones', kind: 'unavailable', times: 3 })
    expect(await router.apply(wanted)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: true },
    })
    expect(short(valueIn(await router.read()))).toBe('blue 95, green 5')
  })

  test('may come to effect long after it was given up', async () => {
    let land = () => {}
    const landing = new Promise<void>((resolve) => {
      land = resolve
    })
    const clock = { now: () => Date.now(), sleep: () => landing }
    const { cloudflare, router } = await withCloudflare({ clock }, { timeoutMs: 50 })
    cloudflare.faults.failNext({ match: 'PATCH', kind: 'lands_late' })
    expect(await router.apply(wanted)).toMatchObject({ ok: false, failure: { mayHaveHappened: true } })
    expect(short(valueIn(await router.read()))).toBe('blue 100, green 0')
    land()
    await landing
    await new Promise((resolve) => setImmediate(resolve))
    expect(short(valueIn(await router.read()))).toBe('blue 95, green 5')
  })
})

test.each([
  ['zone', { zoneId: 'f'.repeat(32) }, 'not_found', /Could not route to .*\(code 7003\)/],
  ['account', { accountId: 'f'.repeat(32) }, 'not_found', /Could not route to .*\(code 7003\)/],
  [
    'load balancer',
    { loadBalancerId: 'f'.repeat(32) },
    'not_found',
    /load balancer f+\): 404 load balancer: not found/,
  ],
  ['pool', { poolIds: { blue: 'f'.repeat(32), green: 'f'.repeat(32) } }, 'not_found', /pool f+\): 404 pool: not found/],
] as const)('of what is not there it is told what: %s', async (_, traffic, type, detail) => {
  const { router } = await withCloudflare({}, { traffic })
  expect(await router.read()).toMatchObject({ ok: false, failure: { type, detail: expect.stringMatching(detail) } })
})

test('pools that are not there cannot be given a share', async () => {
  const poolIds = { blue: 'e'.repeat(32), green: 'f'.repeat(32) }
  const { router } = await withCloudflare({}, { traffic: { poolIds } })
  expect(await router.apply(wanted)).toMatchObject({
    ok: false,
    failure: { type: 'rejected', detail: expect.stringMatching(/400 pool e+ does not exist: validation failed/) },
  })
})

test('a token that lacks a permission is unauthorized, with what to do', async () => {
  const tokens = { reader: { name: 'reader', actor: 'mona@omnihub.dev', permissions: ['pools'] } } as const
  const { router } = await withCloudflare({ tokens }, { token: new Secret('reader') })
  const detail = expect.stringMatching(
    /403 Authentication error \(code 10000\).*permissions that docs\/configure\.md lists/,
  )
  expect(await router.read()).toMatchObject({ ok: false, failure: { type: 'unauthorized', detail } })
})

test('a token that is no token at all is unauthorized too', async () => {
  const { router } = await withCloudflare({}, { token: new Secret('with space') })
  expect(await router.read()).toMatchObject({
    ok: false,
    failure: { type: 'unauthorized', detail: expect.stringContaining('400 Invalid request headers') },
  })
})

test('each call is measured, with what came of it', async () => {
  const measured: CloudflareCall[] = []
  const { cloudflare, router } = await withCloudflare({}, { onCall: (call) => measured.push(call) })
  cloudflare.faults.failNext({ match: 'PATCH', kind: 'too_many_requests' })
  await router.apply(wanted)
  await router.lastChange()
  expect(measured).toEqual([
    { service: 'cloudflare', method: 'loadBalancers.edit', outcome: 'rate_limited', seconds: expect.any(Number) },
    { service: 'cloudflare', method: 'auditLogs.list', outcome: 'ok', seconds: expect.any(Number) },
  ])
})
