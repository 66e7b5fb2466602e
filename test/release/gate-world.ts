/** What surrounds the core in the property test: people with roles, commits whose plan and evidence change, a clock. */
import type { ApprovalRule, GatePolicy } from '../../src/policy/gate-policy.ts'
import type { Identity } from '../../src/policy/identity.ts'
import type { FreshState, GateContext, Press } from '../../src/release/decision.ts'
import type { Evidence } from '../../src/release/evidence.ts'
import type { Plan } from '../../src/release/plan.ts'
import type { Release } from '../../src/release/release.ts'
import {
  aCommit,
  aPerson,
  aPolicy,
  hour,
  minute,
  onePerGroup,
  peopleSet,
  rangesOnly,
  someChanges,
  someEvidence,
  t0,
  twoLeads,
} from './fixtures.ts'

/** Somebody with two Slack accounts and a GitHub login, which are known to be one person. */
export interface Human {
  readonly name: string
  readonly identities: readonly Identity[]
  readonly groups: Set<string>
}

const groupNames = ['SLEADS', 'SONCALL', 'SGLASS'] as const
const startingGroups: Readonly<Record<string, readonly string[]>> = {
  rita: ['SLEADS'],
  ada: ['SLEADS'],
  bob: ['SLEADS', 'SONCALL'],
  cyn: ['SONCALL'],
  dan: ['SLEADS'],
  olaf: ['SGLASS'],
}
export const humanCount = 6
export const commitCount = 3
/** The rules of the risk `database`, which is in force while a migration cannot be read. */
export const riskRules: readonly ApprovalRule[] = [{ from: peopleSet({ groups: ['SONCALL'] }), count: 1 }]

export const environments = ['production', 'live'] as const

export const changes = [
  'artifacts',
  'migrations',
  'ci',
  'staging',
  'policy',
  'role',
  'slack',
  'github',
  'lock',
  'freeze',
  'review',
] as const
export type Change = (typeof changes)[number]

export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new Error('There is nothing to choose from')
  return item
}

export class GateWorld {
  now = t0
  isSlackDown = false
  isGithubDown = false
  private readonly locks = new Map<string, GateContext['lock']>()
  private readonly frozen = new Set<string>()
  private readonly owed = new Map<string, GateContext['owedReview']>()
  private policyNumber = 0
  private presses = 0
  readonly humans: readonly Human[] = Object.entries(startingGroups).map(([name, groups], index) => ({
    name,
    identities: [
      aPerson(name),
      aPerson(`${name}-private`, { logins: [name.toUpperCase()] }),
      aPerson(name, { slackId: null, emails: [`${index}+${name}@users.noreply.github.com`] }),
    ],
    groups: new Set(groups),
  }))
  readonly commits = Array.from({ length: commitCount }, (_, index) => ({
    sha: String(index + 1).repeat(40),
    artifacts: 0,
    migrations: 0,
    isGreen: true,
    hasStaging: true,
    /** Dan wrote the first, Ada the second, nobody known the third. */
    author: ['dan', 'ada', null][index] ?? null,
  }))

  whoIs(identity: Identity): Human {
    const isTheirs = ({ logins }: Identity) => logins.includes(identity.logins[0] ?? '')
    const found = this.humans.find(({ identities }) => identities.some(isTheirs))
    if (found === undefined) throw new Error('Nobody is that')
    return found
  }

  wrote(human: string, sha: string): boolean {
    return this.commits.some((commit) => commit.sha === sha && commit.author === human)
  }

  press(human: Human, identity: number, seen: Press['seen']): Press {
    this.presses += 1
    const by = at(human.identities, identity)
    const client = seen === null ? 'cli' : 'slack'
    return { id: `p${this.presses}`, client, by, memberships: this.membershipsOf(human), seen }
  }

  membershipsOf(human: Human): Press['memberships'] {
    return {
      groups: this.isSlackDown ? [] : [...human.groups],
      teams: [],
      unknown: this.isSlackDown ? [...groupNames] : [],
      readAt: this.now,
    }
  }

  /** @param releases - all of them, in any state */
  context(environment: string, id: string, releases: readonly Release[]): GateContext {
    const others = releases.filter((other) => other.environment === environment)
    const mine = others.find((release) => release.id === id)
    const isBefore = (other: Release) => {
      if (other.id === id) return false
      if (other.state.name !== 'queued') return other.state.name === 'preparing'
      const [hisAt, myAt] = [other.approvedAt ?? this.now, mine?.approvedAt ?? Number.POSITIVE_INFINITY]
      return hisAt < myAt || (hisAt === myAt && other.id < id)
    }
    return {
      policy: this.policy(environment),
      lock: this.locks.get(environment) ?? null,
      freezes: this.frozen.has(environment)
        ? [{ type: 'range', fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, reason: 'The big sale' }]
        : [],
      freezeAt: rangesOnly,
      before: others.find(isBefore)?.id ?? null,
      owedReview: this.owed.get(environment) ?? null,
    }
  }

  readFor({ environment, sha, strategy }: Release): FreshState {
    const index = this.commits.findIndex((commit) => commit.sha === sha)
    return this.read(environment, index, strategy)
  }

  read(environment: string, index: number, strategy: Plan['strategy']): FreshState {
    if (this.isGithubDown) return { ok: false, detail: 'GitHub answered 502' }
    const commit = at(this.commits, index)
    return {
      ok: true,
      plan: {
        repository: 'acme/omnihub',
        environment,
        sha: commit.sha,
        strategy,
        steps: strategy === 'canary' ? aPolicy().steps : [],
        migrations: migrationsOf(commit),
        artifacts: [{ name: 'web', digest: `d${commit.artifacts}` }],
        workflow: { file: 'cd-production.yml', ref: 'main', blob: 'w1' },
        policyVersion: `policy-${this.policyNumber}`,
      },
      evidence: this.evidenceOf(commit),
    }
  }

  change(what: Change, which: number, index: number): void {
    const commit = at(this.commits, which)
    const environment = at(environments, index)
    const lou = aPerson('lou')
    switch (what) {
      case 'artifacts':
        commit.artifacts += 1
        break
      case 'migrations':
        commit.migrations += 1
        break
      case 'ci':
        commit.isGreen = !commit.isGreen
        break
      case 'staging':
        commit.hasStaging = !commit.hasStaging
        break
      case 'policy':
        this.policyNumber += 1
        break
      case 'role':
        toggle(at(this.humans, which).groups, at(groupNames, index))
        break
      case 'slack':
        this.isSlackDown = !this.isSlackDown
        break
      case 'github':
        this.isGithubDown = !this.isGithubDown
        break
      case 'lock':
        this.locks.set(environment, this.locks.get(environment) ? null : { by: lou, why: 'Busy', expiresAt: null })
        break
      case 'freeze':
        toggle(this.frozen, environment)
        break
      case 'review':
        this.owed.set(environment, this.owed.get(environment) ? null : { releaseId: 'R-old', by: lou })
        break
    }
  }

  moveClock(minutes: number): void {
    this.now = Math.max(t0 - 100 * hour, this.now + minutes * minute)
  }

  private policy(environment: string): GatePolicy {
    return aPolicy({
      environment,
      version: `policy-${this.policyNumber}`,
      approvals: this.policyNumber % 2 === 0 ? onePerGroup : twoLeads,
      allowsAuthorApproval: environment === 'live',
      risks: [{ name: 'database', when: { type: 'destructive_migration' }, approvals: riskRules }],
      paths: ['src/**'],
      supersedes: environment === 'live',
      branches: null,
    })
  }

  private evidenceOf(commit: GateWorld['commits'][number]): Evidence {
    const staging: Evidence['staging'] = {
      environment: 'staging',
      state: 'passed',
      deployedAt: this.now - hour,
      smoke: [{ stage: 'Smoke tests', state: 'passed' }],
      p95Ms: null,
      loadTest: null,
    }
    const { author, sha, isGreen, hasStaging, migrations } = commit
    return someEvidence({
      readAt: this.now,
      changes: someChanges({
        commits: author === null ? [] : [aCommit({ sha, authorLogin: author, authorEmail: null })],
        migrations: migrationsOf(commit).map((migration) => ({
          ...migration,
          change: 'added',
          isRead: migrations % 2 === 0,
          destructive: [],
        })),
      }),
      checks: [{ name: 'build', state: isGreen ? 'passed' : 'failed', isRequired: true, url: null }],
      staging: hasStaging ? staging : null,
    })
  }
}

function migrationsOf({ migrations }: { readonly migrations: number }): Plan['migrations'] {
  return migrations === 0 ? [] : [{ path: 'supabase/migrations/1.sql', blob: `m${migrations}` }]
}

function toggle(set: Set<string>, item: string): void {
  if (!set.delete(item)) set.add(item)
}
