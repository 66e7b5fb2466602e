import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { EnvironmentConfig } from '../../src/config/config.ts'
import { formatProblems } from '../../src/config/config-problem.ts'
import { parseConfig } from '../../src/config/parse-config.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { otherPool } from '../../src/policy/traffic-target.ts'

const [account, zone, balancer, blue, green] = ['a1', 'b2', 'c3', 'd4', 'e5'].map((pair) => pair.repeat(16))
const good = `
            account: ${account}
            zone: ${zone}
            load_balancer: ${balancer}
            pools: { blue: ${blue}, green: ${green} }`

function fileWith(cloudflare: string, more = ''): string {
  return `repositories:
  - repo: acme/omnihub
    channel: '#deploys'
    environments:
      - staging
      - name: production
        traffic:
          cloudflare:${cloudflare}
${more}`
}

function trafficIn(text: string): EnvironmentConfig['traffic'] | undefined {
  const parsed = parseConfig(text, 'sluice.yml')
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems))
  return parsed.config.repositories[0]?.environments[1]?.traffic
}

/** Each problem in short: `key | what | how to mend it`. */
function problems(cloudflare: string, more = ''): readonly string[] {
  const parsed = parseConfig(fileWith(cloudflare, more), 'sluice.yml')
  if (parsed.ok) return []
  const place = 'repositories[0].environments[1].traffic.cloudflare'
  return parsed.problems.map(({ key, what, mend }) => `${key.replace(place, '·')} | ${what} | ${mend}`)
}

describe('the traffic of an environment', () => {
  it('is split by nobody unless the file says so', () => {
    const parsed = parseConfig("repositories: [{ repo: acme/omnihub, channel: '#deploys' }]\n", 'sluice.yml')
    expect(parsed.ok && parsed.config.repositories[0]?.environments.map(({ traffic }) => traffic)).toEqual([
      null,
      null,
      null,
    ])
  })

  it('is split by a load balancer between two pools that have names', () => {
    expect(trafficIn(fileWith(good))).toEqual({
      type: 'cloudflare',
      target: { pools: ['blue', 'green'] },
      accountId: account,
      zoneId: zone,
      loadBalancerId: balancer,
      poolIds: { blue, green },
      apiUrl: 'https://api.cloudflare.com/client/v4',
    })
  })

  it('may be asked for elsewhere, but not over the network in the clear', () => {
    expect(trafficIn(fileWith(`${good}\n            api_url: http://127.0.0.1:4000/client/v4/`))?.apiUrl).toBe(
      'http://127.0.0.1:4000/client/v4',
    )
    expect(problems(`${good}\n            api_url: http://cloudflare.acme.example`)).toEqual([
      expect.stringContaining('would send tokens over the network unencrypted. | Use https.'),
    ])
  })

  it('leads from one pool to the other', () => {
    const target = { pools: ['blue', 'green'] } as const
    expect([otherPool(target, 'blue'), otherPool(target, 'green')]).toEqual(['green', 'blue'])
  })
})

describe('a mistake in it', () => {
  it.each<[string, string, readonly unknown[]]>([
    [
      'a key that is missing',
      good.replace(/\n +zone: .*/, ''),
      ['· | The key "zone" is missing here. | Write it like this: zone: 699d98642c564d2e855e9661899b7252'],
    ],
    [
      'a key that is misspelt',
      good.replace('load_balancer', 'load_balancr'),
      ['·.load_balancr | Unknown key "load_balancr". | Did you mean "load_balancer"?'],
    ],
    [
      'a name instead of an id',
      good.replace(zone ?? '', 'acme.example'),
      [
        expect.stringMatching(
          /^·\.zone \| "acme\.example" is not an id of Cloudflare, .* Write the id and not the name\./,
        ),
      ],
    ],
    [
      'one pool',
      good.replace(`, green: ${green}`, ''),
      [
        '·.pools | There is one pool here, and two are wanted. | Name two: one serves, and the other takes the new version.',
      ],
    ],
    [
      'three pools',
      good.replace('pools: {', `pools: { red: ${zone},`),
      [expect.stringContaining('There are 3 pools here, and two are wanted.')],
    ],
    [
      'a pool twice',
      good.replace(green ?? '', blue ?? ''),
      ['·.pools.green | This is the pool that is named blue already. | Give each of the two the id of its own.'],
    ],
    [
      'a pool without an id',
      good.replace(`green: ${green}`, 'green:'),
      ['·.pools.green | There is no value here. | Write it like this: blue: 17b5962d775c646f3f9725cbc7a53df4'],
    ],
    [
      'a list of pools',
      good.replace(/\{ blue.*\}/, '[blue, green]'),
      [
        expect.stringMatching(
          /^·\.pools \| This is a list, and a mapping \(keys with values\) is wanted here\. \| Write it/,
        ),
      ],
    ],
    [
      'a name that is none',
      good.replace('green:', "'to the left':"),
      [expect.stringMatching(/The key is not a name for a pool\. \| Write up to 40 letters/)],
    ],
    [
      'a token in the file',
      `${good}\n            api_token: ${['cfut', 'x7'.repeat(20)].join('_')}`,
      [expect.stringMatching(/a Cloudflare API token, and secrets do not belong .*CLOUDFLARE_API_TOKEN/s)],
    ],
    [
      'a key of another form than an id',
      good.replace(zone ?? '', 'f0'.repeat(20)),
      [expect.stringContaining('a signing secret or another key')],
    ],
  ])('is told with its place and how to mend it: %s', (_, cloudflare, expected) => {
    expect(problems(cloudflare)).toEqual(expected)
  })

  it('is told when two environments share a load balancer', () => {
    const other = `  - repo: acme/shop\n    channel: '#shop'\n    environments:\n      - name: live\n        traffic: { cloudflare: {${good
      .trim()
      .split('\n')
      .map((line) => line.trim())
      .join(', ')} } }\n`
    expect(problems(good, other)).toEqual([
      expect.stringMatching(
        /load_balancer \| This load balancer is already in line \d+\. \| Each environment has one of its own/,
      ),
    ])
  })
})

describe('traffic that Vercel splits', () => {
  const vercel = (keys: string, more = '') => `repositories:
  - repo: acme/omnihub
    channel: '#deploys'
    environments:
      - staging
      - name: production
        traffic: { vercel: { ${keys} } }
${more}`
  const whole = 'project: omnihub-web, team: acme, domain: omnihub.example'
  const printed = (text: string) => {
    const parsed = parseConfig(text, 'sluice.yml')
    return parsed.ok ? '' : formatProblems(parsed.problems)
  }

  it('is that of a project, between two pools that are called by their roles', () => {
    const text = vercel(whole, 'vercel: { api_url: http://127.0.0.1:4000/ }\n')
    expect(trafficIn(text)).toEqual({
      type: 'vercel',
      target: { pools: ['baseline', 'canary'] },
      project: 'omnihub-web',
      team: 'acme',
      domain: 'omnihub.example',
      apiUrl: 'http://127.0.0.1:4000',
    })
    expect(trafficIn(vercel('project: prj_1, domain: omnihub.example'))).toMatchObject({ team: null })
  })

  it('is that of the frontend, which need not be named then', () => {
    const parsed = parseConfig(vercel(whole), 'sluice.yml')
    expect(parsed.ok && parsed.config.repositories[0]?.environments[1]?.frontend).toEqual({
      host: 'vercel',
      project: 'omnihub-web',
      team: 'acme',
      domain: 'omnihub.example',
    })
    expect(printed(vercel(whole, '        frontend: { vercel: { project: other } }\n'))).toMatch(
      /environments\[1\]\.frontend\n[\s\S]*The frontend is the project under "traffic" already[\s\S]*Take "frontend" out\./,
    )
  })

  it.each([
    [
      'project: omnihub-web',
      /The key "domain" is missing here\.\n +Write it like this: domain: omnihub\.acme\.example/,
    ],
    ['domain: omnihub.example', /The key "project" is missing here\.\n +Write it like this: project: omnihub-web/],
    [`${whole}, teem: a`, /Unknown key "teem"/],
    [whole.replace('project', 'projct'), /Unknown key "projct"\.\n +Did you mean "project"\?/],
    [whole.replace('omnihub-web', 'acme/omnihub-web'), /Write "omnihub-web", and the team under "team"\./],
    [whole.replace('omnihub.example', 'https://omnihub.example/'), /Write "omnihub\.example"\./],
  ])('is told with its place and how to mend it: %s', (keys, expected) => {
    expect(printed(vercel(keys))).toMatch(expected)
  })

  it('is split by one of the two and not by both or neither', () => {
    const both = fileWith(good, `          vercel: { ${whole} }\n`)
    expect(printed(both)).toMatch(/traffic\.vercel\n[\s\S]*by "cloudflare" or by "vercel", and both are here\./)
    const neither = vercel(whole).replace(/traffic: .*/, 'traffic: {}')
    expect(printed(neither)).toMatch(/\.traffic\n[\s\S]*What splits the traffic is not said\./)
  })

  it('is told when two environments share a project, also in another repository', () => {
    const other = `  - repo: acme/shop
    channel: '#shop'
    environments:
      - { name: live, frontend: { vercel: { project: omnihub-web, team: acme } } }
      - { name: test, frontend: { vercel: { project: omnihub-web, team: another } } }
`
    const text = printed(vercel(whole, other))
    expect(text).toMatch(/one problem/)
    expect(text).toMatch(/environments\[0\]\.frontend[\s\S]*This Vercel project is already in line 7\./)
  })
})

describe('the token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-traffic-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'sluice.yml')
  writeFileSync(path, fileWith(good))
  const enough = {
    SLACK_BOT_TOKEN: ['xoxb', '1234567890', 'abcdefghij'].join('-'),
    SLACK_SIGNING_SECRET: '0123456789abcdef'.repeat(2),
    GITHUB_WEBHOOK_SECRET: 'webhook',
  }
  const messageWith = async (token: string | undefined) => {
    const result = await readConfiguration({ path, env: { ...enough, CLOUDFLARE_API_TOKEN: token } })
    return result.ok ? 'good' : result.message
  }

  it('is asked for where traffic is split, and says for whom', async () => {
    expect(await messageWith(undefined)).toMatch(
      /CLOUDFLARE_API_TOKEN is not set, and the traffic of production of acme\/omnihub needs it\./,
    )
  })

  it('is that of whoever splits it', async () => {
    const other = join(folder, 'vercel.yml')
    writeFileSync(
      other,
      fileWith(good).replace(/cloudflare:[\s\S]*/, 'vercel: { project: omnihub-web, domain: omnihub.example }\n'),
    )
    const result = await readConfiguration({ path: other, env: enough })
    expect(result.ok ? '' : result.message).toMatch(
      /one problem[\s\S]*VERCEL_TOKEN is not set, and the traffic of production of acme\/omnihub needs it\./,
    )
    const env = { ...enough, VERCEL_TOKEN: 'vercelTokenOfTheTests' }
    expect((await readConfiguration({ path: other, env })).ok).toBe(true)
  })

  it('is taken in the form of today and in the one before', async () => {
    expect(await messageWith(`cfut_${'aB3'.repeat(16)}`)).toBe('good')
    expect(await messageWith('aB3-_'.repeat(8))).toBe('good')
  })

  it('may come from a file', async () => {
    const file = join(folder, 'token')
    writeFileSync(file, `cfat_${'aB3'.repeat(16)}\n`)
    const result = await readConfiguration({ path, env: { ...enough, CLOUDFLARE_API_TOKEN_FILE: file } })
    expect(result.ok && result.secrets.cloudflareApiToken?.reveal()).toBe(`cfat_${'aB3'.repeat(16)}`)
  })

  it.each([
    [`cfk_${'aB3'.repeat(16)}`, /is a Global API Key, which may do everything/],
    ['0123456789abcdef'.repeat(3).slice(0, 37), /is a Global API Key, which may do everything/],
    [`Bearer ${'aB3'.repeat(14)}`, /begins with "Bearer"/],
    ['aB3-cut', /is cut short/],
    [['xoxb', '1234567890', 'abcdefghij'].join('-'), /looks like a Slack bot token.*SLACK_BOT_TOKEN/s],
  ])('of another kind is refused without being shown', async (token, expected) => {
    const message = await messageWith(token)
    expect(message).toMatch(expected)
    expect(message).not.toContain(token)
  })
})
