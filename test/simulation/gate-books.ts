/**
 * Books on everything that the engine writes down, kept beside it: after each transaction what is new in the store is
 * held against what people really pressed and what was true while they did. Worked out from presses, names and steps,
 * not by the core's own matching and digests.
 */
import type Database from 'better-sqlite3'
import { expect } from 'vitest'
import type { GateAct } from '../../src/engine/gate/acts.ts'
import type { Approval, Release } from '../../src/release/release.ts'
import type { ReleaseRecord } from '../../src/store/releases.ts'
import { canFill } from '../release/gate-books.ts'
import type { SimulatedRun } from './gate-github.ts'
import { hasMoved, isOpenState, stateName } from './gate-states.ts'
import { environments, type GateTruth, humanOf, riskRules, type Span } from './gate-truth.ts'

/** What somebody really did. */
export interface Pressed {
  readonly id: string
  readonly slackId: string
  readonly step: number
  /** Null for a request. */
  readonly act: GateAct | null
  /** The card that was pressed, as it was to be read. */
  readonly card: string | null
}

interface Given {
  readonly human: string
  readonly span: Span
  readonly card: string
}

interface AuditRow {
  readonly seq: number
  readonly actor: string | null
  readonly action: string
  readonly object: string
  readonly reason: string | null
  readonly client: string
}

export class GateBooks {
  readonly pressed = new Map<string, Pressed>()
  readonly answered = new Set<string>()
  readonly releases = new Map<string, ReleaseRecord>()
  readonly seen = { starts: 0, startsByGlass: 0, ends: 0, answers: 0, applied: 0 }
  /** Releases that an administrator let through on GitHub's own page. */
  readonly letThrough = new Set<string>()
  private readonly given = new Map<string, Given[]>()
  private readonly glass = new Map<string, Given>()
  private readonly checkedSince = new Map<string, number>()
  private readonly started = new Set<string>()
  private readonly completedAt: { readonly environment: string; readonly step: number; readonly sha: string }[] = []
  private auditSeq = 0
  private outboxSeq = 0
  private readonly queries

  private readonly truth: GateTruth
  private readonly now: () => number

  constructor(truth: GateTruth, raw: Database.Database, now: () => number) {
    this.truth = truth
    this.now = now
    this.queries = {
      audit: raw.prepare<[number], AuditRow>(
        'select seq, actor_id as actor, action, object, reason_code as reason, client from audit where seq > ? order by seq',
      ),
      outbox: raw.prepare<[number], { seq: number; id: string }>(
        'select seq, id from outbox where seq > ? order by seq',
      ),
      revisions: raw.prepare<[], { id: string; revision: number }>('select id, revision from releases'),
      body: raw.prepare<[string], { body: string }>('select body from releases where id = ?'),
      locks: raw.prepare<[string, number], object>(
        'select 1 from locks where environment = ? and (expires_at is null or expires_at > ?)',
      ),
      freezes: raw.prepare<[string, number], object>('select 1 from freezes where environment = ? and to_at > ?'),
      owed: raw.prepare<[string, string], object>(
        'select 1 from owed_reviews where environment = ? and signed_at is null and release_id <> ?',
      ),
    }
  }

  /** To be called after each transaction. */
  look(): void {
    const step = this.truth.next()
    const rows = this.queries.audit.all(this.auditSeq)
    const effects = this.queries.outbox.all(this.outboxSeq)
    this.auditSeq = rows.at(-1)?.seq ?? this.auditSeq
    this.outboxSeq = effects.at(-1)?.seq ?? this.outboxSeq
    const answers = effects.filter(({ id }) => id.startsWith('answer:')).map(({ id }) => id.slice('answer:'.length))
    this.checkAnswers(answers, rows, step)
    const changed = this.queries.revisions
      .all()
      .filter(({ id, revision }) => this.releases.get(id)?.revision !== revision)
    for (const { id } of changed) this.checkChange(id, rows, step)
    for (const [object, own] of Map.groupBy(rows, (row) => row.object)) {
      expect(own.length, `one row of ${object} for what happened: ${own.map(({ action }) => action)}`).toBe(1)
    }
    if (changed.length > 0) this.checkTogether()
  }

  /** GitHub was told to begin. */
  onStart(run: SimulatedRun, runs: readonly SimulatedRun[]): void {
    const id = run.inputs?.sluice_release ?? ''
    const release = this.releases.get(id)
    expect(release?.state, 'started right after the check').toMatchObject({ name: 'preparing', phase: 'starting' })
    expect(this.started, 'a quorum was found for it').toContain(id)
    expect(run.inputs).toEqual({
      sluice_release: id,
      sha: release?.sha,
      strategy: release?.strategy,
      step: '0',
    })
    const own = runs.filter(({ inputs }) => inputs?.sluice_release === id)
    expect(own.length, `one run for release ${id}`).toBe(1)
  }

  onApproved(run: SimulatedRun): void {
    const own = [...this.releases.values()].filter(
      ({ rule, state }) => rule?.runId === run.id && state.name === 'preparing',
    )
    expect(own.length, 'one release answers a rule').toBe(1)
    expect(this.started, 'a quorum was found for it').toContain(own[0]?.id)
    expect(own[0]?.sha).toBe(run.sha)
  }

  private checkAnswers(answers: readonly string[], rows: readonly AuditRow[], step: number): void {
    expect(answers.length, 'one event answers one press').toBeLessThanOrEqual(1)
    const ofPeople = rows.filter(({ client }) => client === 'slack')
    const [id] = answers
    if (id === undefined) {
      expect(ofPeople, 'whoever is written down is answered').toEqual([])
      return
    }
    const press = this.pressed.get(id)
    if (press === undefined) throw new Error(`Nobody pressed ${id}`)
    expect(this.answered, 'answered once').not.toContain(id)
    this.answered.add(id)
    this.seen.answers += 1
    if (press.act?.type === 'refresh') return
    expect(ofPeople.length, `a row for ${press.act?.type ?? 'request'} by ${press.slackId}`).toBe(1)
    const [row] = ofPeople
    expect(row?.actor).toBe(press.slackId)
    if (row?.reason !== null) return
    this.seen.applied += 1
    this.keep(press, row, step)
  }

  private keep({ act, slackId, step: from, card }: Pressed, row: AuditRow, to: number): void {
    if (act === null || !('releaseId' in act) || row.action !== act.type) return
    const human = humanOf(slackId)
    if (human === null) throw new Error(`${slackId} may do nothing here`)
    const given = { human: human.name, span: { from, to }, card: card ?? '' }
    if (act.type === 'approve') {
      const all = this.given.get(act.releaseId) ?? []
      this.given.set(act.releaseId, [...all, given])
    }
    if (act.type === 'sign_off') {
      expect(human.name, 'nobody signs off their own breaking of the glass').not.toBe(
        this.glass.get(act.releaseId)?.human,
      )
    }
    if (act.type === 'break_glass') this.glass.set(act.releaseId, given)
  }

  private checkChange(id: string, rows: readonly AuditRow[], step: number): void {
    const before = this.releases.get(id)
    // Written by us from this very type.
    const after = JSON.parse(this.queries.body.get(id)?.body ?? '') as ReleaseRecord
    this.releases.set(id, after)
    const row = rows.filter(({ object }) => object === `release:${id}`)
    if (before === undefined || hasMoved(before, after)) {
      expect(row.length, `a row for ${stateName(before)} to ${stateName(after)}`).toBe(1)
    }
    const isReopened = before?.state.name === 'completed' && after.state.name === 'rolling_out'
    if (before !== undefined && !isOpenState(before) && !isReopened) {
      expect(after.state, 'the end is the end').toEqual(before.state)
    }
    expect([after.sha, after.strategy]).toEqual([after.plan.sha, after.plan.strategy])
    this.checkApprovals(after)
    const name = stateName(after)
    if (name === stateName(before)) return
    if (!isOpenState(after)) this.seen.ends += 1
    if (name === 'preparing checking') {
      this.checkedSince.set(id, step)
      // What has to be known before a start could not be read: all is checked again, for a start that is still the first.
      this.started.delete(id)
    }
    if (name === 'preparing starting') this.checkStart(after, step)
    if (name === 'preparing running' && !this.started.has(id)) {
      expect(row[0]?.reason, 'nobody but an administrator goes past the gate').toBe('decided_on_github')
      this.letThrough.add(id)
    }
    if (name === 'completed') this.completedAt.push({ environment: after.environment, step, sha: after.sha })
  }

  /** What counts was given, by whichever of their accounts, and nobody counts twice. */
  private checkApprovals(release: ReleaseRecord): void {
    const people = release.approvals.map((approval) => this.entryOf(release, approval).human)
    expect(new Set(people).size, 'nobody counts twice').toBe(people.length)
    if (release.breakGlass !== null) expect(this.glass.get(release.id), 'somebody broke the glass').toBeDefined()
  }

  private entryOf(release: ReleaseRecord, { by, carriedFrom }: Approval): Given {
    const name = humanOf(by.slackId, by.logins[0])?.name
    const entry = this.given.get(carriedFrom?.releaseId ?? release.id)?.findLast(({ human }) => human === name)
    if (entry === undefined) throw new Error(`${by.name} never approved ${release.id}`)
    return entry
  }

  private checkStart(release: ReleaseRecord, step: number): void {
    const { id, environment, sha, approvals } = release
    expect(this.started, 'started once').not.toContain(id)
    this.started.add(id)
    this.seen.starts += 1
    const span = { from: this.checkedSince.get(id) ?? step, to: step }
    const glass = release.breakGlass === null ? null : (this.glass.get(id) ?? null)
    expect(this.queries.locks.all(environment, this.now()), 'nothing is locked').toEqual([])
    expect(this.truth.wasGreenDuring(sha, span), 'CI is green').toBe(true)
    if (glass !== null) {
      this.seen.startsByGlass += 1
      expect(this.truth.groupsDuring(glass.human, glass.span), 'somebody who may broke it').toContain('SGLASS')
      this.checkPlan(release, glass, span)
      return
    }
    expect(this.queries.freezes.all(environment, this.now()), 'nothing is frozen').toEqual([])
    expect(this.queries.owed.all(environment, id), 'no review is owed').toEqual([])
    const entries = approvals.map((approval) => {
      const entry = this.entryOf(release, approval)
      if (approval.carriedFrom?.why === 'untouched_paths') {
        const from = this.releases.get(approval.carriedFrom.releaseId)
        expect(this.truth.differsInService(from?.sha ?? '', sha), 'only what is no service differs').toBe(false)
        expect(from?.strategy).toBe(release.strategy)
      } else this.checkPlan(release, entry, span)
      return entry
    })
    const isRisky = this.truth.isRiskyAllDuring(sha, span)
    const requester = humanOf(release.requester.slackId, release.requester.logins[0])?.name
    const hasQuorum = environments
      .flatMap((name) => (name === environment ? this.truth.policiesDuring(name, span) : []))
      .some(({ approvals: rules }) => {
        const places = [...rules, ...(isRisky ? riskRules : [])].flatMap((rule) =>
          Array<typeof rule>(rule.count).fill(rule),
        )
        return canFill(places, entries, ({ human, span: when }, { from: { groups } }) => {
          const own = this.truth.groupsDuring(human, when)
          return human !== requester && !this.isAuthor(human, release, when) && groups.some((group) => own.has(group))
        })
      })
    expect(hasQuorum, `a valid quorum for ${id}: ${JSON.stringify(entries.map(({ human }) => human))}`).toBe(true)
  }

  /** The card that was pressed spoke of this commit and strategy, and what ships is what shipped then. */
  private checkPlan({ sha, strategy }: ReleaseRecord, { card, span }: Given, start: Span): void {
    expect(card, 'the card named the commit').toContain(sha.slice(0, 7))
    expect(card.toLowerCase(), 'the card named the strategy').toContain(strategy)
    const then = this.truth.plansDuring(sha, span)
    const now = this.truth.plansDuring(sha, start)
    expect(
      [...now].some((plan) => then.has(plan)),
      'what ships is what was approved',
    ).toBe(true)
  }

  private isAuthor(human: string, { environment, sha }: Pick<Release, 'environment' | 'sha'>, span: Span): boolean {
    const commit = this.truth.commitOf(sha)
    const before = this.completedAt.filter((one) => one.environment === environment && one.step <= span.to)
    // What was live while they approved is not known for sure then.
    if (before.some(({ step }) => step >= span.from)) return false
    const live = this.truth.commits.findIndex((one) => one.sha === before.at(-1)?.sha)
    const isAdded = commit !== null && this.truth.commits.indexOf(commit) > live
    return isAdded && commit.author === human
  }

  /** Over all releases: nobody is under way beside another, and no approval counts for two. */
  private checkTogether(): void {
    const open = [...this.releases.values()].filter(isOpenState)
    for (const environment of environments) {
      const underWay = open.filter(
        (one) =>
          one.environment === environment &&
          (one.state.name === 'preparing' || one.state.name === 'rolling_out') &&
          !this.letThrough.has(one.id),
      )
      expect(underWay.length, `one release of ${environment} is under way`).toBeLessThanOrEqual(1)
    }
    const given = open.flatMap((release) =>
      release.approvals.map((approval) => {
        const origin = approval.carriedFrom?.releaseId ?? release.id
        return `${origin} ${this.entryOf(release, approval).human} ${approval.at}`
      }),
    )
    expect(new Set(given).size, 'no approval counts for two releases').toBe(given.length)
  }
}
