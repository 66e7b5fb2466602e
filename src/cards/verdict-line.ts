/** What the judge found out about one metric, in one line that a person can read and check. */
import type { ArmNumbers, MetricVerdict } from '../analysis/verdict.ts'
import { amountOf, countOf, evidenceFigures, latencyOf, percentOf, settingOf, timesOf } from './figures.ts'
import { joined, type Line, name, outside, words } from './spans.ts'

/** Characters of a kind of error, and of what a source said. */
const maxKind = 80
const maxDetail = 140

/**
 * One line on one metric: `errors 0.31 % vs 0.10 %, ratio 3.1 [2.2–4.4], 54 of 17,500 requests, evidence 61 of 50: FAIL`.
 * The first figure is the canary's, the second the baseline's.
 */
export function verdictLine(metric: MetricVerdict): Line {
  const figures = figuresOf(metric)
  const isSentence = metric.type === 'kinds' || isNothing(metric.canary) || isNothing(metric.baseline)
  return [
    outside(metric.metric, 'bold'),
    ...(figures.length === 0 ? [] : [words(isSentence ? ': ' : ' '), ...joined(figures, ', ')]),
    words(': '),
    ...conclusionOf(metric),
    ...(metric.isShadow ? [words(' (shadow: moves nothing)')] : []),
  ]
}

/** The same for a terminal or a log. */
export function verdictText(metric: MetricVerdict): string {
  return verdictLine(metric)
    .map((span) => ('text' in span ? span.text : ''))
    .join('')
}

function figuresOf(metric: MetricVerdict): readonly Line[] {
  const parts = measuredOf(metric)
  return parts.length === 0 ? [] : [...parts, ...burstsOf(metric), evidenceOf(metric)]
}

/** What was counted; nothing where nothing was. */
function measuredOf(metric: MetricVerdict): readonly Line[] {
  const { canary, baseline, type } = metric
  if (isNothing(canary) && isNothing(baseline)) return []
  if (isNothing(canary) || isNothing(baseline))
    return [[words(`${countOf(canary.total)} requests of the canary, ${countOf(baseline.total)} of the baseline`)]]
  switch (type) {
    case 'ratio':
      return [...ratesOf(metric, ''), ...ratioOf(metric), shareOf(canary)]
    case 'latency':
      return [...percentilesOf(metric), ...ratioOf(metric), ...slowOf(metric)]
    case 'kinds':
      return kindsOf(metric)
    default:
      return type satisfies never
  }
}

function isNothing({ total }: ArmNumbers): boolean {
  return !(total > 0)
}

function ratesOf({ canary, baseline }: MetricVerdict, what: string): readonly Line[] {
  if (canary.rate === null || baseline.rate === null) return []
  return [[words(`${what}${percentOf(canary.rate)} vs ${percentOf(baseline.rate)}`)]]
}

function shareOf({ bad, total }: ArmNumbers): Line {
  return [words(`${countOf(bad)} of ${countOf(total)} requests`)]
}

function percentilesOf({ p95 }: MetricVerdict): readonly Line[] {
  return p95 === null ? [] : [[words(`p95 ${latencyOf(p95.canary)} vs ${latencyOf(p95.baseline)}`)]]
}

/** What is slow is only told apart after the warm-up. */
function slowOf(metric: MetricVerdict): readonly Line[] {
  const { canary, reason } = metric
  if (reason === 'warming_up') return [[words(`${countOf(canary.total)} requests`)]]
  return [...ratesOf(metric, 'slow '), shareOf(canary)]
}

function ratioOf(metric: MetricVerdict): readonly Line[] {
  const { ratio, ratioRange } = metric
  if (ratio === null || !(ratio >= 0)) return []
  // The range is worked out with half an error more in each arm, and may lie beside a ratio of none.
  const range =
    ratioRange === null
      ? ''
      : ` [${timesOf(Math.min(ratio, ratioRange[0]))}–${timesOf(Math.max(ratio, ratioRange[1]))}]`
  return [[words(`ratio ${timesOf(ratio)}${range}${isInverse(metric) ? ' (baseline by canary)' : ''}`)]]
}

/** Whether less is worse, so that the ratio is the baseline's rate by the canary's. */
export function isInverse({ ratio, canary, baseline, type }: MetricVerdict): boolean {
  if (type !== 'ratio' || ratio === null || canary.rate === null || baseline.rate === null) return false
  return canary.rate !== baseline.rate && ratio > 1 !== canary.rate > baseline.rate
}

function kindsOf({ newKinds, canary, baseline }: MetricVerdict): readonly Line[] {
  const [worst, ...others] = newKinds
  const requests = `${countOf(canary.total)} requests`
  if (worst === undefined) return [[words(`nothing new in ${requests}`)]]
  const seen = ` ${countOf(worst.count)} × in ${amountOf(worst.minutes, 'minute')} and ${requests}`
  const never = `never in ${countOf(baseline.total)} of the baseline`
  const first: Line = [words('new '), outside(worst.kind, 'code', maxKind), words(seen)]
  const more: Line[] = others.length === 0 ? [] : [[words(amountOf(others.length, 'more new kind'))]]
  return [first, [words(never)], ...more]
}

function burstsOf({ dispersion }: MetricVerdict): readonly Line[] {
  return dispersion > 1 ? [[words(`bursts (evidence ÷ ${timesOf(dispersion)})`)]] : []
}

function evidenceOf({ evidence }: MetricVerdict): Line {
  return [words(`evidence ${evidenceFigures(evidence.value, evidence.needed)}`)]
}

function conclusionOf(metric: MetricVerdict): Line {
  const { reason, detail } = metric
  switch (reason) {
    case 'harm_shown':
      return [words('FAIL', 'bold')]
    case 'absolute_guard':
      return [words('FAIL', 'bold'), words(', so many errors in this step or its last check that nothing is compared')]
    case 'harm_excluded':
      return [words('pass')]
    case 'undecided':
      return [words(`undecided${whyUndecided(metric)}`)]
    case 'warming_up':
      return [words('warming up')]
    case 'no_series':
      return [words('no data, the last check found no series of requests')]
    case 'no_requests':
      return [words('no data, no requests to compare')]
    case 'too_many_kinds':
      return [words('undecided, too many kinds to tell a new one (names with an id in them?)')]
    case 'source_error':
      return [words('not measured, '), words(name(detail ?? 'the source of the metrics failed', maxDetail))]
    default:
      return reason satisfies never
  }
}

/** What is missing for either end. */
function whyUndecided({ evidence, errorsMissing, ratio, factor, risk, type }: MetricVerdict): string {
  if (evidence.value >= evidence.needed) {
    const what = type === 'ratio' ? 'error' : type === 'latency' ? 'slow request' : 'occurrence'
    if (errorsMissing > 0) return `, ${amountOf(errorsMissing, `more ${what}`)} needed to fail`
    if (ratio !== null && ratio <= factor) return `, no more than ${settingOf(factor)} × the baseline`
    return ', the difference is too small to matter'
  }
  if (risk === null || !Number.isFinite(risk.value)) return ''
  if (risk.value <= risk.allowed) return ''
  return `, risk ${percentOf(risk.value)} (${settingOf(risk.allowed * 100)} % may pass)`
}
