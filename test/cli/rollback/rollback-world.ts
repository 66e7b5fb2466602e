/** A release at a quarter of the traffic, in a store of its own, with the services that it is steered by over real HTTP. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { type SimulatedCloudflare, startSimulatedCloudflare } from '../../../sandbox/cloudflare/simulated-cloudflare.ts'
import { type SimulatedManagement, startSimulatedManagement } from '../../../sandbox/supabase/simulated-management.ts'
import { type SimulatedVercel, startSimulatedVercel } from '../../../sandbox/vercel/simulated-vercel.ts'
import type { RollbackResult } from '../../../src/cli/rollback/report.ts'
import { type RollbackOptions, rollBack } from '../../../src/cli/rollback/rollback.ts'
import type { Terminal } from '../../../src/cli/rollback/terminal.ts'
import { Secret } from '../../../src/config/secret.ts'
import { takeSnapshot } from '../../../src/engine/take-snapshot.ts'
import { supabaseFunctionsHost } from '../../../src/providers/supabase/functions-host.ts'
import { vercelFrontendHost } from '../../../src/providers/vercel/frontend-host.ts'
import type { Release } from '../../../src/release/release.ts'
import type { Rollout } from '../../../src/release/rollout/rollout.ts'
import { openStore, type Store } from '../../../src/store/open-store.ts'
import { releaseById, saveRelease } from '../../../src/store/releases.ts'
import { rolloutOf, saveRollout } from '../../../src/store/rollouts.ts'
import { packBundle, saveSnapshot } from '../../../src/store/snapshots.ts'
import { type FastClock, fastClock } from '../../e2e/fast-world.ts'
import { opened } from '../../release/fixtures.ts'
import { Played, split } from '../../release/rollout/fixtures.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

export const repository = 'omnihub/app'
export const releaseId = '01KBCDEFGH0000000000000001'
const before = 'f'.repeat(40)
const project = 'abcdefghijklmnopqrst'

export interface Services {
  readonly cloudflare: SimulatedCloudflare
  readonly supabase: SimulatedManagement
  readonly vercel: SimulatedVercel
  /** Deployments of the frontend: that of before, and that of the release. */
  readonly frontends: { readonly old: string; readonly new: string }
  /** Environment of sluice.yml that is steered by them. */
  readonly environment: Readonly<Record<string, unknown>>
  /** Sections of sluice.yml that say where they are. */
  readonly sections: Readonly<Record<string, unknown>>
  readonly tokens: Readonly<Record<string, string>>
  percents(): Readonly<Record<string, number>>
  liveFrontend(): string | null
  liveCode(slug: string): string | undefined
}

/** The release has brought its functions and its frontend, and has 25 % of the traffic. */
export async function services(): Promise<Services & { keep(store: Store): Promise<void> }> {
  const [cloudflare, supabase, vercel] = await Promise.all([
    startSimulatedCloudflare(),
    startSimulatedManagement({ project }),
    startSimulatedVercel({ promotionMs: 20 }),
  ])
  onTestFinished(async () => void (await Promise.all([cloudflare.close(), supabase.stop(), vercel.stop()])))
  supabase.functions.deploy('orders', 'v1')
  const old = vercel.production.deploy({ sha: before }).id
  const hosts = {
    functions: supabaseFunctionsHost({ apiUrl: supabase.apiUrl, project, token: new Secret(supabase.token) }),
    frontend: vercelFrontendHost({
      apiUrl: vercel.url,
      project: vercel.project,
      team: vercel.team,
      domain: null,
      token: new Secret(vercel.token),
    }),
  }
  const taken = await takeSnapshot({ ...hosts, project, areKept: async () => new Set(), now: Date.now() })
  if (!taken.ok) throw new Error(JSON.stringify(taken.failure))
  supabase.functions.deploy('orders', 'v2')
  const { id: now } = vercel.production.deploy({ sha: 'a'.repeat(40) })
  cloudflare.dashboard('sluice@omnihub.dev').setPercents({ blue: 75, green: 25 })
  return {
    cloudflare,
    supabase,
    vercel,
    frontends: { old, new: now },
    environment: {
      name: 'production',
      aliases: ['prod'],
      traffic: {
        cloudflare: {
          account: cloudflare.accountId,
          zone: cloudflare.zoneId,
          load_balancer: cloudflare.loadBalancerId,
          pools: cloudflare.poolIds,
          api_url: cloudflare.apiUrl,
        },
      },
      functions: { supabase: { project } },
      frontend: { vercel: { project: vercel.project, team: vercel.team } },
    },
    sections: { supabase: { api_url: supabase.apiUrl }, vercel: { api_url: vercel.url } },
    tokens: {
      CLOUDFLARE_API_TOKEN: cloudflare.token,
      SUPABASE_ACCESS_TOKEN: supabase.token,
      VERCEL_TOKEN: vercel.token,
    },
    percents() {
      const weights = cloudflare.balancer().random_steering.pool_weights ?? {}
      return Object.fromEntries(
        Object.entries(cloudflare.poolIds).map(([name, id]) => [name, Math.round((weights[id] ?? 0) * 100)]),
      )
    },
    liveFrontend: () => vercel.production.behind(`${vercel.project}.example`),
    liveCode: (slug) => supabase.functions.bodyOf(slug)?.toString(),
    async keep(store) {
      const { snapshot, bundles, fetched } = taken.value
      const packed = fetched.map(({ key, bytes }) => packBundle(key, bytes))
      const place = { releaseId, repository, environment: 'production' }
      await store.transaction((tx) => saveSnapshot(tx, { ...place, snapshot, bundles, packed }))
    },
  }
}

/** Writes the release into a store: its rollout is at 25 % and observed. */
export async function seed(
  store: Store,
  more: { readonly release?: Partial<Release>; readonly rollout?: Partial<Rollout> } = {},
): Promise<void> {
  const at = Date.now() - 60_000
  const release: Release = {
    ...opened({ id: releaseId, repository }),
    state: { name: 'rolling_out', since: at },
    run: { id: 7, url: 'https://github.com/omnihub/app/actions/runs/7' },
    ...more.release,
  }
  const played = new Played({ releaseId, steps: [{ percent: 25, windowMs: 900_000 }] }).toFirstStep()
  played.set(split(25))
  const rollout: Rollout = { ...played.rollout, ...more.rollout }
  await store.transaction(async (tx) => {
    await saveRelease(tx, release, at, true)
    await saveRollout(tx, repository, rollout, at)
  })
}

export interface RollbackWorld extends Services {
  readonly config: string
  readonly data: string
  readonly clock: FastClock
  /** What the command has said so far. */
  readonly said: readonly string[]
  /** The store, opened for the time of one look. */
  inStore<T>(work: (store: Store) => Promise<T>): Promise<T>
  rollout(): Promise<Rollout | null>
  release(): Promise<Release | null>
  audit(): Promise<readonly string[]>
  terminal(env?: Readonly<Record<string, string>>): Terminal
  rollBack(options?: Partial<RollbackOptions>, env?: Readonly<Record<string, string>>): Promise<RollbackResult>
}

/** An installation that does not run. */
export async function rollbackWorld(
  options: Parameters<typeof seed>[1] & { readonly environment?: Readonly<Record<string, unknown>> } = {},
): Promise<RollbackWorld> {
  const { keep, ...all } = await services()
  const folder = temporaryFolder()
  const [config, data] = [join(folder, 'sluice.yml'), join(folder, 'data')]
  mkdirSync(data)
  const environments = [{ ...all.environment, ...options.environment }]
  const file = { repositories: [{ repo: repository, channel: '#deploys', environments }], data: { folder: data } }
  writeFileSync(config, stringify({ ...file, ...all.sections }))
  const inStore: RollbackWorld['inStore'] = async (work) => {
    const store = openStore({ file: join(data, 'sluice.db') })
    return await work(store).finally(() => store.close())
  }
  await inStore(async (store) => {
    await seed(store, options)
    await keep(store)
  })
  const clock = fastClock(20)
  const said: string[] = []
  const terminal = (env = all.tokens): Terminal => ({ say: (line) => said.push(line), ask: null, env })
  return {
    ...all,
    config,
    data,
    clock,
    said,
    inStore,
    rollout: () => inStore((store) => rolloutOf(store.db, releaseId)),
    release: () => inStore((store) => releaseById(store.db, releaseId)),
    audit: () =>
      inStore(async (store) => {
        const rows = await store.db.selectFrom('audit').select(['action', 'client']).orderBy('seq').execute()
        return rows.map(({ action, client }) => `${client} ${action}`)
      }),
    terminal,
    rollBack: (more = {}, env = all.tokens) =>
      rollBack({ config, yes: true, direct: false, store: true, clock, ...more }, 'prod', 'it is slow', terminal(env)),
  }
}
