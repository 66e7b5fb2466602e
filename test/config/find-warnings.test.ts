import { describe, expect, it } from 'vitest'
import { findWarnings } from '../../src/config/find-warnings.ts'
import { parseConfig } from '../../src/config/parse-config.ts'

function warned(environments: string): readonly string[] {
  const parsed = parseConfig(
    `repositories: [{ repo: a/b, channel: '#a', environments: ${environments} }]`,
    'sluice.yml',
  )
  if (!parsed.ok) throw new Error('the configuration is good')
  return findWarnings(parsed.config).map(({ repository, environment, mend }) => `${repository} ${environment}: ${mend}`)
}

describe('findWarnings', () => {
  it('warns of environments that nobody can release to', () => {
    expect(warned('[staging, production]')).toEqual([
      'a/b production: Say who under "approvers", or write "protected: false" if it needs no approval.',
    ])
  })

  it('has nothing to say when there are approvers or none are needed, and nothing is shifted', () => {
    const direct = 'name: production, strategies: direct'
    expect(warned(`[{ ${direct}, approvers: { people: U0000000001 } }]`)).toEqual([])
    expect(warned(`[{ ${direct}, protected: false }]`)).toEqual([])
    expect(warned('[dev, staging]')).toEqual([])
  })

  it('says that a canary ends with its workflow where nothing splits the traffic', () => {
    const mend = 'Say under "traffic" what splits it, or write "strategies: [direct]".'
    expect(warned('[{ name: production, protected: false }]')).toEqual([`a/b production: ${mend}`])
    expect(warned('[{ name: staging, strategies: [direct, blue-green] }]')).toEqual([`a/b staging: ${mend}`])
  })

  it('says that there is no rollout for what is only used by one', () => {
    const metrics = 'metrics: { source: https://prometheus.example }'
    const functions = 'functions: { supabase: { project: abcdefghijklmnopqrst } }'
    const frontend = 'frontend: { vercel: { project: web } }'
    const cases = [
      [metrics, 'metrics'],
      [`health: https://canary.example, ${metrics}, drill: { allowed: true }`, 'metrics, health and drill'],
      [`${functions}, ${frontend}`, 'functions and frontend'],
    ]
    for (const [keys, unused] of cases) {
      const mend = `Say under "traffic" what splits it, or take ${unused} out.`
      expect(warned(`[{ name: staging, ${keys} }]`)).toEqual([`a/b staging: ${mend}`])
    }
  })

  it('says that nothing judges a rollout', () => {
    const traffic = 'traffic: { vercel: { project: web, domain: web.example } }'
    const mend = 'Say under "metrics" what canary and baseline are compared by, or under "health" what is asked.'
    expect(warned(`[{ name: staging, ${traffic} }]`)).toEqual([`a/b staging: ${mend}`])
    expect(warned(`[{ name: staging, ${traffic}, health: https://canary.example }]`)).toEqual([])
    expect(warned(`[{ name: staging, ${traffic}, metrics: { source: https://prometheus.example } }]`)).toEqual([])
  })

  it('says that pools change places and fixed addresses of both do not', () => {
    const [account, zone, balancer, blue, green] = ['a1', 'b2', 'c3', 'd4', 'e5'].map((pair) => pair.repeat(16))
    const cloudflare = `account: ${account}, zone: ${zone}, load_balancer: ${balancer}, pools: { blue: ${blue}, green: ${green} }`
    const withHealth = (health: string, traffic = `{ cloudflare: { ${cloudflare} } }`) =>
      warned(`[{ name: staging, traffic: ${traffic}, health: ${health} }]`)
    const fixed = '{ canary: https://new.example, baseline: https://old.example }'
    expect(withHealth(fixed)).toEqual([
      'a/b staging: Write one address with $pool for the name of the pool, like "health: https://$pool.acme.example/health".',
    ])
    // Pools of Vercel are called by their roles.
    expect(withHealth(fixed, '{ vercel: { project: web, domain: web.example } }')).toEqual([])
    expect(withHealth('https://$pool.example')).toEqual([])
    expect(withHealth('{ canary: https://$pool.example, baseline: https://old.example }')).toEqual([])
    expect(withHealth('{ canary: https://new.example, baseline: https://$pool.example }')).toEqual([])
    // What answers there may be chosen by a header, or follow the workflow.
    expect(withHealth('https://new.example')).toEqual([])
  })
})
