import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../src/config/config-problem.ts'
import { parseConfig } from '../../src/config/parse-config.ts'
import { parsePolicyFile, writtenMetrics } from '../../src/config/parse-policy-file.ts'

const config = `repositories:
  - repo: acme/omnihub
    channel: '#deploys'
    environments:
      - name: staging
      - name: production
        metrics:
          source: https://prometheus.acme.example
          alpha: 0.02
          errors: { factor: 2, weight: 3 }
`
const base = writtenMetrics(config, 'acme/omnihub', 'production')

function problemsOf(text: string): string {
  const parsed = parsePolicyFile(text, 'strict.yml', base)
  return parsed.ok ? '' : parsed.problems.map(formatProblem).join('\n\n')
}

describe('a policy to try out', () => {
  it('says only what shall be other; the rest is the environment’s', () => {
    const parsed = parsePolicyFile('alpha: 0.01\nerrors:\n  factor: 3\n', 'strict.yml', base)
    const configured = parseConfig(config, 'sluice.yml')
    const before = configured.ok ? configured.config.repositories[0]?.environments[1]?.metrics : null
    if (!parsed.ok || before === null || before === undefined) throw new Error('not parsed')
    expect(parsed.metrics).toEqual({
      ...before,
      alpha: 0.01,
      metrics: before.metrics.map((metric) => (metric.name === 'errors' ? { ...metric, factor: 3 } : metric)),
    })
  })

  it('is what the environment has where it says nothing, and may have the key above it', () => {
    expect(parsePolicyFile('', 'empty.yml', base)).toEqual(parsePolicyFile('metrics:\n  alpha: 0.02\n', 'a.yml', base))
  })

  it('stands alone where the environment has no metrics', () => {
    expect(writtenMetrics(config, 'acme/omnihub', 'staging')).toBeUndefined()
    expect(parsePolicyFile('alpha: 0.01', 'a.yml', undefined)).toMatchObject({ ok: false })
    expect(parsePolicyFile('source: http://127.0.0.1:9090', 'a.yml', undefined)).toMatchObject({ ok: true })
  })

  it.each([
    ['alpha: 3', 'strict.yml:1:8  alpha\n   1 | alpha: 3\n     |        ^'],
    ['metrics:\n  alpha: 3', 'strict.yml:2:10  metrics.alpha'],
    [
      'errors:\n  facter: 3',
      'strict.yml:2:3  errors.facter\n   2 |   facter: 3\n     |   ^^^^^^\n  Unknown key "facter".\n  Did you mean "factor"?',
    ],
    ['sauce: 1', 'Did you mean "source"?'],
    ['alpha: [', 'strict.yml:1:'],
    ['- alpha', 'strict.yml:1:1'],
  ])('says what is wrong in %s, and where', (text, expected) => {
    expect(problemsOf(text)).toContain(expected)
  })

  it('has the errors of a sluice.yml, word for word', () => {
    const inConfig = parseConfig(config.replace('alpha: 0.02', 'alpha: 3'), 'sluice.yml')
    const own = parsePolicyFile('alpha: 3', 'strict.yml', base)
    if (inConfig.ok || own.ok) throw new Error('no errors')
    const words = ({ what, mend }: { readonly what: string; readonly mend: string }) => ({ what, mend })
    expect(own.problems.map(words)).toEqual(inConfig.problems.map(words))
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.oneof(fc.constant(base), fc.anything()), (text, any) => {
        expect(typeof parsePolicyFile(text, 'a.yml', any).ok).toBe('boolean')
      }),
    )
  })
})
