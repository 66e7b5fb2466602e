import { describe, expect, it } from 'vitest'
import { devId, leadId, makeGreen, plainGate, repository } from './gate-world.ts'
import { buttons, type People, people, read } from './people.ts'

/** A second commit, a tag, and a pull request with a commit of its own. */
async function history(world: People) {
  const { github } = world
  const { sha: second } = github.commitFiles(repository, 'main', {
    message: 'Show the fee',
    files: { 'src/fees.ts': 'export const fee = 2\n' },
  })
  github.addTag(repository, 'v1.4.2', world.sha)
  makeGreen(world, second)
  await world.settled()
  return { first: world.sha, second }
}

describe('/deploy asks for exactly what was typed', () => {
  it('in any order, with aliases, flags, quotes, addresses and relative refs', async () => {
    const world = await people()
    const { first, second } = await history(world)
    const page = `https://github.com/${repository}`
    const cases: readonly (readonly [typed: string, sha: string, strategy: string, environment: string])[] = [
      ['prod canary', second, 'canary', 'production'],
      ['canary production main~1', first, 'canary', 'production'],
      ['prod --blue-green', second, 'blue-green', 'production'],
      [`prod canary v1.4.2 note:"fixes the login"`, first, 'canary', 'production'],
      [`<${page}/commit/${first}> to prod with canary`, first, 'canary', 'production'],
      ['omnihub/app prod canary main~1', first, 'canary', 'production'],
      [`“production” canary ${first.slice(0, 10)}`, first, 'canary', 'production'],
    ]
    for (const [typed, sha, strategy, environment] of cases) {
      const answer = await world.ask(devId, typed)
      const [release] = await world.releases()
      expect({ typed, ...pick(release) }).toEqual({ typed, sha, strategy, environment, state: 'awaiting_approval' })
      expect(answer.text).toContain(`Release of ${sha.slice(0, 7)} to ${environment} (${strategy})`)
      expect(read(world.card())).toContain(sha.slice(0, 7))
      expect(read(await world.ask(devId, `cancel ${release?.id}`))).toContain('You called off')
    }
    const noted = (await world.releases()).find(({ note }) => note !== null)
    expect(noted?.note).toBe('fixes the login')
  })

  it('by a pull request and by a run, typed or pasted', async () => {
    const world = await people()
    const { first, second } = await history(world)
    world.github.addMergedPull(repository, { number: 7, title: 'Round fees', author: 'mona', sha: first })
    await world.ask(devId, 'prod canary #7')
    expect((await world.releases())[0]).toMatchObject({ sha: first, ref: '#7' })
    await world.ask(devId, 'cancel')
    expect((await world.ask(devId, 'staging')).text).toContain(`${second.slice(0, 7)} to staging (direct)`)
    await world.github.walk()
    await world.settled()
    expect((await world.releases())[0]).toMatchObject({ environment: 'staging', state: { name: 'completed' } })
    const [run] = [...world.github.repository(repository).runs.values()]
    const page = `https://github.com/${repository}`
    await world.ask(devId, `prod canary <${page}/actions/runs/${run?.id}/job/1>`)
    expect((await world.releases())[0]).toMatchObject({ sha: second, ref: `run ${run?.id}`, environment: 'production' })
    const unknown = await world.ask(devId, `prod canary ${page}/pull/404`)
    expect(read(unknown)).toContain('“#404” means nothing')
  })
})

function pick(release: Awaited<ReturnType<People['releases']>>[number] | undefined) {
  return {
    sha: release?.sha,
    strategy: release?.strategy,
    environment: release?.environment,
    state: release?.state.name,
  }
}

describe('a word that is not understood', () => {
  it.each([
    ['prdo canary', 'prdo', '/deploy prod canary'],
    ['prod canarry', 'canarry', '/deploy prod canary'],
    ['prod canary --stratgy=canary', 'stratgy', null],
    ['lokc prod moving the database', 'lokc', '/deploy lock prod moving the database'],
    ['histroy', 'histroy', '/deploy history'],
  ])('in “%s” is named, and nothing is asked for in its place', async (typed, word, suggestion) => {
    const world = await people()
    const answer = read(await world.ask(devId, typed))
    expect(answer).toContain(word)
    if (suggestion !== null) expect(answer).toContain(suggestion)
    expect(await world.releases()).toEqual([])
    expect(await world.audit()).toEqual([])
  })

  it('comes with how that command is written when nothing near it is known', async () => {
    const world = await people()
    expect(read(await world.ask(devId, 'freeze prod sale'))).toContain('/deploy freeze production load test for 2h')
    expect(read(await world.ask(devId, 'prod direct'))).toContain('allows canary and blue-green, not direct')
  })
})

describe('where it is typed', () => {
  const two = { 'omnihub/app': ['#deploys'], 'omnihub/docs': ['#docs', '#both'], 'omnihub/web': ['#both'] }

  it('a channel of one repository stands for it; elsewhere it has to be named', async () => {
    const world = await people({ repositories: two })
    world.slack.addChannel('elsewhere')
    expect(read(await world.ask(devId, 'who prod'))).toContain('production of app')
    for (const channel of ['#both', '#elsewhere']) {
      const answer = read(await world.ask(devId, 'prod canary', channel))
      expect(answer).toMatch(/omnihub\/docs/)
      expect(await world.releases()).toEqual([])
    }
    const { text } = await world.ask(devId, 'omnihub/app prod canary', '#elsewhere')
    expect(text).toContain('Release of')
    expect((await world.releases())[0]).toMatchObject({ repository: 'omnihub/app', environment: 'production' })
  })

  it('a channel that Sluice is not in gets its answers too: at once where it can, directly otherwise', async () => {
    const world = await people()
    const { id } = world.slack.addChannel('elsewhere')
    world.slack.invite('#elsewhere', devId)
    world.slack.kick('#elsewhere')
    expect(read(await world.ask(devId, 'status', '#elsewhere'))).toContain('production')
    const answer = await world.ask(devId, 'prod canary', '#elsewhere')
    expect(answer.channel).not.toBe(id)
    expect(answer.text).toContain(`<#${id}>: Release of`)
    const refused = await world.ask(devId, 'prod canary', '#elsewhere')
    expect(refused.text).toContain('is open already')
    expect(buttons(refused)).toContain('request_why')
  })

  it('a direct message to Sluice works like a channel of no repository', async () => {
    const world = await people()
    await world.slack.openHome(devId)
    await world.settled()
    const conversation = Object.values(world.slack.state.channels).find(
      ({ kind, members }) => kind === 'im' && members.includes(devId),
    )
    const answer = await world.ask(devId, 'prod canary', conversation?.id ?? '')
    expect(answer.channel).toBe(conversation?.id)
    expect(answer.text).toContain('Release of')
  })
})

describe('questions', () => {
  it('a plan shows the whole release, makes none, and has the button that asks for it', async () => {
    const world = await people()
    const plan = await world.ask(devId, 'plan prod blue-green')
    expect(read(plan)).toContain('Nothing was made and nobody was asked.')
    expect(await world.releases()).toEqual([])
    expect(await world.audit()).toEqual([])
    const asked = await world.pressFor(devId, plan, 'request_release')
    expect(asked.text).toContain('(blue-green)')
    expect(await world.releases()).toHaveLength(1)
  })

  it('why lists every gate with its state and what clears it', async () => {
    const world = await people({ gate: { ...plainGate, require_staging: true } })
    await world.ask(leadId, 'lock prod moving the database')
    const why = await world.ask(devId, 'why prod')
    const text = read(why)
    for (const gate of ['Approvals', 'Branch', 'CI', 'Staging', 'Lock', 'Freeze', 'Owed review', 'Turn']) {
      expect(text).toContain(`*${gate}*`)
    }
    expect(text).toContain('/deploy unlock production')
    expect(buttons(why)).toEqual(['environment_unlock', 'request_plan', 'deploy_who'])
    expect(read(await world.pressFor(devId, why, 'deploy_who'))).toContain('*Approve:* 1 person')
  })

  it('status, history, show, who and help answer, and what they show can be pressed on', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    await world.github.walk()
    await world.settled()
    const status = await world.ask(devId, 'status')
    expect(read(status)).toContain(`Live: `)
    expect(read(await world.pressFor(devId, status, 'request_why', `${repository} production - -`))).toContain('Lock')
    const found = await world.pressFor(devId, status, 'deploy_history', `${repository} production`)
    expect(read(found)).toContain(`approved by <@${leadId}>`)
    const [release] = await world.releases()
    expect(read(found)).toContain(release?.id)
    const story = await world.pressFor(devId, found, 'gate_story')
    expect(read(story)).toBe(read(await world.ask(devId, `show ${release?.id}`)))
    expect(read(story)).toContain('approved')
    const help = await world.ask(devId, 'help')
    expect(read(await world.pressFor(devId, help, 'deploy_status'))).toContain('Live: ')
    expect(read(await world.ask(devId, 'help lock'))).toContain('/deploy lock production')
  })

  it('the card can be asked for anywhere; it is approved by its own button, by what it shows', async () => {
    const world = await people()
    world.slack.addChannel('elsewhere')
    world.slack.invite('#elsewhere', leadId)
    expect((await world.ask(leadId, 'approve')).text).toContain('No release is open here.')
    await world.ask(devId, 'prod canary')
    const card = await world.ask(leadId, 'approve', '#elsewhere')
    expect(buttons(card)).toEqual(['gate_approve', 'gate_reject', 'gate_evidence', 'gate_refresh', 'gate_cancel'])
    expect(read(await world.pressFor(leadId, card, 'gate_evidence'))).toContain('Changed files')
    const approved = await world.pressFor(leadId, card, 'gate_approve')
    expect(approved.text).toContain('Your approval counts (1 of 1)')
    const again = await world.pressFor(leadId, card, 'gate_approve')
    expect(read(again)).toMatch(/decided already|card has changed/)
  })
})
