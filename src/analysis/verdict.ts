/** What the judge says, with everything that a person needs to see why. Plain data: sentences are made from it elsewhere. */
import type { MetricType } from './analysis-policy.ts'

export type VerdictName = 'fail' | 'pass' | 'inconclusive' | 'no_data' | 'error'

/** Why a metric has its verdict. */
export type VerdictReason =
  /** The canary is worse: evidence, size and number of errors all say so. */
  | 'harm_shown'
  /** So many of the canary's requests fail that nothing has to be compared. */
  | 'absolute_guard'
  /** The canary cannot be so bad that the whole service would suffer. */
  | 'harm_excluded'
  /** Neither. */
  | 'undecided'
  /** The step's first minutes. */
  | 'warming_up'
  /** The series of requests is missing in the last check. */
  | 'no_series'
  /** The series is there, but nothing has been counted in this step. */
  | 'no_requests'
  /** Names of kinds differ from error to error, so that none can be known as old. */
  | 'too_many_kinds'
  /** The source answered with an error. */
  | 'source_error'

/** One arm in the judged minutes of the step; with nothing judged yet, in its warm-up. */
export interface ArmNumbers {
  readonly total: number
  /** Errors, or slow requests, or occurrences of the worst kind. */
  readonly bad: number
  /** `bad` by `total`; null where nothing was counted. */
  readonly rate: number | null
}

export interface Evidence {
  /** The e-value so far, or for kinds 1 by the corrected p. At least 0; it grows with evidence of harm. */
  readonly value: number
  /** From here on it is enough: 1/α of this metric. */
  readonly needed: number
  /** How far it is, on the scale of logarithms: 0 none, 1 enough. */
  readonly progress: number
}

/** A kind of error that only the canary has shown. */
export interface NewKind {
  readonly kind: string
  readonly count: number
  /** Checks of different minutes in which it was seen. */
  readonly minutes: number
  /** The probability of no occurrence in the baseline, if it were as frequent there. */
  readonly p: number
  /** The same after Holm's correction for the number of kinds, at most 1. */
  readonly correctedP: number
  readonly isShown: boolean
}

export interface MetricVerdict {
  readonly metric: string
  readonly type: MetricType
  readonly isShadow: boolean
  readonly verdict: VerdictName
  readonly reason: VerdictReason
  readonly canary: ArmNumbers
  readonly baseline: ArmNumbers
  /** Worse arm by other arm: error rates, or 95th percentiles. Null where it would be a division by nothing. */
  readonly ratio: number | null
  /** About 95 % of what the ratio may be; null where nothing was counted. */
  readonly ratioRange: readonly [number, number] | null
  /** The ratio above which harm counts. */
  readonly factor: number
  readonly evidence: Evidence
  /**
   * The chance that the harm is above what may pass, what that chance may be at most, and the ratio that is meant. Null where
   * it is not worked out that way.
   */
  readonly risk: { readonly value: number; readonly allowed: number; readonly ratio: number } | null
  /** Errors of the canary that are still missing before it may fail. */
  readonly errorsMissing: number
  /** By how much more than independent errors the baseline's scatter; evidence is divided by it. 1 if they do not. */
  readonly dispersion: number
  /** 95th percentiles in seconds, for latencies. */
  readonly p95: { readonly canary: number; readonly baseline: number } | null
  /** For kinds: those that only the canary has, the least likely first. */
  readonly newKinds: readonly NewKind[]
  /** What the source said, for `source_error`. */
  readonly detail: string | null
}

export interface Verdict {
  /** `fail` as soon as one metric fails, `pass` only if all pass, else the weakest. Shadow metrics do not count. */
  readonly verdict: VerdictName
  readonly at: number
  readonly step: { readonly index: number; readonly percent: number } | null
  readonly metrics: readonly MetricVerdict[]
}

/** From what says most to what says least, `fail` apart. */
const weakness: readonly VerdictName[] = ['pass', 'inconclusive', 'no_data', 'error']

/** Puts the verdicts on metrics together. None at all have said nothing. */
export function wholeVerdict(metrics: readonly Pick<MetricVerdict, 'verdict' | 'isShadow'>[]): VerdictName {
  let weakest = -1
  for (const { verdict, isShadow } of metrics) {
    if (isShadow) continue
    if (verdict === 'fail') return 'fail'
    weakest = Math.max(weakest, weakness.indexOf(verdict))
  }
  return weakness[weakest] ?? 'no_data'
}

/** An arm's numbers, without ever dividing by nothing. */
export function armNumbers(total: number, bad: number): ArmNumbers {
  return { total, bad, rate: total > 0 ? bad / total : null }
}

/** @param logarithm - ln of the e-value */
export function evidenceOf(logarithm: number, alpha: number): Evidence {
  const needed = 1 / alpha
  const value = Math.exp(Math.min(logarithm, 690))
  return { value, needed, progress: Math.min(1, Math.max(0, logarithm / Math.log(needed))) }
}
