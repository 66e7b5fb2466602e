/** One check of a rollout: what was measured, how the traffic is split, whether both arms answer. */
import { decideStep, type StepDecision } from '../../analysis/decide-step.ts'
import { judge } from '../../analysis/judge.ts'
import { observe } from '../../analysis/observe.ts'
import type { StepWindow } from '../../analysis/step-window.ts'
import type { Verdict } from '../../analysis/verdict.ts'
import { listed, quote } from '../text-with-people.ts'
import { holdByItself } from './hold-rollout.ts'
import { moved, nothing, own, timeOf } from './moves.ts'
import { goOn, windowOver } from './progress.ts'
import { startRollback } from './roll-back.ts'
import { isOver, isRollingBack, type Rollout } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutEffect, RolloutEvent } from './rollout-decision.ts'
import { drifted, obstaclesOf } from './traffic-events.ts'
import { healthOf, isInForce, splitFor } from './traffic-split.ts'

type Observed = Extract<RolloutEvent, { readonly type: 'observed' }>

/** After so many failed readings in a row nobody knows any more how the traffic is split. */
const readFailuresToHold = 3
/** After more than so many missed checks the window opens again: nobody has watched. */
const missedChecks = 2

interface Judged {
  readonly rollout: Rollout
  readonly verdict: Verdict | null
  readonly decision: StepDecision | null
  /** The step as the judge was told of it. */
  readonly step: StepWindow | null
  /** Nobody had watched for a while, so the window has begun anew. */
  readonly wasMissed: boolean
}

/** What the judge is told of the split in force; null while the canary has no traffic. */
function stepWindowOf(rollout: Rollout, { intervalMs }: RolloutContext): StepWindow | null {
  const { window, confirmed, steps, hasSessionAffinity, phase } = rollout
  if (window === null || confirmed <= 0) return null
  return {
    index: window.stepIndex,
    steps: Math.max(1, steps.filter(({ percent }) => percent < 100).length),
    percent: confirmed,
    startedAt: window.openedAt,
    windowMs: window.windowMs,
    extensionMs: window.extensionMs,
    intervalMs,
    hasSessionAffinity,
    isHeld: phase.name !== 'observing',
  }
}

export function observed(rollout: Rollout, event: Observed, context: RolloutContext): RolloutDecision {
  if (isOver(rollout) || isRollingBack(rollout) || rollout.pools === null) return nothing(rollout)
  // Of another split than the one in force.
  if (event.watch !== rollout.watch) return nothing(rollout)
  const now = timeOf(rollout, event.at)
  const judged = takeIn(rollout, event, context, now)
  const record: readonly RolloutEffect[] =
    judged.verdict === null || judged.decision === null || judged.step === null || event.observation === null
      ? []
      : [
          {
            type: 'record_verdict',
            at: now,
            step: judged.step,
            observation: event.observation,
            verdict: judged.verdict,
            decision: judged.decision,
          },
        ]
  const decision = follow(judged, event, context, now)
  return { ...decision, effects: [...record, ...decision.effects] }
}

function takeIn(rollout: Rollout, event: Observed, context: RolloutContext, now: number): Judged {
  const { failures } = rollout
  const { canary, baseline } = event.probes
  const heard: Rollout = {
    ...rollout,
    heardAt: now,
    failures: {
      reads: event.traffic.ok ? 0 : failures.reads + 1,
      canary: canary === null || canary.ok ? 0 : failures.canary + 1,
      baseline: baseline === null || baseline.ok ? 0 : failures.baseline + 1,
    },
  }
  const step = stepWindowOf(rollout, context)
  const { observation } = event
  if (observation === null || step === null)
    return { rollout: heard, verdict: null, decision: null, step, wasMissed: false }
  const before = rollout.analysis
  const analysis = observe(before, observation, step, context.analysis)
  const verdict = judge(analysis, context.analysis, now)
  const isMeasured = context.analysis.metrics.length > 0
  const isSameStep = before.step?.index === step.index && before.step.startedAt === step.startedAt
  const { lastTo } = before
  return {
    // Where nothing is measured there is no verdict to be kept or shown; only the window's time passes.
    rollout: { ...heard, analysis, verdict: isMeasured ? verdict.verdict : null },
    verdict: isMeasured ? verdict : null,
    step,
    decision: decideStep(analysis, verdict, step, context.analysis, now),
    wasMissed: isSameStep && lastTo !== null && observation.to - lastTo > (missedChecks + 1) * context.intervalMs,
  }
}

/** What is worst comes first: harm, then a split that is not ours, then what is not known, then the window. */
function follow(judged: Judged, event: Observed, context: RolloutContext, now: number): RolloutDecision {
  const { rollout, decision } = judged
  const outcome = decision?.outcome ?? null
  if (outcome?.type === 'fail') {
    const detail = `Failed: ${listed(outcome.metrics.map(quote))}.`
    const move = startRollback(rollout, { reason: 'metric_failed', by: null, why: detail }, now)
    return own(move, 'roll_back', 'metric_failed', detail)
  }
  return (
    whenUnhealthy(rollout, event, context, now) ??
    whenSplitIsOther(rollout, event, context, now) ??
    whenNotRead(rollout, event, context, now) ??
    followStep(judged, event, context, now)
  )
}

/** Health tells against the canary only while the baseline is well: what hits both is not the canary's. */
function whenUnhealthy(
  rollout: Rollout,
  { traffic, probes }: Observed,
  context: RolloutContext,
  now: number,
): RolloutDecision | null {
  const { pools, failures, phase } = rollout
  if (pools === null) return null
  const isUnhealthy = (pool: string) => traffic.ok && healthOf(traffic.reading, pool) === 'unhealthy'
  const isCanaryBad = failures.canary >= context.probeFailures || isUnhealthy(pools.canary)
  const isBaselineFailing = failures.baseline > 0 || isUnhealthy(pools.baseline)
  const isBaselineBad =
    failures.baseline >= context.probeFailures || isUnhealthy(pools.baseline) || (isCanaryBad && isBaselineFailing)
  if (isCanaryBad && !isBaselineBad) {
    const probe = probes.canary
    const detail = probe !== null && !probe.ok ? probe.detail : `The load balancer calls ${pools.canary} unhealthy.`
    const move = startRollback(rollout, { reason: 'canary_unhealthy', by: null, why: detail }, now)
    return own(move, 'roll_back', 'canary_unhealthy', detail)
  }
  if (!isBaselineBad) return null
  if (phase.name === 'held' && (rollout.wasBaselinePaged || phase.hold.reason === 'baseline_unhealthy')) {
    return null
  }
  const probe = probes.baseline
  const detail = probe !== null && !probe.ok ? probe.detail : `The load balancer calls ${pools.baseline} unhealthy.`
  const known = { ...rollout, wasBaselinePaged: true }
  if (phase.name === 'held' && phase.hold.by !== null) {
    const text = `The old version is not healthy: ${quote(detail)}`
    const effects = [{ type: 'page', reason: 'baseline_unhealthy', text }] as const
    return own({ rollout: known, effects }, 'page', 'baseline_unhealthy', detail)
  }
  return holdByItself(known, { reason: 'baseline_unhealthy', detail, isPaging: true }, context, now)
}

function whenSplitIsOther(
  rollout: Rollout,
  { traffic, lastChange }: Observed,
  context: RolloutContext,
  now: number,
): RolloutDecision | null {
  const { pools, phase, wanted } = rollout
  if (!traffic.ok || pools === null) return null
  const { reading } = traffic
  // Somebody has asked for it to be written over; what was read is of before that.
  if (phase.name === 'setting' && phase.purpose === 'restore') return null
  const isOurs =
    isInForce(reading, splitFor(pools, rollout.confirmed)) ||
    (wanted !== null && isInForce(reading, splitFor(pools, wanted.percent)))
  if (!isOurs) {
    const found = drifted(rollout, reading, lastChange, context, now)
    // Known already: what follows from the rest of the check is still to be seen.
    return found.rollout === rollout ? null : found
  }
  if (rollout.drift !== null) {
    const text = `The traffic is split as it was confirmed again: ${rollout.confirmed} %.`
    const next = moved(rollout, now, { drift: null })
    return own({ rollout: next, effects: [{ type: 'post_line', text }] }, 'traffic_changed', null, text)
  }
  if (reading.obstacles.length === 0) return null
  if (phase.name === 'held' && !phase.hold.endsByItself) return null
  return holdByItself(rollout, { reason: 'traffic_obstacle', detail: obstaclesOf(reading) }, context, now)
}

function whenNotRead(
  rollout: Rollout,
  { traffic }: Observed,
  context: RolloutContext,
  now: number,
): RolloutDecision | null {
  if (traffic.ok || rollout.failures.reads < readFailuresToHold || rollout.phase.name === 'held') return null
  const { detail } = traffic
  return holdByItself(rollout, { reason: 'traffic_unreadable', detail, endsByItself: true }, context, now)
}

function followStep(judged: Judged, event: Observed, context: RolloutContext, now: number): RolloutDecision {
  const { decision, wasMissed } = judged
  const outcome = decision?.outcome ?? null
  const isAway = judged.rollout.analysis.source.awaySince !== null
  const rollout: Rollout = {
    ...judged.rollout,
    wasSourcePaged: judged.rollout.wasSourcePaged && isAway,
    wasBaselinePaged: judged.rollout.wasBaselinePaged && !isBaselineWell(judged.rollout, event),
  }
  const { phase, window } = rollout
  const isHeldByPerson = phase.name === 'held' && !phase.hold.endsByItself
  if (outcome?.type === 'hold') {
    const isPaging = outcome.isPaging && !rollout.wasSourcePaged
    const known = { ...rollout, wasSourcePaged: rollout.wasSourcePaged || isPaging }
    if (isHeldByPerson || (phase.name === 'held' && phase.hold.reason === outcome.reason)) {
      return isPaging ? pageForSource(known) : nothing(known)
    }
    const { reason, endsByItself } = outcome
    const detail = reason === 'metrics_source_away' ? known.analysis.source.detail : null
    return holdByItself(known, { reason, detail, endsByItself, isPaging }, context, now)
  }
  if (phase.name === 'held') {
    const isBack = phase.hold.endsByItself && !isAway && event.traffic.ok
    if (!isBack) return nothing(rollout)
    const text = 'What it was held for is over: it goes on.'
    const move = goOn(rollout, phase.from, context, now)
    const effects: readonly RolloutEffect[] = [{ type: 'post_line', text }, ...move.effects]
    return own({ rollout: move.rollout, effects }, 'resume', null, text)
  }
  if (phase.name !== 'observing' || window === null || outcome === null) return nothing(rollout)
  if (outcome.type === 'extend') {
    const text = `Undecided at the end of the window, which is now longer by ${Math.round(outcome.byMs / 1000)} s.`
    const next = moved(rollout, now, { window: { ...window, extensionMs: window.extensionMs + outcome.byMs } })
    return own({ rollout: next, effects: [{ type: 'post_line', text }] }, 'extend', null, text)
  }
  if (outcome.type === 'advance') {
    return own(windowOver(rollout, context, now), 'advance', null, `The window of ${rollout.confirmed} % is over.`)
  }
  if (!wasMissed) return nothing(rollout)
  const text = 'Checks were missed, so the window begins anew.'
  const next = moved(rollout, now, { window: { ...window, extensionMs: 0 } })
  return own({ rollout: next, effects: [{ type: 'post_line', text }] }, 'reopen_window', null, text)
}

function isBaselineWell({ pools, failures }: Rollout, { traffic }: Observed): boolean {
  if (pools === null || failures.baseline > 0 || !traffic.ok) return false
  return healthOf(traffic.reading, pools.baseline) !== 'unhealthy'
}

function pageForSource(rollout: Rollout): RolloutDecision {
  const { source } = rollout.analysis
  const text = `The source of the metrics has been away for long: ${quote(source.detail ?? 'no answer')}`
  const effects = [{ type: 'page', reason: 'metrics_source_away', text }] as const
  return own({ rollout, effects }, 'page', 'metrics_source_away', text)
}
