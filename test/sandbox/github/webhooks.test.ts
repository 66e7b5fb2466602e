import examples from '@octokit/webhooks-examples' with { type: 'json' }
import { afterEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { omnihubPipeline } from '../../../sandbox/github/omnihub-pipeline.ts'
import { type PipelineScript, scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import {
  type SimulatedGithub,
  type SimulatedGithubOptions,
  startSimulatedGithub,
} from '../../../sandbox/github/simulated-github.ts'
import { sizedPipeline } from '../../../sandbox/github/sized-pipeline.ts'
import { RECEIVER_SECRET, startWebhookReceiver } from './webhook-receiver.ts'

/** The package's types describe it as a module; at run time it is the list itself. */
const realWebhooks = z
  .array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }))
  .parse(examples)

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function start(options: Partial<SimulatedGithubOptions> = {}) {
  const receiver = await startWebhookReceiver()
  const github = await startSimulatedGithub({ repositories: [{ fullName: 'omnihub/app' }], ...options })
  open.push(github, receiver)
  const hook = github.addHook('omnihub/app', { url: receiver.url, secret: RECEIVER_SECRET })
  await github.settle()
  return { receiver, github, hook }
}

async function walk(github: SimulatedGithub, script: PipelineScript) {
  github.load(script)
  return github.walk()
}

const approved = { stagingApproval: { waitMs: 60_000, by: 'lead', decision: 'approved' } } as const

describe('webhooks of the simulated GitHub', () => {
  test('are signed, and say what happened in the order in which it happened', async () => {
    const { github, receiver, hook } = await start()
    const steps = await walk(github, scriptPipeline(omnihubPipeline(approved)))
    expect(receiver.received.every((webhook) => webhook.isGenuine && webhook.hookId === String(hook.id))).toBe(true)
    const [ping, ...rest] = receiver.received
    expect(ping?.event).toBe('ping')
    const names = rest.map(({ event, action }) => (action === undefined ? event : `${event}.${action}`))
    expect(names).toEqual(steps.flatMap((step) => step.events))
    expect(new Set(rest.map(({ guid }) => guid)).size).toBe(rest.length)
    expect(names.slice(0, 3)).toEqual(['push', 'pull_request.opened', 'workflow_run.requested'])
    expect(names).toContain('pull_request.closed')
    expect(names).toContain('deployment_review.requested')
    expect(names).toContain('deployment_review.approved')
    expect(names.filter((name) => name === 'deployment.created')).toHaveLength(2)
    expect(names.at(-1)).toBe('check_suite.completed')
  })

  test('have every field that the real ones of those events have', async () => {
    const { github, receiver } = await start()
    const spec = omnihubPipeline({ ...approved, outcomes: { 'smoke-staging': ['failure'] } })
    await walk(github, scriptPipeline(spec))
    const missing: string[] = []
    for (const [event, object] of [
      ['workflow_run', 'workflow_run'],
      ['workflow_job', 'workflow_job'],
      ['check_run', 'check_run'],
      ['check_suite', 'check_suite'],
      ['deployment', 'deployment'],
      ['deployment_status', 'deployment_status'],
      ['deployment_review', 'workflow_job_run'],
      ['pull_request', 'pull_request'],
      ['status', 'commit'],
      ['push', 'head_commit'],
      ['ping', 'hook'],
      ['push', 'repository'],
      ['check_run', 'repository'],
      ['check_run', 'sender'],
    ] as const) {
      const ours = receiver.received.find(
        (webhook) => webhook.event === event && keysOf(webhook.payload, object).length > 0,
      )
      const real =
        realWebhooks.find(({ name }) => name === event)?.examples.filter((one) => keysOf(one, object).length > 0) ?? []
      expect(real.length).toBeGreaterThan(0)
      // A field counts as GitHub's when all of its examples agree on it: they are of different years.
      const always = keysOf(real[0], object).filter((key) => real.every((one) => keysOf(one, object).includes(key)))
      const has = keysOf(ours?.payload, object)
      missing.push(...always.filter((key) => !has.includes(key)).map((key) => `${event}: ${object}.${key}`))
    }
    expect(missing).toEqual([])
  })

  test('are not sent again by themselves, and keep their guid when somebody asks for them again', async () => {
    const { github, receiver, hook } = await start()
    receiver.answerWith(503)
    github.load(scriptPipeline(sizedPipeline({ jobs: 1 })))
    await github.step()
    receiver.answerWith(202)
    const [failed] = github.deliveries({ hookId: hook.id })
    expect(failed).toMatchObject({ event: 'push', statusCode: 503, isRedelivery: false })
    const before = receiver.received.length
    await github.settle()
    expect(receiver.received).toHaveLength(before)
    await github.redeliver(failed?.guid ?? '')
    expect(receiver.received.at(-1)).toMatchObject({ event: 'push', guid: failed?.guid, isGenuine: true })
    const [again] = github.deliveries({ hookId: hook.id })
    expect(again).toMatchObject({ guid: failed?.guid, isRedelivery: true, statusCode: 202 })
    expect(again?.id).not.toBe(failed?.id)
  })

  test('that are dropped never arrive, and are written down as failed', async () => {
    const { github, receiver } = await start()
    github.setConditions({ dropPercent: 100 })
    const steps = await walk(github, scriptPipeline(sizedPipeline({ jobs: 2 })))
    expect(receiver.received.map(({ event }) => event)).toEqual(['ping'])
    const sent = steps.flatMap((step) => step.events).length
    expect(github.deliveries().filter((delivery) => delivery.statusCode === 502)).toHaveLength(sent)
  })

  test('come twice and out of order on demand, the same way for the same seed', async () => {
    const run = async () => {
      const { github, receiver } = await start({ seed: 7 })
      github.setConditions({ duplicatePercent: 30, shuffleWindow: 8 })
      const steps = await walk(github, scriptPipeline(sizedPipeline({ jobs: 5 })))
      const sent = steps.flatMap((step) => step.events)
      return { sent, came: receiver.received.slice(1).map(({ event, action, guid }) => `${event}.${action} ${guid}`) }
    }
    const [first, second] = [await run(), await run()]
    expect(new Set(first.came).size).toBe(first.sent.length)
    expect(first.came.length).toBeGreaterThan(first.sent.length)
    expect(first.came.map((one) => one.split(' ')[0])).not.toEqual(first.sent)
    expect(first.came).toEqual(second.came)
  })

  test('go only to the hooks that asked for the event', async () => {
    const { github } = await start()
    const jobsOnly = await startWebhookReceiver()
    open.push(jobsOnly)
    github.addHook('omnihub/app', { url: jobsOnly.url, secret: RECEIVER_SECRET, events: ['workflow_job'] })
    await walk(github, scriptPipeline(sizedPipeline({ jobs: 60 })))
    expect(new Set(jobsOnly.received.map(({ event }) => event))).toEqual(new Set(['ping', 'workflow_job']))
    expect(jobsOnly.received).toHaveLength(1 + 3 * 60)
  })

  test('of a pipeline that is played at speed carry the times at which things happened', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z')
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms
      },
    }
    const { github, receiver } = await start({ clock })
    const startedAt = now
    await github.play(scriptPipeline(sizedPipeline({ jobs: 3, durationMs: 60_000 })), { speed: 10 })
    const jobs = [...github.repository('omnihub/app').jobs.values()]
    expect(jobs.map((job) => job.conclusion)).toEqual(['success', 'success', 'success'])
    const length = scriptPipeline(sizedPipeline({ jobs: 3, durationMs: 60_000 })).durationMs
    expect(now - startedAt).toBeCloseTo(length / 10, 0)
    expect(receiver.received.filter(({ event }) => event === 'workflow_job')).toHaveLength(9)
  })

  test('go on by themselves when a run that was played is run again', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z')
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms
      },
    }
    const { github, receiver } = await start({ clock })
    const spec = sizedPipeline({ jobs: 2, outcomes: { 2: ['failure', 'success'] } })
    await github.play(scriptPipeline(spec), { speed: 50 })
    const [run] = github.repository('omnihub/app').runs.values()
    expect(run).toMatchObject({ attempt: 1, conclusion: 'failure' })
    const rerun = `${github.apiUrl}/repos/omnihub/app/actions/runs/${run?.id}/rerun-failed-jobs`
    await fetch(rerun, { method: 'POST', headers: { authorization: 'token sandbox-token' } })
    await vi.waitFor(() => expect(run).toMatchObject({ attempt: 2, conclusion: 'success' }))
    await github.settle()
    const jobs = receiver.received.filter(({ event }) => event === 'workflow_job').map(({ action }) => action)
    // Two jobs in the first attempt, and in the second only the one that failed.
    expect(jobs).toHaveLength(9)
    expect(receiver.received.filter(({ event }) => event === 'workflow_run').map(({ action }) => action)).toEqual([
      'requested',
      'in_progress',
      'completed',
      'requested',
      'in_progress',
      'completed',
    ])
  })
})

function keysOf(payload: unknown, object: string): readonly string[] {
  if (typeof payload !== 'object' || payload === null) return []
  const value: unknown = Object.entries(payload).find(([key]) => key === object)?.[1]
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}
