import cron, { type ScheduledTask } from 'node-cron'
import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import type { Clock } from './engine/clock.ts'
import type { Engine } from './engine/engine.ts'
import { postAuditHead } from './engine/post-audit-head.ts'
import type { Store } from './store/open-store.ts'
import { prune } from './store/prune.ts'

const dayMs = 24 * 3600_000

export interface Maintenance {
  stop(): Promise<void>
}

/**
 * What is done by the calendar (UTC): old rows go each night, missed deliveries are looked for each half-hour, the head of
 * the audit log is posted once a day.
 */
export function startMaintenance(deps: {
  readonly store: Store
  readonly engine: Pick<Engine, 'askForMissed' | 'heartbeat' | 'memory' | 'tellFallback'>
  readonly config: Config
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
}): Maintenance {
  const { store, engine, config, clock, log } = deps
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

  function schedule(expression: string, name: string, work: () => Promise<void>): ScheduledTask {
    const run = () =>
      work().catch((error: unknown) => log.error({ err: error, task: name }, 'a scheduled task failed; it runs again'))
    return cron.schedule(expression, run, { timezone: 'UTC', noOverlap: true, name })
  }

  return {
    async stop() {
      await Promise.all(tasks.map((task) => task.destroy()))
    },
  }
}
