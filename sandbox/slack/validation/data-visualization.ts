import { asList, asObject, checkKeys, checkOneOf, checkString, type JsonObject, type Report } from './problems.ts'

/** A chart, by https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block. */
export function checkDataVisualization(block: JsonObject, path: string, report: Report): void {
  checkString(block.title, `${path}/title`, report, { min: 1, max: 50 })
  const here = `${path}/chart`
  const chart = asObject(block.chart, here, report)
  if (chart === null) return
  checkOneOf(chart.type, `${here}/type`, report, ['line', 'bar', 'area', 'pie'])
  if (chart.type === 'pie') checkPie(chart, here, report)
  else checkAxes(chart, here, report)
}

function checkPie(chart: JsonObject, path: string, report: Report): void {
  checkKeys(chart, path, report, ['type', 'segments'])
  checkPoints(chart.segments, `${path}/segments`, report, 6)
}

function checkAxes(chart: JsonObject, path: string, report: Report): void {
  checkKeys(chart, path, report, ['type', 'series', 'axis_config'])
  const axes = asObject(chart.axis_config, `${path}/axis_config`, report)
  const categories = asList(axes?.categories, `${path}/axis_config/categories`, report, { min: 1, max: 20 })
  categories.forEach((category, index) => {
    checkString(category, `${path}/axis_config/categories/${index}`, report, { min: 1, max: 20 })
  })
  if (new Set(categories).size < categories.length) report(`${path}/axis_config/categories`, 'must not repeat')
  for (const key of ['x_label', 'y_label']) {
    if (axes !== null && key in axes) checkString(axes[key], `${path}/axis_config/${key}`, report, { min: 1, max: 50 })
  }
  const names = new Set<unknown>()
  asList(chart.series, `${path}/series`, report, { min: 1, max: 6 }).forEach((value, index) => {
    const here = `${path}/series/${index}`
    const series = asObject(value, here, report)
    if (series === null) return
    checkKeys(series, here, report, ['name', 'data'])
    checkString(series.name, `${here}/name`, report, { min: 1, max: 20 })
    if (names.has(series.name)) report(`${here}/name`, 'is used twice')
    names.add(series.name)
    const labels = checkPoints(series.data, `${here}/data`, report, 20)
    if (labels.length !== categories.length || labels.some((label) => !categories.includes(label))) {
      report(`${here}/data`, 'must have one point for each category')
    }
  })
}

/** @returns the labels */
function checkPoints(value: unknown, path: string, report: Report, max: number): readonly unknown[] {
  return asList(value, path, report, { min: 1, max }).map((item, index) => {
    const here = `${path}/${index}`
    const point = asObject(item, here, report)
    if (point === null) return null
    checkKeys(point, here, report, ['label', 'value'])
    checkString(point.label, `${here}/label`, report, { min: 1, max: 20 })
    if (typeof point.value !== 'number' || !Number.isFinite(point.value)) report(`${here}/value`, 'must be a number')
    return point.label
  })
}
