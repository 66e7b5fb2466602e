/** Books on the rollouts of the real engine, kept beside its store: looked at after each transaction and at each landing. */
import type Database from 'better-sqlite3'
import { expect } from 'vitest'
import { isOver, type Rollout } from '../../src/release/rollout/rollout.ts'
import { isBaselineOnly } from '../../src/release/rollout/traffic-split.ts'
import { releaseObject } from '../../src/store/audit.ts'
import type { GateTraffic } from './gate-traffic.ts'
import { foldRow, type LogRow, type Standing, standingOf } from './rollout-log.ts'

interface Entry {
  readonly rollout: Rollout
  /** What the audit log says of it. */
  readonly standing: Standing | null
}

export class RolloutGateBooks {
  readonly rollouts = new Map<string, Rollout>()
  readonly seen = { completed: 0, rolledBack: 0, landings: 0 }
  /** Rollbacks that somebody else changed the split after. */
  readonly overtaken = new Set<string>()
  private readonly standings = new Map<string, Standing | null>()
  private auditSeq = 0
  private drifts = 0
  private readonly queries
  private readonly traffic: GateTraffic

  constructor(raw: Database.Database, traffic: GateTraffic) {
    this.traffic = traffic
    this.queries = {
      audit: raw.prepare<[number], LogRow & { readonly seq: number; readonly object: string }>(
        `select seq, object, case when actor_type = 'sluice' then null else coalesce(actor_name, actor_id) end as actor, action,
           reason_code as reason, reason_text as text from audit where seq > ? order by seq`,
      ),
      revisions: raw.prepare<[], { id: string; revision: number }>('select release_id as id, revision from rollouts'),
      body: raw.prepare<[string], { body: string }>('select body from rollouts where release_id = ?'),
    }
  }

  /** To be called after each transaction. */
  look(): void {
    for (const { seq, object, ...row } of this.queries.audit.all(this.auditSeq)) {
      this.auditSeq = seq
      this.standings.set(object, foldRow(this.standings.get(object) ?? null, row))
    }
    const changed = this.queries.revisions
      .all()
      .filter(({ id, revision }) => this.rollouts.get(id)?.revision !== revision)
    for (const { id } of changed) this.change(id)
    const open = [...this.rollouts.values()].filter((rollout) => !isOver(rollout))
    expect(open.length, 'one rollout moves the environment').toBeLessThanOrEqual(1)
  }

  /** The balancer has changed, by a call of Sluice's. */
  onChange(): void {
    this.seen.landings += 1
    const open = [...this.rollouts.values()].filter((rollout) => !isOver(rollout))
    expect(open.length, 'only a rollout that is open moves traffic').toBe(1)
  }

  private change(id: string): void {
    const before = this.rollouts.get(id)
    // Written by us from this very type.
    const after = JSON.parse(this.queries.body.get(id)?.body ?? '') as Rollout
    this.rollouts.set(id, after)
    this.checkLog({ rollout: after, standing: this.standings.get(releaseObject(id)) ?? null })
    const { phase } = after
    if (phase.name === before?.phase.name) return
    if (before !== undefined && isOver(before)) {
      expect([before.phase.name, phase.name], 'the end is the end').toEqual(['completed', 'rolling_back'])
    }
    if (phase.name === 'completed') this.seen.completed += 1
    if (phase.name === 'rolled_back') this.checkRolledBack(after)
    this.drifts = this.traffic.drifts
  }

  private checkLog({ rollout, standing }: Entry): void {
    expect(standing, 'the audit log alone says how it stands').toEqual(standingOf(rollout))
  }

  private checkRolledBack({ pools, hasSessionAffinity, hosts, sha, releaseId }: Rollout): void {
    this.seen.rolledBack += 1
    if (this.traffic.drifts !== this.drifts) this.overtaken.add(releaseId)
    else if (pools !== null) {
      expect(isBaselineOnly(this.traffic.reading(), pools, hasSessionAffinity), 'traffic is the baseline’s').toBe(true)
    }
    if (hosts.functions) expect(this.traffic.live.functions, 'the functions are put back').not.toBe(sha)
    if (hosts.frontend) expect(this.traffic.live.frontend, 'the frontend is put back').not.toBe(sha)
  }
}
