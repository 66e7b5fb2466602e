/** Errors by kind: does the canary show one that the baseline never does? */
import { type AnalysisPolicy, alphaOf, type MetricPolicy } from './analysis-policy.ts'
import { isCount, type LastSample, lastOf } from './last-sample.ts'
import type { MetricSample } from './samples.ts'
import type { CheckContext, JudgedStep } from './step-window.ts'
import { armNumbers, evidenceOf, type MetricVerdict, type NewKind } from './verdict.ts'

/** A kind that only the canary has shown so far. */
interface Suspect {
  readonly kind: string
  readonly count: number
  /** Different minutes in which it was seen. */
  readonly minutes: number
  /** When the last of these minutes began. */
  readonly minuteFrom: number
  /** ln of the probability that all of them fell on the canary by chance: each counts with the share of its time. */
  readonly logP: number
}

export interface KindsState {
  readonly type: 'kinds'
  /** Kinds that the baseline has, sorted. */
  readonly known: readonly string[]
  /** Sorted by kind. */
  readonly suspects: readonly Suspect[]
  /** Requests after the warm-ups, of the whole rollout: a kind that is new stays new in the next step. */
  readonly canaryTotal: number
  readonly baselineTotal: number
  /** Kinds that were not taken up because there were too many. */
  readonly isFull: boolean
  readonly last: LastSample
}

export const newKindsState: KindsState = {
  type: 'kinds',
  known: [],
  suspects: [],
  canaryTotal: 0,
  baselineTotal: 0,
  isFull: false,
  last: { type: 'none' },
}

const minuteMs = 60_000
/** Of each sort: names that differ each time (with an id in them) are no kinds. */
const kindsKept = 200
/** Seen in one minute only, it may be one bad moment. */
const minutesNeeded = 2

/** Takes in one check. What the baseline shows is known from then on, in the warm-up as well. */
export function foldKinds(state: KindsState, sample: MetricSample | undefined, context: CheckContext): KindsState {
  if (sample?.type !== 'kinds') return { ...state, last: lastOf(sample, 'kinds') }
  const { total: canaryTotal, kinds: canary } = sample.canary
  const { total: baselineTotal, kinds: baseline } = sample.baseline
  if (canaryTotal === null || baselineTotal === null) return { ...state, last: { type: 'none' } }
  if (!isCount(canaryTotal) || !isCount(baselineTotal)) return { ...state, last: { type: 'none' } }
  const next: KindsState = { ...seeInBaseline(state, kindsIn(baseline)), last: { type: 'counts' } }
  if (context.isWarmUp) return next
  const counted = {
    ...next,
    canaryTotal: next.canaryTotal + canaryTotal,
    baselineTotal: next.baselineTotal + baselineTotal,
  }
  // A share is only known where both have requests; a canary that is alone in a check shows nothing.
  if (canaryTotal <= 0 || baselineTotal <= 0) return counted
  const logShare = Math.log(canaryTotal / (canaryTotal + baselineTotal))
  let suspects = counted.suspects
  let isFull = counted.isFull
  for (const kind of kindsIn(canary)) {
    if (next.known.includes(kind)) continue
    const before = suspects.find((suspect) => suspect.kind === kind)
    if (before === undefined && suspects.length >= kindsKept) {
      isFull = true
      continue
    }
    const after = seeAgain(before, kind, canary[kind] ?? 0, logShare, context.from)
    suspects = [...suspects.filter((suspect) => suspect !== before), after]
  }
  return { ...counted, suspects: suspects.toSorted((a, b) => (a.kind < b.kind ? -1 : 1)), isFull }
}

/** Takes in a minute of the baseline's past. */
export function rememberKinds(state: KindsState, sample: MetricSample | undefined): KindsState {
  return sample?.type === 'kinds' ? seeInBaseline(state, kindsIn(sample.baseline.kinds)) : state
}

function seeInBaseline(state: KindsState, kinds: readonly string[]): KindsState {
  const seen = kinds.filter((kind) => !state.known.includes(kind))
  if (seen.length === 0) return state
  const known = [...state.known, ...seen].toSorted()
  return {
    ...state,
    known: known.slice(0, kindsKept),
    isFull: state.isFull || known.length > kindsKept,
    suspects: state.suspects.filter(({ kind }) => !seen.includes(kind)),
  }
}

function seeAgain(before: Suspect | undefined, kind: string, count: number, logShare: number, from: number): Suspect {
  if (before === undefined) return { kind, count, minutes: 1, minuteFrom: from, logP: count * logShare }
  const isNewMinute = from - before.minuteFrom >= minuteMs * 0.98
  return {
    kind,
    count: before.count + count,
    minutes: before.minutes + (isNewMinute ? 1 : 0),
    minuteFrom: isNewMinute ? from : before.minuteFrom,
    logP: before.logP + count * logShare,
  }
}

export function judgeKinds(
  state: KindsState,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
  { isWarmUp }: JudgedStep,
): MetricVerdict {
  const { last, canaryTotal, baselineTotal } = state
  const alpha = alphaOf(policy, metric)
  const newKinds = judgeNewKinds(state, alpha, policy)
  const [worst] = newKinds
  const isShown = newKinds.some((kind) => kind.isShown)
  const result = {
    metric: metric.name,
    type: 'kinds',
    isShadow: metric.isShadow,
    canary: armNumbers(canaryTotal, worst?.count ?? 0),
    baseline: armNumbers(baselineTotal, 0),
    ratio: null,
    ratioRange: null,
    factor: metric.factor,
    evidence: evidenceOf(worst === undefined ? 0 : -Math.log(worst.correctedP), alpha),
    risk: null,
    errorsMissing: Math.max(0, policy.minimumErrors - (worst?.count ?? 0)),
    dispersion: 1,
    p95: null,
    newKinds,
    detail: last.type === 'error' ? last.detail : null,
  } as const
  if (isShown) return { ...result, verdict: 'fail', reason: 'harm_shown' }
  if (last.type === 'error') return { ...result, verdict: 'error', reason: 'source_error' }
  if (last.type === 'none') return { ...result, verdict: 'no_data', reason: 'no_series' }
  if (isWarmUp) return { ...result, verdict: 'inconclusive', reason: 'warming_up' }
  if (canaryTotal === 0 || baselineTotal === 0) return { ...result, verdict: 'no_data', reason: 'no_requests' }
  if (state.isFull) return { ...result, verdict: 'inconclusive', reason: 'too_many_kinds' }
  // One odd stack trace is worth a look and no more; one that comes again and again is waited for.
  const isOpen = newKinds.some(({ count, minutes }) => count >= policy.minimumErrors && minutes >= minutesNeeded)
  if (isOpen) return { ...result, verdict: 'inconclusive', reason: 'undecided' }
  return { ...result, verdict: 'pass', reason: 'harm_excluded' }
}

/** Holm's step-down over every kind that either arm has shown: the smallest p is multiplied by all, the next by one less. */
function judgeNewKinds(state: KindsState, alpha: number, policy: AnalysisPolicy): readonly NewKind[] {
  const all = state.suspects.length + state.known.length
  let corrected = 0
  return state.suspects
    .toSorted((a, b) => a.logP - b.logP || (a.kind < b.kind ? -1 : 1))
    .map(({ kind, count, minutes, logP }, index) => {
      const p = Math.exp(Math.max(logP, -690))
      corrected = Math.min(1, Math.max(corrected, p * (all - index)))
      const isOften = count >= policy.minimumErrors && minutes >= minutesNeeded
      // With more kinds than can be kept, it is not known that the baseline has never shown this one.
      const isShown = !state.isFull && isOften && corrected <= alpha
      return { kind, count, minutes, p, correctedP: corrected, isShown }
    })
}

function kindsIn(kinds: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(kinds).flatMap(([kind, count]) => (isCount(count) && count > 0 ? [kind] : []))
}
