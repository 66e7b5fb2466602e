import { chartFor, metricToChart, type VerdictChart } from '../../cards/verdict-chart.ts'
import type { Db } from '../../store/open-store.ts'
import { checksOf } from '../../store/rollouts.ts'
import type { ThreadNote } from '../effects.ts'

/** Outcomes of a check that a person looks into. */
const worthAChart = new Set(['fail', 'hold', 'advance'])

/**
 * The chart that goes with what is said about a rollout: at the end of a step, on a failure and on a hold of the step up to
 * that check, on a rollback of the step that it began in.
 *
 * @returns null where none goes with it, or where nothing was measured
 */
export async function chartOf(releaseId: string, note: ThreadNote, db: Db): Promise<VerdictChart | null> {
  if (note.type !== 'verdict' && note.type !== 'rollback_begun') return null
  const all = await checksOf(db, releaseId)
  const checks = note.type === 'verdict' ? all.filter(({ at }) => at <= note.at) : all
  const last = checks.at(-1)
  if (last === undefined) return null
  if (note.type === 'verdict' && !worthAChart.has(last.decision.outcome.type)) return null
  const metric = metricToChart(last.verdict)
  return metric === null ? null : chartFor(checks, metric)
}
