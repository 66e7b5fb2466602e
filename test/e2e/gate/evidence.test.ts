import { describe, expect, it } from 'vitest'
import { scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import { pushed, wordsOf } from '../fast-world.ts'
import { approve, reaches } from './acting.ts'
import { ask, deployed, newest } from './evidence-world.ts'
import { devId, type GateWorld, gateWorld, leadId, makeGreen, plainGate, repository } from './gate-world.ts'

describe('CI', () => {
  const rule = { ...plainGate, require_ci: true }
  const check = (world: GateWorld, name: string, conclusion: 'success' | 'failure' | 'skipped' | null) =>
    world.github.reportCheck(repository, { sha: world.sha, app: 'ci', name, conclusion })

  it.each<[string, (world: GateWorld) => void, string]>([
    ['that is red', (world) => check(world, 'lint', 'failure'), 'lint failed'],
    ['that still runs', (world) => check(world, 'lint', null), 'lint has not ended'],
    [
      'whose check was required by the branch and has not run',
      (world) => world.github.setProtection(repository, 'main', ['ci-passed', 'security']),
      'security has not run',
    ],
    [
      'whose check was required by a ruleset and has not run',
      (world) => world.github.addRuleset(repository, 'main', ['scan']),
      'scan has not run',
    ],
    [
      'whose required check was skipped',
      (world) => {
        check(world, 'summary', 'skipped')
        world.github.setProtection(repository, 'main', ['summary'])
      },
      'summary has not run',
    ],
    [
      'whose required check another App reported',
      (world) => world.github.setProtection(repository, 'main', [{ context: 'ci-passed', appId: 99 }]),
      'ci-passed has not run',
    ],
  ])('%s opens no gate, and the answer says which check', async (_, happens, words) => {
    const world = await gateWorld({ gate: rule })
    happens(world)
    await world.settled()
    expect(await ask(world)).toContain(words)
    expect(await world.releases()).toEqual([])
  })

  it('counts what the branch requires, and nothing else', async () => {
    const world = await gateWorld({ gate: rule })
    world.github.setProtection(repository, 'main', ['ci-passed'])
    check(world, 'coverage', 'failure')
    await world.settled()
    await ask(world)
    expect((await newest(world)).state.name).toBe('awaiting_approval')
    expect(wordsOf(world.gateCard())).toContain('1 required check passed')
  })

  it('that turned red since is seen at the approval, which does not count', async () => {
    const world = await gateWorld({ gate: rule })
    await ask(world)
    world.github.reportCheck(repository, { sha: world.sha, app: 'ci', name: 'ci-passed', conclusion: 'failure' })
    await world.settled()
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(world.answers(leadId).at(-1)).toContain('ci-passed failed')
    expect((await newest(world)).approvals).toEqual([])
  })

  it('that turns red between the approval and the start stops the release', async () => {
    const world = await gateWorld({ gate: rule })
    await ask(world)
    await world.command(devId, 'lock prod Moving the database')
    await approve(world)
    await reaches(world, 'queued')
    world.github.reportCheck(repository, { sha: world.sha, app: 'ci', name: 'ci-passed', conclusion: 'failure' })
    await world.settled()
    await world.command(devId, 'unlock prod')
    await reaches(world, 'failed')
    expect((await newest(world)).state).toMatchObject({ reason: 'ci_not_green' })
    expect(world.runs()).toEqual([])
  })

  it('that is not asked for is said to be so', async () => {
    const world = await gateWorld({ gate: { ...plainGate, require_ci: false } })
    check(world, 'lint', 'failure')
    await world.settled()
    await ask(world)
    expect(wordsOf(world.gateCard())).toMatch(/Switched off here: [^"]*green checks/)
  })
})

describe('the branch', () => {
  it('has to be one that is allowed', async () => {
    const world = await gateWorld({ gate: { ...plainGate, branches: ['@default', 'release/*'] } })
    const { sha } = world.github.commitFiles(repository, 'feature', { message: 'Try it', files: { 'a.ts': '1\n' } })
    makeGreen(world, sha)
    expect(await ask(world, `prod canary ${sha}`)).toContain('not on the default branch')
    world.github.setBranch(repository, 'release/1', sha)
    await ask(world, `prod canary ${sha}`)
    expect((await newest(world)).evidence.branches).toEqual(['release/1'])
  })

  it('is said to be any where the rule is off', async () => {
    const world = await gateWorld()
    await ask(world)
    expect(wordsOf(world.gateCard())).toMatch(/Switched off here: [^"]*allowed branches/)
    expect(wordsOf(world.gateCard())).not.toContain('could not be found out')
  })
})

describe('staging', () => {
  const stagingRule = { environment: 'staging', max_age: '2h', smoke_stages: [] as string[] }
  const rule = { ...plainGate, require_staging: stagingRule }

  it('has to have had the commit', async () => {
    const world = await gateWorld({ gate: rule })
    expect(await ask(world)).toContain('was not deployed to staging')
    await deployed(world, world.sha, 'staging')
    await ask(world)
    expect((await newest(world)).evidence.staging).toMatchObject({ state: 'passed' })
  })

  it.each([
    ['failure', 'staging failed'],
    ['in_progress', 'has not ended yet'],
  ])('that ended as %s does not do', async (state, words) => {
    const world = await gateWorld({ gate: rule })
    await deployed(world, world.sha, 'staging', state)
    expect(await ask(world)).toContain(words)
  })

  it('that was too long ago does not do', async () => {
    const world = await gateWorld({ gate: rule })
    await deployed(world, world.sha, 'staging')
    // GitHub's token lives for an hour, and so may a test.
    world.clock.skip(2.1 * 3600_000)
    expect(await ask(world)).toContain('too long ago')
  })

  it('is found by its other names', async () => {
    const world = await gateWorld({
      gate: rule,
      staging: { name: 'staging', aliases: ['stg'], require_ci: false, branches: 'any' },
    })
    await deployed(world, world.sha, 'stg')
    await ask(world)
    expect((await newest(world)).evidence.staging).toMatchObject({ state: 'passed' })
  })

  it.each([
    ['success', 'passed'],
    ['failure', 'failed'],
  ] as const)('has smoke tests that end as %s in the pipeline of the commit', async (outcome, state) => {
    const world = await gateWorld({ gate: { ...plainGate, require_staging: { environment: 'staging' } } })
    const script = scriptPipeline(pushed({ outcomes: { 'smoke-staging': [outcome] } }))
    await world.github.play(script, { speed: 2_000 })
    makeGreen(world, script.sha)
    // Otherwise every check counts, that of the smoke tests too.
    world.github.setProtection(repository, 'main', ['ci-passed'])
    await world.settled()
    const said = await ask(world, `prod canary ${script.sha}`)
    if (outcome === 'success') {
      const { staging } = (await newest(world)).evidence
      expect(staging).toMatchObject({ state: 'passed', smoke: [{ stage: 'Smoke staging', state }] })
    } else {
      expect(said).toContain('Smoke staging failed')
      expect(await world.releases()).toEqual([])
    }
  })

  it('that is not asked for is said to be so', async () => {
    const world = await gateWorld()
    await ask(world)
    expect(wordsOf(world.gateCard())).toMatch(/Switched off here: [^"]*a staging deployment before/)
  })
})
