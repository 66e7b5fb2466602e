import { parseDuration } from '../policy/duration.ts'
import type { StrategyStep } from '../policy/gate-policy.ts'
import type { RolloutCheck, RolloutPolicy } from '../policy/rollout-policy.ts'
import { rolloutDefaults } from './rollout-defaults.ts'
import type { EnvironmentFile } from './to-gate-policy.ts'

type WrittenSteps = NonNullable<EnvironmentFile['steps']>
type WrittenCheck = NonNullable<WrittenSteps[number]['before']>[number]

/**
 * @param timeZone - of a schedule that names none
 * @returns how rollouts go, with every default filled in
 */
export function toRolloutPolicy(
  { hold, blue_green, rollback, drill }: Pick<EnvironmentFile, 'hold' | 'blue_green' | 'rollback' | 'drill'>,
  timeZone: string,
): RolloutPolicy {
  const defaults = rolloutDefaults(drill?.time_zone ?? timeZone)
  return {
    hold: toHold(hold, defaults.hold),
    blueGreen: {
      before: (blue_green?.before ?? []).map(toCheck),
      windowMs: toMs(blue_green?.window) ?? defaults.blueGreen.windowMs,
    },
    rollbackForMs: toMs(rollback?.within) ?? defaults.rollbackForMs,
    drill: {
      ...defaults.drill,
      isAllowed: drill?.allowed ?? false,
      schedule: drill?.schedule?.trim().replaceAll(/\s+/g, ' ') ?? null,
    },
  }
}

/** Whoever holds it is reminded before it runs out, however short that is. */
function toHold(written: EnvironmentFile['hold'], defaults: RolloutPolicy['hold']): RolloutPolicy['hold'] {
  const limitMs = toMs(written?.limit)
  const usualMs = limitMs === null ? defaults.remindAfterMs : Math.min(defaults.remindAfterMs, Math.floor(limitMs / 2))
  return { remindAfterMs: toMs(written?.remind_after) ?? usualMs, limitMs }
}

/** What is not said of a step is left out of it, so that its version is that of the same step written shorter. */
export function toSteps(written: WrittenSteps): readonly StrategyStep[] {
  const steps: StrategyStep[] = []
  for (const { percent, window, approve, analysis_only, before = [], after = [] } of written) {
    const isAnalysisOnly = analysis_only === true
    steps.push({
      percent: (isAnalysisOnly ? steps.at(-1)?.percent : percent) ?? 100,
      windowMs: toMs(window) ?? 0,
      ...(approve === true && { needsApproval: true }),
      ...(isAnalysisOnly && { isAnalysisOnly }),
      ...(before.length > 0 && { before: before.map(toCheck) }),
      ...(after.length > 0 && { after: after.map(toCheck) }),
    })
  }
  return steps
}

function toCheck({ http, workflow }: WrittenCheck): RolloutCheck {
  return workflow === undefined ? { type: 'http', url: http ?? '' } : { type: 'workflow', file: workflow }
}

function toMs(duration: string | null | undefined): number | null {
  return duration === null || duration === undefined ? null : parseDuration(duration)
}
