import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt'
import { z } from 'zod'
import type { SlackHandlerDeps } from './deps.ts'
import { malformed } from './gate-buttons.ts'

const pressSchema = z.object({
  trigger_id: z.string().min(1),
  user: z.object({ id: z.string(), team_id: z.string().optional() }),
  team: z.object({ id: z.string() }).nullish(),
  container: z.object({ channel_id: z.string(), message_ts: z.string(), thread_ts: z.string().optional() }),
  actions: z.tuple([z.object({ value: z.string() })]).rest(z.unknown()),
})

/** `owner/name runId attempt`, as the alert's button carries it. */
const valuePattern = /^([\w.-]+\/[\w.-]+) (\d{1,15}) (\d{1,4})$/

type Arguments = SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs

/** A press on `Re-run failed jobs`: on disk first, then acknowledged; what comes of it is told to the person. */
export function rerunFailedJobs(deps: SlackHandlerDeps): (args: Arguments) => Promise<void> {
  const { engine, clock } = deps
  return async ({ ack, body }) => {
    const parsed = pressSchema.safeParse(body)
    const [, repository, runId, attempt] = valuePattern.exec(parsed.data?.actions[0].value ?? '') ?? []
    if (!parsed.success || repository === undefined) return await malformed(deps, { ack, body })
    const { trigger_id: id, user, team, container } = parsed.data
    await engine.submit({
      id: `slack:${id}`,
      type: 'slack.rerun_pressed',
      body: {
        id,
        userId: user.id,
        teamId: user.team_id ?? team?.id ?? '',
        channelId: container.channel_id,
        threadTs: container.thread_ts ?? container.message_ts,
        repository,
        runId: Number(runId),
        attempt: Number(attempt),
        at: clock.now(),
      },
    })
    await ack()
  }
}
