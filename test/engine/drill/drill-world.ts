/** An environment that allows fire drills: the release has all of the traffic, and the pool of before is kept warm. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import type { Config, EnvironmentConfig } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/parse-config.ts'
import { readServiceSecrets } from '../../../src/config/read-service-secrets.ts'
import type { DrillDeps } from '../../../src/engine/drill/run-drill.ts'
import { makeServices } from '../../../src/environment-services.ts'
import type { Rollout } from '../../../src/release/rollout/rollout.ts'
import { openStore, type Store } from '../../../src/store/open-store.ts'
import { repository, type Services, seed, services } from '../../cli/rollback/rollback-world.ts'
import { type FastClock, fastClock } from '../../e2e/fast-world.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

export const place = { repository, environment: 'production' }

export interface DrillWorld extends Services {
  readonly store: Store
  readonly clock: FastClock
  readonly config: Config
  readonly environment_: EnvironmentConfig
  readonly deps: DrillDeps
  audit(): Promise<readonly { readonly action: string; readonly reason: string | null; readonly text: string | null }[]>
  /** What channels are to be told. */
  posts(): Promise<readonly string[]>
}

/** @param options.hasRelease - false: nothing was ever released, so that there is no snapshot to go back to */
export async function drillWorld(
  options: {
    readonly hasRelease?: boolean
    readonly drill?: Partial<EnvironmentConfig['rollout']['drill']>
    readonly rollout?: Partial<Rollout>
  } = {},
): Promise<DrillWorld> {
  const { keep, ...all } = await services()
  all.cloudflare.dashboard('sluice@omnihub.dev').setPercents({ blue: 0, green: 100 })
  const folder = temporaryFolder()
  const store = openStore({ file: join(folder, 'sluice.db') })
  onTestFinished(() => store.close())
  const completed = { name: 'completed', at: Date.now() - 3600_000 } as const
  if (options.hasRelease !== false) {
    await seed(store, {
      release: { state: completed },
      rollout: { phase: completed, confirmed: 100, ...options.rollout },
    })
    await keep(store)
  }
  const file = {
    repositories: [{ repo: repository, channel: '#deploys', environments: [all.environment] }],
    ...all.sections,
  }
  writeFileSync(join(folder, 'sluice.yml'), stringify(file))
  const parsed = parseConfig(stringify(file), 'sluice.yml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const [configured] = parsed.config.repositories
  const [found] = configured?.environments ?? []
  if (configured === undefined || found === undefined) throw new Error('There is no environment.')
  const drill = { isAllowed: true, schedule: null, zone: 'UTC', ...options.drill }
  const environment: EnvironmentConfig = { ...found, rollout: { ...found.rollout, drill } }
  const config: Config = { ...parsed.config, repositories: [{ ...configured, environments: [environment] }] }
  const clock = fastClock(20)
  const { secrets } = await readServiceSecrets(all.tokens)
  return {
    ...all,
    store,
    clock,
    config,
    environment_: environment,
    deps: {
      store,
      config,
      clock,
      servicesOf: () => makeServices(environment, { config, secrets, now: () => clock.now() }),
    },
    async audit() {
      const rows = await store.db
        .selectFrom('audit')
        .select(['action', 'reason_code as reason', 'reason_text as text'])
        .orderBy('seq')
        .execute()
      return rows
    },
    async posts() {
      const rows = await store.db
        .selectFrom('outbox')
        .select('body')
        .where('type', '=', 'post_in_channel')
        .orderBy('seq')
        .execute()
      return rows.map(({ body }) => body)
    },
  }
}
