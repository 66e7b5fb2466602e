/**
 * A rollback that is written down nowhere: by the same rules, with the same calls, for as long as this process lives. For
 * fire drills, which put everything back themselves, and for the command line where there is no store.
 */
import type { Config, EnvironmentConfig } from '../../config/config.ts'
import type { Identity } from '../../policy/identity.ts'
import { decideRollout } from '../../release/rollout/decide-rollout.ts'
import { endedRollout } from '../../release/rollout/open-rollout.ts'
import { isRollbackSettled } from '../../release/rollout/roll-back.ts'
import type { RolePools, Rollout } from '../../release/rollout/rollout.ts'
import type {
  RolloutContext,
  RolloutDecision,
  RolloutEffect,
  RolloutEvent,
} from '../../release/rollout/rollout-decision.ts'
import type { Clock } from '../clock.ts'
import type { EnvironmentServices } from '../environment-services.ts'
import { byHandOf } from './by-hand-of.ts'
import { type KeptState, readSplit, rollBackPart, setSplit } from './rollback-calls.ts'
import { analysisPolicyOf } from './rollout-context.ts'

export interface LonelyRollback {
  readonly environment: EnvironmentConfig
  readonly config: Pick<Config, 'supabase' | 'vercel'>
  readonly services: Pick<EnvironmentServices, 'router' | 'functions' | 'frontend'>
  readonly clock: Clock
  /** All traffic goes to `baseline`; null where none is to be moved. */
  readonly pools: RolePools | null
  /** Whether the other pool is switched off, because sessions would stay there; null: as the split says once it is read. */
  readonly hasSessionAffinity: boolean | null
  /** What is put back; a part that it has not is left as it is. */
  readonly kept: KeptState
  readonly by: Identity
  readonly why: string | null
}

type Call = Extract<RolloutEffect, { readonly type: 'set_traffic' | 'roll_back_leg' | 'read_traffic' }>

/**
 * @param onChange - is told of each step, with how things stood before it
 * @returns how it ended: rolled back, or with parts that have to be done by hand
 */
export function rollBackAlone(
  options: LonelyRollback,
  onChange: (rollout: Rollout, before: Rollout) => void,
): Promise<Rollout> {
  const { clock, services, kept, by, why } = options
  const rules = rulesOf(options)
  let rollout = unwritten(options)
  let hasEnded = false
  const waiting = new Set<() => void>()
  const { promise, resolve } = Promise.withResolvers<Rollout>()

  function take(decision: RolloutDecision): void {
    const before = rollout
    rollout = decision.rollout
    onChange(rollout, before)
    if (isRollbackSettled(rollout)) {
      hasEnded = true
      for (const cancel of waiting) cancel()
      resolve(rollout)
    } else {
      for (const call of decision.effects.filter(isCall)) begin(call)
    }
  }

  function begin(call: Call): void {
    const cancel = clock.after(call.afterMs, () => {
      waiting.delete(cancel)
      void answerTo(call).then((event) => {
        if (!hasEnded) take(decideRollout(learned(event), event, rules))
      })
    })
    waiting.add(cancel)
  }

  /** A mistake in one part must not keep the others from being done: it is a failure like any other. */
  async function answerTo(call: Call): Promise<RolloutEvent> {
    const { generation } = call
    switch (call.type) {
      case 'set_traffic': {
        const result = await setSplit(services, call).catch((error: unknown) => ({
          ...fault(error),
          mayHaveHappened: true,
        }))
        return { type: 'weights_set', at: clock.now(), generation, result }
      }
      case 'read_traffic': {
        const result = await readSplit(services).catch(fault)
        return { type: 'traffic_read', at: clock.now(), purpose: call.purpose, generation, result }
      }
      case 'roll_back_leg': {
        const { leg } = call
        const result = await rollBackPart(leg, kept, services, clock).catch((error: unknown) => ({
          ...fault(error),
          isFinal: false,
        }))
        return { type: 'leg_ended', at: clock.now(), generation, leg, result }
      }
      default:
        return call satisfies never
    }
  }

  /** Nobody knew before: what is read back tells whether sessions stay where they are. */
  function learned(event: RolloutEvent): Rollout {
    const isNews = options.hasSessionAffinity === null && event.type === 'weights_set' && event.result.ok
    return isNews && event.result.reading.hasSessionAffinity ? { ...rollout, hasSessionAffinity: true } : rollout
  }

  const press = { id: 'rollback', client: 'cli', by, memberships: noMemberships, seen: null } as const
  take(decideRollout(rollout, { type: 'roll_back', at: clock.now(), press, why }, rules))
  return promise
}

const noMemberships = { groups: [], teams: [], unknown: [], readAt: 0 } as const

function fault(error: unknown) {
  return { ok: false, detail: String(error) } as const
}

function isCall(effect: RolloutEffect): effect is Call {
  return effect.type === 'set_traffic' || effect.type === 'roll_back_leg' || effect.type === 'read_traffic'
}

/** A rollout that has brought all of the traffic to the pool that it is taken from. */
function unwritten({ environment, pools, hasSessionAffinity, kept, clock }: LonelyRollback): Rollout {
  const plan = {
    releaseId: '',
    environment: environment.name,
    sha: '',
    strategy: 'blue-green',
    steps: [{ percent: 100, windowMs: 0 }],
    switchedOff: null,
    migrations: { count: 0, isSafeToRollBack: null, why: null },
    hosts: { functions: kept.snapshot?.functions != null, frontend: kept.snapshot?.frontend != null },
  } as const
  return { ...endedRollout(plan, clock.now()), pools, hasSessionAffinity: hasSessionAffinity === true, confirmed: 100 }
}

function rulesOf({ environment, config, pools, kept, by }: LonelyRollback): RolloutContext {
  const { gate, rollout } = environment
  return {
    policy: gate,
    risks: [],
    requester: by,
    authors: [],
    analysis: analysisPolicyOf(null),
    intervalMs: 60_000,
    tickMs: 60_000,
    probeFailures: 1,
    hold: rollout.hold,
    isRollbackOpen: true,
    backup: null,
    byHand: byHandOf({ environment, pools, snapshot: kept.snapshot, liveSha: null }, config),
  }
}
