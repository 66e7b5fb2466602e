import cron, { type ScheduledTask } from 'node-cron'
import type { Logger } from 'pino'
import { ulid } from 'ulid'
import type { Config, EnvironmentConfig } from './config/config.ts'
import type { Clock } from './engine/clock.ts'
import { runDrill } from './engine/drill/run-drill.ts'
import type { Engine } from './engine/engine.ts'
import type { ServicesOf } from './engine/environment-services.ts'
import { postAuditHead } from './engine/post-audit-head.ts'
import type { Store } from './store/open-store.ts'
import { prune } from './store/prune.ts'
import type { Place } from './store/releases.ts'

const dayMs = 24 * 3600_000

export interface Maintenance {
  stop(): Promise<void>
}

/**
 * What is done by the calendar (UTC): old rows go each night, missed deliveries are looked for each half-hour, the head of
 * the audit log is posted once a day. Fire drills are held by each environment's own.
 */
export function startMaintenance(deps: {
  readonly store: Store
  readonly engine: Pick<Engine, 'askForMissed' | 'heartbeat' | 'memory' | 'tellFallback'>
  readonly config: Config
  readonly clock: Clock
  readonly servicesOf: ServicesOf
  readonly log: Logger
}): Maintenance {
  const { store, engine, config, clock, servicesOf, log } = deps
  const underWay = new Set<Promise<void>>()
  const { payloadRetentionDays, pipelineRetentionDays } = config.data

  const tasks: ScheduledTask[] = [
    schedule('17 3 * * *', 'prune', async () => {
      const now = clock.now()
      const before = {
        payloads: now - payloadRetentionDays * dayMs,
        pipelines: now - pipelineRetentionDays * dayMs,
      }
      const pruned = await prune(store, before)
      engine.memory.clear()
      log.info(pruned, 'old rows were deleted')
    }),
    schedule('*/30 * * * *', 'catch up', async () => {
      log.info(await engine.askForMissed(), 'compared with GitHub')
    }),
    schedule('* * * * *', 'heartbeat', () => engine.heartbeat()),
    ...drills(),
  ]
  const { auditChannel } = config.slack
  if (auditChannel !== null) {
    // Asked each hour, done once a day: a Sluice that was down at midnight is not a day late.
    tasks.push(
      schedule('5 * * * *', 'audit head', async () => {
        const outcome = await postAuditHead({ store, engine, channel: auditChannel, clock, log })
        log.info({ outcome }, 'looked whether the audit log’s head is to be posted')
      }),
    )
  }

  // The command line asks whether Sluice runs, also in its first minute.
  void attempt('heartbeat', () => engine.heartbeat())

  function attempt(name: string, work: () => Promise<void>): Promise<void> {
    return work().catch((error: unknown) =>
      log.error({ err: error, task: name }, 'a scheduled task failed; it runs again'),
    )
  }

  function schedule(expression: string, name: string, work: () => Promise<void>, timezone = 'UTC'): ScheduledTask {
    return cron.schedule(expression, () => attempt(name, work), { timezone, noOverlap: true, name })
  }

  function drills(): readonly ScheduledTask[] {
    return config.repositories.flatMap(({ repo, environments }) =>
      environments.flatMap((environment) => {
        const { isAllowed, schedule: expression, zone } = environment.rollout.drill
        const place = { repository: repo, environment: environment.name }
        const name = `drill ${repo} ${environment.name}`
        return isAllowed && expression !== null
          ? [schedule(expression, name, () => hold(place, environment), zone)]
          : []
      }),
    )
  }

  /** Nobody is to end this process while an environment is not as it was. */
  async function hold(place: Place, environment: EnvironmentConfig): Promise<void> {
    const work = runDrill({ place, environment, id: ulid(), by: null }, { store, config, clock, servicesOf })
    const ended = work.then(
      () => {},
      () => {},
    )
    underWay.add(ended)
    const outcome = await work.finally(() => underWay.delete(ended))
    log.info({ ...place, outcome }, 'a fire drill')
    // Makes the worker look for what is new in the outbox.
    await engine.heartbeat()
  }

  return {
    async stop() {
      await Promise.all(tasks.map((task) => task.destroy()))
      if (underWay.size > 0) log.info('a fire drill is under way: everything is put back first')
      await Promise.all(underWay)
    },
  }
}
