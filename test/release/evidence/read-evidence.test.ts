import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RiskRule, RiskTrigger } from '../../../src/policy/gate-policy.ts'
import { type Compared, changesOf } from '../../../src/release/evidence/changes-of.ts'
import { parseCoAuthors } from '../../../src/release/evidence/co-authors.ts'
import { smokeResults } from '../../../src/release/evidence/smoke-results.ts'
import { risksInForce } from '../../../src/release/risks.ts'
import { added, changedFile, compared, renamed } from './changed-file.ts'

describe('co-authors', () => {
  test('are read from trailers, once for each address', () => {
    const message = [
      'Fix the login',
      '',
      'Co-authored-by: Mona Lisa <Mona@Example.com>',
      'co-authored-by:Hubot<hubot@example.com>\r',
      '  CO-AUTHORED-BY: Someone <again> <x@example.com>  ',
      'Co-authored-by: Mona <mona@example.com>',
      'Co-authored-by: no address',
      'Co-authored-by: <>',
      'Signed-off-by: Other <other@example.com>',
    ].join('\n')
    expect(parseCoAuthors(message)).toEqual([
      { name: 'Mona Lisa', email: 'mona@example.com' },
      { name: 'Hubot', email: 'hubot@example.com' },
      { name: 'Someone <again>', email: 'x@example.com' },
    ])
    expect(parseCoAuthors('')).toEqual([])
  })

  test('any message is read quickly', () => {
    fc.assert(fc.property(fc.string(), (message) => Array.isArray(parseCoAuthors(message))))
    const begin = performance.now()
    for (const part of ['co-authored-by: ', '<', ' ', 'co-authored-by: a <b@c>\n']) parseCoAuthors(part.repeat(100_000))
    expect(performance.now() - begin).toBeLessThan(1000)
  })
})

const k6 = `
     ✓ 'p(95)<500' p(95)=99.9ms
     http_req_blocked...............: avg=1.2ms   min=1µs    med=5µs    max=120ms  p(90)=9µs     p(95)=800ms
   ✓ http_req_duration..............: avg=220.1ms min=90ms   med=200ms  max=1.9s   p(90)=380.2ms p(95)=412.3ms
       { expected_response:true }...: avg=210.1ms min=90ms   med=200ms  max=1.9s   p(90)=370.2ms p(95)=401.3ms
     http_req_failed................: 0.12%   7 out of 5987
     http_reqs......................: 5987    99.782341/s
     iteration_duration.............: avg=1.2s    min=1s     med=1.1s   max=3s     p(90)=1.4s    p(95)=1.5s
     vus............................: 3       min=3       max=100
     vus_max........................: 100     min=100     max=100
`

describe('smoke results', () => {
  function p95(output: string): number | null {
    return smokeResults([{ name: 'Smoke', output }]).p95Ms
  }

  test.each<[string, number | null]>([
    ['P95 412 ms', 412],
    ['P95: 412ms', 412],
    ['**P95**: 412 ms (limit 500 ms)', 412],
    ['| P95 | 412 ms |', 412],
    ['p95=0.412s', 412],
    ['P95 latency is 1,204 ms', 1204],
    ['P95 response time: 1.2 seconds', 1200],
    ['p(95)=412.3ms', 412.3],
    ['95th percentile: 88 ms', 88],
    ['p95_ms: 412', 412],
    ['P95 (ms): 412', 412],
    ['P95 300 ms, later P95 400 ms', 400],
    ['P95 latency < 500ms', null],
    ['P95 must be under 500 ms', null],
    ['P95 limit: 500 ms', null],
    ['P95 412', null],
    ['P99 412 ms', null],
    ['up95 412 ms', null],
    ['P95 412 msx', null],
    ['', null],
    [k6, 412.3],
    ['http_req_duration: avg=1s p(95)=1m2.5s', 62_500],
    ['"http_req_duration": {\n  "avg": 1.5,\n  "p(95)": 412.3\n}', 412.3],
    ["http_req_duration\n    ✗ 'p(95)<500' p(95)=612ms", 612],
  ])('%s: %s ms', (output, expected) => {
    expect(p95(output)).toBe(expected)
  })

  test('the highest of several checks counts', () => {
    const checks = [null, 'P95 300 ms', 'P95 700 ms', 'nothing'].map((output) => ({ name: 'x', output }))
    expect(smokeResults(checks).p95Ms).toBe(700)
    expect(smokeResults([])).toEqual({ p95Ms: null, loadTest: null })
  })

  test('a load test is told in one line', () => {
    const loadTest = (output: string) => smokeResults([{ name: 'x', output }]).loadTest
    expect(loadTest(k6)).toBe('k6: 5987 requests (99.8/s), 0.12 % failed, up to 100 users')
    expect(loadTest('ok\n- **Load test:** 100 users, 0.1 % errors\nmore')).toBe('Load test: 100 users, 0.1 % errors')
    expect(loadTest('Load test passed')).toBeNull()
    expect(loadTest(`load-test ${'1 '.repeat(500)}`)).toHaveLength(200)
  })

  test('any output is read quickly', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (output) => {
        const { p95Ms } = smokeResults([{ name: 'x', output: `P95${output}` }])
        expect(p95Ms === null || Number.isFinite(p95Ms)).toBe(true)
      }),
    )
    const begin = performance.now()
    for (const part of [
      'p95 ',
      'p95',
      '1',
      '1,',
      'http_req_duration\n',
      'http_req_duration p(95)=',
      'http_reqs: ',
      '.',
      '|',
    ]) {
      smokeResults([{ name: 'x', output: part.repeat(20_000) }])
    }
    expect(performance.now() - begin).toBeLessThan(2000)
  })
})

describe('risk rules', () => {
  const day = 86_400_000

  function risks(when: RiskTrigger, compare: Compared, failures: readonly number[] = [], text: string | null = '') {
    const rule: RiskRule = { name: 'rule', when, approvals: [] }
    const texts = new Map([['db/1.sql', text]])
    const changes = changesOf({ live: null, compared: compare, migrations: ['db/*'], texts })
    return risksInForce({ risks: [rule] }, { changes }, { recentFailures: failures, at: 10 * day }).length
  }
  const ahead = (...files: Parameters<typeof compared>[0]): Compared => ({
    relation: 'ahead',
    forward: compared(files),
  })

  test('a destructive migration, and one that could not be read', () => {
    const when = { type: 'destructive_migration' } as const
    expect(risks(when, ahead(added('db/1.sql')), [], 'create table a (b int);')).toBe(0)
    expect(risks(when, ahead(added('db/1.sql')), [], 'drop table a;')).toBe(1)
    expect(risks(when, ahead(added('db/1.sql')), [], null)).toBe(1)
    expect(risks(when, { relation: 'behind', backward: compared([added('db/1.sql')]) }, [], 'drop table a;')).toBe(1)
  })

  test('a path, also the one that a file had before', () => {
    const when = { type: 'paths', globs: ['auth/**'] } as const
    expect(risks(when, ahead(changedFile('src/a.ts')))).toBe(0)
    expect(risks(when, ahead(changedFile('auth/a.ts')))).toBe(1)
    expect(risks(when, ahead(renamed('auth/a.ts', 'src/a.ts')))).toBe(1)
  })

  test('more changed lines than allowed', () => {
    const when = { type: 'changed_lines', moreThan: 10 } as const
    expect(risks(when, ahead(changedFile('a', { additions: 5, deletions: 5 })))).toBe(0)
    expect(risks(when, ahead(changedFile('a', { additions: 6, deletions: 5 })))).toBe(1)
  })

  test('a failure within the time, also one that seems to lie ahead', () => {
    const when = { type: 'recent_failure', withinMs: day } as const
    expect(risks(when, { relation: 'same' }, [8 * day])).toBe(0)
    expect(risks(when, { relation: 'same' }, [9 * day])).toBe(1)
    expect(risks(when, { relation: 'same' }, [11 * day])).toBe(1)
    expect(risks(when, { relation: 'same' })).toBe(0)
  })

  test('a list of files that is not complete counts as risk', () => {
    const cut: Compared = { relation: 'ahead', forward: { ...compared([]), isFileListComplete: false } }
    expect(risks({ type: 'paths', globs: ['auth/**'] }, cut)).toBe(1)
    expect(risks({ type: 'changed_lines', moreThan: 10 }, cut)).toBe(1)
    expect(risks({ type: 'destructive_migration' }, { relation: 'first', commit: compared([]) })).toBe(1)
  })
})
