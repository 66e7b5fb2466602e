import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decideStep } from '../../src/analysis/decide-step.ts'
import { judge } from '../../src/analysis/judge.ts'
import { newAnalysisState, observe, rememberBaseline } from '../../src/analysis/observe.ts'
import type { Observation } from '../../src/analysis/samples.ts'
import { analyzeRelease } from '../../src/cli/analyze.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { readConfig } from '../../src/cli/with-store.ts'
import { analysisPolicyOf } from '../../src/engine/rollout/rollout-context.ts'
import { openStore } from '../../src/store/open-store.ts'
import { saveRelease } from '../../src/store/releases.ts'
import { saveBaseline, saveCheck, saveRollout } from '../../src/store/rollouts.ts'
import { firstStep, minute, ratio } from '../analysis/checks.ts'
import { opened, t0 } from '../release/fixtures.ts'
import { Played } from '../release/rollout/fixtures.ts'
import { spawnNode } from '../spawn-node.ts'

const releaseId = '01JREEASE00000000000000001'
const unmeasured = '01JREEASE00000000000000002'
const folder = mkdtempSync(join(tmpdir(), 'sluice-analyze-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const options = { config: join(folder, 'sluice.yml'), data: folder, json: false }

const config = `repositories:
  - repo: acme/omnihub
    channel: '#deploys'
    environments:
      - name: production
        metrics: { source: 'http://127.0.0.1:9', latency: false, new_errors: false, warm_up: 0s }
`

function policyFile(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** A rollout that failed in its fifth minute, as the engine records one. */
beforeAll(async () => {
  writeFileSync(options.config, config)
  const metrics = (await readConfig(options.config)).repositories[0]?.environments[0]?.metrics ?? null
  const policy = analysisPolicyOf(metrics)
  const store = openStore({ file: join(folder, 'sluice.db') })
  const place = { repository: 'acme/omnihub', environment: 'production' }
  const baseline = Array.from({ length: 60 }, (_, index): Observation => {
    const from = t0 - (60 - index) * minute
    return { from, to: from + minute, samples: { errors: ratio(null, null, 20_000, 18 + (index % 5)) } }
  })
  await store.transaction(async (tx) => {
    await saveRelease(tx, { ...opened(), ...place, id: releaseId }, t0, true)
    await saveRelease(tx, { ...opened(), ...place, id: unmeasured }, t0, true)
    await saveRollout(tx, place.repository, new Played({ releaseId }).rollout, t0)
    await saveBaseline(tx, releaseId, baseline)
    const step = { ...firstStep, startedAt: t0 }
    let state = rememberBaseline(newAnalysisState, baseline, policy)
    for (let index = 0; index < 6; index += 1) {
      const [from, to] = [t0 + index * minute, t0 + (index + 1) * minute]
      const observation = { from, to, samples: { errors: ratio(1000, 4, 20_000, 20) } }
      state = observe(state, observation, step, policy)
      const verdict = judge(state, policy, to)
      const decision = decideStep(state, verdict, step, policy, to)
      await saveCheck(tx, releaseId, { at: to, step, observation, verdict, decision })
      if (decision.outcome.type === 'fail') break
    }
  })
  await store.close()
})

describe('sluice analyze --release', () => {
  it('comes to what it came to then, under the policy of then', async () => {
    const { text, isSound } = await analyzeRelease(options, releaseId)
    expect(isSound).toBe(true)
    const lines = text.split('\n')
    expect(lines[0]).toBe(`Release ${releaseId}: acme/omnihub aaaaaaa to production (canary)`)
    expect(lines[3]).toBe('time (UTC)           step  in step  then             now')
    expect(lines[4]).toBe('2026-01-05 10:01:00  5 %   1:00     pass             pass')
    expect(text).toMatch(/5 % {3}\d:00 {5}fail: roll back {2}fail: roll back$/m)
    expect(text).toMatch(/^The same at \d checks\.$/m)
    expect(text).toMatch(/^ {2}errors 0\.40 % vs 0\.10 %, ratio 4\.0 \[.*evidence \d+ of 50: FAIL$/m)
  })

  it('says what another policy would have done, and that it is something else', async () => {
    const policy = policyFile('strict.yml', 'alpha: 0.001\n')
    const { text, isSound } = await analyzeRelease({ ...options, policy }, releaseId.slice(0, 25).concat('1'))
    expect(isSound).toBe(false)
    expect(text).toContain(`Judged by ${policy}: alpha 0.10 %, errors × 2`)
    expect(text).toMatch(/fail: roll back {2}pass {2}≠$/m)
    expect(text).toContain(
      'Now: would not have rolled back on what was recorded; what would have come after it is not known.',
    )

    const loose = policyFile('loose.yml', 'metrics:\n  alpha: 0.2\n')
    const earlier = await analyzeRelease({ ...options, policy: loose }, releaseId)
    expect(earlier.text).toMatch(
      /^Now: would have rolled back at 2026-01-05 10:0\d:00 \(5 %, \d:00 into the step\), \d min earlier\.$/m,
    )
  })

  it('leaves out what was not measured at the time, and says so', async () => {
    const policy = policyFile('latency.yml', 'latency: {}\n')
    const { text } = await analyzeRelease({ ...options, policy }, releaseId)
    expect(text).toContain('Not measured at the time, so left out: latency')
  })

  it('gives a line of JSON a check', async () => {
    const { text } = await analyzeRelease({ ...options, json: true }, releaseId)
    const rows = text.split('\n').map((line) => JSON.parse(line) as unknown)
    expect(rows[0]).toMatchObject({
      at: '2026-01-05T10:01:00.000Z',
      step: 0,
      percent: 5,
      is_same: true,
      now: { verdict: 'pass', outcome: 'continue', metrics: [{ metric: 'errors' }] },
    })
  })

  it('says what is missing or wrong', async () => {
    await expect(analyzeRelease(options, '01JNONE')).rejects.toThrow(UsageError)
    await expect(analyzeRelease(options, unmeasured)).rejects.toThrow(/^nothing was measured of release 01JREEASE/)
    const policy = policyFile('wrong.yml', 'errors:\n  facter: 3\n')
    await expect(analyzeRelease({ ...options, policy }, releaseId)).rejects.toThrow(/wrong\.yml:2:3 {2}errors\.facter/)
    await expect(analyzeRelease({ ...options, policy: '/none.yml' }, releaseId)).rejects.toThrow('cannot be read')
  })

  it('ends with 0 for the same and 1 for something else', async () => {
    const run = async (...more: string[]): Promise<unknown> => {
      const args = ['-c', options.config, '-d', folder, 'analyze', '--release', releaseId, ...more]
      const child = spawnNode({ script: 'src/cli/main.ts', args, env: { PATH: process.env.PATH } })
      child.stdout.resume()
      return (await once(child, 'exit'))[0]
    }
    expect(await run()).toBe(0)
    expect(await run('--policy', policyFile('strict.yml', 'alpha: 0.001\n'))).toBe(1)
  })
})
