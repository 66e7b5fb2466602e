import { describe, expect, it } from 'vitest'
import { chartSvg } from '../../src/cards/chart-svg.ts'
import type { VerdictChart } from '../../src/cards/verdict-chart.ts'
import { drawPng } from '../../src/engine/draw-png.ts'

const chart: VerdictChart = {
  title: 'errors <of> "the" & checkout\uFFFE in the step so far',
  unit: 'percent',
  threshold: '2 × baseline',
  points: Array.from({ length: 15 }, (_, index) => ({
    atMs: (index + 1) * 60_000,
    canary: 0.1 + index * 0.02,
    baseline: 0.1,
    threshold: 0.2,
  })),
}

/** Width and height from the head of a PNG. */
function sizeOf(png: Uint8Array): readonly [number, number] {
  const view = new DataView(png.buffer, png.byteOffset)
  return [view.getUint32(16), view.getUint32(20)]
}

describe('a picture of a chart', () => {
  it('is a PNG of twice the size, with more than paper in it', async () => {
    const png = await drawPng(chartSvg(chart))
    const empty = await drawPng('<svg xmlns="http://www.w3.org/2000/svg" width="720" height="320"/>')
    if (png === null || empty === null) throw new Error('not drawn')
    expect([...png.slice(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47])
    expect(sizeOf(png)).toEqual([1440, 640])
    expect(png.length).toBeGreaterThan(5 * empty.length)
  })

  it('is none of what is no SVG, and nothing breaks', async () => {
    expect(await drawPng('<svg')).toBeNull()
  })
})
