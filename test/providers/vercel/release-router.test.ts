import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type SimulatedRollingReleasesOptions,
  startSimulatedRollingReleases,
} from '../../../sandbox/vercel/rolling-release-server.ts'
import { Secret } from '../../../src/config/secret.ts'
import { vercelFrontendHost } from '../../../src/providers/vercel/frontend-host.ts'
import { type VercelReleaseRouterOptions, vercelReleaseRouter } from '../../../src/providers/vercel/release-router.ts'

const sha = 'a'.repeat(40)
const to = (canary: number) => ({ percents: { baseline: 100 - canary, canary }, disabled: [] })

async function withRelease(
  options: Partial<SimulatedRollingReleasesOptions> = {},
  router: Partial<VercelReleaseRouterOptions> = {},
) {
  const commits = { dpl_old: 'b'.repeat(40), dpl_new: sha }
  const vercel = await startSimulatedRollingReleases({ deployments: ['dpl_old', 'dpl_new'], commits, ...options })
  onTestFinished(() => vercel.close())
  // By its name: that is what most configurations have.
  const place = { apiUrl: vercel.apiUrl, project: vercel.name, team: 'acme', domain: vercel.domain }
  const account = { ...place, token: new Secret(vercel.token) }
  const frontend = vercelFrontendHost(account)
  const make = () => vercelReleaseRouter({ ...account, frontend, sha, liveBefore: 'dpl_old', ...router })
  const paths = () => vercel.requests.map(({ method, path }) => `${method} ${path}`)
  return { vercel, router: make(), another: make, paths }
}

const shareOf = (result: Awaited<ReturnType<ReturnType<typeof vercelReleaseRouter>['read']>>) =>
  result.ok ? result.value.pools.map(({ pool, percent, health }) => `${pool} ${percent} ${health}`) : result.failure

describe('the router of one release', () => {
  test('finds the new deployment by its commit, once, and moves it through the stages', async () => {
    const { router, vercel, paths } = await withRelease()
    expect(shareOf(await router.read())).toEqual(['baseline 100 unchecked', 'canary 0 unchecked'])
    for (const percent of [5, 50, 100]) {
      expect(shareOf(await router.apply(to(percent)))).toEqual([
        `baseline ${100 - percent} unchecked`,
        `canary ${percent} unchecked`,
      ])
    }
    expect(vercel.liveId()).toBe('dpl_new')
    expect(paths().filter((path) => path.includes('/deployments'))).toHaveLength(1)
  })

  test('puts the old one back by the id of the project, which is asked for once', async () => {
    const { router, vercel, paths } = await withRelease()
    await router.apply(to(50))
    expect(shareOf(await router.apply(to(0)))).toEqual(['baseline 100 unchecked', 'canary 0 unchecked'])
    expect(vercel.liveId()).toBe('dpl_old')
    const ofProject = paths().filter((path) => path.startsWith('GET /v9/projects'))
    // One by the host that looks for deployments.
    expect(ofProject).toHaveLength(2)
    expect(paths()).toContain('POST /v1/projects/prj_omnihub/rollback/dpl_old?slug=acme')
  })

  test('says for which team it asks, by slug or id', async () => {
    const { router, paths } = await withRelease({}, { team: 'team_1' })
    await router.read()
    expect(paths()).toContain('GET /v1/projects/omnihub-web/rolling-release?teamId=team_1')
  })

  test('looks again for a deployment that is not built yet', async () => {
    const { router, vercel } = await withRelease()
    vercel.faults.failNext({ match: 'GET /v7/deployments', kind: 'internal_error' })
    expect(await router.read()).toMatchObject({ ok: false, failure: { type: 'unavailable' } })
    expect((await router.read()).ok).toBe(true)
  })

  test('says what is missing', async () => {
    const none = await withRelease({ commits: {} })
    expect(await none.router.read()).toMatchObject({
      failure: {
        type: 'not_found',
        detail: expect.stringMatching(/no deployment of aaaaaaa .* vercel deploy --prod --skip-domain/),
      },
    })
    expect(await none.router.apply(to(5))).toMatchObject({ failure: { type: 'not_found' } })
    const same = await withRelease({ commits: { dpl_old: sha } })
    expect(await same.router.read()).toMatchObject({
      failure: { detail: expect.stringContaining('served before as well') },
    })
    const unknown = await withRelease({}, { liveBefore: null })
    expect(await unknown.router.read()).toMatchObject({
      failure: { detail: expect.stringContaining('was not recorded') },
    })
    expect(await unknown.router.apply(to(0))).toMatchObject({ ok: false })
    expect(unknown.paths()).toEqual([])
  })

  test('rolls back also when the new deployment cannot be found any more', async () => {
    for (const percent of [50, 100]) {
      const { router, another, vercel } = await withRelease()
      await router.apply(to(percent))
      vercel.faults.failNext({ match: 'GET /v7/deployments', kind: 'internal_error', times: 9 })
      const restarted = another()
      expect(await restarted.apply(to(50))).toMatchObject({ ok: false })
      expect(shareOf(await restarted.apply(to(0)))).toEqual(['baseline 100 unchecked', 'canary 0 unchecked'])
      expect(Array.from({ length: 50 }, (_, index) => vercel.route(`visitor-${index}`))).not.toContain('dpl_new')
      expect(await restarted.lastChange()).toMatchObject({ ok: false })
    }
  })
})
