import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { createMeasuredInstance, type MeasuredInstance } from '../../../sandbox/prometheus/measured-service.ts'
import {
  isPrometheusInstalled,
  type RealPrometheus,
  startRealPrometheus,
} from '../../../sandbox/prometheus/real-prometheus.ts'
import type { MetricSample } from '../../../src/analysis/samples.ts'
import { parseConfig } from '../../../src/config/parse-config.ts'
import { metricQueriesOf } from '../../../src/engine/metric-queries.ts'
import type { MetricsSource } from '../../../src/engine/metrics-source.ts'
import type { MetricsPolicy } from '../../../src/policy/metrics-policy.ts'
import { prometheusMetricsSource } from '../../../src/providers/prometheus/prometheus-metrics-source.ts'

const isInstalled = isPrometheusInstalled()
const isCi = process.env.CI === 'true'

test.runIf(isCi)('CI has Prometheus: install the package prometheus', () => {
  expect(isInstalled).toBe(true)
})

/** Made to break a query that is put together from texts. */
const canaryVersion = 'v2 "rc\\1"} or up{a="\n$arm'

/** What production measures, by the file of somebody who wrote this. */
function policyOf(url: string): MetricsPolicy {
  const arms = `{ label: version, canary: ${JSON.stringify(canaryVersion)}, baseline: v1 }`
  const metrics = `{ source: '${url}', arms: ${arms}, select: '{job="service"}', lag: 1s }`
  const environment = `{ name: production, metrics: ${metrics} }`
  const file = `repositories: [{ repo: acme/omnihub, channel: '#a', environments: [${environment}] }]`
  const parsed = parseConfig(file, 'sluice.yml')
  const policy = parsed.ok ? parsed.config.repositories[0]?.environments[0]?.metrics : null
  if (policy === null || policy === undefined) throw new Error('the configuration above is good')
  return policy
}

const title = 'a real Prometheus (skipped where the package prometheus is missing)'
// Each waits for several scrapes, and some for Prometheus to start.
const timeout = 60_000

describe.skipIf(!isInstalled && !isCi)(title, { timeout }, () => {
  let prometheus: RealPrometheus
  let policy: MetricsPolicy
  let source: MetricsSource
  let canary: readonly [MeasuredInstance, MeasuredInstance]
  let baseline: readonly [MeasuredInstance, MeasuredInstance]
  let odd: MeasuredInstance
  /** Where the last interval ended. */
  let measuredTo = 0

  beforeAll(async () => {
    const answer = (path: string) => {
      const [, status, seconds] = path.split('/').map(Number)
      return { status: status ?? 200, seconds: seconds ?? 0.05 }
    }
    const make = () => createMeasuredInstance({ answer })
    canary = [await make(), await make()]
    baseline = [await make(), await make()]
    odd = await createMeasuredInstance({ answer, buckets: [0.2, 2] })
    // The second one of the canary comes later.
    const first = [canary[0], ...baseline]
    await Promise.all(first.map((instance) => instance.start()))
    const labelled = (instances: readonly MeasuredInstance[], version: string) =>
      instances.map(({ address }) => ({ address, labels: { version } }))
    prometheus = await startRealPrometheus({
      targets: [...labelled([...canary, odd], canaryVersion), ...labelled(baseline, 'v1')],
    })
    policy = policyOf(prometheus.url)
    // Tests wait for scrapes instead.
    source = prometheusMetricsSource({ url: policy.source.url, auth: null, arms: policy.arms, lagMs: 0 })
    for (const instance of first) await send(instance, 3, '/200/0.05')
    measuredTo = await quiet(first)
  }, timeout)

  afterAll(async () => {
    await prometheus?.remove()
    await Promise.all([...(canary ?? []), ...(baseline ?? []), odd].map((instance) => instance?.stop()))
  })

  /** When everything that these have counted is stored: UTC milliseconds. Nothing may be sent to them meanwhile. */
  async function quiet(instances: readonly MeasuredInstance[]): Promise<number> {
    // What one scrape brought is stored by the time of the next.
    for (let round = 0; round < 2; round += 1) await Promise.all(instances.map((instance) => instance.scraped()))
    return Date.now()
  }

  /** Measures from where the last interval ended. */
  async function measureTo(to: number) {
    const samples = await source.measure(metricQueriesOf(policy), { from: measuredTo, to })
    measuredTo = to
    return samples
  }

  const truth = () => ({ canary: trueCounts(canary), baseline: trueCounts(baseline) })

  it('counts exactly what the service counted, interval by interval', async () => {
    const traffic = [
      { canary: [40, 3, 7], baseline: [90, 0, 12] },
      { canary: [0, 0, 0], baseline: [5, 5, 5] },
      { canary: [25, 11, 2], baseline: [1, 0, 60] },
    ]
    for (const { canary: c, baseline: b } of traffic) {
      const before = truth()
      for (const [arm, [good = 0, bad = 0, slow = 0]] of [
        [canary.slice(0, 1), c],
        [baseline, b],
      ] as const) {
        for (const [index, instance] of arm.entries()) {
          await send(instance, good + index, '/200/0.05')
          await send(instance, bad, '/500/0.2')
          await send(instance, Math.ceil(bad / 2), '/503/5')
          await send(instance, slow, '/200/0.7')
        }
      }
      expectTruth(await measureTo(await quiet([canary[0], ...baseline])), before, truth())
    }
  })

  it('counts on over the restart of an instance', async () => {
    const before = truth()
    await send(canary[0], 8, '/200/0.05')
    await send(baseline[1], 2, '/500/0.05')
    await quiet([canary[0], ...baseline])
    await canary[0].stop()
    await canary[0].start()
    await send(canary[0], 5, '/200/0.4')
    await send(canary[0], 1, '/500/0.4')
    expectTruth(await measureTo(await quiet([canary[0], ...baseline])), before, truth())
  })

  it('counts an instance that is added from its first request on', async () => {
    const before = truth()
    await canary[1].start()
    await send(canary[1], 17, '/200/0.05')
    await send(canary[1], 4, '/502/0.05')
    const samples = await measureTo(await quiet([...canary, ...baseline]))
    expectTruth(samples, before, truth())
    expect(samples['new errors']).toMatchObject({ canary: { kinds: { 502: 4 } }, baseline: { kinds: {} } })
  })

  it('counts what an instance had done before it vanished, and then nothing more of it', async () => {
    let before = truth()
    await send(canary[1], 6, '/200/0.05')
    await quiet([canary[1]])
    await canary[1].stop()
    await send(canary[0], 2, '/200/0.05')
    expectTruth(await measureTo(await quiet([canary[0], ...baseline])), before, truth())
    before = truth()
    await send(canary[0], 3, '/200/0.05')
    expectTruth(await measureTo(await quiet([canary[0], ...baseline])), before, truth())
  })

  it('is an error while Prometheus is away, and counts all of that time when it is back', async () => {
    const before = truth()
    const from = measuredTo
    await send(canary[0], 4, '/200/0.05')
    await quiet([canary[0]])
    await prometheus.stop()
    await send(canary[0], 30, '/200/0.05')
    await send(canary[0], 5, '/500/0.05')
    await send(baseline[0], 50, '/200/0.4')
    const away = await measureTo(Date.now())
    expect(Object.values(away).map(({ type }) => type)).toEqual(['error', 'error', 'error'])
    expect(await source.ping()).toMatchObject({ ok: false, failure: { type: 'unavailable' } })
    measuredTo = from
    await prometheus.start()
    expectTruth(await measureTo(await quiet([canary[0], ...baseline])), before, truth())
    expect(await source.ping()).toMatchObject({ ok: true })
  })

  it('loses nothing between intervals that are measured under traffic, and counts nothing twice', async () => {
    const before = truth()
    const arms = [canary[0], ...baseline]
    let isOver = false
    const traffic = arms.map(async (instance, index) => {
      while (!isOver) await send(instance, 1 + index, index === 0 ? '/500/0.4' : '/200/0.05')
    })
    const lagMs = 2500
    const measured: MetricSample[] = []
    for (let round = 0; round < 5; round += 1) {
      await baseline[0].scraped()
      const to = Date.now() - lagMs
      if (to > measuredTo) measured.push((await measureTo(to)).errors ?? { type: 'error', detail: 'nothing' })
    }
    isOver = true
    await Promise.all(traffic)
    measured.push((await measureTo(await quiet(arms))).errors ?? { type: 'error', detail: 'nothing' })
    expect(measured.length).toBeGreaterThan(2)
    const sum = (arm: 'canary' | 'baseline', key: 'total' | 'bad') =>
      measured.reduce((all, sample) => all + (sample.type === 'ratio' ? (sample[arm][key] ?? 0) : Number.NaN), 0)
    const after = truth()
    for (const arm of ['canary', 'baseline'] as const) {
      expect(sum(arm, 'total')).toBe(after[arm].total - before[arm].total)
      expect(sum(arm, 'bad')).toBe(bad(after[arm]) - bad(before[arm]))
    }
  })

  it('says that there is no data where a series is missing, and what was wrong with a query', async () => {
    const to = Date.now()
    const samples = await source.measure(
      {
        missing: { type: 'ratio', total: 'nobody_counts_this_total', bad: 'nobody_counts_this_total{status="500"}' },
        silent: { type: 'latency', buckets: 'nobody_measures_this_bucket' },
        broken: { type: 'ratio', total: 'http_requests_total', bad: 'http_requests_total{status=~"("}' },
      },
      { from: to - 5000, to },
    )
    expect(samples).toEqual({
      missing: { type: 'ratio', canary: { total: null, bad: null }, baseline: { total: null, bad: null } },
      silent: {
        type: 'latency',
        bounds: [Number.POSITIVE_INFINITY],
        canary: { counts: null },
        baseline: { counts: null },
      },
      broken: { type: 'error', detail: expect.stringMatching(/HTTP 400 bad_data: .*missing closing \)/) },
    })
  })

  it('refuses to compare versions whose buckets differ', async () => {
    await odd.start()
    await send(odd, 1, '/200/0.05')
    const { latency: sample } = await measureTo(await quiet([odd, canary[0], ...baseline]))
    expect(sample).toMatchObject({ type: 'error', detail: expect.stringContaining('different buckets') })
    await odd.stop()
  })

  it('says that the canary is silent when all of it is gone', async () => {
    await canary[0].stop()
    measuredTo = await quiet(baseline)
    await send(baseline[0], 3, '/200/0.05')
    expect(await measureTo(await quiet(baseline))).toMatchObject({
      errors: { canary: { total: null, bad: null }, baseline: { total: 3, bad: 0 } },
      latency: { canary: { counts: null } },
    })
  })
})

interface ArmCounts {
  readonly total: number
  readonly byStatus: Readonly<Record<string, number>>
  readonly byBucket: readonly number[]
}

function trueCounts(instances: readonly MeasuredInstance[]): ArmCounts {
  const all = instances.map((instance) => instance.counts())
  const byStatus: Record<string, number> = {}
  for (const counts of all) {
    for (const [status, count] of Object.entries(counts.byStatus)) byStatus[status] = (byStatus[status] ?? 0) + count
  }
  const byBucket = (all[0]?.byBucket ?? []).map((_, index) =>
    all.reduce((sum, counts) => sum + (counts.byBucket[index] ?? 0), 0),
  )
  return { total: all.reduce((sum, { total }) => sum + total, 0), byStatus, byBucket }
}

function bad({ byStatus }: ArmCounts): number {
  return Object.entries(byStatus).reduce((sum, [status, count]) => sum + (status.startsWith('5') ? count : 0), 0)
}

type BothArms = Readonly<Record<'canary' | 'baseline', ArmCounts>>

/** Checks all three metrics against what the service counted in between. */
function expectTruth(samples: Readonly<Record<string, MetricSample>>, before: BothArms, after: BothArms): void {
  const { errors, latency, 'new errors': newErrors } = samples
  for (const arm of ['canary', 'baseline'] as const) {
    const total = after[arm].total - before[arm].total
    expect(errors?.type).toBe('ratio')
    if (errors?.type === 'ratio') {
      expect(errors[arm].total, `${arm} in all`).toBe(total)
      expect(errors[arm].bad ?? 0, `${arm} errors`).toBe(bad(after[arm]) - bad(before[arm]))
    }
    expect(latency?.type).toBe('latency')
    if (latency?.type === 'latency') {
      expect(latency.bounds).toEqual([0.1, 0.3, 0.5, 1, 3, Number.POSITIVE_INFINITY])
      const grown = after[arm].byBucket.map((count, index) => count - (before[arm].byBucket[index] ?? 0))
      expect(latency[arm].counts, `${arm} buckets`).toEqual(grown)
    }
    expect(newErrors?.type).toBe('kinds')
    if (newErrors?.type === 'kinds') {
      const grown = Object.entries(after[arm].byStatus)
        .map(([status, count]) => [status, count - (before[arm].byStatus[status] ?? 0)] as const)
        .filter(([status, count]) => status.startsWith('5') && count > 0)
      expect(newErrors[arm], `${arm} kinds`).toEqual({ total, kinds: Object.fromEntries(grown) })
    }
  }
}

async function send(instance: MeasuredInstance, count: number, path: string): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async () => {
      // Connections that are kept would be those of an instance before its restart.
      const response = await fetch(`http://${instance.address}${path}`, { headers: { connection: 'close' } })
      await response.text()
    }),
  )
}
