import { describe, expect, it } from 'vitest'
import { problems, production } from './production.ts'

const [account, zone, balancer, one, other] = ['a1', 'b2', 'c3', 'd4', 'e5'].map((pair) => pair.repeat(16))
const balanced = (first = 'blue', second = 'green') =>
  `traffic: { cloudflare: { account: ${account}, zone: ${zone}, load_balancer: ${balancer}, pools: { ${first}: ${one}, ${second}: ${other} } } }\n`

const address = 'https://$pool.acme.example/health'

describe('addresses with $pool in them', () => {
  it('are those of both arms where only one is written', () => {
    const { health, gate } = production(`${balanced()}health: ${address}`)
    expect(health).toMatchObject({ canary: address, baseline: address })
    const long = production(`${balanced()}health: { canary: '${address}', baseline: '${address}' }`)
    expect(long.gate.version).toBe(gate.version)
    const own = 'https://acme.example/$pool/health'
    expect(production(`${balanced()}health: { canary: ${address}, baseline: ${own} }`).health).toMatchObject({
      canary: address,
      baseline: own,
    })
    expect(production(`${balanced()}health: https://canary.acme.example`).health?.baseline).toBeNull()
  })

  it('may be those of checks, and are kept as they are written', () => {
    const { gate, rollout } = production(`${balanced()}steps:
  - { percent: 5, window: 15m, before: { http: '${address}' }, after: [{ workflow: a.yml }, { http: '${address}' }] }
  - 100%
blue_green: { before: { http: '${address}' } }`)
    const check = { type: 'http', url: address }
    expect(gate.steps[0]).toMatchObject({ before: [check], after: [{ type: 'workflow' }, check] })
    expect(rollout.blueGreen.before).toEqual([check])
  })

  it('are a part of what is approved', () => {
    const version = (health: string) => production(`${balanced()}health: ${health}`).gate.version
    expect(version(address)).not.toBe(version('https://green.acme.example/health'))
  })

  it('may name an address in whatever place a name fits', () => {
    for (const [pools, health] of [
      [balanced('pool-a', 'pool_b'), 'http://omnihub.$pool:8080/health'],
      [balanced("'11'", "'12'"), 'http://10.0.0.$pool/health'],
      [balanced("'8081'", "'8082'"), 'http://omnihub:$pool/health'],
    ] as const) {
      expect(problems(`${pools}health: ${health}`), health).toEqual([])
    }
  })

  const unlike = "Write $pool for the name of the load balancer's pool, or %24 where a $ is meant."
  const nobody = "$pool stands for a load balancer's pool, and no load balancer splits the traffic here."
  const name = 'Name it under "traffic", as "cloudflare", or write an address without $pool.'

  it.each<[string, readonly string[]]>([
    [
      `${balanced()}health: https://$arm.acme.example`,
      [
        `https://$arm.acme.example | health | "https://$arm.acme.example" has a $ in it that is not that of $pool. | ${unlike}`,
      ],
    ],
    [
      `${balanced()}health: { canary: https://$pools.example, baseline: 'https://\${pool}.example' }`,
      [
        `https://$pools.example | health.canary | "https://$pools.example" has a $ in it that is not that of $pool. | ${unlike}`,
        `'https://\${pool}.example' | health.baseline | "https://\${pool}.example" has a $ in it that is not that of $pool. | ${unlike}`,
      ],
    ],
    [
      `${balanced()}steps: [{ percent: 5, window: 5m, before: { http: 'https://$Pool.example' } }, 100%]`,
      [
        `'https://$Pool.example' | steps[0].before.http | "https://$Pool.example" has a $ in it that is not that of $pool. | ${unlike}`,
      ],
    ],
    [
      `${balanced()}health: $pool.acme.example`,
      [
        '$pool.acme.example | health | With "blue" for $pool this is not a web address. | Write it in full, like https://sluice.acme.example.',
      ],
    ],
    [
      `${balanced("'11'", 'green')}health: http://omnihub:$pool/health`,
      [
        'http://omnihub:$pool/health | health | With "green" for $pool this is not a web address. | Write it in full, like https://sluice.acme.example.',
      ],
    ],
    [
      `${balanced()}blue_green: { before: [{ http: 'https://$pool.example?a=b' }] }`,
      [
        '\'https://$pool.example?a=b\' | blue_green.before[0].http | With "blue" for $pool this has a part after ? or #. | Write the address without it.',
      ],
    ],
    [`health: ${address}`, [`${address} | health | ${nobody} | ${name}`]],
    [
      `health: { canary: https://a.example, baseline: '${address}' }`,
      [`'${address}' | health.baseline | ${nobody} | ${name}`],
    ],
    [
      `steps: [{ percent: 5, window: 5m, after: [{ http: '${address}' }] }, 100%]\nblue_green: { before: { http: '${address}' } }`,
      [
        `'${address}' | steps[0].after[0].http | ${nobody} | ${name}`,
        `'${address}' | blue_green.before.http | ${nobody} | ${name}`,
      ],
    ],
    [
      `traffic: { vercel: { project: web, domain: web.example } }\nhealth: ${address}`,
      [
        `${address} | health | $pool stands for a load balancer's pool, and the rolling releases of Vercel have no pools. | Write an address without $pool.`,
      ],
    ],
  ])('are explained where they lead nowhere: %s', (lines, expected) => {
    expect(problems(lines)).toEqual(expected)
  })
})
