import { describe, expect, it } from 'vitest'
import type { FaultKind } from '../../../sandbox/github/faults.ts'
import type { EffectBodies } from '../../../src/engine/effects.ts'
import { answerRule } from '../../../src/engine/gate/answer-rule.ts'
import type { Release } from '../../../src/release/release.ts'
import { repository, valueIn } from '../../providers/github/with-github.ts'
import { aRule, opened } from '../../release/fixtures.ts'
import { callsOf } from './calls.ts'
import { gateParts } from './parts.ts'

const releaseId = '01JRELEASE0000000000000001'
const path = '.github/workflows/cd-production.yml'
const callback = 'deployment_protection_rule'
const second = 1000
const minute = 60 * second

type Answer = Partial<EffectBodies['answer_rule']>

/** A run that waits at its environment, and a release that was approved and checked for it. */
async function waiting(
  of: { readonly release?: Partial<Release>; readonly isApp?: boolean; readonly timeoutMs?: number } = {},
) {
  const parts = await gateParts({ host: { isApp: of.isApp ?? true, timeoutMs: of.timeoutMs ?? 10_000 } })
  const { github, clock, codeHost } = parts
  const { sha } = github.commitFiles(repository, 'main', { message: 'First' })
  const play = { builds: null, environment: { name: 'production', gates: ['rule' as const] } }
  github.defineDispatchWorkflow(repository, { path, name: 'Deploy', inputs: {}, play })
  const run = valueIn(await codeHost.startWorkflow({ repository, workflow: path, ref: 'main', inputs: {} }))
  await github.walk()
  const runId = run?.id ?? 0
  const calls = callsOf(parts, answerRule)
  const release: Release = {
    ...opened(),
    id: releaseId,
    repository,
    sha,
    mode: 'protection_rule',
    rule: { ...aRule, runId },
    run: { id: runId, url: run?.url ?? '' },
    state: { name: 'preparing', phase: 'starting', since: clock.now() },
    ...of.release,
  }
  await calls.save(release)
  return {
    ...parts,
    calls,
    runId,
    answer: (more: Answer = {}) =>
      calls.add('answer_rule', { releaseId, state: 'approved', comment: 'Approved by lee.', ...more }),
    /** Requests to the callback. */
    asks: () => github.requests.filter((request) => request.path.endsWith(callback)).length,
    /** What the callback took. */
    told: () =>
      [...github.repository(repository).jobsOfRun.values()]
        .flat()
        .flatMap(({ gates }) => gates.flatMap(({ state, answer }) => (answer === null ? [] : [{ state, ...answer }]))),
    fails: (kind: FaultKind, times = 1, retryAfterSeconds?: number) =>
      github.faults.failNext({
        match: callback,
        kind,
        times,
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      }),
  }
}

const answered = { type: 'gate.rule_answered', body: { releaseId, state: 'approved' } }
const postponed = (more: Readonly<Record<string, unknown>>) => ({
  type: 'gate.start_postponed',
  body: expect.objectContaining({ releaseId, detail: expect.any(String), ...more }),
})
const failed = (reason: string, detail: RegExp) => ({
  type: 'gate.start_failed',
  body: { releaseId, reason, detail: expect.stringMatching(detail) },
})

describe('an approval', () => {
  it('is given once, with who approved and where the audit log stands', async () => {
    const { answer, asks, told, calls } = await waiting()
    await answer()
    expect(asks()).toBe(1)
    const comment = expect.stringMatching(/^Approved by lee\.\nAudit head: row \d+, hash [0-9a-f]{64}$/)
    expect(told()).toEqual([expect.objectContaining({ state: 'approved', comment })])
    expect(await calls.events()).toEqual([answered])
  })

  it('leaves room for the audit head however much there is to say', async () => {
    const { answer, told } = await waiting()
    await answer({ comment: 'x'.repeat(5000) })
    expect(told()[0]?.comment).toMatch(/^x{750}\nAudit head: row \d+, hash [0-9a-f]{64}$/)
  })

  it.each<[string, Partial<Release>]>([
    ['called off', { state: { name: 'cancelled', at: 0, by: null, why: null } }],
    ['voided', { state: { name: 'awaiting_approval', since: 0, expiresAt: 1 } }],
  ])('that was %s while the call waited is not given', async (_, release) => {
    const { answer, asks, calls } = await waiting({ release })
    await answer()
    expect(asks()).toBe(0)
    expect([await calls.events(), await calls.waiting()]).toEqual([[], []])
  })

  it('that comes a minute after the check goes back to the check and is not given', async () => {
    const { answer, asks, clock, calls } = await waiting()
    clock.set(61 * second)
    await answer()
    expect(asks()).toBe(0)
    expect(await calls.events()).toEqual([postponed({ mayHaveHappened: false, afterMs: 0 })])
  })
})

describe('an approval whose answer is lost', () => {
  it.each<FaultKind>(['reset_after', 'hang_after'])('is asked about once more and counts once (%s)', async (kind) => {
    const { answer, asks, told, calls, fails } = await waiting({ timeoutMs: 300 })
    fails(kind)
    await answer()
    expect(await calls.events()).toEqual([])
    await calls.run(3 * second)
    expect(asks()).toBe(2)
    expect(told()).toHaveLength(1)
    expect(await calls.events()).toEqual([answered])
  })

  it('is known by GitHub’s refusal of the second when the job has gone on and the run has ended meanwhile', async () => {
    const { answer, told, calls, fails, github } = await waiting()
    fails('reset_after')
    await answer()
    await github.walk()
    await calls.run(3 * second)
    expect(told()).toHaveLength(1)
    expect(await calls.events()).toEqual([answered])
  })

  it('by the end of the process is given by its next life, once', async () => {
    const { answer, told, calls } = await waiting()
    calls.dieOnce('after')
    await answer()
    await calls.run(5 * second)
    expect(told()).toHaveLength(1)
    expect(await calls.events()).toEqual([answered])
  })

  it('in an earlier start of the release was given by that one', async () => {
    const { answer, codeHost, runId, calls } = await waiting({ release: { lostStarts: 1 } })
    valueIn(
      await codeHost.answerProtectionRule({
        repository,
        runId,
        environment: 'production',
        state: 'approved',
        comment: '',
      }),
    )
    await answer()
    expect(await calls.events()).toEqual([answered])
  })
})

describe('an approval that GitHub does not take', () => {
  it('for now is repeated while the check holds, and then checked again first', async () => {
    const { answer, asks, told, calls, fails } = await waiting()
    fails('unavailable', 100)
    await answer()
    await calls.run(29 * second)
    expect(await calls.events()).toEqual([])
    await calls.run(5 * minute)
    expect(asks()).toBeLessThan(15)
    expect(told()).toEqual([])
    expect(await calls.events()).toEqual([postponed({ mayHaveHappened: true, afterMs: 15 * second })])
    expect(await calls.waiting()).toEqual([])
  })

  it('because it wants a pause is checked again after that pause', async () => {
    const { answer, asks, calls, fails } = await waiting()
    fails('too_many_requests', 1, 40)
    await answer()
    expect(asks()).toBe(1)
    expect(await calls.events()).toEqual([postponed({ mayHaveHappened: false, afterMs: 40 * second })])
  })

  it('because nobody waits any more ends the release, with GitHub’s words', async () => {
    const { answer, calls, github, runId } = await waiting()
    github.cancelRun(repository, runId)
    await answer()
    expect(await calls.events()).toEqual([failed('rule_gone', /No pending deployment requests/)])
  })

  it('because the rule has expired ends the release too', async () => {
    const { answer, calls, github, runId } = await waiting()
    github.expireRule(repository, runId, 'production')
    await github.walk()
    await answer()
    expect(await calls.events()).toEqual([failed('rule_gone', /No pending deployment requests/)])
  })

  it('because the credential is no App’s was refused, and says so', async () => {
    const { answer, told, calls } = await waiting({ isApp: false })
    await answer()
    expect(told()).toEqual([])
    expect(await calls.events()).toEqual([failed('start_refused', /personal access token/)])
  })
})

describe('a rejection', () => {
  const rejection = { state: 'rejected', comment: 'Rejected by lee: too late in the day.' } as const

  it('is told for a release that has ended: the workflow still waits', async () => {
    const state = { name: 'rejected', at: 0, by: opened().requester, why: 'late' } as const
    const { answer, told, calls, runId, github } = await waiting({ release: { state } })
    await answer(rejection)
    await github.walk()
    expect(told()).toEqual([expect.objectContaining({ state: 'rejected' })])
    expect(github.repository(repository).runs.get(runId)?.conclusion).toBe('failure')
    expect(await calls.events()).toEqual([{ type: 'gate.rule_answered', body: { releaseId, state: 'rejected' } }])
  })

  it('waits out a long outage, and is never given up', async () => {
    const { answer, told, calls, github } = await waiting()
    github.faults.setOutage(true)
    await answer(rejection)
    await calls.run(40 * minute)
    expect(await calls.waiting()).toEqual([expect.objectContaining({ attempts: 9 })])
    github.faults.clear()
    await calls.run(5 * minute)
    expect(told()).toEqual([expect.objectContaining({ state: 'rejected' })])
    expect(await calls.waiting()).toEqual([])
  })

  it('waits as long as GitHub’s pause lasts', async () => {
    const { answer, asks, told, calls, fails } = await waiting()
    fails('secondary_rate_limit', 1, 120)
    await answer(rejection)
    await calls.run(119 * second)
    expect([asks(), told()]).toEqual([1, []])
    await calls.run(second)
    expect(told()).toHaveLength(1)
    expect(await calls.waiting()).toEqual([])
  })

  it('of a request that became no release is told too, and nobody hears of it', async () => {
    const { answer, told, calls, runId } = await waiting()
    const rule = { repository, runId, environment: 'production' }
    await answer({ ...rejection, releaseId: null, rule })
    expect(told()).toEqual([expect.objectContaining({ state: 'rejected' })])
    expect([await calls.events(), await calls.waiting()]).toEqual([[], []])
  })
})

describe('a job of a run that was approved before', () => {
  it('is let through without another check, and changes nothing at its release', async () => {
    const state = { name: 'preparing', phase: 'running', since: 0 } as const
    const { answer, told, calls, runId } = await waiting({ release: { state } })
    await answer({ rule: { repository, runId, environment: 'production' } })
    expect(told()).toEqual([expect.objectContaining({ state: 'approved' })])
    expect([await calls.events(), await calls.waiting()]).toEqual([[], []])
  })

  it('is let through after an outage', async () => {
    const state = { name: 'preparing', phase: 'running', since: 0 } as const
    const { answer, told, calls, runId, fails } = await waiting({ release: { state } })
    fails('bad_gateway', 5)
    await answer({ rule: { repository, runId, environment: 'production' } })
    await calls.run(10 * minute)
    expect(told()).toHaveLength(1)
    expect(await calls.waiting()).toEqual([])
  })
})
