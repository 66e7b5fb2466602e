import type { Freeze } from '../../src/policy/freeze.ts'
import type { FreezeWindow, GatePolicy, PeopleSet } from '../../src/policy/gate-policy.ts'
import type { Identity, Memberships } from '../../src/policy/identity.ts'
import { decide } from '../../src/release/decide.ts'
import type {
  Decision,
  FreshState,
  GateContext,
  Opening,
  Press,
  ReleaseEvent,
  ReleaseRequest,
} from '../../src/release/decision.ts'
import type { Evidence, EvidenceChanges, EvidenceCommit } from '../../src/release/evidence.ts'
import { openRelease } from '../../src/release/open-release.ts'
import type { Plan } from '../../src/release/plan.ts'
import type { Release } from '../../src/release/release.ts'

export const minute = 60_000
export const hour = 60 * minute
export const sha = 'a'.repeat(40)
export const otherSha = 'b'.repeat(40)
/** When the release of these tests is asked for. */
export const t0 = Date.UTC(2026, 0, 5, 10)

export function aPerson(name: string, more: Partial<Identity> = {}): Identity {
  return {
    slackId: `U${name.toUpperCase()}`,
    teamId: 'T1',
    name,
    logins: [name],
    emails: [`${name}@acme.dev`],
    ...more,
  }
}

export const rita = aPerson('rita')
export const ada = aPerson('ada')
export const bob = aPerson('bob')
export const cyn = aPerson('cyn')
export const dan = aPerson('dan')
export const olaf = aPerson('olaf')

export function peopleSet(more: Partial<PeopleSet>): PeopleSet {
  return { users: [], groups: [], teams: [], ...more }
}

/** Ada and Bob lead, Bob and Cyn are on call; Dan wrote the commit; Olaf may break the glass; Rita asks. */
const groupsOf: Readonly<Record<string, readonly string[]>> = {
  ada: ['SLEADS'],
  bob: ['SLEADS', 'SONCALL'],
  cyn: ['SONCALL'],
  dan: ['SLEADS'],
  rita: ['SLEADS'],
  olaf: ['SGLASS'],
}

export function memberships(groups: readonly string[], more: Partial<Memberships> = {}): Memberships {
  return { groups, teams: [], unknown: [], readAt: t0, ...more }
}

export const onePerGroup = [
  { from: peopleSet({ groups: ['SLEADS'] }), count: 1 },
  { from: peopleSet({ groups: ['SONCALL'] }), count: 1 },
]
export const twoLeads = [{ from: peopleSet({ groups: ['SLEADS'] }), count: 2 }]
export const oneLead = [{ from: peopleSet({ groups: ['SLEADS'] }), count: 1 }]

export function aPolicy(more: Partial<GatePolicy> = {}): GatePolicy {
  return {
    environment: 'production',
    aliases: ['prod'],
    url: null,
    mode: 'dispatch',
    workflow: 'cd-production.yml',
    workflowRef: null,
    shiftsTraffic: false,
    strategies: ['canary', 'direct'],
    steps: [
      { percent: 5, windowMs: 15 * minute },
      { percent: 100, windowMs: 0 },
    ],
    requesters: null,
    approvals: oneLead,
    needsApproval: true,
    allowsSelfApproval: false,
    allowsAuthorApproval: false,
    expiresAfterMs: 4 * hour,
    remindBeforeMs: hour,
    branches: ['@default'],
    requiresCi: true,
    requiresBuiltSha: false,
    checks: [],
    requiresStaging: { environment: 'staging', smokeStages: ['Smoke tests'], maxAgeMs: 24 * hour },
    paths: [],
    migrations: [],
    checklist: [],
    supersedes: false,
    freezes: [],
    risks: [],
    breakGlass: { people: peopleSet({ groups: ['SGLASS'] }), channel: null },
    version: 'policy-1',
    ...more,
  }
}

export function aPlan(more: Partial<Plan> = {}): Plan {
  return {
    repository: 'acme/omnihub',
    environment: 'production',
    sha,
    strategy: 'canary',
    steps: [
      { percent: 5, windowMs: 15 * minute },
      { percent: 100, windowMs: 0 },
    ],
    migrations: [],
    artifacts: [{ name: 'web', digest: 'd1' }],
    workflow: { file: 'cd-production.yml', ref: 'main', blob: 'w1' },
    policyVersion: 'policy-1',
    ...more,
  }
}

export function aCommit(more: Partial<EvidenceCommit> = {}): EvidenceCommit {
  return {
    sha,
    title: 'Draw the cards',
    authorLogin: 'dan',
    authorName: 'Dan',
    authorEmail: 'dan@acme.dev',
    coAuthors: [],
    at: t0 - hour,
    ...more,
  }
}

export function someChanges(more: Partial<EvidenceChanges> = {}): EvidenceChanges {
  return {
    live: { sha: 'f'.repeat(40), source: 'release', since: t0 - 48 * hour },
    relation: 'ahead',
    commits: [aCommit()],
    commitCount: 1,
    takenAway: [],
    pulls: [],
    areas: [],
    fileCount: 1,
    isFileListComplete: true,
    additions: 10,
    deletions: 2,
    migrations: [],
    configuration: [],
    dependencies: [],
    paths: ['src/cards/draw.ts'],
    diffUrl: null,
    ...more,
  }
}

export function someEvidence(more: Partial<Evidence> = {}): Evidence {
  return {
    readAt: t0,
    branches: ['main'],
    isOnAllowedBranch: true,
    changes: someChanges(),
    checks: [{ name: 'build', state: 'passed', isRequired: true, url: null }],
    staging: {
      environment: 'staging',
      state: 'passed',
      deployedAt: t0 - 2 * hour,
      smoke: [{ stage: 'Smoke tests', state: 'passed' }],
      p95Ms: null,
      loadTest: null,
    },
    ...more,
  }
}

export function fresh(plan: Partial<Plan> = {}, evidence: Partial<Evidence> = {}): FreshState {
  return { ok: true, plan: aPlan(plan), evidence: someEvidence(evidence) }
}

export const githubDown: FreshState = { ok: false, detail: 'GitHub answered 503' }

export const redCi: Partial<Evidence> = {
  checks: [{ name: 'build', state: 'failed', isRequired: true, url: null }],
}
export const noStaging: Partial<Evidence> = { staging: null }

export function aContext(
  more: Partial<Omit<GateContext, 'policy'>> & { policy?: Partial<GatePolicy> } = {},
): GateContext {
  return {
    lock: null,
    freezes: [],
    freezeAt: rangesOnly,
    before: null,
    owedReview: null,
    ...more,
    policy: aPolicy(more.policy),
  }
}

/** Enough of a calendar for the gate: ranges. */
export function rangesOnly(windows: readonly FreezeWindow[], at: number): Freeze | null {
  for (const window of windows) {
    if (window.type === 'range' && window.fromMs <= at && at < window.toMs) {
      return { reason: window.reason, untilMs: window.toMs }
    }
  }
  return null
}

export const frozenForHours = (hours: number): FreezeWindow => ({
  type: 'range',
  fromMs: t0 - hour,
  toMs: t0 + hours * hour,
  reason: 'The big sale',
})

let presses = 0

export function aPress(by: Identity, on: Release | null, more: Partial<Press> = {}): Press {
  presses += 1
  return {
    id: `press-${presses}`,
    client: 'slack',
    by,
    memberships: memberships(groupsOf[by.name ?? ''] ?? []),
    seen: on === null ? null : { generation: on.generation, planDigest: on.planDigest },
    ...more,
  }
}

export function aRequest(more: Partial<ReleaseRequest> = {}): ReleaseRequest {
  return {
    id: 'R1',
    press: aPress(rita, null),
    repository: 'acme/omnihub',
    environment: 'production',
    ref: 'main',
    strategy: 'canary',
    note: null,
    rule: null,
    fresh: fresh(),
    open: [],
    carried: [],
    recentFailures: [],
    ...more,
  }
}

export const aRule = {
  runId: 77,
  runUrl: 'https://github.com/acme/omnihub/actions/runs/77',
  environment: 'production',
  callbackUrl: 'https://api.github.com/callback',
  deploymentId: 770,
}

/** A release as `openRelease` makes it; throws when there is none. */
export function opened(request: Partial<ReleaseRequest> = {}, context: GateContext = aContext()): Release {
  return releaseOf(openRelease(aRequest(request), context, t0))
}

function releaseOf({ release, answer }: Opening): Release {
  if (release === null) throw new Error(`No release: ${answer.text}`)
  return release
}

export function approve(release: Release, by: Identity, more: Partial<EventOf<'approve'>> = {}): EventOf<'approve'> {
  return { type: 'approve', at: t0, press: aPress(by, release), comment: null, fresh: fresh(), ...more }
}

export function checked(release: Release, more: Partial<EventOf<'plan_checked'>> = {}): EventOf<'plan_checked'> {
  return { type: 'plan_checked', at: t0, generation: release.generation, fresh: fresh(), ...more }
}

export type EventOf<Type extends ReleaseEvent['type']> = Extract<ReleaseEvent, { readonly type: Type }>

/** Applies events made from the release as it stands, one after the other. */
export function play(
  release: Release,
  context: GateContext,
  ...events: readonly ((release: Release) => ReleaseEvent)[]
): Decision {
  let decision: Decision = { release, effects: [], audit: null, answer: null }
  for (const event of events) decision = decide(decision.release, event(decision.release), context)
  return decision
}
