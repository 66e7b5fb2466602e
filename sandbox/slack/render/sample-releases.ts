/** Releases to look at: for the picture in the documentation and for the tests of the cards. */
import type { GateCardInput } from '../../../src/cards/gate-card-input.ts'
import type { ReleaseCardContext } from '../../../src/cards/rendered.ts'
import type { GatePolicy } from '../../../src/policy/gate-policy.ts'
import type { Identity } from '../../../src/policy/identity.ts'
import type { Evidence, EvidenceChanges, EvidenceCommit } from '../../../src/release/evidence.ts'
import type { Approval, Release } from '../../../src/release/release.ts'
import { sampleStart } from './sample-pipelines.ts'

const minute = 60_000
const hour = 60 * minute

export const sampleSha = '1a2b3c4d5e6f708192a3b4c5d6e7f80912345678'
export const liveSha = '9f8e7d6c5b4a39281706f5e4d3c2b1a098765432'
export const sampleDigest = '5d41402abc4b2a76b9719d911017c592ae2b7f7b1c4e5f60718293a4b5c6d7e8'
/** When people ask for sample releases. */
export const askedAt = sampleStart + 4 * hour

export function sampleIdentity(slackId: string | null, name: string, login: string): Identity {
  return { slackId, teamId: slackId === null ? null : 'T07ACME', name, logins: [login], emails: [] }
}
export const mia = sampleIdentity('U07MIA', 'Mia Kovač', 'mia-k')
export const sam = sampleIdentity('U07SAM', 'Sam Delgado', 'sam-d')

export function samplePolicy(more: Partial<GatePolicy> = {}): GatePolicy {
  return {
    environment: 'production',
    aliases: ['prod'],
    url: 'https://omnihub.acme.example',
    mode: 'dispatch',
    workflow: 'cd-production.yml',
    workflowRef: null,
    shiftsTraffic: false,
    strategies: ['canary', 'blue-green'],
    steps: [
      { percent: 5, windowMs: 15 * minute },
      { percent: 25, windowMs: 30 * minute },
      { percent: 100, windowMs: 0 },
    ],
    requesters: null,
    approvals: [{ from: { users: [], groups: ['S07APPROVE'], teams: ['acme/sre'] }, count: 2 }],
    needsApproval: true,
    allowsSelfApproval: false,
    allowsAuthorApproval: false,
    expiresAfterMs: 4 * hour,
    remindBeforeMs: 30 * minute,
    branches: ['@default'],
    requiresCi: true,
    requiresBuiltSha: true,
    checks: [],
    requiresStaging: { environment: 'staging', smokeStages: ['Smoke staging'], maxAgeMs: 24 * hour },
    paths: [],
    migrations: ['supabase/migrations/*.sql'],
    checklist: [],
    supersedes: true,
    freezes: [],
    risks: [],
    breakGlass: { people: { users: [], groups: ['S07ONCALL'], teams: [] }, channel: '#security' },
    version: sampleDigest,
    ...more,
  }
}

export function sampleCommit(sha: string, title: string, login: string): EvidenceCommit {
  return { sha, title, authorLogin: login, authorName: null, authorEmail: null, coAuthors: [], at: sampleStart }
}

export function sampleChanges(more: Partial<EvidenceChanges> = {}): EvidenceChanges {
  const pull = (number: number, title: string, authorLogin: string) => {
    return { number, title, url: `https://github.com/acme/omnihub/pull/${number}`, authorLogin }
  }
  return {
    live: { sha: liveSha, source: 'release', since: sampleStart - 26 * hour },
    relation: 'ahead',
    commits: [
      sampleCommit('77aa88bb99cc00dd11ee22ff33aa44bb55cc66dd', 'Ask for the region once', 'jo-lin'),
      sampleCommit(sampleSha, 'Keep people signed in when their session is renewed', 'mia-k'),
    ],
    commitCount: 12,
    takenAway: [],
    pulls: [
      pull(128, 'Keep people signed in when their session is renewed', 'mia-k'),
      pull(126, 'Renew sessions in the background', 'kim-r'),
      pull(121, 'Ask for the region once', 'jo-lin'),
    ],
    areas: [
      { name: 'packages/web', files: 31, additions: 702, deletions: 188 },
      { name: 'supabase', files: 9, additions: 301, deletions: 22 },
      { name: 'docs', files: 8, additions: 200, deletions: 101 },
    ],
    fileCount: 48,
    isFileListComplete: true,
    additions: 1203,
    deletions: 311,
    migrations: [],
    configuration: ['supabase/config.toml'],
    dependencies: ['package-lock.json'],
    paths: [],
    diffUrl: `https://github.com/acme/omnihub/compare/${liveSha}...${sampleSha}`,
    ...more,
  }
}

/** Two migrations, one of which loses data. */
export const sampleMigrations: EvidenceChanges['migrations'] = [
  {
    path: 'supabase/migrations/20260301120000_sessions.sql',
    blob: liveSha,
    change: 'added',
    isRead: true,
    destructive: [
      {
        path: 'supabase/migrations/20260301120000_sessions.sql',
        line: 12,
        kind: 'drop_column',
        statement: 'ALTER TABLE sessions DROP COLUMN refresh_token;',
      },
    ],
  },
  {
    path: 'supabase/migrations/20260301130000_regions.sql',
    blob: liveSha,
    change: 'added',
    isRead: true,
    destructive: [],
  },
]

export function sampleEvidence(more: Partial<Evidence> = {}): Evidence {
  return {
    readAt: askedAt,
    branches: ['main'],
    isOnAllowedBranch: true,
    changes: sampleChanges(),
    checks: ['lint', 'types', 'unit', 'integration', 'build', 'codeql'].map((name) => {
      return { name, state: 'passed', isRequired: true, url: 'https://github.com/acme/omnihub/runs/1' }
    }),
    staging: {
      environment: 'staging',
      state: 'passed',
      deployedAt: sampleStart + 38 * minute,
      smoke: [{ stage: 'Smoke staging', state: 'passed' }],
      p95Ms: 182,
      loadTest: '200 users for 5 min, 0 errors',
    },
    ...more,
  }
}

export function sampleApproval(by: Identity, more: Partial<Approval> = {}): Approval {
  return {
    by,
    at: askedAt + 9 * minute,
    comment: null,
    rules: [0],
    client: 'slack',
    planDigest: sampleDigest,
    carriedFrom: null,
    ...more,
  }
}

export function sampleRelease(more: Partial<Release> = {}): Release {
  const policy = samplePolicy()
  const sample = {
    id: '01JNB3Q7Y8ZR4W5V6T7S8R9Q0P',
    repository: 'acme/omnihub',
    environment: 'production',
    sha: sampleSha,
    ref: 'v1.4.2',
    strategy: 'canary' as const,
    note: 'People are signed out every hour, support asks for it today',
    mode: 'dispatch' as const,
    requester: mia,
    client: 'slack' as const,
    requestedAt: askedAt,
    plan: {
      repository: 'acme/omnihub',
      environment: 'production',
      sha: sampleSha,
      strategy: 'canary' as const,
      steps: policy.steps,
      migrations: [],
      artifacts: [],
      workflow: { file: 'cd-production.yml', ref: 'main', blob: liveSha },
      policyVersion: sampleDigest,
    },
    planDigest: sampleDigest,
    evidence: sampleEvidence(),
    risks: [],
    approvals: [],
    approvedAt: null,
    voided: null,
    breakGlass: null,
    run: null,
    rule: null,
    backup: null,
    lostStarts: 0,
    deploymentId: null,
    state: { name: 'awaiting_approval' as const, since: askedAt, expiresAt: askedAt + 4 * hour },
    generation: 3,
    revision: 5,
  }
  return { ...sample, ...more }
}

export function releaseContext(layout: ReleaseCardContext['layout'] = 'plan'): ReleaseCardContext {
  return { layout, webUrl: 'https://github.com', mentions: new Map([['mia-k', 'U07MIA']]) }
}

export function gateInput(more: Partial<GateCardInput> = {}): GateCardInput {
  return {
    release: sampleRelease(),
    policy: samplePolicy(),
    title: 'Keep people signed in when their session is renewed',
    missing: [{ count: 2, from: { users: [], groups: ['S07APPROVE'], teams: ['acme/sre'] }, risk: null }],
    gates: [],
    lock: null,
    freeze: null,
    queue: null,
    owedReview: null,
    review: null,
    rollout: null,
    rollback: null,
    links: { pipeline: 'https://acme.slack.com/archives/C1/p1', successor: null },
    context: releaseContext(),
    ...more,
  }
}

/** What the picture in the documentation shows: one approval given, one missing, a migration to look at. */
export function gateForPicture(layout: ReleaseCardContext['layout'] = 'plan'): GateCardInput {
  const changes = sampleChanges({ migrations: sampleMigrations })
  return gateInput({
    release: sampleRelease({
      evidence: sampleEvidence({ changes }),
      approvals: [sampleApproval(sam, { comment: 'Checked the smoke run' })],
    }),
    missing: [{ count: 1, from: { users: [], groups: ['S07APPROVE'], teams: ['acme/sre'] }, risk: null }],
    rollback: {
      triggers: [
        'errors above 2 × baseline',
        'latency (95th percentile) above 1.5 × baseline',
        '3 bad health checks in a row',
      ],
      how: 'all traffic goes back to the old version, and the edge functions and the frontend of before are put back.',
    },
    context: releaseContext(layout),
  })
}
