/** Releases as bad as GitHub, Slack and people could ever make them, for property tests. */
import fc from 'fast-check'
import {
  gateInput,
  releaseContext,
  sampleChanges,
  sampleDigest,
  sampleEvidence,
  samplePolicy,
  sampleRelease,
} from '../../sandbox/slack/render/sample-releases.ts'
import { sampleRollout } from '../../sandbox/slack/render/sample-rollouts.ts'
import type { StepWarning } from '../../src/analysis/decide-step.ts'
import type { MetricVerdict } from '../../src/analysis/verdict.ts'
import type { GateCardInput, GateLine, RolloutGlance } from '../../src/cards/gate-card-input.ts'
import type { PeopleSet } from '../../src/policy/gate-policy.ts'
import type { Identity } from '../../src/policy/identity.ts'
import type { ReasonCode } from '../../src/policy/reason-codes.ts'
import type { DestructiveStatement, Evidence, EvidenceChanges, EvidenceMigration } from '../../src/release/evidence.ts'
import type { Approval, Release, ReleaseState } from '../../src/release/release.ts'
import {
  type ActivePhase,
  type Hold,
  isOver,
  type Leg,
  type Rollout,
  type RolloutPhase,
  type RolloutStep,
} from '../../src/release/rollout/rollout.ts'
import { rollbackWords } from '../../src/release/rollout/say-rollout.ts'
import { hostile } from './arbitrary-pipeline.ts'
import { anyMetricVerdict } from './arbitrary-verdict.ts'

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const at = fc.oneof(fc.integer({ min: 1.7e12, max: 1.9e12 }), fc.constantFrom(0, -1, Number.NaN))
const url = fc.constantFrom(
  'https://github.com/acme/omnihub/pull/1',
  'javascript:alert(1)',
  'https://evil.example/|<!channel>',
  `https://github.com/${'a'.repeat(390)}`,
  `https://github.com/${'a'.repeat(5000)}`,
  '',
)
const sha = fc.constantFrom('0123456789abcdef0123456789abcdef01234567', 'f'.repeat(40))
const count = fc.nat(2000)
/** Lists mostly short, sometimes as long as GitHub makes them. */
const list = <T>(arbitrary: fc.Arbitrary<T>, most: number): fc.Arbitrary<readonly T[]> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.array(arbitrary, { maxLength: 4 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 5, max: most }), fc.array(arbitrary, { minLength: 1, maxLength: 5 }))
        .map(([length, few]) =>
          Array.from({ length }, (_, index) => few[index % few.length] ?? few[0]).filter(isThere),
        ),
    },
  )

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}

const arbitraryIdentity: fc.Arbitrary<Identity> = fc.record({
  slackId: fc.constantFrom(null, 'U07MIA', 'U07SAM', '<!channel>', 'not an id'),
  teamId: fc.constantFrom(null, 'T07ACME', 'T0OTHER'),
  name: maybe(hostile),
  logins: fc.array(hostile, { maxLength: 2 }),
  emails: fc.constant([]),
})

export const arbitraryPeople: fc.Arbitrary<PeopleSet> = fc.record({
  users: list(fc.constantFrom('U07MIA', 'U07SAM', '<!here>'), 40),
  groups: fc.array(fc.constantFrom('S07ONCALL', '<!everyone>'), { maxLength: 3 }),
  teams: fc.array(hostile, { maxLength: 12 }),
})

const commit = fc.record({
  sha,
  title: hostile,
  authorLogin: maybe(hostile),
  authorName: maybe(hostile),
  authorEmail: fc.constant(null),
  coAuthors: fc.constant([]),
  at: maybe(at),
})
const statement: fc.Arbitrary<DestructiveStatement> = fc.record({
  path: hostile,
  line: fc.integer({ min: 1, max: 99_999 }),
  kind: fc.constantFrom(
    'drop',
    'truncate',
    'drop_column',
    'narrow_type',
    'not_null_without_default',
    'delete_all',
    'rename',
  ),
  statement: hostile,
})
const migration: fc.Arbitrary<EvidenceMigration> = fc.record({
  path: hostile,
  blob: sha,
  change: fc.constantFrom('added', 'modified', 'removed'),
  destructive: fc.array(statement, { maxLength: 3 }),
  isRead: fc.boolean(),
})
const checkState = fc.constantFrom('passed', 'failed', 'pending', 'missing')

const changes: fc.Arbitrary<EvidenceChanges> = fc
  .record({
    live: maybe(fc.record({ sha, source: fc.constantFrom('release', 'deployment'), since: at })),
    relation: fc.constantFrom('first', 'ahead', 'behind', 'same', 'diverged'),
    commits: list(commit, 250),
    commitCount: count,
    takenAway: list(commit, 250),
    pulls: list(fc.record({ number: fc.nat(9999), title: hostile, url, authorLogin: maybe(hostile) }), 250),
    areas: list(fc.record({ name: hostile, files: count, additions: count, deletions: count }), 60),
    fileCount: count,
    isFileListComplete: fc.boolean(),
    additions: count,
    deletions: count,
    migrations: list(migration, 40),
    configuration: list(hostile, 100),
    dependencies: list(hostile, 100),
    paths: list(hostile, 300),
    diffUrl: maybe(url),
  })
  .map((some) => ({ ...sampleChanges(), ...some }))

const arbitraryEvidence: fc.Arbitrary<Evidence> = fc
  .record({
    readAt: at,
    branches: maybe(fc.array(hostile, { maxLength: 6 })),
    isOnAllowedBranch: fc.boolean(),
    changes,
    checks: list(fc.record({ name: hostile, state: checkState, isRequired: fc.boolean(), url: maybe(url) }), 100),
    staging: maybe(
      fc.record({
        environment: hostile,
        state: checkState,
        deployedAt: maybe(at),
        smoke: list(fc.record({ stage: hostile, state: checkState }), 30),
        p95Ms: maybe(fc.double({ min: 0, max: 1e6, noNaN: true })),
        loadTest: maybe(hostile),
      }),
    ),
  })
  .map((some) => ({ ...sampleEvidence(), ...some }))

const approval: fc.Arbitrary<Approval> = fc.record({
  by: arbitraryIdentity,
  at,
  comment: maybe(hostile),
  rules: fc.constant([0]),
  client: fc.constantFrom('slack', 'cli', 'github', 'sluice'),
  planDigest: fc.constant(sampleDigest),
  carriedFrom: maybe(fc.record({ releaseId: hostile, why: fc.constantFrom('same_plan', 'untouched_paths') })),
})

const failure = fc.constantFrom<ReasonCode>(
  'run_failed',
  'start_unknown',
  'built_other_commit',
  'frozen',
  'no_approvers',
)
const state: fc.Arbitrary<ReleaseState> = fc.oneof(
  fc.record({ name: fc.constant('awaiting_approval'), since: at, expiresAt: at }),
  fc.record({ name: fc.constant('queued'), since: at, waitsFor: fc.constantFrom('turn', 'review') }),
  fc.record({ name: fc.constant('preparing'), since: at, phase: fc.constantFrom('checking', 'starting', 'running') }),
  fc.record({ name: fc.constant('rolling_out'), since: at }),
  fc.record({ name: fc.constant('completed'), at }),
  fc.record({
    name: fc.constant('rolled_back'),
    at,
    reason: maybe(failure),
    by: maybe(arbitraryIdentity),
    why: maybe(hostile),
  }),
  fc.record({ name: fc.constant('failed'), at, reason: failure, detail: maybe(hostile) }),
  fc.record({ name: fc.constant('refused'), at, reason: failure, detail: maybe(hostile) }),
  fc.record({ name: fc.constant('rejected'), at, by: arbitraryIdentity, why: hostile }),
  fc.record({ name: fc.constant('expired'), at }),
  fc.record({ name: fc.constant('superseded'), at, byRelease: hostile }),
  fc.record({ name: fc.constant('cancelled'), at, by: maybe(arbitraryIdentity), why: maybe(hostile) }),
)

/** Names as the configuration lets them through, which is nearly everything. */
export const environmentName = fc.oneof(fc.constantFrom('production', 'prod eu', 'Production – web'), hostile)

const arbitraryRelease: fc.Arbitrary<Release> = fc
  .record({
    environment: environmentName,
    ref: hostile,
    strategy: fc.constantFrom('canary', 'blue-green', 'direct'),
    note: maybe(hostile),
    mode: fc.constantFrom('dispatch', 'protection_rule'),
    requester: arbitraryIdentity,
    evidence: arbitraryEvidence,
    risks: list(hostile, 20),
    approvals: list(approval, 20),
    voided: maybe(fc.record({ at, changed: list(hostile, 20), approvals: fc.integer({ min: 1, max: 9 }) })),
    breakGlass: maybe(fc.record({ by: arbitraryIdentity, at, why: hostile })),
    run: maybe(fc.record({ id: fc.nat(), url })),
    state,
    generation: fc.nat(99_999),
    steps: list(fc.record({ percent: fc.integer({ min: 1, max: 100 }), windowMs: fc.nat(9e6) }), 30),
    file: hostile,
  })
  .map(({ steps, file, ...some }) => {
    const sample = sampleRelease()
    return { ...sample, ...some, plan: { ...sample.plan, steps, workflow: { file, ref: file, blob: null } } }
  })

function hasRollout({ state: { name } }: Release): boolean {
  return name === 'rolling_out' || name === 'completed' || name === 'failed' || name === 'rolled_back'
}

/** A rollout is over when its release is, and then only. */
function agreeing(glance: RolloutGlance, { id, state: { name } }: Release): RolloutGlance {
  const { rollout } = glance
  const isRolledBack = name === 'rolled_back'
  const over: RolloutPhase = { name: isRolledBack ? 'rolled_back' : 'completed', at: 1.8e12 }
  const under: RolloutPhase = isOver(rollout) ? { name: 'observing', since: 1.8e12 } : rollout.phase
  const phase = name === 'rolling_out' ? under : over
  return { ...glance, rollout: { ...rollout, releaseId: id, phase } }
}

const gateLine: fc.Arbitrary<GateLine> = fc.record({
  id: fc.constantFrom('approvals', 'branch', 'ci', 'staging', 'freeze', 'lock', 'queue', 'review', 'other'),
  name: hostile,
  state: fc.constantFrom('open', 'closed', 'unknown', 'off', 'overridden'),
  detail: hostile,
  action: maybe(hostile),
})
export const arbitraryGates = list(gateLine, 30)

const share = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1))
/** As a source may make it, with names that may stand for anything. */
const metricVerdict: fc.Arbitrary<MetricVerdict> = fc
  .record({ metric: hostile, kind: hostile, detail: maybe(hostile), base: anyMetricVerdict })
  .map(({ base, kind, ...named }) => ({ ...base, ...named, newKinds: base.newKinds.map((one) => ({ ...one, kind })) }))
const warning: fc.Arbitrary<StepWarning> = fc.oneof(
  fc.record({ reason: fc.constant('uneven_traffic'), share, percent: fc.nat(100) }),
  fc.record({ reason: fc.constant('new_kind'), metric: hostile, kind: hostile, count: fc.nat(999) }),
  fc.record({ reason: fc.constant('source_failing'), errors: fc.nat(99), detail: maybe(hostile) }),
  fc.record({ reason: fc.constant('shadow_failed'), metric: hostile }),
)
export const arbitraryCheck: fc.Arbitrary<NonNullable<RolloutGlance['check']>> = fc
  .record({
    at,
    metrics: list(metricVerdict, 30),
    warnings: list(warning, 20),
    remainingMs: fc.nat(9e6),
    reason: fc.constantFrom('window_open', 'held'),
  })
  .map(({ at: madeAt, metrics, warnings, remainingMs, reason }) => ({
    at: madeAt,
    verdict: { verdict: 'inconclusive', at: madeAt, step: null, metrics },
    decision: { outcome: { type: 'continue', reason, remainingMs }, warnings },
  }))

const percent = fc.integer({ min: 0, max: 100 })
const active: fc.Arbitrary<ActivePhase> = fc.oneof(
  fc.record({ name: fc.constant('preflight'), attempts: fc.nat(9) }),
  fc.record({ name: fc.constant('before_check'), index: fc.nat(3) }),
  fc.record({
    name: fc.constant('setting'),
    percent,
    purpose: fc.constantFrom('step', 'restore'),
    stage: fc.constantFrom('reading', 'writing'),
    attempts: fc.nat(9),
  }),
  fc.record({ name: fc.constant('observing') }),
  fc.record({ name: fc.constant('after_check'), index: fc.nat(3) }),
)
const hold: fc.Arbitrary<Hold> = fc.record({
  reason: maybe(fc.constantFrom('undecided', 'traffic_changed', 'step_needs_approval', 'no_backup')),
  by: maybe(arbitraryIdentity),
  detail: maybe(hostile),
  endsByItself: fc.boolean(),
  since: at,
  remindAt: at,
  limitAt: maybe(at),
})
const manualSteps = list(fc.record({ what: hostile, command: hostile }), 40)
const arbitraryManualSteps = fc.record(
  { traffic: manualSteps, functions: manualSteps, frontend: manualSteps },
  { requiredKeys: [] },
)
const rolloutPhase: fc.Arbitrary<RolloutPhase> = fc.oneof(
  fc.tuple(active, at).map(([phase, since]) => ({ ...phase, since })),
  fc.record({ name: fc.constant('held'), since: at, hold, from: active }),
  fc.record({ name: fc.constant('rolling_back'), since: at }),
  fc.record({ name: fc.constant('rollback_incomplete'), since: at, manualSteps: arbitraryManualSteps }),
  fc.record({ name: fc.constant('completed'), at }),
  fc.record({ name: fc.constant('rolled_back'), at }),
)
const leg: fc.Arbitrary<Leg> = fc.record({
  state: fc.constantFrom('not_needed', 'pending', 'done', 'failed'),
  failures: fc.nat(99),
  retryAt: maybe(at),
  detail: maybe(hostile),
})
const rolloutCheck = fc.oneof(
  fc.record({ type: fc.constant('http'), url: hostile }),
  fc.record({ type: fc.constant('workflow'), file: hostile }),
)
const rolloutStep: fc.Arbitrary<RolloutStep> = fc.record({
  percent,
  windowMs: fc.nat(9e6),
  needsApproval: fc.boolean(),
  isAnalysisOnly: fc.boolean(),
  before: fc.array(rolloutCheck, { maxLength: 3 }),
  after: fc.array(rolloutCheck, { maxLength: 3 }),
})

export const arbitraryRollout: fc.Arbitrary<Rollout> = fc
  .record({
    strategy: fc.constantFrom('canary', 'blue-green'),
    steps: fc.oneof(
      fc.array(rolloutStep, { minLength: 1, maxLength: 5 }),
      fc.array(rolloutStep, { minLength: 9, maxLength: 100 }),
    ),
    pools: maybe(fc.record({ baseline: hostile, canary: hostile })),
    hasSessionAffinity: fc.boolean(),
    migrations: fc.record({ count: fc.nat(9), isSafeToRollBack: maybe(fc.boolean()), why: maybe(hostile) }),
    stepIndex: fc.nat(99),
    confirmed: percent,
    drift: maybe(
      fc.record({
        percent: fc.double({ min: 0, max: 100, noNaN: true }),
        isAdoptable: fc.boolean(),
        words: hostile,
        change: maybe(fc.record({ by: hostile, at })),
      }),
    ),
    phase: rolloutPhase,
    window: maybe(fc.record({ stepIndex: fc.nat(9), openedAt: at, windowMs: fc.nat(9e6), extensionMs: fc.nat(9e6) })),
    heardAt: maybe(at),
    failures: fc.record({ reads: fc.nat(9), canary: fc.nat(9), baseline: fc.nat(9) }),
    rollback: maybe(
      fc.record({
        reason: maybe(fc.constantFrom('metric_failed', 'canary_unhealthy', 'hold_ran_out')),
        by: maybe(arbitraryIdentity),
        why: maybe(hostile),
        generation: fc.nat(99),
        legs: fc.record({ traffic: leg, functions: leg, frontend: leg }),
      }),
    ),
    hosts: fc.record({ functions: fc.boolean(), frontend: fc.boolean() }),
    stopwatch: fc.record({
      openedAt: at,
      rollbackAt: maybe(at),
      trafficAt: maybe(at),
      functionsAt: maybe(at),
      frontendAt: maybe(at),
      endedAt: maybe(at),
    }),
    generation: fc.nat(99_999),
  })
  .map(({ stepIndex, steps, ...some }) => ({
    ...sampleRollout(),
    ...some,
    steps,
    stepIndex: Math.min(stepIndex, steps.length - 1),
  }))

/** As the engine makes it of a rollout. */
const arbitraryGlance: fc.Arbitrary<RolloutGlance> = fc
  .record({
    rollout: arbitraryRollout,
    check: maybe(arbitraryCheck),
    intervalMs: fc.nat(9e5),
    probeFailures: maybe(fc.integer({ min: 1, max: 9 })),
    isRollbackOpen: fc.boolean(),
    rollbackUntil: maybe(at),
    rollbackObjectiveMs: fc.constant(60_000),
    backup: maybe(hostile),
  })
  .map(({ backup, ...some }) => ({ ...some, rollbackWords: rollbackWords(some.rollout, backup) }))

export const arbitraryGate: fc.Arbitrary<GateCardInput> = fc
  .record({
    release: arbitraryRelease,
    title: maybe(hostile),
    missing: list(
      fc.record({ count: fc.integer({ min: 1, max: 3 }), from: arbitraryPeople, risk: maybe(hostile) }),
      12,
    ),
    gates: arbitraryGates,
    lock: maybe(fc.record({ by: arbitraryIdentity, why: hostile, expiresAt: maybe(at) })),
    freeze: maybe(fc.record({ reason: hostile, untilMs: at })),
    queue: maybe(fc.record({ position: fc.integer({ min: 1, max: 20 }), beforeUrl: maybe(url) })),
    owedReview: maybe(fc.record({ by: arbitraryIdentity, url: maybe(url) })),
    review: maybe(fc.record({ signedOffBy: maybe(arbitraryIdentity), at: maybe(at) })),
    glance: maybe(arbitraryGlance),
    backup: maybe(hostile),
    rollback: maybe(fc.record({ triggers: list(hostile, 20), how: hostile })),
    links: fc.record({ pipeline: maybe(url), successor: maybe(url) }),
    layout: fc.constantFrom('plan', 'classic'),
    checklist: fc.array(hostile, { maxLength: 3 }),
    isLoose: fc.boolean(),
  })
  .map(({ layout, checklist, isLoose, glance, backup, release: made, ...more }) => {
    const release = { ...made, backup }
    const rollout = glance === null || !hasRollout(release) ? null : agreeing(glance, release)
    const some = { ...more, release, rollout }
    const loose = { requiresCi: false, requiresStaging: null, branches: null, allowsSelfApproval: true, approvals: [] }
    const policy = { ...samplePolicy(), checklist, environment: some.release.environment, ...(isLoose ? loose : {}) }
    return { ...gateInput(), ...some, policy, context: releaseContext(layout) }
  })
