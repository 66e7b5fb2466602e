import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeRegex, formatSelector, type MetricSelector, parseSelector } from '../../src/policy/metric-selector.ts'

function parsed(text: string): MetricSelector | null {
  const result = parseSelector(text)
  return result.ok ? result.selector : null
}

function fault(text: string): string | null {
  const result = parseSelector(text)
  return result.ok ? null : `${result.fault.what} ${result.fault.mend}`
}

describe('parseSelector', () => {
  it.each<[string, string | null, readonly (readonly [string, string, string])[]]>([
    ['http_requests_total', 'http_requests_total', []],
    ['  a:b_c { } ', 'a:b_c', []],
    ['up{job="api"}', 'up', [['job', '=', 'api']]],
    ['{job="api"}', null, [['job', '=', 'api']]],
    [
      'a{ b = "1" , c!="2",d=~"3",e!~"4" , }',
      'a',
      [
        ['b', '=', '1'],
        ['c', '!=', '2'],
        ['d', '=~', '3'],
        ['e', '!~', '4'],
      ],
    ],
    ["a{b='it\\'s'}", 'a', [['b', '=', "it's"]]],
    ['a{b="x\\\\y\\n\\"\\u00e9"}', 'a', [['b', '=', 'x\\y\n"é']]],
    ['a{b=`\\d+`}', 'a', [['b', '=', '\\d+']]],
    ['a{b="}, c=\\"d"}', 'a', [['b', '=', '}, c="d']]],
    ['{"http.requests", "my.label"="x"}', 'http.requests', [['my.label', '=', 'x']]],
  ])('reads %s', (text, name, matchers) => {
    expect(parsed(text)).toEqual({
      name,
      matchers: matchers.map(([label, operator, value]) => ({ label, operator, value })),
    })
  })

  it.each([
    ['', /is empty/],
    ['{}', /is empty/],
    ['rate(http_requests_total[5m])', /has a function.*takes the differences/],
    ['sum by (job) (up)', /has a function/],
    ['sum(up)', /has a function/],
    ['up[5m]', /has a range\. Leave out \[5m\]/],
    ['up offset 5m', /has a time of its own/],
    ['up @ 1609746000', /has a time of its own/],
    ['up + up', /from "\+ up" on/],
    ['up or vector(0)', /from "or vector\(0\)" on/],
    ['up{job="api"', /never closed/],
    ['up{job="api"}}', /a } too many/],
    ['up}', /a } too many/],
    ['up{job=api}', /no value in quotes after job=\./],
    ['up{job="api}', /no value in quotes after job=\./],
    ['up{job}', /nothing after the label job/],
    ['up{job=="api"}', /no value in quotes/],
    ['up{="api"}', /plain selector from "=/],
    ['up{job="a" env="b"}', /from "env/],
    ['up{job="\\q"}', /an escape/],
    ['1 + 1', /plain selector/],
    [`a{b="${'x'.repeat(2000)}"}`, /too long/],
  ])('refuses %s', (text, what) => {
    expect(fault(text)).toMatch(what)
  })

  it('never throws, whatever the text is', () => {
    const piece = fc.constantFrom(
      'up',
      '{',
      '}',
      '"',
      "'",
      '`',
      '\\',
      '=',
      '!~',
      ',',
      'a',
      '(',
      '[5m]',
      '$arm',
      ' ',
      '\n',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(typeof parseSelector(text).ok).toBe('boolean')
        },
      ),
    )
  })
})

describe('formatSelector', () => {
  it('writes what is read as the same again, whatever a value holds', () => {
    const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/)
    const matcher = fc.record({
      label,
      operator: fc.constantFrom('=' as const, '!=' as const, '=~' as const, '!~' as const),
      value: fc.string({ unit: 'grapheme', maxLength: 30 }),
    })
    const name = fc.option(fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/))
    fc.assert(
      fc.property(name, fc.array(matcher, { minLength: 1, maxLength: 4 }), (name, matchers) => {
        expect(parsed(formatSelector({ name, matchers }))).toEqual({ name, matchers })
      }),
    )
  })

  it('keeps a value that is made to break out inside of its quotes', () => {
    const value = 'x"} or vector(1) #\n\\'
    expect(formatSelector({ name: 'up', matchers: [{ label: 'version', operator: '=', value }] })).toBe(
      'up{version="x\\"} or vector(1) #\\n\\\\"}',
    )
  })
})

describe('escapeRegex', () => {
  it('makes a text stand for itself', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(new RegExp(`^(?:${escapeRegex(text)})$`, 's').test(text)).toBe(true)
      }),
    )
    expect(new RegExp(`^${escapeRegex('v1.2')}$`).test('v1x2')).toBe(false)
  })
})
