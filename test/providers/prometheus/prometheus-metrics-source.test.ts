import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/config/secret.ts'
import type { MetricQuery } from '../../../src/engine/metrics-source.ts'
import {
  type PrometheusMetricsSourceOptions,
  prometheusMetricsSource,
} from '../../../src/providers/prometheus/prometheus-metrics-source.ts'
import { type ApiAnswer, isEarlier, matrix, type ScriptedApi, startScriptedApi, vector } from './scripted-api.ts'

const from = 1_000_000
const to = 1_060_000
const errors: MetricQuery = { type: 'ratio', total: 'requests_total', bad: 'requests_total{status=~"5.."}' }

let api: ScriptedApi | null = null
afterEach(async () => {
  await api?.stop()
  api = null
})

async function measure(
  answer: Parameters<typeof startScriptedApi>[0],
  query: MetricQuery = errors,
  options: Partial<PrometheusMetricsSourceOptions> = {},
  pools?: { readonly canary: string; readonly baseline: string },
) {
  api = await startScriptedApi(answer)
  const source = prometheusMetricsSource({
    url: api.url,
    auth: null,
    arms: { type: 'label', label: 'version', canary: 'new', baseline: 'old' },
    lagMs: 30_000,
    now: () => to + 30_000,
    ...options,
  })
  return (await source.measure({ metric: query }, { from, to }, pools)).metric
}

/** 100 requests in each arm; 5 of the canary's are bad, and the baseline has no series of bad ones. */
function usual(query: string): ApiAnswer {
  const isBad = query.includes('status')
  if (isBad && query.includes('"old"')) return isEarlier(query) ? vector([]) : matrix([])
  if (isBad) return isEarlier(query) ? vector([[{ s: '500' }, '1']]) : matrix([[{ s: '500' }, [[1060, '6']]]])
  return isEarlier(query)
    ? vector([[{ i: 'a' }, '10']])
    : matrix([
        [
          { i: 'a' },
          [
            [1030, '50'],
            [1060, '110'],
          ],
        ],
      ])
}

describe('prometheusMetricsSource', () => {
  it('asks for raw samples of both arms at the ends of the interval, and takes their differences', async () => {
    expect(await measure(usual)).toEqual({
      type: 'ratio',
      canary: { total: 100, bad: 5 },
      baseline: { total: 100, bad: null },
    })
    const asked = api?.asked.map(({ query, time }) => `${time} ${query}`)
    expect(asked).toHaveLength(8)
    expect(asked).toContain('1000.000 last_over_time(requests_total{version="new"}[3600000ms])')
    expect(asked).toContain('1060.000 requests_total{version="new"}[60000ms]')
    expect(asked).toContain('1060.000 requests_total{status=~"5..",version="old"}[60000ms]')
  })

  it('leaves a sample right at the start to the interval before, as servers differ in that', async () => {
    const sample = await measure((query) =>
      isEarlier(query)
        ? vector([[{}, '10']])
        : matrix([
            [
              {},
              [
                [1000, '10'],
                [1000.001, '11'],
                [1060, '12'],
                [1060.001, '99'],
              ],
            ],
          ]),
    )
    expect(sample).toMatchObject({ canary: { total: 2 } })
  })

  it('turns a missing series into null, never into 0, whatever is there of the other arm', async () => {
    const sample = await measure((query) => {
      if (query.includes('"new"')) return isEarlier(query) ? vector([]) : matrix([])
      return usual(query)
    })
    expect(sample).toMatchObject({ canary: { total: null, bad: null }, baseline: { total: 100 } })
  })

  it('counts a new series from 0 where another one was watched before, and otherwise from its first sample on', async () => {
    const ofNew = (query: string) =>
      query.includes('status')
        ? matrix([])
        : matrix([
            [
              {},
              [
                [1030, '40'],
                [1060, '70'],
              ],
            ],
          ])
    const isNew = await measure((query) => {
      if (query.includes('"old"')) return usual(query)
      return isEarlier(query) ? vector([]) : ofNew(query)
    })
    expect(isNew).toMatchObject({ canary: { total: 70 } })
    await api?.stop()
    const unknown = await measure((query) => (isEarlier(query) ? vector([]) : ofNew(query)))
    expect(unknown).toMatchObject({ canary: { total: 30 }, baseline: { total: 30 } })
  })

  it('refuses counts of which a part is more than the whole', async () => {
    const swapped: MetricQuery = { type: 'ratio', total: 'requests_total{status="5"}', bad: 'requests_total' }
    expect(await measure(usual, swapped)).toMatchObject({
      type: 'error',
      detail: expect.stringContaining('has to count all that'),
    })
  })

  it('counts errors by their kind', async () => {
    const kinds: MetricQuery = { type: 'kinds', total: 'requests_total', errors: 'errors_total', label: 'kind' }
    const sample = await measure((query) => {
      if (!query.includes('errors_total')) return usual(query)
      if (query.includes('"old"')) return isEarlier(query) ? vector([]) : matrix([])
      const before = vector([
        [{ kind: 'timeout', i: 'a' }, '1'],
        [{ kind: 'quiet', i: 'a' }, '3'],
      ])
      const within = matrix([
        [{ kind: 'timeout', i: 'a' }, [[1060, '4']]],
        [{ kind: 'timeout', i: 'b' }, [[1060, '2']]],
        [{ kind: 'quiet', i: 'a' }, [[1060, '3']]],
        [{ i: 'a' }, [[1060, '1']]],
      ])
      return isEarlier(query) ? before : within
    }, kinds)
    expect(sample).toEqual({
      type: 'kinds',
      canary: { total: 100, kinds: { timeout: 5, '': 1 } },
      baseline: { total: 100, kinds: {} },
    })
  })

  it('compares histograms, and refuses arms whose buckets differ', async () => {
    const latency: MetricQuery = { type: 'latency', buckets: 'seconds_bucket' }
    const buckets = (bound: string) => (query: string) =>
      isEarlier(query)
        ? vector([
            [{ le: bound }, '0'],
            [{ le: '+Inf' }, '0'],
          ])
        : matrix([
            [{ le: bound }, [[1060, '7']]],
            [{ le: '+Inf' }, [[1060, '9']]],
          ])
    expect(await measure(buckets('0.5'), latency)).toEqual({
      type: 'latency',
      bounds: [0.5, Number.POSITIVE_INFINITY],
      canary: { counts: [7, 2] },
      baseline: { counts: [7, 2] },
    })
    await api?.stop()
    const differing = await measure((query) => buckets(query.includes('"new"') ? '0.5' : '1')(query), latency)
    expect(differing).toMatchObject({ type: 'error', detail: expect.stringContaining('[0.5, +Inf] and [1, +Inf]') })
  })
})

describe('the arms', () => {
  it.each<[string, Partial<PrometheusMetricsSourceOptions>, string, string]>([
    ['two values of a label', {}, 'requests_total', 'requests_total{version="new"}'],
    [
      'a label that holds the name of the pool',
      { arms: { type: 'pool', label: 'pool' } },
      'requests_total',
      'requests_total{pool="green"}',
    ],
    [
      'matchers of their own',
      {
        arms: {
          type: 'matchers',
          canary: [{ label: 'job', operator: '=~', value: 'canary-.*' }],
          baseline: [{ label: 'job', operator: '!~', value: 'canary-.*' }],
        },
      },
      'requests_total{a="b"}',
      'requests_total{a="b",job=~"canary-.*"}',
    ],
    ['$arm in a value', {}, 'requests_total{job="api-$arm"}', 'requests_total{job="api-new"}'],
    [
      '$arm in a pattern, where it stands for itself',
      { arms: { type: 'label', label: 'version', canary: 'v1.2', baseline: 'old' } },
      'requests_total{pod=~"api-$arm-.+"}',
      'requests_total{pod=~"api-v1\\\\.2-.+"}',
    ],
    [
      'a value that is made to break out of its quotes',
      { arms: { type: 'label', label: 'version', canary: 'x"} or up{a="', baseline: 'old' } },
      'requests_total',
      'requests_total{version="x\\"} or up{a=\\""}',
    ],
  ])('are told apart by %s', async (_, options, selector, asked) => {
    const query: MetricQuery = { type: 'ratio', total: selector, bad: selector }
    await measure(usual, query, options, { canary: 'green', baseline: 'blue' })
    expect(api?.asked.map((one) => one.query)).toContain(`${asked}[60000ms]`)
  })

  it('are an error where they are told apart by pools that nobody named', async () => {
    const sample = await measure(usual, errors, { arms: { type: 'pool', label: 'pool' } })
    expect(sample).toMatchObject({ type: 'error', detail: expect.stringContaining('no pools are known') })
    expect(api?.asked).toEqual([])
  })
})

describe('what cannot be counted with is an error that says why:', () => {
  const always = (answer: ApiAnswer) => () => answer
  const many = Array.from({ length: 6 }, (_, index) => [{ i: `${index}` }, '1'] as const)
  const native = { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, histograms: [[1, {}]] }] } }

  it.each<[string, (query: string) => ApiAnswer | null, string]>([
    [
      'NaN',
      (query) => (isEarlier(query) ? usual(query) : matrix([[{ i: 'a' }, [[1060, 'NaN']]]])),
      '{i="a"} holds NaN',
    ],
    ['infinity', (query) => (isEarlier(query) ? vector([[{}, '+Inf']]) : matrix([])), 'an infinity'],
    ['less than 0', (query) => (isEarlier(query) ? usual(query) : matrix([[{}, [[1060, '-1']]]])), 'no counter'],
    ['too many series', (query) => (isEarlier(query) ? vector(many) : matrix([])), 'more than 5 series'],
    [
      'an answer that was cut off',
      (query) => (isEarlier(query) ? usual(query) : matrix([], { warnings: ['results truncated due to limit'] })),
      'not complete: Prometheus query: results truncated',
    ],
    [
      'a series that is there twice',
      (query) =>
        isEarlier(query)
          ? vector([
              [{ i: 'a' }, '1'],
              [{ i: 'a' }, '2'],
            ])
          : matrix([]),
      '{i="a"} came twice',
    ],
    [
      'samples that are there twice',
      (query) =>
        isEarlier(query)
          ? vector([])
          : matrix([
              [{ __name__: 'a' }, [[1060, '1']]],
              [{ __name__: 'b' }, [[1060, '2']]],
            ]),
      'came twice',
    ],
    ['a native histogram', (query) => (isEarlier(query) ? usual(query) : { body: native }), 'native histogram'],
    ['another type', (query) => (isEarlier(query) ? usual(query) : vector([])), 'came as vector'],
    [
      'a limit of the server',
      always({
        status: 422,
        body: {
          status: 'error',
          errorType: 'execution',
          error: 'query processing would load too many samples into memory',
        },
      }),
      'HTTP 422 execution: query processing would load too many samples',
    ],
    ['an error within', always({ body: { status: 'error', errorType: 'internal', error: 'ouch' } }), 'internal: ouch'],
    ['no JSON', always({ body: '<html>Sign in</html>' }), 'not understood'],
    [
      'another form',
      always({ body: { status: 'success', data: { resultType: 'matrix', result: [{}] } } }),
      'data.result.0.metric',
    ],
    ['a refusal', always({ status: 401, body: 'no' }), 'HTTP 401. Check PROMETHEUS_TOKEN'],
    [
      'a redirect',
      always({ status: 302, headers: { location: 'https://login.example' }, body: '' }),
      'another address',
    ],
    ['too many questions', always({ status: 429, headers: { 'retry-after': '7' }, body: '' }), 'wait 7 s'],
    ['a server in trouble', always({ status: 503, body: '' }), 'HTTP 503'],
    ['no answer in time', () => null, 'no answer (time-out)'],
  ])('%s', async (_, answer, detail) => {
    const sample = await measure(answer, errors, { maxSeries: 5, timeoutMs: 300 })
    expect(sample).toEqual({ type: 'error', detail: expect.stringContaining(detail) })
  })

  it('an answer that is far too large', async () => {
    const huge = `{"status":"success","data":{"resultType":"matrix","result":[],"padding":"${'x'.repeat(33 * 1_048_576)}"}}`
    expect(await measure(() => ({ body: huge }))).toMatchObject({
      detail: expect.stringContaining('larger than 32 MB'),
    })
  })

  it.each<[string, string]>([
    ['rate(requests_total[5m])', 'has a function'],
    ['{job="api"}', 'does not name a metric'],
  ])('%s', async (selector, detail) => {
    const sample = await measure(usual, { type: 'latency', buckets: selector })
    expect(sample).toMatchObject({ type: 'error', detail: expect.stringContaining(detail) })
  })

  it.each<[string, { from: number; to: number }, string]>([
    ['an empty interval', { from: to, to }, 'empty'],
    ['one that is not complete', { from, to: to + 1 }, 'ends too late'],
  ])('%s', async (_, interval, detail) => {
    api = await startScriptedApi(usual)
    const source = prometheusMetricsSource({
      url: api.url,
      auth: null,
      arms: { type: 'pool', label: 'pool' },
      lagMs: 30_000,
      now: () => to + 30_000,
    })
    expect(await source.measure({ errors }, interval)).toEqual({
      errors: { type: 'error', detail: expect.stringContaining(detail) },
    })
    expect(api.asked).toEqual([])
  })

  it('an interval that has only just ended by the clock of the server', async () => {
    const byServer = (at: number) => (query: string) => ({
      ...usual(query),
      headers: { date: new Date(at).toUTCString() },
    })
    expect(await measure(byServer(to + 12_000))).toMatchObject({ detail: expect.stringContaining('Set the clocks') })
    await api?.stop()
    expect(await measure(byServer(to + 16_000))).toMatchObject({ type: 'ratio' })
  })

  it('one metric alone, where others were measured', async () => {
    api = await startScriptedApi((query) => (query.includes('broken') ? { status: 400, body: 'no' } : usual(query)))
    const source = prometheusMetricsSource({
      url: api.url,
      auth: null,
      arms: { type: 'label', label: 'version', canary: 'new', baseline: 'old' },
      lagMs: 0,
      now: () => to,
    })
    const samples = await source.measure(
      { errors, latency: { type: 'latency', buckets: 'broken_bucket' } },
      { from, to },
    )
    expect(samples).toMatchObject({ errors: { type: 'ratio' }, latency: { type: 'error' } })
  })
})

describe('the calls', () => {
  it('hand on what the server remarks, once', async () => {
    const remarks: string[] = []
    const answer = (query: string) =>
      isEarlier(query) ? usual(query) : matrix([], { warnings: ['slow'], infos: ['might not be a counter'] })
    const sample = await measure(answer, errors, { onRemark: (remark) => remarks.push(remark) })
    expect(sample).toMatchObject({ type: 'ratio' })
    expect(remarks).toEqual(['Prometheus query: slow', 'Prometheus query: might not be a counter'])
  })

  it('are at most twice as many at a time as selectors are read, and each selector is asked for once', async () => {
    let [now, most] = [0, 0]
    const waiting: (() => void)[] = []
    api = await startScriptedApi((query, response) => {
      now += 1
      most = Math.max(most, now)
      response.on('finish', () => {
        now -= 1
      })
      waiting.push(() => response.writeHead(200).end(JSON.stringify(usual(query).body)))
      // All that came are answered together, when those that were sent at once have arrived.
      setImmediate(() => setImmediate(() => waiting.shift()?.()))
      return null
    })
    const source = prometheusMetricsSource({
      url: api.url,
      auth: null,
      arms: { type: 'label', label: 'version', canary: 'new', baseline: 'old' },
      lagMs: 0,
      now: () => to,
      concurrency: 2,
    })
    const total = 'requests_total'
    const metrics = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name): [string, MetricQuery] => [name, { type: 'ratio', total, bad: `${name}_total` }]),
    )
    const samples = await source.measure(metrics, { from, to })
    expect(Object.values(samples).every(({ type }) => type === 'ratio')).toBe(true)
    expect(api.asked).toHaveLength(2 * 2 * 5)
    expect(most).toBeLessThanOrEqual(4)
  })

  it.each<[string, PrometheusMetricsSourceOptions['auth'], string | null]>([
    ['nothing', null, null],
    ['a token', { type: 'bearer', token: new Secret('hush-hush') }, 'Bearer hush-hush'],
    [
      'a password',
      { type: 'basic', user: 'me', password: new Secret('hush-hush') },
      `Basic ${Buffer.from('me:hush-hush').toString('base64')}`,
    ],
  ])('carry %s, and no error repeats it', async (_, auth, header) => {
    const echo = (
      _query: string,
      _response: unknown,
      request: { headers: { authorization?: string | undefined } },
    ) => ({
      status: 400,
      body: { status: 'error', errorType: 'bad_data', error: `got ${request.headers.authorization} hush-hush` },
    })
    const sample = await measure(echo, errors, { auth })
    expect(api?.asked[0]?.authorization).toBe(header)
    expect(sample?.type === 'error' ? sample.detail : '').toContain('HTTP 400 bad_data')
    if (header !== null) {
      expect(JSON.stringify(sample)).not.toContain('hush-hush')
      expect(JSON.stringify(sample)).not.toContain(header)
    }
  })

  it('are counted by their outcome', async () => {
    const outcomes: string[] = []
    await measure((query) => (isEarlier(query) ? usual(query) : { status: 503, body: '' }), errors, {
      onCall: ({ outcome }) => outcomes.push(outcome),
    })
    expect(outcomes.sort()).toEqual([...Array(4).fill('ok'), ...Array(4).fill('unavailable')])
  })
})

describe('ping', () => {
  const options = { auth: null, arms: { type: 'pool', label: 'pool' }, lagMs: 0 } as const

  it('tells how far the clocks are apart', async () => {
    const scalar = { status: 'success', data: { resultType: 'scalar', result: [1000, '1005.5'] } }
    api = await startScriptedApi(() => ({ body: scalar }))
    const source = prometheusMetricsSource({ ...options, url: api.url, now: () => 1_000_000 })
    expect(await source.ping()).toEqual({ ok: true, value: { skewMs: 5500 } })
  })

  it('tells why there is no answer', async () => {
    api = await startScriptedApi(usual)
    const { url } = api
    const elsewhere = prometheusMetricsSource({ ...options, url: `${url}/grafana` })
    expect(await elsewhere.ping()).toMatchObject({ ok: false, failure: { type: 'not_found' } })
    const odd = prometheusMetricsSource({ ...options, url })
    expect(await odd.ping()).toMatchObject({ ok: false, failure: { type: 'unavailable' } })
    await api.stop()
    expect(await odd.ping()).toEqual({
      ok: false,
      failure: {
        type: 'unavailable',
        detail: 'Prometheus query: no answer (ECONNREFUSED)',
        mayHaveHappened: false,
      },
    })
  })
})
