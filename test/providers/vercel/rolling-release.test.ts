import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type SimulatedRollingReleasesOptions,
  startSimulatedRollingReleases,
} from '../../../sandbox/vercel/rolling-release-server.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { ServiceResult } from '../../../src/engine/service-failure.ts'
import type { TrafficReading } from '../../../src/engine/traffic-router.ts'
import {
  type VercelRollingReleaseOptions,
  vercelRollingRelease,
} from '../../../src/providers/vercel/rolling-release.ts'

const manual = (...percents: number[]) =>
  percents.map((targetPercentage) =>
    targetPercentage === 100 ? { targetPercentage } : { targetPercentage, requireApproval: true },
  )

async function withVercel(
  options: Partial<SimulatedRollingReleasesOptions> = {},
  router: Partial<VercelRollingReleaseOptions> = {},
) {
  const vercel = await startSimulatedRollingReleases({ deployments: ['dpl_old', 'dpl_new', 'dpl_other'], ...options })
  onTestFinished(() => vercel.close())
  let seen = 0
  return {
    vercel,
    router: vercelRollingRelease({
      apiUrl: vercel.apiUrl,
      token: new Secret(vercel.token),
      project: vercel.project,
      team: null,
      domain: vercel.domain,
      baseline: 'dpl_old',
      canary: 'dpl_new',
      ...router,
    }),
    /** What was ordered since the last call of this. */
    orders() {
      const fresh = vercel.requests.slice(seen)
      seen = vercel.requests.length
      return fresh.flatMap(({ method, path }) => (method === 'POST' ? [path.split('/').slice(4).join('/')] : []))
    },
  }
}

function valueIn<T>(result: ServiceResult<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.failure))
  return result.value
}

function canaryShare({ pools }: TrafficReading): number | undefined {
  expect(pools.map(({ pool }) => pool)).toEqual(['baseline', 'canary'])
  expect(pools.reduce((sum, { percent }) => sum + percent, 0)).toBe(100)
  return pools.find(({ pool }) => pool === 'canary')?.percent
}

const to = (canary: number, disabled: readonly string[] = []) => ({
  percents: { baseline: 100 - canary, canary },
  disabled,
})

describe('a rolling release', () => {
  test('goes through its steps to everybody', async () => {
    const { router, vercel, orders } = await withVercel()
    expect(canaryShare(valueIn(await router.read()))).toBe(0)
    for (const percent of [5, 10, 25, 50, 100]) {
      expect(canaryShare(valueIn(await router.apply(to(percent))))).toBe(percent)
    }
    expect(vercel.liveId()).toBe('dpl_new')
    expect(orders()).toEqual([
      'rolling-release/start',
      ...Array.from({ length: 3 }, () => 'rolling-release/approve-stage'),
      'rolling-release/complete',
    ])
  })

  test('reaches visitors in the share of its stage, each of whom keeps to one side', async () => {
    const { router, vercel } = await withVercel()
    valueIn(await router.apply(to(25)))
    const visitors = Array.from({ length: 4000 }, (_, index) => `visitor-${index}`)
    const onCanary = visitors.filter((visitor) => vercel.route(visitor) === 'dpl_new')
    expect(onCanary.length / visitors.length).toBeGreaterThan(0.22)
    expect(onCanary.length / visitors.length).toBeLessThan(0.28)
    expect(visitors.filter((visitor) => vercel.route(visitor) === 'dpl_new')).toEqual(onCanary)
  })

  test('may pass stages over, and each of them is approved', async () => {
    const { router, orders } = await withVercel()
    expect(canaryShare(valueIn(await router.apply(to(50))))).toBe(50)
    expect(orders()).toEqual([
      'rolling-release/start',
      ...Array.from({ length: 3 }, () => 'rolling-release/approve-stage'),
    ])
  })

  test('may be ordered twice', async () => {
    const { router, orders } = await withVercel()
    valueIn(await router.apply(to(10)))
    orders()
    expect(canaryShare(valueIn(await router.apply(to(10))))).toBe(10)
    valueIn(await router.apply(to(100)))
    expect(canaryShare(valueIn(await router.apply(to(100))))).toBe(100)
    expect(orders()).toEqual(['rolling-release/complete'])
  })

  test('goes on where it was when the answer to an approval is lost', async () => {
    const { router, vercel, orders } = await withVercel()
    valueIn(await router.apply(to(5)))
    vercel.faults.failNext({ match: 'approve-stage', kind: 'reset_after' })
    expect(await router.apply(to(10))).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: true },
    })
    orders()
    expect(canaryShare(valueIn(await router.apply(to(10))))).toBe(10)
    expect(orders()).toEqual([])
  })

  test('gives everybody the new version at once where that is wanted', async () => {
    const { router, vercel, orders } = await withVercel()
    expect(canaryShare(valueIn(await router.apply(to(100))))).toBe(100)
    expect(vercel.liveId()).toBe('dpl_new')
    expect(orders()).toEqual(['rolling-release/start', 'rolling-release/complete'])
  })

  test('takes no share that is not a stage, and starts nothing then', async () => {
    const { router, orders } = await withVercel({ stages: manual(10, 50, 100) })
    expect(await router.apply(to(5))).toMatchObject({
      ok: false,
      failure: {
        type: 'rejected',
        detail: expect.stringContaining("5% is not one of the project's stages (10%, 50%, 100%)"),
      },
    })
    expect(orders()).toEqual([])
  })

  test('never goes back to a smaller share', async () => {
    const { router, orders } = await withVercel()
    valueIn(await router.apply(to(25)))
    orders()
    expect(await router.apply(to(10))).toMatchObject({ ok: false, failure: { type: 'rejected' } })
    valueIn(await router.apply(to(100)))
    expect(await router.apply(to(10))).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringContaining('only a rollback is left') },
    })
    expect(orders()).toEqual(['rolling-release/complete'])
  })

  test('that makes no sense is a mistake of the caller', async () => {
    const { router } = await withVercel()
    await expect(router.apply({ percents: { blue: 100, green: 0 }, disabled: [] })).rejects.toThrow(
      'baseline and canary',
    )
    await expect(router.apply({ percents: { baseline: 50, canary: 40 }, disabled: [] })).rejects.toThrow('make 100')
  })
})

describe('a rollback', () => {
  test('ends a rolling release that is under way', async () => {
    const { router, vercel, orders } = await withVercel()
    valueIn(await router.apply(to(50)))
    orders()
    expect(canaryShare(valueIn(await router.apply(to(0, ['canary']))))).toBe(0)
    expect(orders()).toEqual(['rollback/dpl_old'])
    expect(Array.from({ length: 100 }, (_, index) => vercel.route(`visitor-${index}`))).not.toContain('dpl_new')
  })

  test('puts the deployment back that served before, when the new one serves everybody', async () => {
    const { router, vercel } = await withVercel()
    valueIn(await router.apply(to(100)))
    expect(canaryShare(valueIn(await router.apply(to(0))))).toBe(0)
    expect(vercel.liveId()).toBe('dpl_old')
  })

  test('is not called in force before Vercel has carried it out', async () => {
    let time = 0
    const clock = { now: () => time, sleep: async () => {} }
    const { router } = await withVercel({ clock, rollbackMs: 3_000 })
    valueIn(await router.apply(to(50)))
    expect(canaryShare(valueIn(await router.apply(to(0))))).toBe(50)
    time = 3_000
    expect(canaryShare(valueIn(await router.read()))).toBe(0)
  })

  test('orders nothing where nothing was started', async () => {
    const { router, orders } = await withVercel()
    expect(canaryShare(valueIn(await router.apply(to(0))))).toBe(0)
    expect(orders()).toEqual([])
  })

  test('ends the rolling release of somebody else as well: all traffic is the old version again', async () => {
    const { router, vercel, orders } = await withVercel()
    vercel.start('dpl_other')
    const reading = valueIn(await router.read())
    expect(canaryShare(reading)).toBe(5)
    expect(canaryShare(valueIn(await router.apply(to(0))))).toBe(0)
    expect(orders()).toEqual(['rollback/dpl_old'])
    expect(Array.from({ length: 100 }, (_, index) => vercel.route(`visitor-${index}`))).not.toContain('dpl_other')
  })

  test('is all that can be ordered while the new deployment is not known', async () => {
    const { router, vercel, orders } = await withVercel({}, { canary: null })
    for (const percent of [5, 100]) {
      expect(await router.apply(to(percent))).toMatchObject({ ok: false, failure: { type: 'rejected' } })
    }
    expect(orders()).toEqual([])
    vercel.start('dpl_new')
    vercel.complete('dpl_new')
    expect(canaryShare(valueIn(await router.read()))).toBe(100)
    expect(canaryShare(valueIn(await router.apply(to(0))))).toBe(0)
    expect(vercel.liveId()).toBe('dpl_old')
  })

  test('is ordered also when nothing can be read', async () => {
    const { router, vercel, orders } = await withVercel()
    valueIn(await router.apply(to(50)))
    orders()
    vercel.faults.failNext({ match: 'GET', kind: 'internal_error', times: 3 })
    expect(canaryShare(valueIn(await router.apply(to(0))))).toBe(0)
    expect(orders()).toEqual(['rollback/dpl_old'])
  })
})

describe('what stands in the way', () => {
  test('is told when rolling releases are off', async () => {
    const { router } = await withVercel({ stages: null })
    expect(valueIn(await router.read()).obstacles).toEqual([expect.stringContaining('switched off for the project')])
  })

  test('is told when stages go on by themselves, or rise within', async () => {
    const stages = [
      { targetPercentage: 10, duration: 5 },
      { targetPercentage: 50, requireApproval: true, linearShift: true },
    ]
    const { router } = await withVercel({ stages: [...stages, { targetPercentage: 100 }] })
    expect(valueIn(await router.read()).obstacles).toEqual([
      expect.stringMatching(/^Stages go on by themselves/),
      expect.stringMatching(/^Shares rise within a stage/),
    ])
  })

  test('is told when another release is under way, and nothing is started then', async () => {
    const { router, vercel, orders } = await withVercel()
    vercel.start('dpl_other')
    expect(valueIn(await router.read()).obstacles).toEqual([expect.stringContaining('rolling release of dpl_other')])
    expect(await router.apply(to(5))).toMatchObject({ ok: false, failure: { type: 'rejected' } })
    expect(orders()).toEqual([])
  })

  test('is told when a deployment waits for its turn', async () => {
    const { router, vercel } = await withVercel()
    valueIn(await router.apply(to(5)))
    vercel.queue('dpl_other')
    expect(valueIn(await router.read()).obstacles).toEqual([expect.stringContaining('dpl_other is queued')])
  })

  test('is told when production is something else', async () => {
    const { router } = await withVercel({ deployments: ['dpl_other', 'dpl_old', 'dpl_new'] })
    expect(valueIn(await router.read()).obstacles).toEqual([expect.stringContaining('Production is dpl_other')])
  })
})

describe('a call', () => {
  test.each([
    ['too_many_requests', { type: 'rate_limited', retryAfterMs: 9000 }],
    ['internal_error', { type: 'unavailable', mayHaveHappened: true }],
    ['bad_gateway', { type: 'unavailable', mayHaveHappened: true, detail: expect.stringContaining('502 no message') }],
    ['malformed', { type: 'unavailable', mayHaveHappened: true, detail: expect.stringContaining('not understood') }],
    ['reset', { type: 'unavailable', mayHaveHappened: true }],
    ['reset_after', { type: 'unavailable', mayHaveHappened: true }],
    ['unauthorized', { type: 'unauthorized', detail: expect.stringContaining('Check the Vercel token') }],
    ['not_found', { type: 'not_found' }],
  ] as const)('with %s fails as such', async (kind, failure) => {
    const { router, vercel } = await withVercel()
    vercel.faults.failNext({ match: 'rolling-release/start', kind, retryAfterSeconds: 9 })
    const result = await router.apply(to(5))
    expect(result).toMatchObject({ ok: false, failure })
    expect(JSON.stringify(result)).not.toContain(vercel.token)
  })

  test('that only reads has changed nothing, whatever became of it', async () => {
    const { router, vercel } = await withVercel({}, { timeoutMs: 50 })
    vercel.faults.failNext({ match: 'GET /v1', kind: 'hang' })
    expect(await router.read()).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', detail: expect.stringContaining('timeout'), mayHaveHappened: false },
    })
  })

  test('with a wrong token is unauthorized', async () => {
    const { router } = await withVercel({}, { token: new Secret('another-token') })
    const result = await router.read()
    expect(result).toMatchObject({ ok: false, failure: { type: 'unauthorized' } })
    expect(JSON.stringify(result)).not.toContain('another-token')
  })

  test('names no author, because Vercel does not tell', async () => {
    const { router } = await withVercel()
    expect(await router.lastChange()).toEqual({ ok: true, value: null })
  })
})
