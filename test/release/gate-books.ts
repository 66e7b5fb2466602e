/**
 * Books on one release, kept beside the core from the presses and their answers alone: who approved what, and whether
 * that is enough. Worked out by trying everything and by names, not by the core's own matching, digests and identities.
 */
import { expect } from 'vitest'
import type { Answer, AuditLine, GateContext, ReleaseEvent } from '../../src/release/decision.ts'
import type { Plan } from '../../src/release/plan.ts'
import type { Release } from '../../src/release/release.ts'
import { type GateWorld, riskRules } from './gate-world.ts'

interface Entry {
  readonly human: string
  readonly groups: readonly string[]
  readonly plan: string
}

export class GateBooks {
  starts = 0
  startsByGlass = 0
  private entries: readonly Entry[] = []
  private glass: { readonly human: string; readonly plan: string } | null = null
  private readonly world: GateWorld

  constructor(world: GateWorld) {
    this.world = world
  }

  /** Approvals that a new release begins with: each must have been given to the earlier one. */
  carry(release: Release, earlier: GateBooks | null): void {
    this.entries = release.approvals.map(({ by }) => {
      const { name, groups } = this.world.whoIs(by)
      expect(earlier?.people, 'what is carried was given').toContain(name)
      return { human: name, groups: [...groups], plan: planKey(release.plan) }
    })
  }

  keep(release: Release, event: ReleaseEvent, answer: Answer | null, audit: AuditLine | null): void {
    if (audit?.action === 'void_approvals' && audit.reason === 'plan_changed') {
      this.entries = []
      this.glass = null
    }
    if (answer?.outcome !== 'applied' || !('press' in event)) return
    const human = this.world.whoIs(event.press.by).name
    const { groups } = event.press.memberships
    const { seen } = event.press
    if (seen !== null && event.type !== 'withdraw' && event.type !== 'cancel') {
      expect(seen, 'decided on the card as it is').toEqual({
        generation: release.generation,
        planDigest: release.planDigest,
      })
    }
    if (event.type === 'approve' && event.fresh.ok) {
      expect(human, 'the requester does not approve').not.toBe(this.requesterOf(release))
      this.entries = [...this.entries, { human, groups, plan: planKey(event.fresh.plan) }]
    }
    if (event.type === 'break_glass' && event.fresh.ok) {
      expect(groups, 'the glass is broken by somebody who may').toContain('SGLASS')
      this.glass = { human, plan: planKey(event.fresh.plan) }
    }
    if (event.type === 'withdraw') {
      this.entries = this.entries.filter((entry) => entry.human !== human)
      if (this.glass?.human === human) this.glass = null
    }
  }

  /** What the release counts is what was given, by whichever of their identities, and nobody is counted twice. */
  compare(release: Release): void {
    const people = release.approvals.map(({ by }) => this.world.whoIs(by).name)
    expect(new Set(people).size, 'nobody counts twice').toBe(people.length)
    expect(people.toSorted(), 'what counts is what was given').toEqual(this.people.toSorted())
    expect(release.breakGlass !== null, 'so is the glass').toBe(this.glass !== null)
  }

  /** Nothing starts but with a valid quorum for exactly this plan at this moment, or with a broken glass. */
  start(release: Release, event: ReleaseEvent, context: GateContext): void {
    if (event.type !== 'plan_checked' || !event.fresh.ok) throw new Error(`Started by ${event.type}`)
    this.starts += 1
    expect(this.starts, 'started once').toBe(1)
    const { plan, evidence } = event.fresh
    expect([plan.sha, plan.strategy, plan.environment]).toEqual([release.sha, release.strategy, release.environment])
    expect(plan.policyVersion).toBe(context.policy.version)
    expect([context.lock, context.before], 'nobody is in the way').toEqual([null, null])
    expect(evidence.checks.map(({ state }) => state)).toEqual(['passed'])
    if (this.glass !== null) {
      this.startsByGlass += 1
      expect(this.glass.plan, 'the glass was broken for this plan').toBe(planKey(plan))
      return
    }
    expect([context.freezes, context.owedReview]).toEqual([[], null])
    expect(evidence.staging).not.toBeNull()
    // A risk may have come into force before: that asks for more than this, never for less.
    const isRisky = evidence.changes.migrations.some(({ isRead }) => !isRead)
    const places = [
      ...context.policy.approvals.map((rule) => ({ ...rule, isRisk: false })),
      ...(isRisky ? riskRules : []).map((rule) => ({ ...rule, isRisk: true })),
    ].flatMap((rule) => Array<typeof rule>(rule.count).fill(rule))
    const mayStand = (entry: Entry, place: (typeof places)[number]) => {
      const isAuthor = this.world.wrote(entry.human, plan.sha)
      return (
        entry.plan === planKey(plan) &&
        entry.human !== this.requesterOf(release) &&
        (!isAuthor || (context.policy.allowsAuthorApproval && !place.isRisk)) &&
        place.from.groups.some((group) => entry.groups.includes(group))
      )
    }
    expect(canFill(places, this.entries, mayStand), 'a valid quorum for this plan').toBe(true)
  }

  get people(): readonly string[] {
    return this.entries.map(({ human }) => human)
  }

  private requesterOf(release: Release): string {
    return this.world.whoIs(release.requester).name
  }
}

/** Whether each place can have somebody of its own; found by trying everything. */
export function canFill<Place, Entry>(
  places: readonly Place[],
  entries: readonly Entry[],
  mayStand: (entry: Entry, place: Place) => boolean,
): boolean {
  const [place, ...rest] = places
  if (place === undefined) return true
  return entries.some((entry) => {
    const others = entries.filter((other) => other !== entry)
    return mayStand(entry, place) && canFill(rest, others, mayStand)
  })
}

function planKey({ sha, strategy, environment, artifacts, migrations, policyVersion }: Plan): string {
  return JSON.stringify([sha, strategy, environment, artifacts, migrations, policyVersion])
}
