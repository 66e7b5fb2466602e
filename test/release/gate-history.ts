/** Plays random histories on releases of two environments, as an engine would, and checks each decision. */
import { expect } from 'vitest'
import { carriedApprovals } from '../../src/release/carry-over.ts'
import { decide } from '../../src/release/decide.ts'
import type { Answer, AuditLine, FreshState, Press, ReleaseEffect, ReleaseEvent } from '../../src/release/decision.ts'
import { openRelease } from '../../src/release/open-release.ts'
import { isOpen, type Release } from '../../src/release/release.ts'
import { supersededBy } from '../../src/release/superseded-by.ts'
import { aRule } from './fixtures.ts'
import { GateBooks } from './gate-books.ts'
import { at, type Change, environments, GateWorld } from './gate-world.ts'
import { stateName } from './states.ts'

export type PressType = 'approve' | 'reject' | 'withdraw' | 'cancel' | 'break_glass'

export interface RequestAct {
  readonly act: 'request'
  readonly human: number
  readonly identity: number
  readonly environment: number
  readonly commit: number
  readonly isDirect: boolean
  readonly isRule: boolean
}

export interface PressAct {
  readonly act: 'press'
  readonly which: number
  readonly type: PressType
  readonly human: number
  readonly identity: number
  /** 1: the newest card; greater: an older one; 0: none, on the command line. */
  readonly card: number
  readonly why: string
}

export type Act =
  | RequestAct
  | PressAct
  /** One of the calls comes back, once or twice. */
  | { readonly act: 'deliver'; readonly which: number; readonly isTwice: boolean }
  /** Something that has happened is told again. */
  | { readonly act: 'repeat'; readonly which: number }
  | { readonly act: 'tick'; readonly which: number; readonly type: 'expire' | 'remind' | 'try_start' | 'refreshed' }
  | { readonly act: 'change'; readonly what: Change; readonly which: number; readonly environment: number }
  | { readonly act: 'clock'; readonly minutes: number }

interface Tracked {
  release: Release
  readonly books: GateBooks
  /** Every card that was drawn. */
  readonly cards: { readonly generation: number; readonly planDigest: string }[]
}

export class GateHistory {
  readonly tracked: Tracked[] = []
  answers = 0
  private readonly world = new GateWorld()
  private readonly due: { readonly id: string; readonly make: () => ReleaseEvent }[] = []
  private readonly past: { readonly id: string; readonly event: ReleaseEvent }[] = []

  play(act: Act): void {
    switch (act.act) {
      case 'request':
        this.request(act)
        break
      case 'press':
        this.press(act)
        break
      case 'deliver':
        this.deliver(act.which, act.isTwice)
        break
      case 'repeat': {
        const past = this.past[act.which % Math.max(this.past.length, 1)]
        if (past !== undefined) this.apply(past.id, past.event)
        break
      }
      case 'tick':
        this.tick(act.which, act.type)
        break
      case 'change':
        this.world.change(act.what, act.which, act.environment)
        break
      case 'clock':
        this.world.moveClock(act.minutes)
        break
    }
  }

  private get releases(): readonly Release[] {
    return this.tracked.map(({ release }) => release)
  }

  private request(act: RequestAct): void {
    const { world } = this
    const environment = at(environments, act.environment)
    const id = `R${String(this.tracked.length).padStart(3, '0')}`
    const press = world.press(at(world.humans, act.human), act.identity, null)
    const context = world.context(environment, id, this.releases)
    const fresh = world.read(environment, act.commit, act.isDirect ? 'direct' : 'canary')
    const open = this.releases.filter((release) => release.environment === environment && isOpen(release))
    const earlier = this.tracked.findLast(({ release }) => {
      return release.environment === environment && release.state.name !== 'refused'
    })
    const approvals = this.approvalsFrom(earlier, fresh, context)
    const opening = openRelease(
      {
        id,
        press,
        repository: 'acme/omnihub',
        environment,
        ref: 'main',
        strategy: null,
        note: null,
        rule: act.isRule ? { ...aRule, runId: this.tracked.length } : null,
        fresh,
        open,
        carried: approvals.map((approval) => ({
          approval,
          memberships: world.membershipsOf(world.whoIs(approval.by)),
        })),
        recentFailures: [],
      },
      context,
      world.now,
    )
    this.checkPress(press, opening.audit, opening.answer)
    expect(opening.effects.filter(isStart), 'a request starts nothing').toEqual([])
    const { release } = opening
    if (release === null) return
    const tracked = { release, books: new GateBooks(world), cards: [] }
    tracked.books.carry(release, earlier?.books ?? null)
    this.tracked.push(tracked)
    this.take(tracked, opening.effects)
    for (const other of supersededBy(release, open, context.policy)) {
      this.apply(other.id, { type: 'supersede', at: world.now, byRelease: id })
    }
    this.checkNothingCountsForTwo()
  }

  private approvalsFrom(earlier: Tracked | undefined, fresh: FreshState, context: ReturnType<GateWorld['context']>) {
    if (earlier === undefined || !fresh.ok) return []
    const [from, to] = [earlier.release.sha, fresh.plan.sha]
    // Later commits add documents only, earlier ones differ in the service.
    const between = { from, to, paths: from < to ? ['docs/a.md'] : ['src/a.ts'], isComplete: true }
    return carriedApprovals(earlier.release, { ...fresh, policy: context.policy, between, at: this.world.now })
  }

  private press({ which, type, human, identity, card, why }: PressAct): void {
    const tracked = this.pick(which)
    if (tracked === null) return
    const seen = card === 0 ? null : (tracked.cards.at(-card) ?? tracked.cards[0] ?? null)
    const press = this.world.press(at(this.world.humans, human), identity, seen)
    this.apply(tracked.release.id, this.pressEvent(type, press, this.world.readFor(tracked.release), why))
  }

  private pressEvent(type: PressType, press: Press, fresh: FreshState, why: string): ReleaseEvent {
    const now = this.world.now
    switch (type) {
      case 'approve':
        return { type, at: now, press, comment: why === '' ? null : why, fresh }
      case 'break_glass':
        return { type, at: now, press, why, fresh }
      case 'reject':
      case 'cancel':
        return { type, at: now, press, why }
      case 'withdraw':
        return { type, at: now, press }
    }
  }

  private tick(which: number, type: 'expire' | 'remind' | 'try_start' | 'refreshed'): void {
    const tracked = this.pick(which)
    if (tracked === null) return
    const { release } = tracked
    const now = this.world.now
    if (type === 'refreshed') this.apply(release.id, { type, at: now, fresh: this.world.readFor(release) })
    else this.apply(release.id, { type, at: now })
  }

  private deliver(which: number, isTwice: boolean): void {
    const [due] = this.due.splice(which % Math.max(this.due.length, 1), 1)
    if (due === undefined) return
    const event = due.make()
    this.apply(due.id, event)
    if (isTwice) this.apply(due.id, event)
  }

  private apply(id: string, event: ReleaseEvent): void {
    const tracked = this.tracked.find(({ release }) => release.id === id)
    if (tracked === undefined) return
    const before = tracked.release
    const copy = structuredClone(before)
    const context = this.world.context(before.environment, id, this.releases)
    const { release, effects, audit, answer } = decide(before, event, context)
    this.past.push({ id, event })

    expect(before, 'the release before the event is not touched').toEqual(copy)
    if ('press' in event) this.checkPress(event.press, audit, answer)
    else expect(answer, 'only presses are answered').toBeNull()
    checkTransition(before, release, event, audit)
    tracked.books.keep(before, event, answer, audit)
    tracked.release = release
    tracked.books.compare(release)
    if (effects.some(isStart)) tracked.books.start(release, event, context)
    this.take(tracked, effects)
  }

  private checkPress(press: Press, audit: AuditLine | null, answer: Answer | null): void {
    this.answers += 1
    expect(answer?.text, 'a press is answered').toMatch(/\w/)
    expect(audit?.actor, 'a press has a line with its name').toBe(press.by)
    expect(answer?.outcome === 'applied', 'answer and line agree').toBe(audit?.reason === null)
  }

  /** An approval that was carried over counts for no other release that is open. */
  private checkNothingCountsForTwo(): void {
    const given = this.releases.filter(isOpen).flatMap(({ id, environment, approvals }) =>
      approvals.map((approval) => {
        return `${environment} ${approval.carriedFrom?.releaseId ?? id} ${this.world.whoIs(approval.by).name} ${approval.at}`
      }),
    )
    expect(new Set(given).size, 'no approval counts for two releases').toBe(given.length)
  }

  private take(tracked: Tracked, effects: readonly ReleaseEffect[]): void {
    const { release, cards } = tracked
    cards.push({ generation: release.generation, planDigest: release.planDigest })
    for (const effect of effects) this.carryOut(release, effect)
  }

  private carryOut(release: Release, effect: ReleaseEffect): void {
    const { id, sha } = release
    const { world } = this
    const later = (make: () => ReleaseEvent) => this.due.push({ id, make })
    const started = (begun: () => ReleaseEvent) => {
      const failed = { type: 'start_failed', reason: 'start_refused', detail: 'No' } as const
      later(() => (world.isGithubDown ? { ...failed, at: world.now } : begun()))
      const conclusion = () => (world.isSlackDown ? 'failure' : 'success')
      later(() => ({ type: 'run_ended', at: world.now, conclusion: conclusion(), builtSha: sha, backup: null }))
    }
    switch (effect.type) {
      case 'check_plan': {
        const { generation } = effect
        // What was read when the call was made, or what is there when its answer comes.
        const early = this.due.length % 2 === 0 ? world.readFor(release) : null
        later(() => ({ type: 'plan_checked', at: world.now, generation, fresh: early ?? world.readFor(release) }))
        break
      }
      case 'start_workflow':
        started(() => ({ type: 'run_started', at: world.now, run: { id: 5, url: 'https://run' } }))
        break
      case 'answer_rule':
        started(() => ({ type: 'rule_answered', at: world.now }))
        break
      case 'environment_free':
        for (const other of this.releases) {
          this.due.push({ id: other.id, make: () => ({ type: 'try_start', at: world.now }) })
        }
        break
      case 'deployment_status':
      case 'remind_approvers':
      case 'announce_break_glass':
      case 'post_story':
      case 'post_line':
        break
    }
  }

  private pick(which: number): Tracked | null {
    return this.tracked[which % Math.max(this.tracked.length, 1)] ?? null
  }
}

function checkTransition(before: Release, after: Release, event: ReleaseEvent, audit: AuditLine | null): void {
  const hasMoved = stateName(before) !== stateName(after)
  const isRecorded =
    hasMoved || before.planDigest !== after.planDigest || before.approvals.length !== after.approvals.length
  if (isRecorded) expect(audit, `a line for ${stateName(before)} to ${stateName(after)}`).not.toBeNull()
  if (hasMoved) expect(after.generation, 'old buttons are stale').toBeGreaterThan(before.generation)
  if (!isOpen(before)) expect(after.state, 'the end is the end').toBe(before.state)
  if (after !== before) expect(after.revision).toBe(before.revision + 1)
  expect([after.sha, after.strategy]).toEqual([after.plan.sha, after.plan.strategy])
  expect([after.sha, after.strategy]).toEqual([before.sha, before.strategy])
  if (hasMoved && after.state.name === 'expired' && before.state.name === 'awaiting_approval') {
    expect(event.at, 'nothing expires early').toBeGreaterThanOrEqual(before.state.expiresAt)
  }
}

function isStart(effect: ReleaseEffect): boolean {
  return effect.type === 'start_workflow' || (effect.type === 'answer_rule' && effect.state === 'approved')
}
