/** What a rollout is watched by: its metrics as they were judged last, and how its arms answer. */
import type { StepWarning } from '../analysis/decide-step.ts'
import type { MetricVerdict } from '../analysis/verdict.ts'
import { counted } from './counted.ts'
import type { RolloutGlance } from './gate-card-input.ts'
import { meter } from './meter.ts'
import { date, type Line, outside, words } from './spans.ts'
import { verdictLine } from './verdict-line.ts'

const seconds = '{time_secs}'

/** What the last check said: each metric with how far the evidence of harm is, and what else is unusual. */
export function metricLines(
  { check }: Pick<RolloutGlance, 'check'>,
  isShown: (metric: MetricVerdict) => boolean = () => true,
): readonly Line[] {
  if (check === null) return []
  const metrics = check.verdict.metrics.filter(isShown)
  const shown = metrics
    .slice(0, 8)
    .map((metric): Line => [words(`${meter(metric.evidence.progress)} `), ...verdictLine(metric)])
  if (metrics.length > 8) shown.push([words(`and ${counted(metrics.length - 8, 'more metric')}`)])
  const heading: Line = [words('Evidence of harm', 'bold'), words(', checked '), date(check.at, seconds)]
  const warnings = check.decision.warnings.slice(0, 4).map(warningLine)
  return [...(shown.length === 0 ? [] : [heading]), ...shown, ...warnings]
}

function warningLine(warning: StepWarning): Line {
  switch (warning.reason) {
    case 'uneven_traffic': {
      const share = (warning.share * 100).toFixed(1)
      return [words(`⚠️ The new version gets ${share} % of the requests instead of ${warning.percent} %.`)]
    }
    case 'new_kind':
      return [
        words('⚠️ New in '),
        outside(warning.metric),
        words(': '),
        outside(warning.kind, 'code', 80),
        words(`, ${warning.count} ×`),
      ]
    case 'source_failing':
      return [
        words(`⚠️ The metrics could not be read in ${counted(warning.errors, 'check')}`),
        ...(warning.detail === null ? [] : [words(': '), outside(warning.detail, undefined, 120)]),
      ]
    case 'shadow_failed':
      return [words('⚠️ '), outside(warning.metric), words(' fails; it is a shadow, so nothing follows from it.')]
    default:
      return warning satisfies never
  }
}

/** How the arms answered when they were asked last, as far as somebody asks them. */
export function healthLines({ rollout, probeFailures }: RolloutGlance): readonly Line[] {
  const { failures, heardAt } = rollout
  const lines: Line[] = []
  const bad = (what: string, count: number, then: string): Line => [
    words(`⚠️ Health: ${counted(count, 'bad answer')} in a row from the ${what} version; ${probeFailures} ${then}`),
  ]
  if (failures.canary > 0) lines.push(bad('new', failures.canary, 'roll it back'))
  if (failures.baseline > 0) lines.push(bad('old', failures.baseline, 'hold it and call people'))
  if (failures.reads > 0)
    lines.push([words(`⚠️ The split could not be read in the last ${counted(failures.reads, 'check')}.`)])
  if (lines.length === 0 && probeFailures !== null && heardAt !== null)
    lines.push([words('✅ Health: no bad answer at the last look')])
  return lines
}
