import { describe, expect, test } from 'vitest'
import { omnihubPipeline } from '../../../sandbox/github/omnihub-pipeline.ts'
import { scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import type { SimulatedGithubOptions } from '../../../sandbox/github/simulated-github.ts'
import { repository, TOKEN, valueIn, withGithub } from './with-github.ts'

async function start(options: Partial<SimulatedGithubOptions> = {}, isApp = false) {
  const given = await withGithub(options, { isApp })
  const { github, codeHost } = given
  const { sha } = github.commitFiles(repository, 'main', { message: 'First' })
  const checks = async (required: readonly string[] = [], branch: string | null = 'main') =>
    valueIn(await codeHost.checksOf({ repository, sha, branch, required, exceptWorkflow: 'cd-production.yml' }))
  const report = (name: string, conclusion: Parameters<typeof github.reportCheck>[1]['conclusion'], app = 'ci') =>
    github.reportCheck(repository, { sha, app, name, conclusion })
  return { ...given, sha, checks, report }
}

const states = (checks: readonly { readonly name: string; readonly state: string; readonly isRequired: boolean }[]) =>
  checks.map(({ name, state, isRequired }) => `${name} ${state}${isRequired ? ' required' : ''}`)

describe('checksOf', () => {
  test('is empty when nothing has reported and nothing is required', async () => {
    const { checks } = await start()
    expect(await checks()).toEqual([])
    expect(await checks([], null)).toEqual([])
    expect(await checks([], 'no-such-branch')).toEqual([])
  })

  test('reads every end of a check run and every state of a commit status', async () => {
    const { github, sha, checks, report } = await start()
    report('a', 'success')
    report('b', 'neutral')
    report('c', 'skipped')
    report('d', 'failure')
    report('e', 'cancelled')
    report('f', 'timed_out')
    report('g', 'action_required')
    report('h', null)
    for (const state of ['success', 'pending', 'failure', 'error'] as const) {
      github.reportStatus(repository, { sha, context: `s ${state}`, state })
    }
    expect(states(await checks())).toEqual([
      'a passed',
      'b passed',
      'c passed',
      'd failed',
      'e failed',
      'f failed',
      'g failed',
      'h pending',
      's error failed',
      's failure failed',
      's pending pending',
      's success passed',
    ])
  })

  test('marks what protection, rulesets and the configuration require, first, and lists what has not reported', async () => {
    const { github, checks, report } = await start()
    github.setProtection(repository, 'main', ['unit', 'lint'])
    github.addRuleset(repository, 'main', ['e2e'])
    github.addRuleset(repository, 'other', ['not ours'])
    report('unit', 'success')
    report('docs', 'success')
    expect(states(await checks(['smoke']))).toEqual([
      'e2e missing required',
      'lint missing required',
      'smoke missing required',
      'unit passed required',
      'docs passed',
    ])
  })

  // GitHub lets such a check pass: a summary job whose needs failed is skipped, and the red build is merged.
  test('a required check that was skipped has not passed', async () => {
    const { github, checks, report } = await start()
    github.setProtection(repository, 'main', ['all-green'])
    report('all-green', 'skipped')
    expect(states(await checks())).toEqual(['all-green missing required'])
    expect(states(await checks([], null))).toEqual(['all-green passed'])
  })

  test('a check that one App must report is not reported by another', async () => {
    const { github, checks, report } = await start()
    report('scan', 'success', 'impostor')
    report('scan', 'failure', 'scanner')
    const idOf = (login: string) => github.state.users.get(login)?.id ?? 0
    await checks()
    github.setProtection(repository, 'main', [{ context: 'scan', appId: idOf('impostor') + 1_000_000 }])
    expect(states(await checks())).toEqual(['scan missing required', 'scan passed', 'scan failed'])
    github.setProtection(repository, 'main', [{ context: 'scan', appId: idOf('scanner') }])
    expect(states(await checks())).toEqual(['scan failed required', 'scan passed'])
    github.setProtection(repository, 'main', null)
    github.addRuleset(repository, 'main', [{ context: 'scan', appId: idOf('scanner') }])
    expect(states(await checks())).toEqual(['scan failed required', 'scan passed'])
  })

  test('the newest check run of a name counts, and the newest status of a context', async () => {
    const { github, sha, checks, report } = await start()
    report('unit', 'failure')
    report('unit', 'success')
    github.reportStatus(repository, { sha, context: 'cla', state: 'success' })
    github.reportStatus(repository, { sha, context: 'cla', state: 'failure' })
    expect(states(await checks())).toEqual(['cla failed', 'unit passed'])
  })

  test('the jobs of a run that was run again count in their newest attempt', async () => {
    const { github, codeHost } = await start()
    const script = scriptPipeline(
      omnihubPipeline({ pullRequest: null, outcomes: { lint: ['failure', 'success'] }, rerunFailedAfterMs: 1000 }),
    )
    github.load(script)
    await github.walk()
    const query = {
      repository,
      sha: script.sha,
      branch: 'main',
      required: ['ESLint', 'Container Image Scan'],
      exceptWorkflow: 'cd-production.yml',
    }
    const checks = valueIn(await codeHost.checksOf(query))
    expect(checks.filter(({ name }) => name === 'ESLint')).toMatchObject([{ state: 'passed', isRequired: true }])
    expect(checks.find(({ name }) => name === 'Container Image Scan')?.state).toBe('missing')
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length)
  })

  test('gives what a check says, at most 4,000 characters and no secret', async () => {
    const { github, sha, checks } = await start()
    const output = { title: 'Smoke', summary: `P95 240 ms, token ${TOKEN}`, text: 'x'.repeat(10_000) }
    github.reportCheck(repository, { sha, app: 'smoke', name: 'smoke', conclusion: 'success', output })
    github.reportStatus(repository, { sha, context: 'cla', state: 'success', description: 'All have signed.' })
    const [cla, smoke] = await checks()
    expect(cla?.output).toBe('All have signed.')
    expect(smoke?.output).toMatch(/^Smoke\n\nP95 240 ms/)
    expect(smoke?.output).toHaveLength(4000)
    expect(smoke?.output).not.toContain(TOKEN)
    expect(smoke?.url).toMatch(/^https:/)
  })

  test('needs no administrator: the branch itself tells what it demands', async () => {
    const { github, checks } = await start({ tokens: [{ token: TOKEN, login: 'bot', lacks: ['administration'] }] })
    github.setProtection(repository, 'main', ['unit'])
    expect(states(await checks())).toEqual(['unit missing required'])
  })

  test.each(['forbidden', 'not_found', 'needs_upgrade'] as const)(
    'does without rulesets when they are %s',
    async (kind) => {
      const { github, checks } = await start()
      github.setProtection(repository, 'main', ['unit'])
      github.faults.failNext({ match: '/rules/branches', kind })
      expect(states(await checks())).toEqual(['unit missing required'])
    },
  )

  test('reads more checks than fit on a page', async () => {
    const { checks, report } = await start()
    for (let index = 0; index < 130; index += 1) report(`check ${index}`, 'success')
    expect(await checks()).toHaveLength(130)
  })

  test('works the same for the App', async () => {
    const { github, checks, report } = await start({}, true)
    github.setProtection(repository, 'main', ['unit'])
    report('unit', 'success')
    expect(states(await checks())).toEqual(['unit passed required'])
  })

  test('fails for a commit that is not there', async () => {
    const { codeHost } = await start()
    const query = { repository, sha: 'f'.repeat(40), branch: 'main', required: [], exceptWorkflow: 'cd-production.yml' }
    expect(await codeHost.checksOf(query)).toMatchObject({ ok: false, failure: { type: 'not_found' } })
  })
})
