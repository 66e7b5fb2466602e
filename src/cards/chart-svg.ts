/** A chart as a picture, for workspaces that draw none themselves. Its letters are those of the font that it is drawn with. */
import { clockText, type VerdictChart, valueText } from './verdict-chart.ts'

const width = 720
const height = 320
const frame = { left: 76, right: 24, top: 64, bottom: 48 }
const colors = { canary: '#c2410c', baseline: '#2563a8', threshold: '#8a1c1c', grid: '#e4e4e7', text: '#3f3f46' }
const font = 'font-family="Lato"'

/** An SVG document of 720 by 320; every number in it is finite, and nothing from outside is markup. */
export function chartSvg(chart: VerdictChart): string {
  const { points, unit } = chart
  const greatest = Math.max(...points.flatMap(({ canary, baseline, threshold }) => [canary, baseline, threshold ?? 0]))
  const [first, last] = [points[0]?.atMs ?? 0, points.at(-1)?.atMs ?? 0]
  const step = niceStep(greatest > 1e-6 ? greatest : 1)
  const top = step * Math.max(1, Math.ceil(greatest / step))
  const x = (atMs: number) =>
    frame.left + ((atMs - first) / Math.max(1, last - first)) * (width - frame.left - frame.right)
  const y = (value: number) => height - frame.bottom - (value / top) * (height - frame.top - frame.bottom)
  const line = (values: readonly (readonly [number, number])[], attributes: string) =>
    `<path d="${values.map(([at, value], index) => `${index === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('')}" fill="none" stroke-linejoin="round" ${attributes}/>`
  const limits = points.flatMap(({ atMs, threshold }) => (threshold === null ? [] : [[atMs, threshold] as const]))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    label(chart.title, { x: 20, y: 26, size: 17, color: '#18181b', weight: 700 }),
    legend(chart),
    ...gridOf(top, step).map(
      (value) =>
        `<path d="M${frame.left} ${y(value).toFixed(1)}H${width - frame.right}" stroke="${colors.grid}"/>` +
        label(valueText(value, unit), { x: frame.left - 8, y: y(value) + 4, anchor: 'end' }),
    ),
    ...timesOf(first, last).map((at, index, all) => {
      const anchor = index === 0 ? 'start' : index === all.length - 1 ? 'end' : 'middle'
      return label(clockText(at), { x: x(at), y: height - frame.bottom + 18, anchor })
    }),
    label('time in the step (min:s)', { x: width - frame.right, y: height - 10, anchor: 'end' }),
    limits.length === 0 ? '' : line(limits, `stroke="${colors.threshold}" stroke-width="1.5" stroke-dasharray="6 4"`),
    line(
      points.map(({ atMs, baseline }) => [atMs, baseline]),
      `stroke="${colors.baseline}" stroke-width="2"`,
    ),
    line(
      points.map(({ atMs, canary }) => [atMs, canary]),
      `stroke="${colors.canary}" stroke-width="2.5"`,
    ),
    '</svg>',
  ].join('')
}

function legend({ points, unit, threshold }: VerdictChart): string {
  const last = points.at(-1)
  if (last === undefined) return ''
  const entries = [
    { color: colors.canary, text: `canary ${valueText(last.canary, unit)}`, dash: '' },
    { color: colors.baseline, text: `baseline ${valueText(last.baseline, unit)}`, dash: '' },
    ...(threshold === null || last.threshold === null
      ? []
      : [{ color: colors.threshold, text: `${threshold}: ${valueText(last.threshold, unit)}`, dash: '6 4' }]),
  ]
  return entries
    .map(({ color, text, dash }, index) => {
      const left = 20 + index * 200
      return `<path d="M${left} 44h24" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dash === '' ? 'none' : dash}"/>${label(text, { x: left + 32, y: 49 })}`
    })
    .join('')
}

function label(
  text: string,
  place: {
    readonly x: number
    readonly y: number
    readonly size?: number
    readonly color?: string
    readonly weight?: number
    readonly anchor?: 'start' | 'middle' | 'end'
  },
): string {
  const { x, y, size = 13, color = colors.text, weight = 400, anchor = 'start' } = place
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${font} font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${color}">${escaped(text)}</text>`
}

/** As text of an XML document, which has no place for some characters at all. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
}

/** 1, 2 or 5 times a power of ten, of which about four make up the greatest value. */
function niceStep(greatest: number): number {
  const rough = greatest / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  return (rough / power <= 1 ? 1 : rough / power <= 2 ? 2 : rough / power <= 5 ? 5 : 10) * power
}

function gridOf(top: number, step: number): readonly number[] {
  return Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step)
}

/** Five moments from the first to the last. */
function timesOf(first: number, last: number): readonly number[] {
  return [0, 0.25, 0.5, 0.75, 1].map((part) => first + part * (last - first))
}
