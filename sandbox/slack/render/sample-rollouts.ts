/** Rollouts to look at: under way, held after somebody else changed the split, and rolled back. */
import type { MetricVerdict, Verdict } from '../../../src/analysis/verdict.ts'
import type { GateCardInput, RolloutGlance } from '../../../src/cards/gate-card-input.ts'
import type { ReleaseCardContext } from '../../../src/cards/rendered.ts'
import { endedRollout } from '../../../src/release/rollout/open-rollout.ts'
import type { Leg, Rollout } from '../../../src/release/rollout/rollout.ts'
import { rollbackWords } from '../../../src/release/rollout/say-rollout.ts'
import { askedAt, gateInput, mia, releaseContext, sam, sampleApproval, sampleRelease } from './sample-releases.ts'

const second = 1_000
const minute = 60 * second
/** When the sample rollouts begin. */
const rolloutAt = askedAt + 20 * minute
const checkedAt = rolloutAt + 24 * minute + 5 * second
const backAt = checkedAt + 60 * second

export function sampleRollout(more: Partial<Rollout> = {}): Rollout {
  const plan = {
    releaseId: sampleRelease().id,
    environment: 'production',
    sha: sampleRelease().sha,
    strategy: 'canary' as const,
    steps: [5, 10, 25, 50, 100].map((percent) => ({
      percent,
      windowMs: percent === 100 ? 0 : 15 * minute,
      needsApproval: percent === 50,
    })),
    switchedOff: null,
    migrations: { count: 2, isSafeToRollBack: true, why: null },
    hosts: { functions: true, frontend: true },
  }
  return {
    ...endedRollout(plan, rolloutAt),
    pools: { baseline: 'blue', canary: 'green' },
    stepIndex: 1,
    confirmed: 10,
    phase: { name: 'observing', since: rolloutAt + 16 * minute },
    window: { stepIndex: 1, openedAt: rolloutAt + 16 * minute, windowMs: 15 * minute, extensionMs: 0 },
    heardAt: checkedAt,
    generation: 9,
    revision: 31,
    ...more,
  }
}

function sampleMetric(more: Partial<MetricVerdict> = {}): MetricVerdict {
  return {
    metric: 'errors',
    type: 'ratio',
    isShadow: false,
    verdict: 'inconclusive',
    reason: 'undecided',
    canary: { total: 3_412, bad: 5, rate: 5 / 3_412 },
    baseline: { total: 30_880, bad: 31, rate: 31 / 30_880 },
    ratio: 1.5,
    ratioRange: [0.6, 3.4],
    factor: 2,
    evidence: { value: 1.4, needed: 83, progress: 0.08 },
    risk: { value: 0.21, allowed: 0.05, ratio: 2 },
    errorsMissing: 0,
    dispersion: 1,
    p95: null,
    newKinds: [],
    detail: null,
    ...more,
  }
}

const latency = sampleMetric({
  metric: 'latency',
  type: 'latency',
  verdict: 'pass',
  reason: 'harm_excluded',
  canary: { total: 3_412, bad: 171, rate: 171 / 3_412 },
  baseline: { total: 30_880, bad: 1_544, rate: 0.05 },
  ratio: 1.02,
  ratioRange: [0.9, 1.1],
  factor: 1.5,
  evidence: { value: 0.2, needed: 250, progress: 0 },
  p95: { canary: 0.186, baseline: 0.182 },
})
const kinds = sampleMetric({
  metric: 'new errors',
  type: 'kinds',
  verdict: 'pass',
  reason: 'harm_excluded',
  canary: { total: 3_412, bad: 0, rate: 0 },
  ratio: null,
  ratioRange: null,
  evidence: { value: 1, needed: 250, progress: 0 },
})
const failing = sampleMetric({
  verdict: 'fail',
  reason: 'harm_shown',
  canary: { total: 17_500, bad: 54, rate: 54 / 17_500 },
  baseline: { total: 157_300, bad: 157, rate: 157 / 157_300 },
  ratio: 3.1,
  ratioRange: [2.2, 4.4],
  evidence: { value: 61, needed: 50, progress: 1 },
})

export function sampleCheck(
  metrics: readonly MetricVerdict[] = [sampleMetric(), latency, kinds],
  more: Partial<NonNullable<RolloutGlance['check']>> = {},
): NonNullable<RolloutGlance['check']> {
  const verdict: Verdict = {
    verdict: metrics.some((metric) => metric.verdict === 'fail') ? 'fail' : 'inconclusive',
    at: checkedAt,
    step: { index: 1, percent: 10 },
    metrics,
  }
  const outcome = { type: 'continue', reason: 'window_open', remainingMs: 7 * minute - 5 * second } as const
  return { at: checkedAt, verdict, decision: { outcome, warnings: [] }, ...more }
}

export function sampleGlance(more: Partial<RolloutGlance> = {}): RolloutGlance {
  const rollout = more.rollout ?? sampleRollout()
  return {
    rollout,
    check: sampleCheck(),
    intervalMs: minute,
    probeFailures: 3,
    rollbackWords: rollbackWords(rollout, 'omnihub-20260301-1405'),
    isRollbackOpen: false,
    rollbackUntil: null,
    rollbackObjectiveMs: 60 * second,
    ...more,
  }
}

function withRollout(
  glance: RolloutGlance,
  layout: ReleaseCardContext['layout'],
  more: Partial<GateCardInput> = {},
): GateCardInput {
  return gateInput({
    release: sampleRelease({
      backup: 'omnihub-20260301-1405',
      approvals: [sampleApproval(sam, { comment: 'Checked the smoke run' })],
      run: { id: 4711, url: 'https://github.com/acme/omnihub/actions/runs/4711' },
      state: { name: 'rolling_out', since: rolloutAt },
    }),
    missing: [],
    rollout: glance,
    context: releaseContext(layout),
    ...more,
  })
}

/** At 10 %, nothing wrong yet. */
export function rollingOut(layout: ReleaseCardContext['layout'] = 'plan'): GateCardInput {
  return withRollout(sampleGlance(), layout)
}

/** Somebody set another split in the dashboard: held, and people are asked. */
export function heldForDrift(layout: ReleaseCardContext['layout'] = 'plan'): GateCardInput {
  const since = checkedAt + 20 * second
  const hold = {
    reason: 'traffic_changed',
    by: null,
    detail: null,
    endsByItself: false,
    since,
    remindAt: since + 30 * minute,
    limitAt: since + 60 * minute,
  } as const
  const rollout = sampleRollout({
    phase: { name: 'held', since, hold, from: { name: 'observing' } },
    drift: {
      percent: 40,
      isAdoptable: true,
      words: 'blue 60 %, green 40 %',
      change: { by: 'ops@acme.example', at: since - 35 * second },
    },
  })
  return withRollout(sampleGlance({ rollout }), layout)
}

/** A person holds it. */
export function heldByPerson(layout: ReleaseCardContext['layout'] = 'plan'): GateCardInput {
  const since = checkedAt + 20 * second
  const hold = {
    reason: null,
    by: mia,
    detail: 'Support reports slow searches, looking at the traces',
    endsByItself: false,
    since,
    remindAt: since + 30 * minute,
    limitAt: since + 60 * minute,
  }
  const rollout = sampleRollout({ phase: { name: 'held', since, hold, from: { name: 'observing' } } })
  const outcome = { type: 'continue', reason: 'held', remainingMs: 6 * minute + 40 * second } as const
  const check = sampleCheck(undefined, { decision: { outcome, warnings: [] } })
  return withRollout(sampleGlance({ rollout, check }), layout)
}

const back: Leg = { state: 'done', failures: 0, retryAt: null, detail: null }

function rollingBackTo(more: Partial<Rollout>): Rollout {
  return sampleRollout({
    stepIndex: 2,
    confirmed: 25,
    rollback: {
      reason: 'metric_failed',
      by: null,
      why: 'Failed: errors.',
      generation: 10,
      legs: { traffic: back, functions: back, frontend: { ...back, failures: 1 } },
    },
    ...more,
  })
}

const failed = sampleCheck([failing, latency, kinds], {
  at: backAt,
  decision: { outcome: { type: 'fail', reason: 'metric_failed', metrics: ['errors'] }, warnings: [] },
})

/** The frontend cannot be put back: people have to. */
export function rollbackIncomplete(layout: ReleaseCardContext['layout'] = 'plan'): GateCardInput {
  const rollback = rollingBackTo({}).rollback
  const frontend: Leg = {
    state: 'failed',
    failures: 6,
    retryAt: backAt + 150 * second,
    detail: 'Vercel answered 503 three times.',
  }
  const rollout = rollingBackTo({
    confirmed: 0,
    phase: {
      name: 'rollback_incomplete',
      since: backAt + 50 * second,
      manualSteps: {
        frontend: [
          {
            what: 'Find the id of the project; VERCEL_TOKEN has to be set.',
            command: `PROJECT_ID=$(curl -fsS -H "Authorization: Bearer $VERCEL_TOKEN" 'https://api.vercel.com/v9/projects/omnihub?slug=acme' | jq -r .id)`,
          },
          {
            what: 'Put omnihub-9f8e7d6.vercel.app back.',
            command: `curl -fsS -X POST -H "Authorization: Bearer $VERCEL_TOKEN" -H 'Content-Type: application/json' -d '{}' "https://api.vercel.com/v1/projects/$PROJECT_ID/rollback/dpl_9f8e7d6?slug=acme"`,
          },
        ],
      },
    },
    rollback: rollback === null ? null : { ...rollback, legs: { ...rollback.legs, frontend } },
    stopwatch: {
      openedAt: rolloutAt,
      rollbackAt: backAt,
      trafficAt: backAt + 1_400,
      functionsAt: backAt + 3_100,
      frontendAt: null,
      endedAt: null,
    },
  })
  return withRollout(sampleGlance({ rollout, check: failed }), layout)
}

export function rolledBack(layout: ReleaseCardContext['layout'] = 'plan'): GateCardInput {
  const at = backAt + 6_200
  const rollout = rollingBackTo({
    confirmed: 0,
    phase: { name: 'rolled_back', at },
    stopwatch: {
      openedAt: rolloutAt,
      rollbackAt: backAt,
      trafficAt: backAt + 1_400,
      functionsAt: backAt + 3_100,
      frontendAt: backAt + 6_000,
      endedAt: at,
    },
  })
  const input = withRollout(sampleGlance({ rollout, check: failed }), layout)
  const why = '1a2b3c4 was rolled back. The measurements show that the new version is worse. Failed: errors.'
  return {
    ...input,
    release: {
      ...input.release,
      state: { name: 'rolled_back', at, reason: 'metric_failed', by: null, why: 'Failed: errors.' },
    },
    lock: { by: { slackId: null, teamId: null, name: 'Sluice', logins: [], emails: [] }, why, expiresAt: null },
  }
}

/** Over, and still to be rolled back by one press. */
export function rolloutComplete(layout: ReleaseCardContext['layout'] = 'plan'): GateCardInput {
  const at = rolloutAt + 75 * minute
  const rollout = sampleRollout({ stepIndex: 4, confirmed: 100, phase: { name: 'completed', at } })
  const glance = sampleGlance({ rollout, isRollbackOpen: true, rollbackUntil: at + 24 * 60 * minute })
  const input = withRollout(glance, layout)
  return { ...input, release: { ...input.release, state: { name: 'completed', at } } }
}
