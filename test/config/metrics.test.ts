import { describe, expect, it } from 'vitest'
import { problems, production } from './production.ts'

const requests = 'http_requests_total'

describe('what an environment measures', () => {
  it('is nothing when nothing is said', () => {
    expect(production('url: https://acme.example')).toMatchObject({ metrics: null, health: null })
  })

  it('is errors, latency and new errors of an HTTP service when only the source is said', () => {
    expect(production('metrics: { source: http://prometheus:9090/ }').metrics).toEqual({
      source: { type: 'prometheus', url: 'http://prometheus:9090' },
      arms: { type: 'label', label: 'version', canary: 'canary', baseline: 'baseline' },
      metrics: [
        {
          name: 'errors',
          selectors: { type: 'ratio', total: requests, bad: `${requests}{status=~"5.."}` },
          factor: 2,
          minimumEffect: 0.0001,
          worse: 'higher',
          weight: 3,
          isShadow: false,
        },
        {
          name: 'latency',
          selectors: { type: 'latency', buckets: 'http_request_duration_seconds_bucket' },
          factor: 1.5,
          minimumEffect: 0.01,
          worse: 'higher',
          weight: 1,
          isShadow: false,
        },
        {
          name: 'new errors',
          selectors: { type: 'kinds', total: requests, errors: `${requests}{status=~"5.."}`, label: 'status' },
          factor: 2,
          minimumEffect: 0,
          worse: 'higher',
          weight: 1,
          isShadow: false,
        },
      ],
      alpha: 0.02,
      warmUpMs: 180_000,
      intervalMs: 60_000,
      lagMs: 30_000,
    })
  })

  it('is what is written', () => {
    const policy = production(`metrics:
  source: https://metrics.acme.example/prometheus
  arms: { label: pool }
  select: '{job="omnihub"}'
  names: { requests: app_requests_total, status_label: code, duration: app_seconds }
  errors: { factor: 3, minimum_effect: 0.1% }
  latency: { factor: 1.25, minimum_effect: 20ms, shadow: true }
  new_errors: { total: app_requests_total, errors: app_errors_total, label: kind }
  custom:
    - { name: checkout, total: checkouts_total, good: 'checkouts_total{result="paid"}', factor: 1.5, minimum_effect: 2% }
    - { name: search, buckets: 'search_seconds_bucket{pod=~"$arm-.*"}', minimum_effect: 1.5s, weight: 2 }
  alpha: 0.01
  warm_up: 0s
  interval: 10s
  lag: 2s`).metrics
    expect(policy).toMatchObject({
      source: { url: 'https://metrics.acme.example/prometheus' },
      arms: { type: 'pool', label: 'pool' },
      alpha: 0.01,
      warmUpMs: 0,
      intervalMs: 10_000,
      lagMs: 2000,
    })
    expect(policy?.metrics).toEqual([
      {
        name: 'errors',
        selectors: {
          type: 'ratio',
          total: 'app_requests_total{job="omnihub"}',
          bad: 'app_requests_total{job="omnihub",code=~"5.."}',
        },
        factor: 3,
        minimumEffect: 0.001,
        worse: 'higher',
        weight: 3,
        isShadow: false,
      },
      {
        name: 'latency',
        selectors: { type: 'latency', buckets: 'app_seconds_bucket{job="omnihub"}' },
        factor: 1.25,
        minimumEffect: 0.02,
        worse: 'higher',
        weight: 1,
        isShadow: true,
      },
      {
        name: 'new errors',
        selectors: {
          type: 'kinds',
          total: 'app_requests_total{job="omnihub"}',
          errors: 'app_errors_total{job="omnihub"}',
          label: 'kind',
        },
        factor: 2,
        minimumEffect: 0,
        worse: 'higher',
        weight: 1,
        isShadow: false,
      },
      {
        name: 'checkout',
        selectors: {
          type: 'ratio',
          total: 'checkouts_total{job="omnihub"}',
          bad: 'checkouts_total{result="paid",job="omnihub"}',
        },
        factor: 1.5,
        minimumEffect: 0.02,
        worse: 'lower',
        weight: 1,
        isShadow: false,
      },
      {
        name: 'search',
        selectors: { type: 'latency', buckets: 'search_seconds_bucket{pod=~"$arm-.*",job="omnihub"}' },
        factor: 1.5,
        minimumEffect: 1.5,
        worse: 'higher',
        weight: 2,
        isShadow: false,
      },
    ])
  })

  it.each([
    ['grpc', 'grpc_server_handled_total', 'grpc_server_handling_seconds_bucket'],
    ['supabase-edge', 'http_server_request_duration_seconds_count', 'http_server_request_duration_seconds_bucket'],
  ])('has the names of the preset %s', (preset, total, buckets) => {
    const policy = production(`metrics: { source: http://p:9090, preset: ${preset} }`).metrics
    expect(policy?.metrics.map(({ selectors }) => selectors)).toMatchObject([
      { type: 'ratio', total },
      { type: 'latency', buckets },
      { type: 'kinds', total },
    ])
  })

  it('takes a deadline that was missed for a failure of a gRPC server, and a wrong argument not', () => {
    const policy = production('metrics: { source: http://p:9090, preset: grpc }').metrics
    const selectors = policy?.metrics[0]?.selectors
    const excluded = selectors?.type === 'ratio' ? /!~"(.*)"/.exec(selectors.bad)?.[1] : undefined
    expect(excluded?.split('|')).toContain('InvalidArgument')
    expect(excluded?.split('|')).not.toContain('DeadlineExceeded')
  })

  it('is only what is of use', () => {
    const own = `metrics: { source: http://p:9090, preset: false, custom: { name: a, total: b, bad: c } }`
    expect(production(own).metrics?.metrics.map(({ name }) => name)).toEqual(['a'])
    const fewer = `metrics: { source: http://p:9090, latency: false, new_errors: false }`
    expect(production(fewer).metrics?.metrics.map(({ name }) => name)).toEqual(['errors'])
  })

  it('tells the arms apart by matchers too', () => {
    const arms = `{ canary: '{pool="green"}', baseline: '{pool!="green"}' }`
    expect(production(`metrics: { source: http://p:9090, arms: ${arms} }`).metrics?.arms).toEqual({
      type: 'matchers',
      canary: [{ label: 'pool', operator: '=', value: 'green' }],
      baseline: [{ label: 'pool', operator: '!=', value: 'green' }],
    })
  })

  it('is a part of what is approved, and frozen', () => {
    const plain = production('url: https://acme.example').gate.version
    const measured = production('url: https://acme.example\nmetrics: { source: http://p:9090 }')
    const probed = production('url: https://acme.example\nhealth: https://c.acme.example/health')
    const other = production('url: https://acme.example\nmetrics: { source: http://p:9090, alpha: 0.2 }')
    expect(new Set([plain, ...[measured, probed, other].map(({ gate }) => gate.version)]).size).toBe(4)
    expect(Object.isFrozen(measured.metrics?.metrics[0]?.selectors)).toBe(true)
  })
})

describe('what Sluice probes itself', () => {
  it('is the canary alone when only its address is said', () => {
    expect(production('health: https://canary.acme.example/health').health).toEqual({
      canary: 'https://canary.acme.example/health',
      baseline: null,
      statuses: null,
      body: null,
      timeoutMs: 3000,
      intervalMs: 10_000,
      failures: 3,
    })
  })

  it('is what is written', () => {
    const lines = `health:
  canary: http://canary/health
  baseline: http://stable/health
  status: [200, 204]
  body: ready
  timeout: 1s
  interval: 5s
  failures: 2`
    expect(production(lines).health).toEqual({
      canary: 'http://canary/health',
      baseline: 'http://stable/health',
      statuses: [200, 204],
      body: 'ready',
      timeoutMs: 1000,
      intervalMs: 5000,
      failures: 2,
    })
  })
})

/** Lines of `metrics` beside its source. */
const beside = (lines: string) => `metrics:\n  source: http://p:9090\n  ${lines}`

describe('a mistake in them', () => {
  it.each<[string, readonly string[]]>([
    [
      'metrics: { preset: http }',
      ['metrics | metrics | The key "source" is missing here. | Write it like this: source: http://prometheus:9090'],
    ],
    [
      'metrics: { source: prometheus:9090 }',
      [
        'prometheus:9090 | metrics.source | "prometheus:9090" is not a web address. | Write it in full, like https://sluice.acme.example.',
      ],
    ],
    [
      beside('custm: { name: a, total: b, bad: c }'),
      ['custm | metrics.custm | Unknown key "custm". | Did you mean "custom"?'],
    ],
    [
      beside('preset: htp'),
      ['htp | metrics.preset | "htp" is not one of the presets: http, grpc and supabase-edge. | Did you mean "http"?'],
    ],
    [
      beside('custom: { name: a, total: "rate(b[5m])", bad: c }'),
      [
        '"rate(b[5m])" | metrics.custom.total | "rate(b[5m])" has a function in it. | Write a plain selector, like http_requests_total{status=~"5.."}. Sluice reads the counter itself and takes the differences.',
      ],
    ],
    [
      beside(`custom: { name: a, total: b, bad: 'c{d="e"' }`),
      [`'c{d="e"' | metrics.custom.bad | "c{d="e"" has a { that is never closed. | Write } at its end.`],
    ],
    [
      beside(`custom: { name: a, buckets: '{job="api"}' }`),
      [
        `'{job="api"}' | metrics.custom.buckets | "{job="api"}" names no metric. | Write the name before the braces, like http_requests_total{job="api"}.`,
      ],
    ],
    [
      beside('custom: { name: a, total: b }'),
      [
        '{ name: a, total: b } | metrics.custom | What is counted is not said. | Write "total" with "bad" (or with "good"), or "buckets" for a latency.',
      ],
    ],
    [
      beside('custom: { name: a, total: b, bad: c, good: d }'),
      [
        '{ name: a, total: b, bad: c, good: d } | metrics.custom | A metric has "bad" or "good", and this has both. | Write "total" with "bad" (or with "good"), or "buckets" for a latency.',
      ],
    ],
    [
      beside('custom: { name: a, total: b, bad: c, buckets: d }'),
      ['d | metrics.custom.buckets | A metric is a latency or a share, and this is both. | Make two metrics of it.'],
    ],
    [
      beside('custom: { name: Errors, total: b, bad: c }'),
      [
        'Errors | metrics.custom.name | "Errors" is the name of a metric of the presets. | Say what it is about, like "Errors of the checkout".',
      ],
    ],
    [
      beside('custom: [{ name: a, total: b, bad: c }, { name: A, total: b, bad: c }]'),
      [
        'A | metrics.custom[1].name | This metric is already in line 8. | Give it another name: the card and the audit log tell them apart by it.',
      ],
    ],
    [
      beside('custom: { name: a, total: b, bad: c, minimum_effect: 20ms }'),
      [
        '20ms | metrics.custom.minimum_effect | "20ms" is not a share. | Write a share of what is counted, like 0.1%: a time is for latencies.',
      ],
    ],
    [
      beside('latency: { minimum_effect: 10% }'),
      [
        '10% | metrics.latency.minimum_effect | "10%" is not a length of time. | Write a time, like 20ms: how much more is said by "factor".',
      ],
    ],
    [
      beside('errors: { factor: 0.5 }'),
      ['0.5 | metrics.errors.factor | 0.5 is too small: the least is 1.05. | Write a number up to 100.'],
    ],
    [
      beside('errors: { factor: twice }'),
      ['twice | metrics.errors.factor | "twice" is not a number. | Write one from 1.05 to 100, with a point: 1.5.'],
    ],
    [beside('alpha: 0.5'), ['0.5 | metrics.alpha | 0.5 is too large: the most is 0.2. | Write a number from 0.001.']],
    [
      beside('lag: 30'),
      ['30 | metrics.lag | 30 has no unit. | Write "30m" for minutes, "30h" for hours, "30d" for days.'],
    ],
    [
      beside('preset: false'),
      ['false | metrics.preset | There is nothing to compare. | Keep the preset, or write a metric under "custom".'],
    ],
    [
      beside('preset: false\n  errors: { factor: 3 }\n  custom: { name: a, total: b, bad: c }'),
      [
        '{ factor: 3 } | metrics.errors | This is about the metrics of a preset, and there is none. | Take "preset: false" out, or write the metric under "custom".',
      ],
    ],
    [
      beside('new_errors: { label: kind }'),
      [
        '{ label: kind } | metrics.new_errors | "total", "errors" and "label" go together, and not all of them are here. | Write all three, or none to take them from the preset.',
      ],
    ],
    [
      beside('names: { duration: app_seconds_bucket }'),
      [
        'app_seconds_bucket | metrics.names.duration | "app_seconds_bucket" is one part of a histogram. | Write "app_seconds".',
      ],
    ],
    [
      beside(`names: { requests: 'a{b="c"}' }`),
      [
        `'a{b="c"}' | metrics.names.requests | "a{b="c"}" is not the name of a metric. | Conditions on labels go under "select"; for another query write a metric under "custom".`,
      ],
    ],
    [beside('select: job="api"'), [`job="api" | metrics.select | "job="api"" has no braces. | Write '{job="api"}'.`]],
    [
      beside(`select: 'up{job="api"}'`),
      [
        `'up{job="api"}' | metrics.select | "up{job="api"}" names a metric. | Write conditions on labels alone, like '{job="api"}'.`,
      ],
    ],
    [
      beside('arms: { label: my-label }'),
      [
        'my-label | metrics.arms.label | "my-label" is not the name of a label. | Write it like version: letters, digits and _.',
      ],
    ],
    [
      beside('arms: { label: version, canary: v2 }'),
      [
        '{ label: version, canary: v2 } | metrics.arms | What the baseline has is not said. | Write both, or neither and a "label" that holds the name of the pool.',
      ],
    ],
    [
      beside('arms: { canary: green, baseline: blue }'),
      [
        'green | metrics.arms.canary | "green" is no condition on labels. | Write the label that has this value under "label".',
        'blue | metrics.arms.baseline | "blue" is no condition on labels. | Write the label that has this value under "label".',
      ],
    ],
    [
      beside('arms: { label: version, canary: v1, baseline: v1 }'),
      [
        'v1 | metrics.arms.baseline | "v1" is the same as for the canary. | Write what only the canary has, and what only the baseline has.',
      ],
    ],
    [
      beside(`arms: { canary: '{a="1"}', baseline: '{a="2"}' }\n  custom: { name: a, total: b, bad: 'c{p="$arm"}' }`),
      [
        `'c{p="$arm"}' | metrics.custom.bad | "c{p="$arm"}" has $arm in it, and the arms are not told apart by one label. | Take it out: what is written under "arms" is added to every selector.`,
      ],
    ],
    [
      'health: { baseline: https://a.example }',
      [
        'health | health | The key "canary" is missing here. | Write it like this: canary: https://canary.acme.example/health',
      ],
    ],
    [
      'health: { canary: https://a.example, baseline: https://a.example }',
      [
        'https://a.example | health.baseline | "https://a.example" is the address of the canary. | Write the address of each, or take "baseline" out.',
      ],
    ],
    [
      'health: { canary: https://a.example, status: 20 }',
      [
        '20 | health.status | 20 is too small: the least is 100. | Leave the key out for its default, or write it like this: status: 200',
      ],
    ],
  ])('is explained: %s', (lines, expected) => {
    expect(problems(lines)).toEqual(expected)
  })
})
