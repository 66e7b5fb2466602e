import { describe, expect, it } from 'vitest'
import { monaId, wordsOf } from '../fast-world.ts'
import { approve, reaches, reject, released, threadOf } from './acting.ts'
import { leadId, openForm, repository } from './gate-world.ts'
import { callback, production, ruleGate, ruleWorld, waiting } from './rule-world.ts'

describe('a workflow that waits at its environment', () => {
  it('opens a release and its card, asked for by whoever caused the run', async () => {
    const world = await waiting()
    const [release] = await world.releases()
    expect(release).toMatchObject({
      sha: world.sha,
      mode: 'protection_rule',
      client: 'github',
      requester: { slackId: monaId, logins: ['mona'] },
      run: { id: world.runId },
    })
    expect(world.gateCards()).toHaveLength(1)
    expect(world.isWaiting(world.runId)).toBe(true)
  })

  it('goes on when it is approved, and is told by whom and where', async () => {
    const world = await waiting()
    await approve(world)
    await released(world)
    const [given] = world.told()
    expect(given).toMatchObject({ state: 'approved', by: 'sluice-sandbox[bot]' })
    expect(given?.comment).toContain('Approved by lee')
    expect(given?.comment).toContain(`/archives/${world.slack.channel('#deploys').id}/p`)
    expect(world.status(world.runId)).toMatchObject({ status: 'completed', conclusion: 'success' })
  })

  it('ends when it is rejected, and is told why', async () => {
    const world = await waiting()
    await reject(world, 'The queue is full')
    await expect.poll(() => world.status(world.runId)?.conclusion).toBe('failure')
    expect(world.told()[0]).toMatchObject({ state: 'rejected', comment: expect.stringContaining('The queue is full') })
    expect((await world.releases())[0]?.state.name).toBe('rejected')
  })

  it('asks anew when it is run again after a rejection', async () => {
    const world = await waiting()
    await reject(world, 'The queue is full')
    await expect.poll(() => world.status(world.runId)?.conclusion).toBe('failure')
    world.github.rerunRun(repository, world.runId, 'mona')
    await expect.poll(async () => (await world.releases()).length, { timeout: 10_000 }).toBe(2)
    await world.settled()
    await approve(world)
    await released(world)
    expect(world.status(world.runId)).toMatchObject({ conclusion: 'success' })
  })

  it('is answered with no when its commit is red', async () => {
    const world = await ruleWorld()
    const { github } = world
    const { sha } = github.commitFiles(repository, 'main', { message: 'Break it', files: { 'src/x.ts': '1\n' } })
    github.reportCheck(repository, { sha, app: 'ci', name: 'ci-passed', conclusion: 'failure' })
    const runId = await world.start()
    await expect.poll(() => world.status(runId)?.conclusion, { timeout: 10_000 }).toBe('failure')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ name: 'refused', reason: 'ci_not_green' })
    expect(world.told()[0]?.comment).toContain('ci-passed failed')
  })

  it('is answered with no when its commit is on no branch that may be released', async () => {
    const world = await ruleWorld({ environment: production }, { gate: { ...ruleGate, branches: 'release/*' } })
    const runId = await world.start()
    await expect.poll(() => world.status(runId)?.conclusion, { timeout: 10_000 }).toBe('failure')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ reason: 'not_on_allowed_branch' })
  })

  it('is answered with no, and with why, when GitHub does not know its commit any more', async () => {
    const world = await ruleWorld()
    world.github.faults.failNext({ match: /\/commits\/[0-9a-f]{40}/, kind: 'not_found', times: 1000 })
    const runId = await world.start()
    await expect.poll(() => world.status(runId)?.conclusion, { timeout: 10_000 }).toBe('failure')
    await world.settled()
    expect(await world.releases()).toEqual([])
    expect(world.gateCards()).toEqual([])
    expect(world.told()).toEqual([
      expect.objectContaining({ state: 'rejected', comment: expect.stringContaining('There is no such branch') }),
    ])
    expect((await world.audit()).at(-1)).toMatchObject({ action: 'request', reason: 'unknown_ref' })
  })

  it('opens one gate when its delivery comes twice', async () => {
    const world = await ruleWorld()
    world.github.setConditions({ duplicatePercent: 100 })
    await world.start()
    await reaches(world, 'awaiting_approval')
    await world.settled()
    for (const { guid, event } of world.github.deliveries()) {
      if (event === 'deployment_protection_rule') await world.github.redeliver(guid)
    }
    await world.settled()
    expect(await world.releases()).toHaveLength(1)
    expect(world.gateCards()).toHaveLength(1)
    expect(world.told()).toEqual([])
  })

  it('may not be approved by the one who caused it', async () => {
    const world = await waiting(undefined, { gate: { ...ruleGate, approvers: { people: [monaId], count: 1 } } })
    await world.press(monaId, world.gateCard(), 'gate_approve')
    expect((await world.releases())[0]?.approvals).toEqual([])
    expect(world.isWaiting(world.runId)).toBe(true)
  })

  it('has two jobs at the environment, one after the other, and is approved once', async () => {
    const jobs = [
      { key: 'web', name: 'Web', environment: production },
      { key: 'api', name: 'API', needs: ['web'], environment: production },
    ]
    const world = await waiting({ jobs })
    await approve(world)
    await released(world)
    expect(world.told().map(({ state }) => state)).toEqual(['approved', 'approved'])
    expect(await world.releases()).toHaveLength(1)
  })

  it('at two environments opens two gates, and an answer to one is none to the other', async () => {
    const at = (name: string) => ({ name, gates: ['rule' as const] })
    const jobs = [
      { key: 'inside', name: 'Inside', environment: at('staging') },
      { key: 'outside', name: 'Outside', environment: at('production') },
    ]
    const staging = { ...ruleGate, name: 'staging', aliases: [], strategies: ['direct'] }
    const world = await ruleWorld({ jobs }, { staging })
    const runId = await world.start()
    await expect.poll(async () => (await world.releases()).length, { timeout: 10_000 }).toBe(2)
    await world.settled()
    const stateOf = async (environment: string) =>
      (await world.releases()).find((release) => release.environment === environment)?.state.name
    const cardOf = (environment: string) => {
      const card = world.gateCards().find(({ text }) => text.includes(environment))
      if (card === undefined) throw new Error(`There is no card for ${environment}.`)
      return card
    }
    await world.press(leadId, cardOf('staging'), 'gate_approve')
    await expect.poll(() => world.told(), { timeout: 10_000 }).toHaveLength(1)
    await world.settled()
    expect(world.isWaiting(runId)).toBe(true)
    expect([await stateOf('staging'), await stateOf('production')]).toEqual(['preparing', 'awaiting_approval'])

    const view = await openForm(world, leadId, cardOf('production'), 'gate_reject')
    await world.slack.submit({ user: leadId, view: view.id, values: { reason: { reason: 'Not on a Friday' } } })
    await expect.poll(() => world.status(runId)?.conclusion, { timeout: 10_000 }).toBe('failure')
    await world.settled()
    expect(world.told().map(({ state }) => state)).toEqual(['approved', 'rejected'])
    expect(await stateOf('production')).toBe('rejected')
    // The run is one: what it was approved for there did not end well.
    expect(await stateOf('staging')).toBe('failed')
  })

  it('is told no when nobody answered in time, and says that it can be run again', async () => {
    const world = await waiting(undefined, { gate: { ...ruleGate, expires_after: '10m' } })
    world.clock.skip(10 * 60_000)
    await reaches(world, 'expired')
    await expect.poll(() => world.status(world.runId)?.conclusion, { timeout: 10_000 }).toBe('failure')
    expect(world.told()[0]?.comment).toContain('Run the job again')
  })
})

describe('an answer that GitHub does not take at once', () => {
  it('is given again, once it works, and after everything was looked at again', async () => {
    const world = await waiting()
    world.github.faults.failNext({ match: callback, kind: 'bad_gateway', times: 2 })
    await approve(world)
    await released(world)
    expect(world.told().map(({ state }) => state)).toEqual(['approved'])
  })

  it('and was taken after all is no failure', async () => {
    const world = await waiting()
    world.github.faults.failNext({ match: callback, kind: 'reset_after' })
    await approve(world)
    await released(world)
    expect(world.told()).toHaveLength(1)
  })

  it('because the rule has expired ends the release and says so', async () => {
    const world = await waiting()
    world.github.setConditions({ dropPercent: 100 })
    world.github.expireRule(repository, world.runId, 'production')
    await world.github.settle()
    await approve(world)
    await reaches(world, 'failed')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ reason: 'rule_gone' })
    expect(wordsOf(world.gateCard())).toContain('Failed')
  })

  it('is a rejection, and is given once GitHub is there again', async () => {
    const world = await waiting()
    world.github.faults.failNext({ match: callback, kind: 'unavailable', times: 4 })
    await reject(world, 'Not today')
    await world.settled()
    expect(world.told().map(({ state }) => state)).toEqual(['rejected'])
  })

  it('is a rejection that it does not take: the thread says so', async () => {
    const world = await waiting()
    world.github.faults.failNext({ match: callback, kind: 'forbidden', times: 10 })
    await reject(world, 'Not today')
    await world.settled()
    expect(threadOf(world)).toContain('GitHub did not take the answer')
  })
})
