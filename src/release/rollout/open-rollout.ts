import { newAnalysisState } from '../../analysis/observe.ts'
import { holdRollout } from './hold-rollout.ts'
import { first, own } from './moves.ts'
import type { Rollout, RolloutStep } from './rollout.ts'
import type { RolloutContext, RolloutDecision } from './rollout-decision.ts'

export interface RolloutPlan
  extends Pick<Rollout, 'releaseId' | 'environment' | 'sha' | 'strategy' | 'switchedOff' | 'migrations' | 'hosts'> {
  /**
   * In the plan's order. A canary whose last step has less than 100 % gets one more. Blue-green is a single step: checks
   * before it look at the idle pool at 0 %, its window is that of the new version with all of the traffic.
   */
  readonly steps: readonly (Pick<RolloutStep, 'percent' | 'windowMs'> & Partial<RolloutStep>)[]
}

/** A rollout of which nothing has happened. */
function newRollout(plan: RolloutPlan, at: number): Rollout {
  const { steps, ...rest } = plan
  return {
    ...rest,
    steps: wholeSteps(plan.strategy, steps),
    pools: null,
    hasSessionAffinity: false,
    stepIndex: 0,
    approvedSteps: [],
    confirmed: 0,
    wanted: null,
    unsureUntil: null,
    drift: null,
    phase: { name: 'preflight', attempts: 0, since: at },
    window: null,
    watch: 0,
    analysis: newAnalysisState,
    verdict: null,
    heardAt: null,
    failures: { reads: 0, canary: 0, baseline: 0 },
    wasBaselinePaged: false,
    wasSourcePaged: false,
    rollback: null,
    stopwatch: {
      openedAt: at,
      rollbackAt: null,
      trafficAt: null,
      functionsAt: null,
      frontendAt: null,
      endedAt: null,
    },
    movedAt: at,
    generation: 1,
    revision: 1,
  }
}

/** Of a release that shifted no traffic: there is nothing to do but to put back what else it brought. */
export function endedRollout(plan: RolloutPlan, at: number): Rollout {
  return { ...newRollout(plan, at), phase: { name: 'completed', at } }
}

/**
 * Begins a rollout when the production workflow has ended well. Nothing is shifted before the split was read.
 *
 * @param at - UTC milliseconds
 */
export function openRollout(plan: RolloutPlan, context: RolloutContext, at: number): RolloutDecision {
  const rollout = newRollout(plan, at)
  const begin = [{ type: 'timer', timer: 'tick', at: at + context.tickMs }] as const
  if (isBackupMissing(rollout, context)) {
    const held = holdRollout(rollout, { reason: 'no_backup', by: null, detail: null }, context, at)
    return own(first(begin, held), 'hold', 'no_backup', null)
  }
  const { generation } = rollout
  const read = { type: 'read_traffic', purpose: 'preflight', generation, afterMs: 0 } as const
  return own({ rollout, effects: [...begin, read] }, 'rollout_begin', null, null)
}

/** What was migrated without a backup cannot be put back: a person has to see to that first. */
export function isBackupMissing(
  { migrations }: Pick<Rollout, 'migrations'>,
  { backup }: Pick<RolloutContext, 'backup'>,
): boolean {
  return migrations.count > 0 && (backup === null || backup.trim() === '')
}

function wholeSteps(strategy: Rollout['strategy'], planned: RolloutPlan['steps']): readonly RolloutStep[] {
  const steps: RolloutStep[] = []
  for (const step of planned) {
    const before = steps.at(-1)
    const isAnalysisOnly = (step.isAnalysisOnly ?? false) && before !== undefined
    steps.push({
      percent: isAnalysisOnly ? before.percent : step.percent,
      windowMs: step.windowMs,
      needsApproval: step.needsApproval ?? false,
      isAnalysisOnly,
      before: step.before ?? [],
      after: step.after ?? [],
    })
  }
  const last = steps.at(-1)
  if (strategy === 'blue-green') {
    const gathered = steps.flatMap(({ before }) => before)
    return [{ ...(last ?? whole), percent: 100, isAnalysisOnly: false, before: gathered }]
  }
  return last?.percent === 100 ? steps : [...steps, whole]
}

const whole: RolloutStep = {
  percent: 100,
  windowMs: 0,
  needsApproval: false,
  isAnalysisOnly: false,
  before: [],
  after: [],
}
