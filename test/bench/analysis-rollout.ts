/** Plays whole rollouts: the plan, the clock, and whoever judges. */
import { type AnalysisPolicy, defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import { decideStep } from '../../src/analysis/decide-step.ts'
import { judge } from '../../src/analysis/judge.ts'
import { newAnalysisState, observe, rememberBaseline } from '../../src/analysis/observe.ts'
import type { Observation } from '../../src/analysis/samples.ts'
import type { StepWindow } from '../../src/analysis/step-window.ts'
import { drawObservation, type Scenario } from './analysis-traffic.ts'
import { createRandom, type Random } from './random.ts'

export const plan = [
  { percent: 5, windowMs: 900_000 },
  { percent: 10, windowMs: 900_000 },
  { percent: 25, windowMs: 900_000 },
  { percent: 50, windowMs: 1_800_000 },
] as const

/** What a judge wants done after a check. */
export type Wish = 'continue' | 'advance' | 'extend' | 'hold' | 'wait' | 'rollback'

/** One judge for one rollout. */
export type RolloutJudge = (observation: Observation, step: StepWindow) => Wish

/** @param history - the baseline's last hour before the rollout, minute by minute */
export type CreateJudge = (history: () => readonly Observation[]) => RolloutJudge

export interface Played {
  readonly end: 'completed' | 'rolled_back' | 'held'
  /** The step at its end, 0 for the first. */
  readonly step: number
  /** Since the canary got its first request. */
  readonly ms: number
  /** Since the last step began. */
  readonly stepMs: number
  /** Requests of the canary that failed. */
  readonly canaryErrors: number
  /** Steps that were passed while the source of the metrics was away. */
  readonly blindAdvances: number
  /** Whether the source was away at its end. */
  readonly isBlind: boolean
}

/** Whatever becomes of a rollout, it is over then. */
const longestMs = 4 * 3_600_000

export function play(scenario: Scenario, createJudge: CreateJudge, seed: number, stream: number): Played {
  const random = createRandom(seed, stream)
  // From a stream of its own, so that all judges see the same rollout, whether or not they ask for what was before it.
  const decide = createJudge(() => drawHistory(createRandom(seed + 1, stream), scenario))
  const planMs = plan.reduce((sum, { windowMs }) => sum + windowMs, 0)
  const outageAt = Math.floor(random.uniform() * planMs)
  const sourceAway = { from: outageAt, to: outageAt + (scenario.sourceOutageMs ?? 0) }
  let [index, stepStartedAt, extensionMs, canaryErrors, blindAdvances] = [0, 0, 0, 0, 0]
  for (let from = 0; from < longestMs; from += scenario.intervalMs) {
    const to = from + scenario.intervalMs
    const planned = plan[index]
    if (planned === undefined) break
    const { percent, windowMs } = planned
    const step: StepWindow = {
      index,
      steps: plan.length,
      percent,
      startedAt: stepStartedAt,
      windowMs,
      extensionMs,
      intervalMs: scenario.intervalMs,
      hasSessionAffinity: false,
      isHeld: false,
    }
    const drawn = drawObservation(random, scenario, { from, to, stepStartedAt, outageAt }, percent)
    canaryErrors += errorsOf(drawn)
    const isAway = from >= sourceAway.from && from < sourceAway.to
    const wish = decide(isAway ? unanswered(drawn) : drawn, step)
    const result = { step: index, ms: to, stepMs: to - stepStartedAt, canaryErrors, blindAdvances, isBlind: isAway }
    if (wish === 'rollback') return { ...result, end: 'rolled_back' }
    if (wish === 'hold') return { ...result, end: 'held' }
    if (wish === 'extend') extensionMs = windowMs
    if (wish === 'advance') {
      if (isAway) blindAdvances += 1
      index += 1
      stepStartedAt = to
      extensionMs = 0
      if (index === plan.length) return { ...result, blindAdvances, end: 'completed' }
    }
  }
  const stepMs = longestMs - stepStartedAt
  return { end: 'held', step: index, ms: longestMs, stepMs, canaryErrors, blindAdvances, isBlind: false }
}

/** Sluice, exactly as it judges in production. */
export function sluiceJudge(policy: AnalysisPolicy): CreateJudge {
  return (history) => {
    let state = rememberBaseline(newAnalysisState, history(), policy)
    return (observation, step) => {
      state = observe(state, observation, step, policy)
      const { outcome } = decideStep(state, judge(state, policy, observation.to), step, policy, observation.to)
      switch (outcome.type) {
        case 'fail':
          return 'rollback'
        case 'hold':
          // What ends by itself is waited for.
          return outcome.endsByItself ? 'wait' : 'hold'
        case 'continue':
        case 'advance':
        case 'extend':
          return outcome.type
        default:
          return outcome satisfies never
      }
    }
  }
}

/** The default policy with only some of its metrics, which then have the whole budget. */
export function policyFor(names: readonly string[]): AnalysisPolicy {
  return { ...defaultPolicy, metrics: defaultPolicy.metrics.filter(({ name }) => names.includes(name)) }
}

/** The hour before: all traffic is the baseline's. */
function drawHistory(random: Random, scenario: Scenario): readonly Observation[] {
  const before: Scenario = { ...scenario, coldStart: null, sharedOutage: null }
  return Array.from({ length: 60 }, (_, minute) => {
    const from = (minute - 60) * 60_000
    return drawObservation(random, before, { from, to: from + 60_000, stepStartedAt: from, outageAt: 0 }, 0)
  })
}

function errorsOf({ samples }: Observation): number {
  const errors = samples.errors
  return errors?.type === 'ratio' ? (errors.canary.bad ?? 0) : 0
}

function unanswered(observation: Observation): Observation {
  const names = Object.keys(observation.samples)
  const error = { type: 'error', detail: 'timed out' } as const
  return { ...observation, samples: Object.fromEntries(names.map((name) => [name, error])) }
}
