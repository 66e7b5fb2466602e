import { describe, expect, it } from 'vitest'
import { devId, leadId, plainGate, repository, sresId } from './gate-world.ts'
import { buttons, commit, people, read } from './people.ts'

/** Each refusal says why, what would make it work, and has the button that does it. */
describe('a request that is refused', () => {
  it('for want of staging offers to deploy that very commit there first, and then works', async () => {
    const world = await people({
      gate: { ...plainGate, require_staging: { environment: 'staging', smoke_stages: [] } },
    })
    const refused = await world.ask(devId, 'prod canary')
    expect(read(refused)).toContain('The commit has no successful staging deployment')
    expect(read(refused)).toContain(`Deploy ${world.sha.slice(0, 7)} to staging first`)
    expect(await world.releases()).toEqual([])
    const staging = await world.pressFor(devId, refused, 'request_release')
    expect(staging.text).toContain('to staging (direct)')
    await world.slack.until(() => read(world.card()).includes('Live since'), 'the end of the staging release', 15_000)
    await world.settled()
    expect((await world.ask(devId, 'prod canary')).text).toContain('Release of')
  })

  it('for red checks says which, and can be asked again with one press', async () => {
    const world = await people()
    const sha = await commit(world, 'Second')
    world.github.reportCheck(repository, { sha, app: 'ci', name: 'unit', conclusion: 'failure' })
    world.github.setProtection(repository, 'main', ['unit'])
    await world.settled()
    const refused = await world.ask(devId, 'prod canary')
    expect(read(refused)).toContain('Not every required check of the commit has passed.')
    expect(read(refused)).toContain('unit')
    expect(buttons(refused)).toEqual(['request_why', 'request_release', 'deploy_open'])
    expect(read(await world.pressFor(devId, refused, 'request_why'))).toContain(sha.slice(0, 7))
    world.github.reportCheck(repository, { sha, app: 'ci', name: 'unit', conclusion: 'success' })
    await world.settled()
    expect((await world.pressFor(devId, refused, 'request_release')).text).toContain('Release of')
  })

  it('to somebody who may not ask says who may', async () => {
    const world = await people({ gate: { ...plainGate, requesters: { groups: [sresId] } } })
    const refused = await world.ask(devId, 'prod canary')
    expect(read(refused)).toContain('You may not ask for releases of this environment.')
    expect(read(await world.pressFor(devId, refused, 'deploy_who'))).toContain(
      `*Ask for a release:* <!subteam^${sresId}>`,
    )
  })

  it('because GitHub is down is answered at once, and asked again with one press', async () => {
    const world = await people()
    world.github.faults.setOutage(true)
    const refused = await world.ask(devId, 'prod canary')
    expect(read(refused)).toContain('GitHub could not say how things stand, so nothing was done.')
    expect(buttons(refused)).toEqual(['request_release'])
    expect(read(await world.ask(devId, 'plan prod'))).toContain('GitHub could not say')
    world.github.faults.setOutage(false)
    expect((await world.pressFor(devId, refused, 'request_release')).text).toContain('Release of')
  })

  it('because exactly this is live opens the form for something else', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    await world.slack.until(() => read(world.card()).includes('Live since'), 'the end of the release', 15_000)
    await world.settled()
    const refused = await world.ask(devId, 'prod canary')
    expect(read(refused)).toContain('Exactly this commit is live there already.')
    await world.openForm(devId, refused, 'deploy_open')
    expect(world.form(devId).callbackId).toBe('deploy_modal')
  })

  it('because the workflow asks by itself leads to the workflow', async () => {
    const world = await people({ gate: { ...plainGate, mode: 'protection-rule' } })
    const refused = read(await world.ask(devId, 'prod canary'))
    expect(refused).toContain('start it on GitHub')
    expect(refused).toContain(`/${repository}/actions/workflows/cd-production.yml|Start cd-production.yml on GitHub`)
  })
})

describe('a press that is refused', () => {
  it('after the end says how it ended, and offers to ask anew', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    const stale = await world.ask(leadId, 'card')
    await world.ask(devId, 'cancel wrong day')
    const refused = await world.pressFor(leadId, stale, 'gate_approve')
    expect(read(refused)).toContain('wrong day')
    expect(read(refused)).toContain('The card as it is now')
    expect(buttons(refused)).toEqual(['request_release'])
    expect(
      (
        await world.pressFor(
          devId,
          await world.ask(devId, `cancel ${(await world.releases())[0]?.id}`),
          'request_release',
        )
      ).text,
    ).toContain('Release of')
  })

  it('to somebody who may not approve says who may', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    const refused = await world.pressFor(devId, world.card(), 'gate_approve')
    expect(buttons(refused)).toEqual(['deploy_who'])
  })
})
