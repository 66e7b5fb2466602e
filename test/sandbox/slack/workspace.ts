import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type ManualClock, manualClock } from '../../../sandbox/slack/clock.ts'
import {
  type SimulatedSlack,
  type SimulatedSlackOptions,
  startSimulatedSlack,
} from '../../../sandbox/slack/simulated-slack.ts'
import type { Channel, User } from '../../../sandbox/slack/state.ts'

export const startMs = Date.UTC(2026, 0, 5, 9)

const answerSchema = z.looseObject({ ok: z.boolean(), error: z.string().optional() })
export type Answered = z.infer<typeof answerSchema>

export interface TestWorkspace {
  readonly slack: SimulatedSlack
  readonly clock: ManualClock
  readonly channel: Channel
  readonly ada: User
  /** Calls a method as the bot (or with another token), as a form or as JSON. */
  call(method: string, args?: Record<string, unknown>, how?: { token?: string; json?: boolean }): Promise<Answered>
}

/** A simulated Slack with one channel and one person in it, stopped when the test ends. */
export async function testWorkspace(options: SimulatedSlackOptions = {}): Promise<TestWorkspace> {
  const clock = manualClock(startMs)
  const slack = await startSimulatedSlack({ clock, rateLimits: false, ...options })
  onTestFinished(() => slack.stop())
  const ada = slack.addUser('ada')
  const channel = slack.addChannel({ name: 'deploys', members: [ada.id] })
  return {
    slack,
    clock,
    channel,
    ada,
    async call(method, args = {}, { token = slack.botToken, json = false } = {}) {
      const response = await rawCall(slack, method, args, token, json)
      return answerSchema.parse(await response.json())
    },
  }
}

export function rawCall(
  slack: SimulatedSlack,
  method: string,
  args: Record<string, unknown>,
  token: string,
  json = false,
): Promise<Response> {
  const form = new URLSearchParams()
  for (const [key, value] of Object.entries(args)) {
    form.set(key, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  return fetch(`${slack.apiUrl}${method}`, {
    method: 'POST',
    headers: {
      'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    body: json ? JSON.stringify(args) : form.toString(),
  })
}

export const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })

export const buttons = (...actionIds: string[]) => ({
  type: 'actions',
  elements: actionIds.map((action_id) => ({
    type: 'button',
    action_id,
    text: { type: 'plain_text', text: action_id },
    value: `value of ${action_id}`,
  })),
})

/** Fails the test when Slack did not answer with a `ts`. */
export function tsOf(answer: Answered): string {
  return z.object({ ok: z.literal(true), ts: z.string() }).parse(answer).ts
}
