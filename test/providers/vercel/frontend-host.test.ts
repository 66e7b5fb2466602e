import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Clock, realClock } from '../../../sandbox/github/clock.ts'
import {
  type SimulatedVercel,
  type SimulatedVercelOptions,
  startSimulatedVercel,
} from '../../../sandbox/vercel/simulated-vercel.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { FrontendHost } from '../../../src/engine/frontend-host.ts'
import { type VercelFrontendHostOptions, vercelFrontendHost } from '../../../src/providers/vercel/frontend-host.ts'

interface World {
  readonly vercel: SimulatedVercel
  readonly host: FrontendHost
  /** Moves the simulated Vercel's time on. */
  pass(ms: number): void
}

async function start(
  options: SimulatedVercelOptions = {},
  given: Partial<VercelFrontendHostOptions> = {},
): Promise<World> {
  let aheadMs = 0
  const clock: Clock = { ...realClock, now: () => Date.now() + aheadMs }
  const vercel = await startSimulatedVercel({ clock, promotionMs: 60_000, ...options })
  onTestFinished(() => vercel.stop())
  const host = vercelFrontendHost({
    apiUrl: vercel.url,
    project: vercel.project,
    team: vercel.team,
    domain: null,
    token: new Secret(vercel.token),
    ...given,
  })
  return {
    vercel,
    host,
    pass: (ms) => {
      aheadMs += ms
    },
  }
}

const orders = ({ calls }: SimulatedVercel) => calls.filter(({ method }) => method === 'POST').map(({ path }) => path)

/** Two releases: the first was live, and the second is now. */
function twoReleases({ production }: SimulatedVercel) {
  const [first, second] = [production.deploy({ sha: 'a'.repeat(40) }), production.deploy({ sha: 'b'.repeat(40) })]
  return { first, second }
}

const live = { ok: true, value: { isLive: true } }
const notYet = { ok: true, value: { isLive: false } }

describe('what is live', () => {
  it('is nothing before the first deployment', async () => {
    const { host } = await start()
    expect(await host.live()).toEqual({ ok: true, value: null })
  })

  it('is the deployment that the production domain leads to, whatever was built since', async () => {
    const { vercel, host } = await start()
    const { second } = twoReleases(vercel)
    vercel.production.deploy({ sha: 'c'.repeat(40), skipsDomain: true })
    const { id, url, createdAt } = second
    const value = { id, url: `https://${url}`, sha: 'b'.repeat(40), createdAt }
    expect(await host.live()).toEqual({ ok: true, value })
  })

  it('is looked for at the domain that the configuration names', async () => {
    const { vercel, host } = await start({}, { domain: 'omnihub-web.vercel.app' })
    const { second } = twoReleases(vercel)
    expect(await host.live()).toMatchObject({ ok: true, value: { id: second.id } })
    expect(vercel.calls[0]?.path).toMatch(/^\/v4\/aliases\/omnihub-web\.vercel\.app/)
  })

  it('has no commit when it was built of none', async () => {
    const { vercel, host } = await start()
    vercel.production.deploy({})
    expect(await host.live()).toMatchObject({ ok: true, value: { sha: null } })
  })

  it.each([
    ['an id', 'team_acme0123456789'],
    ['a slug', 'acme'],
  ])('is asked for on behalf of a team by %s', async (_, team) => {
    const { host } = await start({}, { team })
    expect(await host.live()).toMatchObject({ ok: true })
  })

  it('cannot be told without the team', async () => {
    const { host } = await start({}, { team: null })
    expect(await host.live()).toMatchObject({ ok: false, failure: { type: 'not_found' } })
  })
})

describe('finding what was built of a commit', () => {
  it('takes the newest that is ready for production', async () => {
    const { vercel, host } = await start()
    const sha = 'd'.repeat(40)
    vercel.production.deploy({ sha, skipsDomain: true })
    const wanted = vercel.production.deploy({ sha, skipsDomain: true })
    vercel.production.deploy({ sha, target: null })
    vercel.production.deploy({ sha, state: 'BUILDING' })
    vercel.production.deploy({ sha: 'e'.repeat(40) })
    expect(await host.find(sha)).toMatchObject({ ok: true, value: { id: wanted.id, sha } })
  })

  it('finds none where there is none', async () => {
    const { vercel, host } = await start()
    twoReleases(vercel)
    expect(await host.find('f'.repeat(40))).toEqual({ ok: true, value: null })
  })
})

describe.each([
  ['promotion', 'promote', /^\/v10\/projects\/prj_\w+\/promote\//],
  ['rollback', 'rollBack', /^\/v1\/projects\/prj_\w+\/rollback\//],
] as const)('a %s', (_, move, path) => {
  it('is not done before every domain is moved', async () => {
    const world = await start()
    const { vercel, host } = world
    const { first } = twoReleases(vercel)
    expect(await host[move](first.id)).toEqual(notYet)
    world.pass(40_000)
    expect(vercel.production.behind('omnihub-web.vercel.app')).toBe(first.id)
    expect(await host[move](first.id)).toEqual(notYet)
    world.pass(25_000)
    expect(await host[move](first.id)).toEqual(live)
    expect(orders(vercel)).toHaveLength(1)
    expect(orders(vercel)[0]).toMatch(path)
    expect(await host.live()).toMatchObject({ ok: true, value: { id: first.id } })
  })

  it('says so at once where it takes no time', async () => {
    const { vercel, host } = await start({ promotionMs: 0 })
    const { first } = twoReleases(vercel)
    expect(await host[move](first.id)).toEqual(live)
  })

  it('of what is live orders nothing', async () => {
    const { vercel, host } = await start()
    const { second } = twoReleases(vercel)
    expect(await host[move](second.id)).toEqual(live)
    expect(orders(vercel)).toEqual([])
  })

  it('that was taken and whose answer was lost is not ordered again', async () => {
    const world = await start()
    const { vercel, host } = world
    const { first } = twoReleases(vercel)
    vercel.failNext({ match: 'POST', kind: 'reset_after' })
    expect(await host[move](first.id)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: true },
    })
    expect(await host[move](first.id)).toEqual(notYet)
    world.pass(60_000)
    expect(await host[move](first.id)).toEqual(live)
    expect(orders(vercel)).toHaveLength(1)
  })

  it('waits its turn while the domains are moved to another deployment', async () => {
    const world = await start()
    const { vercel, host } = world
    const { first } = twoReleases(vercel)
    const third = vercel.production.deploy({ skipsDomain: true })
    await host.promote(third.id)
    expect(await host[move](first.id)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', detail: expect.stringContaining(third.id), mayHaveHappened: false },
    })
    world.pass(60_000)
    expect(await host[move](first.id)).toEqual(notYet)
    world.pass(60_000)
    expect(await host[move](first.id)).toEqual(live)
  })

  it('that got stuck half-way is not called done, and is ordered again', async () => {
    const world = await start()
    const { vercel, host } = world
    const { first } = twoReleases(vercel)
    vercel.production.failNextJob()
    expect(await host[move](first.id)).toEqual(notYet)
    world.pass(60_000)
    expect(await host[move](first.id)).toEqual(notYet)
    expect(orders(vercel)).toHaveLength(2)
    world.pass(60_000)
    expect(await host[move](first.id)).toEqual(live)
  })

  it.each(['deleted', 'expired'] as const)('to a deployment that is %s finds none', async (how) => {
    const { vercel, host } = await start()
    const { first } = twoReleases(vercel)
    vercel.production.lose(first.id, how)
    expect(await host[move](first.id)).toMatchObject({
      ok: false,
      failure: { type: 'not_found', detail: expect.stringContaining(first.id) },
    })
  })

  it('to what was not built for production is refused', async () => {
    const { vercel, host } = await start()
    twoReleases(vercel)
    const preview = vercel.production.deploy({ target: null })
    expect(await host[move](preview.id)).toMatchObject({ ok: false, failure: { type: 'rejected' } })
  })
})

describe('the plan', () => {
  it('may forbid to go back by more than one', async () => {
    const { vercel, host } = await start({ plan: 'hobby' })
    const { first, second } = twoReleases(vercel)
    vercel.production.deploy({})
    expect(await host.rollBack(first.id)).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringMatching(/402 payment_required: .*upgrade to pro/) },
    })
    expect(await host.rollBack(second.id)).toEqual(notYet)
  })

  it('lets nobody roll back to what was never live', async () => {
    const { vercel, host } = await start()
    twoReleases(vercel)
    const staged = vercel.production.deploy({ skipsDomain: true })
    expect(await host.rollBack(staged.id)).toMatchObject({ ok: false, failure: { type: 'rejected' } })
  })
})

describe('a call that fails', () => {
  it.each([
    ['rate_limited', { type: 'rate_limited', retryAfterMs: 9000 }],
    ['internal_error', { type: 'unavailable', detail: expect.stringMatching(/500 internal_server_error/) }],
    ['bad_gateway', { type: 'unavailable', detail: expect.stringMatching(/502 no message/) }],
    ['malformed', { type: 'unavailable', detail: expect.stringMatching(/not understood/) }],
    ['reset', { type: 'unavailable', detail: expect.stringMatching(/no answer/) }],
    ['hang', { type: 'unavailable', detail: expect.stringMatching(/no answer \(timeout\)/) }],
  ] as const)('with %s says what that means, and is not repeated', async (kind, failure) => {
    const { vercel, host } = await start({}, { domain: 'omnihub-web.example', timeoutMs: 300 })
    twoReleases(vercel)
    vercel.failNext({ kind, match: '/v4/aliases', retryAfterSeconds: 9 })
    expect(await host.live()).toMatchObject({ ok: false, failure })
    expect(vercel.calls).toHaveLength(1)
    expect(await host.live()).toMatchObject({ ok: true })
  })

  it('over the limit waits as long as Vercel says in its body or its headers', async () => {
    const { vercel, host } = await start()
    await host.live()
    vercel.exhaustLimit()
    const result = await host.live()
    expect(result).toMatchObject({ ok: false, failure: { type: 'rate_limited' } })
    const waitMs = !result.ok && result.failure.type === 'rate_limited' ? result.failure.retryAfterMs : 0
    expect(waitMs).toBeGreaterThan(50_000)
    expect(waitMs).toBeLessThanOrEqual(60_000)
  })

  it('with a token that is none any more never shows it', async () => {
    const { vercel, host } = await start()
    vercel.revokeToken()
    const result = await host.promote('dpl_1')
    expect(result).toMatchObject({
      ok: false,
      failure: {
        type: 'unauthorized',
        detail: expect.stringMatching(/403 forbidden: Not authorized\. Check VERCEL_TOKEN/),
      },
    })
    expect(inspect([result, host], { depth: 9 })).not.toContain(vercel.token)
  })
})
