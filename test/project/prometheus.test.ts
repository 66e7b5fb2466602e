import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createMetrics } from '../../src/web/metrics.ts'

const isInstalled = spawnSync('promtool', ['--version']).status === 0
const isCi = process.env.CI === 'true'

/** Every metric gets a sample, with label values that need escaping, so that promtool sees more than headings. */
function fill(registry: Registry): void {
  const hostile = 'a "quoted" \\ back\\slash\nand a second line'
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name)
    if (metric === undefined || !name.startsWith('sluice_')) continue
    const { labelNames } = z.object({ labelNames: z.array(z.string()) }).parse(metric)
    const labels = Object.fromEntries(labelNames.map((label) => [label, hostile]))
    if ('observe' in metric) metric.observe(labels, 0.25)
    else metric.inc(labels, 1)
  }
}

function check(text: string): { readonly status: number | null; readonly complaints: readonly string[] } {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
  // The names of prom-client's own process metrics are older than promtool's advice, and dashboards know them.
  return { status, complaints: complaints.filter((line) => !/^(nodejs|process)_/.test(line)) }
}

test.runIf(isCi)('CI has promtool: install the package prometheus', () => {
  expect(isInstalled).toBe(true)
})

test('docs/operate.md explains every metric of the gate', () => {
  const { registry, gates } = createMetrics()
  gates.watch([], () => Promise.resolve([]))
  const names = registry.getMetricsAsArray().map(({ name }) => name)
  const ofTheGate = names.filter((name) => /^sluice_(gate|release)/.test(name))
  expect(ofTheGate).toHaveLength(6)
  const guide = readFileSync('docs/operate.md', 'utf8')
  expect(ofTheGate.filter((name) => !guide.includes(`\`${name}\``))).toEqual([])
})

describe.skipIf(!isInstalled && !isCi)('the text of /metrics, by promtool (skipped where it is not installed)', () => {
  test('is accepted without a complaint, with every metric filled in', async () => {
    const { registry } = createMetrics()
    fill(registry)
    const text = await registry.metrics()
    expect(text).toMatch(/^sluice_\w+(\{.*\})? \d/m)
    expect(check(text).complaints).toEqual([])
  })

  test('is really judged: promtool refuses a text that is broken and a name that is badly chosen', () => {
    expect(check('sluice_events{name="a} 1\n').status).toBe(1)
    expect(
      check('# HELP sluice_events Events.\n# TYPE sluice_events counter\nsluice_events 1\n').complaints,
    ).toHaveLength(1)
  })
})
