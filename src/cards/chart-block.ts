import type { KnownBlock } from '@slack/types'
import { truncate } from './escape.ts'
import { clockText, type VerdictChart } from './verdict-chart.ts'

/** Points that one series of a chart may have; https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block */
const mostPoints = 20
const longestTitle = 50
const longestName = 20

const unitNames = { percent: '% of requests', ms: 'ms', count: 'occurrences' } as const

/** A chart as Slack draws it itself. A workspace that does not take the block answers `invalid_blocks`. */
export function chartBlock(chart: VerdictChart): KnownBlock {
  const points = sparse(withOwnLabels(chart))
  const series = (seriesName: string, pick: (point: (typeof points)[number]) => number) => ({
    name: seriesName,
    data: points.map((point) => ({ label: point.label, value: Number(pick(point).toPrecision(4)) })),
  })
  const block = {
    type: 'data_visualization',
    title: truncate(chart.title, longestTitle),
    chart: {
      type: 'line',
      series: [
        series('canary', ({ canary }) => canary),
        series('baseline', ({ baseline }) => baseline),
        ...(chart.threshold === null
          ? []
          : [series(truncate(chart.threshold, longestName), ({ threshold }) => threshold ?? 0)]),
      ],
      axis_config: {
        categories: points.map(({ label }) => label),
        x_label: 'time in the step (min:s)',
        y_label: unitNames[chart.unit],
      },
    },
  }
  // The types of Slack's blocks do not have it yet.
  return block as object as KnownBlock
}

/** Points are told apart by their labels alone: of two with the same the later one stands. */
function withOwnLabels({ points }: VerdictChart) {
  return [...new Map(points.map((point) => [clockText(point.atMs), point]))].map(([label, point]) => ({
    ...point,
    label,
  }))
}

/** As many as fit, evenly, with the first and the last. */
function sparse<T>(points: readonly T[]): readonly T[] {
  if (points.length <= mostPoints) return points
  const stride = (points.length - 1) / (mostPoints - 1)
  return Array.from({ length: mostPoints }, (_, index) => points[Math.round(index * stride)]).filter(
    (point) => point !== undefined,
  )
}
