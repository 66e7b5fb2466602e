import { describe, expect, test } from 'vitest'
import { short, valueIn, withCloudflare } from './with-cloudflare.ts'

const day = Date.UTC(2026, 5, 1)

/** A clock that stands still until it is moved. */
function handClock() {
  let time = day
  return {
    now: () => time,
    sleep: async () => {},
    advance(ms: number) {
      time += ms
    },
  }
}

describe('the split as it is read', () => {
  test('is the share of each pool, with its health', async () => {
    const { cloudflare, router } = await withCloudflare()
    cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 95, green: 5 })
    const reading = valueIn(await router.read())
    expect(reading).toEqual({
      pools: [
        { pool: 'blue', percent: 95, isEnabled: true, health: 'healthy' },
        { pool: 'green', percent: 5, isEnabled: true, health: 'healthy' },
      ],
      obstacles: [],
      hasSessionAffinity: false,
    })
  })

  test.each([
    ['weights are relative to each other', { blue: 0.3, green: 0.1 }, 1, 'blue 75, green 25'],
    ['a pool without a weight has the default one', { blue: 0.2 }, 0.2, 'blue 50, green 50'],
    ['without any weight all are equal', {}, 1, 'blue 50, green 50'],
    ['a weight may be any fraction', { blue: 0.667, green: 0.333 }, 1, 'blue 66.7, green 33.3'],
    ['when all have none, nobody gets a share', { blue: 0, green: 0 }, 0, 'blue 0, green 0'],
  ])('%s', async (_, weights, defaultWeight, expected) => {
    const { cloudflare, router } = await withCloudflare()
    const ids = Object.entries(weights).map(([name, weight]) => [cloudflare.poolIds[name] ?? '', weight])
    cloudflare
      .dashboard('mona@omnihub.dev')
      .editBalancer({ random_steering: { default_weight: defaultWeight, pool_weights: Object.fromEntries(ids) } })
    expect(short(valueIn(await router.read()))).toBe(expected)
  })

  test('gives the whole to the pool that is left when the other is switched off', async () => {
    const { cloudflare, router } = await withCloudflare()
    const mona = cloudflare.dashboard('mona@omnihub.dev')
    mona.setPercents({ blue: 90, green: 10 })
    mona.editPool('blue', { enabled: false })
    expect(short(valueIn(await router.read()))).toBe('blue 0 off unknown, green 100')
  })

  test('without steering is the first pool that is on', async () => {
    const { cloudflare, router } = await withCloudflare({ balancer: { steering_policy: 'off' } })
    expect(short(valueIn(await router.read()))).toBe('blue 100, green 0')
    cloudflare.dashboard('mona@omnihub.dev').editPool('blue', { enabled: false })
    expect(short(valueIn(await router.read()))).toBe('blue 0 off unknown, green 100')
  })

  test('knows the health of a pool as soon as its monitor does, and not of one without', async () => {
    const clock = handClock()
    const { cloudflare, router } = await withCloudflare({ clock, monitorDelayMs: 60_000, withoutMonitor: ['blue'] })
    cloudflare.setHealth('green', false)
    clock.advance(59_999)
    expect(short(valueIn(await router.read()))).toBe('blue 100 unknown, green 0')
    clock.advance(1)
    expect(short(valueIn(await router.read()))).toBe('blue 100 unknown, green 0 unhealthy')
  })

  test('is there also when nobody tells the health of the pools', async () => {
    const { cloudflare, router } = await withCloudflare({}, { timeoutMs: 500 })
    cloudflare.faults.failNext({ match: '/health', kind: 'internal_error', times: 3 })
    cloudflare.faults.failNext({ match: '/health', kind: 'reset', times: 3 })
    expect(short(valueIn(await router.read()))).toBe('blue 100 unknown, green 0 unknown')
  })
})

describe('a split that is applied', () => {
  test('names every pool, leaves nothing to defaults, and is read back', async () => {
    const { cloudflare, router, requests } = await withCloudflare()
    const { blue = '', green = '' } = cloudflare.poolIds
    const reading = valueIn(await router.apply({ percents: { blue: 95, green: 5 }, disabled: [] }))
    expect(short(reading)).toBe('blue 95, green 5')
    expect(cloudflare.requests[0]?.body).toEqual({
      steering_policy: 'random',
      random_steering: { default_weight: 0, pool_weights: { [blue]: 0.95, [green]: 0.05 } },
    })
    const [first, ...others] = requests()
    expect([first, ...others.toSorted()]).toEqual([
      'PATCH balancer',
      'GET balancer',
      'GET pools/blue',
      'GET pools/blue/health',
      'GET pools/green',
      'GET pools/green/health',
    ])
  })

  test('reaches the requests', async () => {
    const { cloudflare, router } = await withCloudflare()
    valueIn(await router.apply({ percents: { blue: 75, green: 25 }, disabled: [] }))
    const routed = Array.from({ length: 4000 }, () => cloudflare.route())
    const share = routed.filter((pool) => pool === 'green').length / routed.length
    expect(share).toBeGreaterThan(0.22)
    expect(share).toBeLessThan(0.28)
  })

  test('leaves everything else of the balancer as it was', async () => {
    const { cloudflare, router } = await withCloudflare({
      balancer: { session_affinity: 'cookie', session_affinity_attributes: { drain_duration: 30 } },
    })
    const before = cloudflare.balancer()
    valueIn(await router.apply({ percents: { blue: 50, green: 50 }, disabled: [] }))
    expect({ ...cloudflare.balancer(), modified_on: null, random_steering: null }).toEqual({
      ...before,
      modified_on: null,
      random_steering: null,
    })
  })

  test('is not called in force when weights come back in tenths', async () => {
    const { router } = await withCloudflare({ weightStep: 0.1 })
    const reading = valueIn(await router.apply({ percents: { blue: 95, green: 5 }, disabled: [] }))
    expect(short(reading)).toBe('blue 90.9091, green 9.0909')
  })

  test('may be sent twice', async () => {
    const { cloudflare, router } = await withCloudflare()
    const wanted = { percents: { blue: 90, green: 10 }, disabled: [] }
    valueIn(await router.apply(wanted))
    const after = { ...cloudflare.balancer(), modified_on: null }
    expect(short(valueIn(await router.apply(wanted)))).toBe('blue 90, green 10')
    expect({ ...cloudflare.balancer(), modified_on: null }).toEqual(after)
  })

  test('sets the steering right that somebody has switched off', async () => {
    const { cloudflare, router } = await withCloudflare({ balancer: { steering_policy: 'off' } })
    const reading = valueIn(await router.apply({ percents: { blue: 90, green: 10 }, disabled: [] }))
    expect(reading.obstacles).toEqual([])
    expect(cloudflare.balancer().steering_policy).toBe('random')
  })

  test('switches a pool on that is to be on, once the weights are set', async () => {
    const { cloudflare, router, requests } = await withCloudflare()
    const mona = cloudflare.dashboard('mona@omnihub.dev')
    mona.setPercents({ blue: 20, green: 80 })
    mona.editPool('green', { enabled: false })
    const reading = valueIn(await router.apply({ percents: { blue: 95, green: 5 }, disabled: [] }))
    expect(short(reading)).toBe('blue 95, green 5')
    expect(requests().filter((request) => request.startsWith('PATCH'))).toEqual(['PATCH balancer', 'PATCH pools/green'])
  })

  test('lets the fallback follow the pool that gets most', async () => {
    const { cloudflare, router } = await withCloudflare()
    const { blue, green } = cloudflare.poolIds
    const fallbackAt = async (share: number) => {
      valueIn(await router.apply({ percents: { blue: 100 - share, green: share }, disabled: [] }))
      return cloudflare.balancer().fallback_pool
    }
    expect(await fallbackAt(5)).toBe(blue)
    expect(await fallbackAt(50)).toBe(blue)
    expect(await fallbackAt(100)).toBe(green)
    expect(await fallbackAt(0)).toBe(blue)
  })

  test('leaves a fallback alone that is none of its pools', async () => {
    const { cloudflare, router } = await withCloudflare({ pools: ['blue', 'green', 'sorry'] })
    const { blue = '', green = '', sorry = '' } = cloudflare.poolIds
    cloudflare.dashboard('mona@omnihub.dev').editBalancer({ default_pools: [blue, green], fallback_pool: sorry })
    valueIn(await router.apply({ percents: { blue: 0, green: 100 }, disabled: [] }))
    expect(cloudflare.balancer().fallback_pool).toBe(sorry)
  })

  test.each([
    [{ blue: 50, green: 40 }, []],
    [{ blue: 100 }, []],
    [{ blue: 100, red: 0 }, []],
    [{ blue: 99.5, green: 0.5 }, []],
    [{ blue: 110, green: -10 }, []],
    [{ blue: 50, green: 50 }, ['green']],
    [{ blue: 100, green: 0 }, ['red']],
  ])(
    'that makes no sense is a mistake of the caller: %o, off %o',
    async (percents: Record<string, number>, disabled) => {
      const { router, requests } = await withCloudflare()
      await expect(router.apply({ percents, disabled })).rejects.toThrow('This is no split between blue and green')
      expect(requests()).toEqual([])
    },
  )
})

describe('a rollback where sessions stay with their pool', () => {
  const sticky = { session_affinity: 'cookie', session_affinity_attributes: { drain_duration: 0 } } as const

  test('takes the sessions along by switching the pool off', async () => {
    const { cloudflare, router, requests } = await withCloudflare({ balancer: sticky })
    valueIn(await router.apply({ percents: { blue: 50, green: 50 }, disabled: [] }))
    const sessions = Array.from({ length: 100 }, (_, index) => `session-${index}`)
    const onGreen = sessions.filter((session) => cloudflare.route(session) === 'green')
    expect(onGreen.length).toBeGreaterThan(30)

    valueIn(await router.apply({ percents: { blue: 100, green: 0 }, disabled: [] }))
    expect(onGreen.every((session) => cloudflare.route(session) === 'green')).toBe(true)
    requests()

    const reading = valueIn(await router.apply({ percents: { blue: 100, green: 0 }, disabled: ['green'] }))
    expect(short(reading)).toBe('blue 100, green 0 off unknown')
    expect(reading.hasSessionAffinity).toBe(true)
    expect(sessions.every((session) => cloudflare.route(session) === 'blue')).toBe(true)
    expect(requests().filter((request) => request.startsWith('PATCH'))).toEqual(['PATCH balancer', 'PATCH pools/green'])
  })

  test('switches the old pool on before the new one goes off, so that there is always one', async () => {
    const { cloudflare, router } = await withCloudflare({ balancer: sticky })
    valueIn(await router.apply({ percents: { blue: 0, green: 100 }, disabled: ['blue'] }))
    const seen: (string | null)[] = []
    cloudflare.faults.setLatency([0, 5])
    const rollback = router.apply({ percents: { blue: 100, green: 0 }, disabled: ['green'] })
    const done = rollback.then(() => true)
    while (!(await Promise.race([done, new Promise((resolve) => setImmediate(resolve))]))) seen.push(cloudflare.route())
    expect(short(valueIn(await rollback))).toBe('blue 100, green 0 off unknown')
    expect(seen).not.toContain(null)
  })

  test('takes the traffic off the new version also when the weights cannot be set', async () => {
    const { cloudflare, router } = await withCloudflare({ balancer: sticky })
    valueIn(await router.apply({ percents: { blue: 50, green: 50 }, disabled: [] }))
    cloudflare.faults.failNext({ match: /PATCH .*load_balancers\/[0-9a-f]{32}$/, kind: 'internal_error' })
    const result = await router.apply({ percents: { blue: 100, green: 0 }, disabled: ['green'] })
    expect(result).toMatchObject({ ok: false, failure: { type: 'unavailable', mayHaveHappened: true } })
    expect(short(valueIn(await router.read()))).toBe('blue 100, green 0 off unknown')
  })
})
