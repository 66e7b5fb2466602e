import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMeasuredInstance, type MeasuredInstance } from '../../sandbox/prometheus/measured-service.ts'
import {
  isPrometheusInstalled,
  type RealPrometheus,
  startRealPrometheus,
} from '../../sandbox/prometheus/real-prometheus.ts'
import { analyze } from '../../src/cli/analyze-command.ts'
import { runSelfTest } from '../../src/cli/self-test.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-self-test-'))
const config = join(folder, 'sluice.yml')
const options = { config, env: 'prod', hours: '0.004', splitBy: 'instance', json: false, pieceMs: 2000, secrets: {} }
const timeout = 60_000

function configured(url: string, arms: string): void {
  const metrics = `{ source: '${url}', arms: ${arms}, latency: false, new_errors: false, lag: 1s }`
  writeFileSync(
    config,
    `repositories: [{ repo: acme/omnihub, channel: '#a', environments: [{ name: prod, metrics: ${metrics} }, { name: staging }] }]`,
  )
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('sluice analyze --self-test', () => {
  it.each([
    [{ ...options, hours: '200' }, '--hours 200 is no number of hours up to 168'],
    [{ ...options, splitBy: '} or up{' }, '--split-by } or up{ is no label'],
    [{ ...options, env: 'staging' }, 'staging of acme/omnihub has no metrics'],
    [{ ...options, env: 'none' }, 'there is no environment none'],
    [{ ...options, secrets: { PROMETHEUS_USER: 'ada' } }, 'PROMETHEUS_PASSWORD is not set'],
    [options, 'nothing could be measured: '],
  ])('says what is wrong', async (wrong, message) => {
    configured('http://127.0.0.1:9', '{ label: version, canary: canary, baseline: baseline }')
    await expect(runSelfTest(wrong)).rejects.toThrow(message)
  })

  it('asks for the pool that serves where the arms are pools', async () => {
    configured('http://127.0.0.1:9', '{ label: pool }')
    await expect(runSelfTest(options)).rejects.toThrow('say which one serves, with --pool')
  })

  it('is one of two things that analyze does', async () => {
    const none = { ...options, selfTest: false }
    await expect(analyze(none)).rejects.toThrow('say --release ID to judge a rollout again, or --self-test')
    await expect(analyze({ ...none, selfTest: true, release: '01J' })).rejects.toThrow('say --release ID')
  })
})

describe.skipIf(!isPrometheusInstalled())('on a real Prometheus', { timeout }, () => {
  let prometheus: RealPrometheus
  let instances: readonly MeasuredInstance[]

  beforeAll(async () => {
    const answer = (path: string) => ({ status: path === '/bad' ? 500 : 200, seconds: 0.05 })
    instances = [await createMeasuredInstance({ answer }), await createMeasuredInstance({ answer })]
    await Promise.all(instances.map((instance) => instance.start()))
    const targets = instances.map(({ address }) => ({ address, labels: { version: 'baseline' } }))
    prometheus = await startRealPrometheus({ targets })
    configured(prometheus.url, '{ label: version, canary: canary, baseline: baseline }')
    // Counters are known from their first scrape on.
    await Promise.all(
      instances.flatMap(({ address }) => ['/', '/bad'].map((path) => fetch(`http://${address}${path}`))),
    )
    await Promise.all(instances.map((instance) => instance.scraped()))
    for (let round = 0; round < 80; round += 1) {
      for (const { address } of instances) await fetch(`http://${address}/${round % 10 === 0 ? 'bad' : ''}`)
      await after(150)
    }
    await Promise.all(instances.map((instance) => instance.scraped()))
    await after(1500)
  }, timeout)

  afterAll(async () => {
    await prometheus?.remove()
    await Promise.all((instances ?? []).map((instance) => instance.stop()))
  })

  it('sets one instance against the other, and counts what they did', async () => {
    const { text, isSound } = await runSelfTest({ ...options, json: true })
    const told = JSON.parse(text)
    expect(told).toMatchObject({
      environment: 'prod',
      split: { type: 'instances', label: 'instance', first: 1, second: 1 },
    })
    const [errors] = told.metrics
    // The span reaches over the last of the traffic and perhaps not over its first.
    expect(errors.total).toBeGreaterThan(60)
    expect(errors.total).toBeLessThanOrEqual(164)
    expect(errors.bad / errors.total).toBeCloseTo(0.1, 1)
    expect(errors.ratio).toBeCloseTo(1, 0)
    expect(isSound).toBe(true)
  })

  it('sets minutes against each other where a label does not split the pool, and says what that means', async () => {
    const { text } = await runSelfTest({ ...options, splitBy: 'version' })
    expect(text).toMatch(/^Self-test of prod \(acme\/omnihub\): 14 s of the stable pool, which has one instance/)
    expect(text).toMatch(/^errors: \d+ of \d+ requests in \d minutes \(\d+(\.\d)? %\)/m)
    expect(text).toContain('Minutes that follow each other differ by more than two arms in the same minute do')
    expect(text).toMatch(/Not more than alpha allows: 0 % of the rollouts drawn anew/)
  })
})
