/**
 * A small world around the core for the property test: people with roles, commits whose plan and evidence change, locks,
 * freezes, a clock that jumps. It keeps books of its own on who approved what, and compares each decision with them.
 */
import { expect } from 'vitest'
import type { ApprovalRule, GatePolicy } from '../../src/policy/gate-policy.ts'
import type { Identity } from '../../src/policy/identity.ts'
import { carriedApprovals } from '../../src/release/carry-over.ts'
import { decide } from '../../src/release/decide.ts'
import type {
  Answer,
  AuditLine,
  FreshState,
  GateContext,
  Press,
  ReleaseEffect,
  ReleaseEvent,
} from '../../src/release/decision.ts'
import { openRelease } from '../../src/release/open-release.ts'
import type { Plan } from '../../src/release/plan.ts'
import { isOpen, type Release } from '../../src/release/release.ts'
import { supersededBy } from '../../src/release/superseded-by.ts'
import {
  aCommit,
  aPerson,
  aPolicy,
  aRule,
  hour,
  minute,
  onePerGroup,
  peopleSet,
  rangesOnly,
  someChanges,
  someEvidence,
  stateName,
  t0,
  twoLeads,
} from './fixtures.ts'

/** Somebody with two Slack accounts and a GitHub login, which are known to be one person. */
interface Human {
  readonly name: string
  readonly identities: readonly Identity[]
  readonly groups: Set<string>
}

/** What the books say of an approval that was answered with "applied". */
interface Booked {
  readonly human: string
  readonly groups: readonly string[]
  readonly plan: string
}

interface Tracked {
  release: Release
  /** Every state that its card has shown. */
  readonly cards: { readonly generation: number; readonly planDigest: string }[]
  booked: Booked[]
  glass: { readonly plan: string } | null
  starts: number
}

const groupNames = ['SLEADS', 'SONCALL', 'SGLASS'] as const
const dba: readonly ApprovalRule[] = [{ from: peopleSet({ groups: ['SONCALL'] }), count: 1 }]
const environments = ['production', 'live'] as const
export const humanCount = 6
export const commitCount = 3
export type PressType = 'approve' | 'reject' | 'withdraw' | 'cancel' | 'break_glass'

export class GateWorld {
  now = t0
  isSlackDown = false
  isGithubDown = false
  readonly tracked: Tracked[] = []
  /** Events that calls may still lead to. */
  readonly due: { readonly id: string; readonly make: () => ReleaseEvent }[] = []
  readonly past: { readonly id: string; readonly event: ReleaseEvent }[] = []
  readonly answers = new Map<string, number>()
  private readonly locks = new Map<string, GateContext['lock']>()
  private readonly frozen = new Set<string>()
  private readonly owed = new Map<string, GateContext['owedReview']>()
  private policyNumber = 0
  private presses = 0
  private readonly humans: readonly Human[] = ['rita', 'ada', 'bob', 'cyn', 'dan', 'olaf'].map((name, index) => ({
    name,
    identities: [
      aPerson(name),
      aPerson(`${name}-private`, { logins: [name.toUpperCase()] }),
      aPerson(name, { slackId: null, emails: [`${index}+${name}@users.noreply.github.com`] }),
    ],
    groups: new Set([['SLEADS'], ['SLEADS'], ['SLEADS', 'SONCALL'], ['SONCALL'], ['SLEADS'], ['SGLASS']][index]),
  }))
  private readonly commits = Array.from({ length: commitCount }, (_, index) => ({
    sha: String(index + 1).repeat(40),
    artifacts: 0,
    migrations: 0,
    isGreen: true,
    hasStaging: true,
    /** Dan wrote the first, Ada the second, nobody known the third. */
    author: ['dan', 'ada', null][index] ?? null,
  }))

  private human(index: number): Human {
    const found = this.humans[index % this.humans.length]
    if (found === undefined) throw new Error('There are no people')
    return found
  }

  private commit(index: number) {
    const found = this.commits[index % this.commits.length]
    if (found === undefined) throw new Error('There are no commits')
    return found
  }

  private policy(environment: string): GatePolicy {
    return aPolicy({
      environment,
      version: `policy-${this.policyNumber}`,
      approvals: this.policyNumber % 2 === 0 ? onePerGroup : twoLeads,
      allowsAuthorApproval: environment === 'live',
      risks: [{ name: 'database', when: { type: 'destructive_migration' }, approvals: dba }],
      paths: ['src/**'],
      supersedes: environment === 'live',
      branches: null,
      freezes: [],
    })
  }

  private context(environment: string, id: string): GateContext {
    const others = this.tracked.map(({ release }) => release).filter((other) => other.environment === environment)
    const mine = others.find((release) => release.id === id)
    const place = (release: Release) => [release.approvedAt ?? Number.POSITIVE_INFINITY, release.id] as const
    const isBefore = (other: Release) => {
      if (other.id === id) return false
      if (other.state.name === 'preparing') return true
      if (other.state.name !== 'queued') return false
      if (mine === undefined) return true
      const [[at, first], [myAt, second]] = [place(other), place(mine)]
      return at < myAt || (at === myAt && first < second)
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

  private read(environment: string, index: number, strategy: Plan['strategy']): FreshState {
    if (this.isGithubDown) return { ok: false, detail: 'GitHub answered 502' }
    const commit = this.commit(index)
    const migration = { path: 'supabase/migrations/1.sql', blob: `m${commit.migrations}` }
    return {
      ok: true,
      plan: {
        repository: 'acme/omnihub',
        environment,
        sha: commit.sha,
        strategy,
        steps: strategy === 'canary' ? aPolicy().steps : [],
        migrations: commit.migrations === 0 ? [] : [migration],
        artifacts: [{ name: 'web', digest: `d${commit.artifacts}` }],
        workflow: { file: 'cd-production.yml', ref: 'main', blob: 'w1' },
        policyVersion: `policy-${this.policyNumber}`,
      },
      evidence: someEvidence({
        readAt: this.now,
        changes: someChanges({
          commits:
            commit.author === null ? [] : [aCommit({ sha: commit.sha, authorLogin: commit.author, authorEmail: null })],
          migrations:
            commit.migrations === 0
              ? []
              : [{ ...migration, change: 'added', isRead: commit.migrations % 2 === 0, destructive: [] }],
        }),
        checks: [{ name: 'build', state: commit.isGreen ? 'passed' : 'failed', isRequired: true, url: null }],
        staging: commit.hasStaging
          ? {
              environment: 'staging',
              state: 'passed',
              deployedAt: this.now - hour,
              smoke: [{ stage: 'Smoke tests', state: 'passed' }],
              p95Ms: null,
              loadTest: null,
            }
          : null,
      }),
    }
  }

  private membershipsOf(human: Human): Press['memberships'] {
    return {
      groups: this.isSlackDown ? [] : [...human.groups],
      teams: [],
      unknown: this.isSlackDown ? [...groupNames] : [],
      readAt: this.now,
    }
  }

  private press(human: Human, identity: number, seen: Press['seen']): Press {
    this.presses += 1
    const by = human.identities[identity % human.identities.length] ?? aPerson(human.name)
    const client = seen === null ? 'cli' : 'slack'
    return { id: `p${this.presses}`, client, by, memberships: this.membershipsOf(human), seen }
  }

  request(
    human: number,
    identity: number,
    environment: number,
    commitIndex: number,
    isDirect: boolean,
    isRule: boolean,
  ): void {
    const name = environments[environment % environments.length] ?? 'production'
    const id = `R${String(this.tracked.length).padStart(3, '0')}`
    const press = this.press(this.human(human), identity, null)
    const earlier = this.tracked.findLast(
      ({ release }) => release.environment === name && release.state.name !== 'refused',
    )
    const context = this.context(name, id)
    const fresh = this.read(name, commitIndex, isDirect ? 'direct' : 'canary')
    const opens = this.tracked.filter(({ release }) => release.environment === name && isOpen(release))
    const between = (from: string, to: string) => ({
      from,
      to,
      paths: from < to ? ['docs/a.md'] : ['src/a.ts'],
      isComplete: true,
    })
    const carried =
      earlier === undefined || !fresh.ok
        ? []
        : carriedApprovals(earlier.release, {
            plan: fresh.plan,
            evidence: fresh.evidence,
            policy: context.policy,
            between: between(earlier.release.sha, fresh.plan.sha),
            at: this.now,
          })
    const opening = openRelease(
      {
        id,
        press,
        repository: 'acme/omnihub',
        environment: name,
        ref: 'main',
        strategy: null,
        note: null,
        rule: isRule ? { ...aRule, runId: this.tracked.length } : null,
        fresh,
        open: opens.map(({ release }) => release),
        carried: carried.map((approval) => ({ approval, memberships: this.membershipsOf(this.whoIs(approval.by)) })),
        recentFailures: [],
      },
      context,
      this.now,
    )
    this.checkLines(press, opening.audit, opening.answer)
    expect(opening.effects.filter(isStart)).toEqual([])
    const { release } = opening
    if (release === null) return
    const books = release.approvals.map(({ by }): Booked => {
      const human = this.whoIs(by)
      expect(
        earlier?.booked.map((booked) => booked.human),
        'what is carried was given',
      ).toContain(human.name)
      return { human: human.name, groups: [...human.groups], plan: planKey(release.plan) }
    })
    const tracked: Tracked = { release, cards: [], booked: books, glass: null, starts: 0 }
    this.tracked.push(tracked)
    this.take(tracked, opening.effects)
    for (const other of supersededBy(
      release,
      opens.map((each) => each.release),
      context.policy,
    )) {
      this.apply(other.id, { type: 'supersede', at: this.now, byRelease: release.id })
    }
    this.checkApprovalsAreInOnePlace()
  }

  pressOn(which: number, type: PressType, human: number, identity: number, card: number, why: string): void {
    const tracked = this.pick(which)
    if (tracked === null) return
    const { release, cards } = tracked
    // The newest card mostly, older ones sometimes, none at all on the command line.
    const seen = card === 0 ? null : (cards.at(-card) ?? cards[0] ?? null)
    const press = this.press(this.human(human), identity, seen)
    this.apply(release.id, this.pressEvent(type, press, this.reading(release), why))
  }

  private pressEvent(type: PressType, press: Press, fresh: FreshState, why: string): ReleaseEvent {
    const at = this.now
    switch (type) {
      case 'approve':
        return { type, at, press, comment: why === '' ? null : why, fresh }
      case 'break_glass':
        return { type, at, press, why, fresh }
      case 'reject':
      case 'cancel':
        return { type, at, press, why }
      case 'withdraw':
        return { type, at, press }
    }
  }

  tick(which: number, type: 'expire' | 'remind' | 'try_start' | 'refreshed'): void {
    const tracked = this.pick(which)
    if (tracked === null) return
    const at = this.now
    if (type === 'refreshed') this.apply(tracked.release.id, { type, at, fresh: this.reading(tracked.release) })
    else this.apply(tracked.release.id, { type, at })
  }

  /** One of the calls comes back; now or never mind how late, once or twice. */
  deliver(which: number, isTwice: boolean): void {
    const [due] = this.due.splice(which % Math.max(this.due.length, 1), 1)
    if (due === undefined) return
    const event = due.make()
    this.apply(due.id, event)
    if (isTwice) this.apply(due.id, event)
  }

  /** Something that has happened once is told again. */
  repeat(which: number): void {
    const past = this.past[which % Math.max(this.past.length, 1)]
    if (past !== undefined) this.apply(past.id, past.event)
  }

  change(what: number, which: number, environment: number): void {
    const commit = this.commit(which)
    const human = this.human(which)
    const name = environments[environment % environments.length] ?? 'production'
    const changes: readonly (() => void)[] = [
      () => commit.artifacts++,
      () => commit.migrations++,
      () => (commit.isGreen = !commit.isGreen),
      () => (commit.hasStaging = !commit.hasStaging),
      () => this.policyNumber++,
      () => {
        const group = groupNames[environment % groupNames.length] ?? 'SLEADS'
        if (!human.groups.delete(group)) human.groups.add(group)
      },
      () => (this.isSlackDown = !this.isSlackDown),
      () => (this.isGithubDown = !this.isGithubDown),
      () => this.locks.set(name, this.locks.get(name) ? null : { by: aPerson('lou'), why: 'Busy', expiresAt: null }),
      () => void (this.frozen.delete(name) || this.frozen.add(name)),
      () => this.owed.set(name, this.owed.get(name) ? null : { releaseId: 'R-old', by: aPerson('lou') }),
    ]
    changes[what % changes.length]?.()
  }

  moveClock(minutes: number): void {
    this.now = Math.max(t0 - 100 * hour, this.now + minutes * minute)
  }

  private reading(release: Release): FreshState {
    return this.read(
      release.environment,
      this.commits.findIndex(({ sha }) => sha === release.sha),
      release.strategy,
    )
  }

  private pick(which: number): Tracked | null {
    return this.tracked[which % Math.max(this.tracked.length, 1)] ?? null
  }

  private whoIs(identity: Identity): Human {
    const found = this.humans.find(({ identities }) =>
      identities.some(({ logins }) => logins.includes(identity.logins[0] ?? '')),
    )
    if (found === undefined) throw new Error('Nobody is that')
    return found
  }

  private apply(id: string, event: ReleaseEvent): void {
    const tracked = this.tracked.find(({ release }) => release.id === id)
    if (tracked === undefined) return
    const before = tracked.release
    const copy = structuredClone(before)
    const context = this.context(before.environment, id)
    const { release, effects, audit, answer } = decide(before, event, context)
    expect(before, 'the release before the event is not touched').toEqual(copy)
    this.past.push({ id, event })

    if ('press' in event) this.checkLines(event.press, audit, answer)
    else expect(answer).toBeNull()
    if (stateName(before) !== stateName(release) || before.approvals.length !== release.approvals.length) {
      expect(audit, `a line for ${stateName(before)} to ${stateName(release)}`).not.toBeNull()
    }
    if (!isOpen(before)) expect(release.state, 'the end is the end').toBe(before.state)
    if (release !== before) expect(release.revision).toBe(before.revision + 1)
    expect(release.generation).toBeGreaterThanOrEqual(before.generation)
    expect(release.sha).toBe(release.plan.sha)
    expect(release.strategy).toBe(release.plan.strategy)
    if (event.type === 'expire' && release.state.name === 'expired' && before.state.name === 'awaiting_approval') {
      expect(event.at).toBeGreaterThanOrEqual(before.state.expiresAt)
    }

    this.keepBooks(tracked, event, answer, audit)
    tracked.release = release
    const people = release.approvals.map(({ by }) => this.whoIs(by).name)
    expect(new Set(people).size, 'nobody counts twice').toBe(people.length)
    expect(new Set(tracked.booked.map(({ human }) => human)), 'what counts is what was given').toEqual(new Set(people))
    if (effects.some(isStart)) this.checkStart(tracked, event, context)
    this.take(tracked, effects)
  }

  private keepBooks(tracked: Tracked, event: ReleaseEvent, answer: Answer | null, audit: AuditLine | null): void {
    if (audit?.action === 'void_approvals' && audit.reason === 'plan_changed') {
      // Authors alone may have dropped out; everything else takes all approvals away.
      const isOnlyAuthors = audit.text?.includes('since it was shown: authors.') ?? false
      tracked.booked = isOnlyAuthors ? tracked.booked.filter(({ human }) => !this.wrote(human, tracked)) : []
      if (!isOnlyAuthors) tracked.glass = null
    }
    if (answer?.outcome !== 'applied' || !('press' in event)) return
    const human = this.whoIs(event.press.by)
    if (event.type === 'approve' && event.fresh.ok) {
      const groups = event.press.memberships.groups
      tracked.booked.push({ human: human.name, groups, plan: planKey(event.fresh.plan) })
      expect(human.name, 'the requester does not approve').not.toBe(this.whoIs(tracked.release.requester).name)
    }
    if (event.type === 'break_glass' && event.fresh.ok) {
      expect(event.press.memberships.groups).toContain('SGLASS')
      tracked.glass = { plan: planKey(event.fresh.plan) }
    }
    if (event.type === 'withdraw') {
      tracked.booked = tracked.booked.filter((booked) => booked.human !== human.name)
      const { breakGlass } = tracked.release
      if (breakGlass !== null && this.whoIs(breakGlass.by).name === human.name) tracked.glass = null
    }
  }

  /** Nothing starts but with a valid quorum for exactly this plan, or with a broken glass. */
  private checkStart(tracked: Tracked, event: ReleaseEvent, context: GateContext): void {
    if (event.type !== 'plan_checked' || !event.fresh.ok) throw new Error(`Started by ${event.type}`)
    const { plan, evidence } = event.fresh
    const { release, booked, glass } = tracked
    tracked.starts += 1
    expect(tracked.starts, 'started once').toBe(1)
    expect([plan.sha, plan.strategy]).toEqual([release.sha, release.strategy])
    expect(plan.policyVersion).toBe(context.policy.version)
    expect(context.lock).toBeNull()
    expect(context.before).toBeNull()
    expect(evidence.checks.every(({ state }) => state === 'passed')).toBe(true)
    if (glass !== null) {
      expect(glass.plan, 'the glass was broken for this plan').toBe(planKey(plan))
      return
    }
    expect(context.freezes).toEqual([])
    expect(context.owedReview).toBeNull()
    expect(evidence.staging).not.toBeNull()
    const isRisky = evidence.changes.migrations.some(({ isRead }) => !isRead)
    const rules = [
      ...context.policy.approvals.map((rule) => ({ ...rule, isRisk: false })),
      ...(isRisky ? dba.map((rule) => ({ ...rule, isRisk: true })) : []),
    ]
    const places = rules.flatMap((rule) => Array<typeof rule>(rule.count).fill(rule))
    const requester = this.whoIs(release.requester).name
    const mayStand = (human: Booked, place: (typeof places)[number]) =>
      human.plan === planKey(plan) &&
      human.human !== requester &&
      (!this.wrote(human.human, tracked) || (context.policy.allowsAuthorApproval && !place.isRisk)) &&
      place.from.groups.some((group) => human.groups.includes(group))
    expect(canFill(places, booked, mayStand), 'a valid quorum for this plan').toBe(true)
  }

  private wrote(human: string, { release }: Tracked): boolean {
    return this.commits.some(({ sha, author }) => sha === release.sha && author === human)
  }

  /** An approval that was carried over counts for no other open release. */
  private checkApprovalsAreInOnePlace(): void {
    const keys = this.tracked
      .filter(({ release }) => isOpen(release))
      .flatMap(({ release }) =>
        release.approvals.map(
          ({ by, carriedFrom, at }) => `${carriedFrom?.releaseId ?? release.id} ${this.whoIs(by).name} ${at}`,
        ),
      )
    expect(new Set(keys).size, 'no approval counts for two releases').toBe(keys.length)
  }

  private checkLines(press: Press, audit: AuditLine | null, answer: Answer | null): void {
    expect(answer, 'a press is answered').not.toBeNull()
    expect(answer?.text).not.toBe('')
    expect(audit?.actor, 'a press has a line with its name').toBe(press.by)
    expect(answer?.outcome === 'applied').toBe(audit?.reason === null)
    this.answers.set(press.id, (this.answers.get(press.id) ?? 0) + 1)
  }

  private take(tracked: Tracked, effects: readonly ReleaseEffect[]): void {
    const { release } = tracked
    const { id } = release
    tracked.cards.push({ generation: release.generation, planDigest: release.planDigest })
    for (const effect of effects) {
      if (effect.type === 'check_plan') {
        const { generation } = effect
        // What was read when the call was made, or what is there when its answer comes.
        const early = this.reading(release)
        const isEarly = this.due.length % 2 === 0
        const make = (): ReleaseEvent => {
          const fresh = isEarly ? early : this.reading(release)
          return { type: 'plan_checked', at: this.now, generation, fresh }
        }
        this.due.push({ id, make })
      }
      if (effect.type === 'start_workflow')
        this.afterStart(id, release, { type: 'run_started', at: this.now, run: { id: 5, url: '' } })
      if (effect.type === 'answer_rule') this.afterStart(id, release, { type: 'rule_answered', at: this.now })
      if (effect.type === 'environment_free') {
        for (const other of this.tracked) {
          this.due.push({ id: other.release.id, make: () => ({ type: 'try_start', at: this.now }) })
        }
      }
    }
  }

  private afterStart(id: string, { sha }: Release, begun: ReleaseEvent): void {
    const fails: ReleaseEvent = { type: 'start_failed', at: this.now, reason: 'start_refused', detail: 'No' }
    this.due.push({ id, make: () => (this.isGithubDown ? fails : begun) })
    this.due.push({
      id,
      make: () => ({
        type: 'run_ended',
        at: this.now,
        conclusion: this.isSlackDown ? 'failure' : 'success',
        builtSha: sha,
      }),
    })
  }
}

function isStart(effect: ReleaseEffect): boolean {
  return effect.type === 'start_workflow' || (effect.type === 'answer_rule' && effect.state === 'approved')
}

/** Not the digest of the core: plain JSON of the plan as the world made it. */
function planKey(plan: Plan): string {
  return JSON.stringify([
    plan.sha,
    plan.strategy,
    plan.environment,
    plan.artifacts,
    plan.migrations,
    plan.policyVersion,
  ])
}

function canFill<Place>(
  places: readonly Place[],
  people: readonly Booked[],
  mayStand: (human: Booked, place: Place) => boolean,
): boolean {
  const [place, ...rest] = places
  if (place === undefined) return true
  return people.some(
    (human) =>
      mayStand(human, place) &&
      canFill(
        rest,
        people.filter((other) => other !== human),
        mayStand,
      ),
  )
}
