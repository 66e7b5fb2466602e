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
import type { GateCardInput, GateLine } from '../../src/cards/gate-card-input.ts'
import type { PeopleSet } from '../../src/policy/gate-policy.ts'
import type { Identity } from '../../src/policy/identity.ts'
import type { ReasonCode } from '../../src/policy/reason-codes.ts'
import type { DestructiveStatement, Evidence, EvidenceChanges, EvidenceMigration } from '../../src/release/evidence.ts'
import type { Approval, Release, ReleaseState } from '../../src/release/release.ts'
import { hostile } from './arbitrary-pipeline.ts'

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

const gateLine: fc.Arbitrary<GateLine> = fc.record({
  id: fc.constantFrom('approvals', 'branch', 'ci', 'staging', 'freeze', 'lock', 'queue', 'review', 'other'),
  name: hostile,
  state: fc.constantFrom('open', 'closed', 'unknown', 'off', 'overridden'),
  detail: hostile,
  action: maybe(hostile),
})
export const arbitraryGates = list(gateLine, 30)

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
    rollback: maybe(fc.record({ triggers: list(hostile, 20), how: hostile })),
    links: fc.record({ pipeline: maybe(url), successor: maybe(url) }),
    layout: fc.constantFrom('plan', 'classic'),
    checklist: fc.array(hostile, { maxLength: 3 }),
    isLoose: fc.boolean(),
  })
  .map(({ layout, checklist, isLoose, ...some }) => {
    const loose = { requiresCi: false, requiresStaging: null, branches: null, allowsSelfApproval: true, approvals: [] }
    const policy = { ...samplePolicy(), checklist, environment: some.release.environment, ...(isLoose ? loose : {}) }
    return { ...gateInput(), ...some, policy, context: releaseContext(layout) }
  })
