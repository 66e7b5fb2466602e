import { describe, expect, it } from 'vitest'
import { wordsOf } from '../fast-world.ts'
import { approve, asked, reaches, recordsOf, released, runOf, threadOf } from './acting.ts'
import { devId, plainGate, repository } from './gate-world.ts'

describe('the end of the run', () => {
  it.each([
    ['failure', 'run_failed'],
    ['cancelled', 'run_cancelled'],
  ] as const)('as %s ends the release', async (ends, reason) => {
    const world = await asked({ play: { ends } })
    await approve(world)
    await reaches(world, 'failed')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ reason })
    expect(world.gateCard().text).toContain('Failed')
    expect(recordsOf(world).map((statuses) => statuses.map(({ state }) => state))).toEqual([
      ['queued', 'in_progress', 'failure'],
    ])
  })

  it('that built another commit fails the release, and the card says which', async () => {
    const other = 'e'.repeat(40)
    const world = await asked({ play: { builds: other } })
    await approve(world)
    await reaches(world, 'failed')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ reason: 'built_other_commit' })
    expect(wordsOf(world.gateCard())).toContain(other)
  })

  it('that does not say what was built fails a release that needed approval', async () => {
    const world = await asked({ play: { builds: null } })
    await approve(world)
    await reaches(world, 'failed')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ reason: 'built_unknown' })
    expect(wordsOf(world.gateCard())).toContain('sluice-built-sha')
  })

  it('that does not say what was built is only spoken of where that is switched off, as the card says before', async () => {
    const world = await asked({ play: { builds: null }, gate: { ...plainGate, require_built_sha: false } })
    expect(wordsOf(world.gateCard())).toContain('that a run says what it built')
    await approve(world)
    await released(world)
    expect(threadOf(world)).toContain('did not say which commit it built')
  })

  it('is found when its webhook was lost', async () => {
    const world = await asked()
    world.github.setConditions({ dropPercent: 100 })
    await approve(world)
    await released(world)
    expect((await world.releases())[0]?.state.name).toBe('completed')
  })

  it('is never known of a run that was deleted: the release says so', async () => {
    const world = await asked({ play: { jobMs: 400_000_000 } })
    await approve(world)
    await reaches(world, 'preparing', 'running')
    world.github.setConditions({ dropPercent: 100 })
    world.github.cancelRun(repository, runOf(world).id)
    await world.github.settle()
    world.github.deleteRun(repository, runOf(world).id)
    await reaches(world, 'failed')
    expect((await world.releases())[0]?.state).toMatchObject({ reason: 'run_failed' })
  })

  it('is waited for while a run waits for a runner', async () => {
    const world = await asked({ play: { ends: 'never_starts' } })
    await approve(world)
    await reaches(world, 'preparing', 'running')
    world.clock.skip(3600_000)
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ name: 'preparing', phase: 'running' })
    world.github.cancelRun(repository, runOf(world).id)
    await reaches(world, 'failed')
    expect((await world.releases())[0]?.state).toMatchObject({ reason: 'run_cancelled' })
  })

  it('is told at once after the run was looked at while it went on', async () => {
    const world = await asked({ play: { jobMs: 400_000_000 } })
    await approve(world)
    await reaches(world, 'preparing', 'running')
    world.clock.skip(121_000)
    await world.settled()
    world.github.cancelRun(repository, runOf(world).id)
    const since = world.clock.now()
    await reaches(world, 'failed')
    expect(world.clock.now() - since).toBeLessThan(30_000)
  })

  it('of another attempt that somebody starts on GitHub is told under the card of the release', async () => {
    const world = await asked({ play: { ends: 'failure' } })
    await approve(world)
    await reaches(world, 'failed')
    await world.settled()
    world.github.rerunRun(repository, runOf(world).id, 'mona')
    await expect.poll(() => threadOf(world), { timeout: 10_000 }).toContain('attempt 2')
    await expect.poll(() => runOf(world).status, { timeout: 10_000 }).toBe('completed')
    await world.settled()
    expect(threadOf(world)).toContain('though this release had ended')
    expect(threadOf(world)).toMatch(/ended as .*in attempt 2/)
    expect((await world.releases())[0]?.state.name).toBe('failed')
    const notes = (await world.audit()).filter(({ action }) => action === 'note')
    expect(notes.map(({ reason }) => reason)).toEqual(['decided_on_github', 'decided_on_github'])
  })
})

describe('GitHub’s own record of a release', () => {
  const url = 'https://omnihub.dev'

  it('is made once, and goes from queued over in_progress to success, with the environment and the card', async () => {
    const world = await asked({ gate: { ...plainGate, url } })
    await approve(world)
    await released(world)
    const [statuses = [], another] = recordsOf(world)
    expect(another).toBeUndefined()
    expect(statuses.map(({ state }) => state)).toEqual(['queued', 'in_progress', 'success'])
    expect(new Set(statuses.map(({ environmentUrl }) => environmentUrl))).toEqual(new Set([`${url}`]))
    const card = world.gateCard().ts.replace('.', '')
    for (const { logUrl } of statuses) expect(logUrl).toContain(card)
  })

  it('ends with failure when the release fails', async () => {
    const world = await asked({ play: { ends: 'failure' } })
    await approve(world)
    await reaches(world, 'failed')
    await world.settled()
    expect(recordsOf(world).map((statuses) => statuses.map(({ state }) => state))).toEqual([
      ['queued', 'in_progress', 'failure'],
    ])
  })

  it('is not made twice when GitHub’s answer was lost, nor when statuses have piled up', async () => {
    const world = await asked()
    world.github.faults.failNext({ match: /POST .*\/deployments$/, kind: 'unavailable', times: 3 })
    world.github.faults.failNext({ match: /POST .*\/deployments$/, kind: 'reset_after', times: 1 })
    await approve(world)
    await released(world)
    expect(recordsOf(world).map((statuses) => statuses.map(({ state }) => state))).toEqual([
      ['queued', 'in_progress', 'success'],
    ])
  })

  it('that GitHub refuses to make does not stop the release', async () => {
    const world = await asked()
    world.github.faults.failNext({ match: /POST .*\/deployments$/, kind: 'forbidden', times: 100 })
    await approve(world)
    await released(world)
    expect(recordsOf(world)).toEqual([])
  })

  it('is inactive when the release is called off after its approval', async () => {
    const world = await asked()
    await world.command(devId, 'lock prod Moving the database')
    await approve(world)
    await reaches(world, 'queued')
    await world.command(devId, 'cancel')
    await reaches(world, 'cancelled')
    await world.settled()
    expect(recordsOf(world).map((statuses) => statuses.map(({ state }) => state))).toEqual([['queued', 'inactive']])
  })
})
