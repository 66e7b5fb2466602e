/** What a terminal shows of a rollback as it goes: each part when it is back or fails, and the stopwatch. */
import type { ManualStep } from '../../release/by-hand.ts'
import type { Leg, LegName, Rollout } from '../../release/rollout/rollout.ts'
import { harmless } from '../harmless.ts'

const names: readonly LegName[] = ['traffic', 'functions', 'frontend']

/** Says what is new each time that it is called. */
export function createReport(say: (line: string) => void): (rollout: Rollout) => void {
  const known = new Map<LegName, Leg>()
  return (rollout) => {
    const { rollback } = rollout
    if (rollback === null) return
    for (const name of names) {
      const leg = rollback.legs[name]
      const before = known.get(name)
      known.set(name, leg)
      const line = news(name, leg, before, rollout)
      if (line !== null) say(`${name.padEnd(10)} ${line}`)
    }
  }
}

function news(name: LegName, leg: Leg, before: Leg | undefined, { stopwatch }: Rollout): string | null {
  const detail = leg.detail === null ? '' : `: ${harmless(leg.detail)}`
  switch (leg.state) {
    case 'not_needed':
      return null
    case 'done':
      return before?.state === 'done' ? null : `back after ${seconds(since(stopwatch, `${name}At`))}`
    case 'pending':
      return leg.failures > (before?.failures ?? 0) ? `attempt ${leg.failures} failed${detail}` : null
    case 'failed':
      return before?.state === 'failed' ? null : `could not be put back${detail}`
    default:
      return leg.state satisfies never
  }
}

type At = 'trafficAt' | 'functionsAt' | 'frontendAt' | 'endedAt'

/** Milliseconds from the press; null while it is not so. */
function since(stopwatch: Rollout['stopwatch'], at: At): number | null {
  const [from, to] = [stopwatch.rollbackAt, stopwatch[at]]
  return from === null || to === null ? null : Math.max(0, to - from)
}

export function seconds(ms: number | null): string {
  return ms === null ? 'an unknown time' : `${(ms / 1000).toFixed(1)} s`
}

/** How a rollback ended. */
export interface RollbackResult {
  /** Whether everything is back, and was read back. */
  readonly isVerified: boolean
  /** For people. */
  readonly lines: readonly string[]
  /** For machines. */
  readonly json: Readonly<Record<string, unknown>>
}

/** @param of - what it was a rollback of, and who did it; goes before the rest for machines */
export function resultOf(rollout: Rollout, of: Readonly<Record<string, unknown>>): RollbackResult {
  const { phase, stopwatch, rollback } = rollout
  const isVerified = phase.name === 'rolled_back'
  const steps = phase.name === 'rollback_incomplete' ? phase.manualSteps : {}
  const legs = names.flatMap((name) => {
    const leg = rollback?.legs[name]
    return leg === undefined || leg.state === 'not_needed' ? [] : [{ name, leg }]
  })
  const missing = legs.filter(({ leg }) => leg.state !== 'done').map(({ name }) => name)
  const [traffic, all] = [since(stopwatch, 'trafficAt'), since(stopwatch, 'endedAt')]
  const lines = isVerified
    ? [
        `Everything is back and was read back${traffic === null ? '' : `: traffic after ${seconds(traffic)}`}, all after ${seconds(all)}.`,
      ]
    : [
        `NOT complete: ${missing.join(' and ')}.${traffic === null ? '' : ` Traffic was back after ${seconds(traffic)}.`}`,
        ...missing.flatMap((name) => byHandLines(name, steps[name] ?? [])),
      ]
  return {
    isVerified,
    lines,
    json: {
      ...of,
      state: isVerified ? 'rolled_back' : 'incomplete',
      traffic_after_ms: traffic,
      all_after_ms: all,
      legs: Object.fromEntries(
        legs.map(({ name, leg }) => [
          name,
          {
            state: leg.state,
            after_ms: since(stopwatch, `${name}At`),
            failures: leg.failures,
            detail: leg.detail,
            by_hand: steps[name] ?? [],
          },
        ]),
      ),
    },
  }
}

/** The rules said no. */
export function refused({ text }: { readonly text: string }, of: Readonly<Record<string, unknown>>): RollbackResult {
  return { isVerified: false, lines: [text], json: { ...of, state: 'refused', detail: text } }
}

export function byHandLines(what: string, steps: readonly ManualStep[]): readonly string[] {
  if (steps.length === 0) return [`Nothing is known about ${what} that could be done by hand: see docs/rollback.md.`]
  return [
    `By hand, ${what}:`,
    ...steps.flatMap((step) => [`  # ${harmless(step.what)}`, `  ${harmless(step.command)}`]),
  ]
}
