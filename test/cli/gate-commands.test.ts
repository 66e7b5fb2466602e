import { describe, expect, it } from 'vitest'
import { lockEnvironment, unlockEnvironment } from '../../src/cli/lock.ts'
import { listReleases, stopRelease } from '../../src/cli/release.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { devId, leadId, sreId } from '../e2e/gate/gate-world.ts'
import { type People, people, read } from '../e2e/gate/people.ts'
import { spawnNode } from '../spawn-node.ts'

/** The command line of the installation that runs in the world. */
function installation(world: People): { readonly config: string } {
  return { config: world.env.SLUICE_CONFIG ?? '' }
}

/** Ends the test when a decision does not reach the card in time. */
async function onCard(world: People, words: string): Promise<void> {
  await world.slack.until(() => read(world.card()).includes(words), `“${words}” on the card`, 5_000)
}

describe('sluice release', () => {
  it('lists what is open, and rejects or cancels it: the card shows it within seconds, with the reason', async () => {
    const world = await people()
    const options = installation(world)
    expect(await listReleases({ ...options, all: false, json: false })).toBe('No release is open.')
    await world.ask(devId, 'prod canary')
    const [release] = await world.releases()
    const id = release?.id ?? ''
    const list = await listReleases({ ...options, all: false, json: false })
    expect(list).toContain(`${id}  Waiting for approval: omnihub/app ${world.sha.slice(0, 7)} to production (canary)`)
    expect(list).toContain('asked for by dee')
    expect(JSON.parse(await listReleases({ ...options, all: false, json: true }))).toMatchObject({
      id,
      sha: world.sha,
      state: 'awaiting_approval',
      requested_by: 'dee',
    })

    const outcome = await stopRelease(options, 'reject', id.slice(0, 22).toLowerCase(), 'the database is being moved')
    expect(outcome).toEqual({ text: `Release ${id} is rejected.`, isDone: true })
    await onCard(world, 'the database is being moved')
    expect((await world.releases())[0]?.state).toMatchObject({ name: 'rejected' })
    const again = await stopRelease(options, 'cancel', id, null)
    expect(again.isDone).toBe(false)
    expect(again.text).toMatch(/^This was decided already\./)

    await world.ask(devId, 'prod canary')
    const [next] = await world.releases()
    expect(await stopRelease(options, 'cancel', next?.id ?? '', null)).toMatchObject({ isDone: true })
    await onCard(world, 'Cancelled')
    const rows = await world.sluice().store.db.selectFrom('audit').selectAll().where('client', '=', 'cli').execute()
    expect(rows.map(({ action, reason_code }) => [action, reason_code])).toEqual([
      ['reject', null],
      ['cancel', 'already_decided'],
      ['cancel', null],
    ])
  })

  it('approves nothing: an act that pretends to come from there is refused', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    const [release] = await world.releases()
    const press = {
      client: 'cli',
      userId: 'root',
      teamId: '',
      channelId: null,
      threadTs: null,
      messageTs: null,
      at: 0,
    } as const
    for (const act of [
      { type: 'approve', comment: null },
      { type: 'break_glass', why: 'because' },
    ] as const) {
      const id = `cli:${act.type}`
      const on = { releaseId: release?.id ?? '', seen: null }
      const body = { press: { ...press, id }, act: { ...act, ...on } }
      await world.sluice().engine.submit({ id, type: 'gate.pressed', body })
    }
    await world.settled()
    expect((await world.releases())[0]?.state.name).toBe('awaiting_approval')
    expect((await world.audit()).slice(1)).toMatchObject([{ reason: 'not_entitled' }, { reason: 'not_break_glass' }])
  })

  it('is written down for a Sluice that does not run, which does it when it starts', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    const [release] = await world.releases()
    await world.stopSluice()
    const outcome = await stopRelease(
      { ...installation(world), waitMs: 0 },
      'cancel',
      release?.id ?? '',
      'wrong commit',
    )
    expect(outcome.text).toMatch(/^Written down\. Sluice has not taken it up yet/)
    expect(outcome.isDone).toBe(true)
    await world.startSluice()
    await onCard(world, 'wrong commit')
  })

  it('is a command of its own process, whose exit code says whether it was done', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    const [release] = await world.releases()
    const sluice = async (...args: readonly string[]) => {
      const env = { PATH: process.env.PATH, ...world.env }
      const child = spawnNode({ script: 'src/cli/main.ts', args, env })
      const parts: string[] = []
      child.stdout.on('data', (part) => parts.push(String(part)))
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
      return { code, out: parts.join('') }
    }
    expect((await sluice('release')).out).toContain(release?.id)
    const id = release?.id ?? ''
    expect(await sluice('release', 'reject', id, 'wrong', 'commit')).toEqual({
      code: 0,
      out: `Release ${id} is rejected.\n`,
    })
    await onCard(world, 'wrong commit')
    expect(await sluice('release', 'cancel', id)).toMatchObject({ code: 1 })
    expect((await sluice('release', 'show', id)).out).toContain('wrong commit')
    expect(await sluice('unlock', 'prod')).toMatchObject({ code: 1 })
    expect(await sluice('lock', 'prod', 'why', '--for', '2h')).toMatchObject({ code: 0 })
  })

  it('says what is wrong with what was asked for', async () => {
    const world = await people()
    const options = installation(world)
    await expect(stopRelease(options, 'cancel', '01J', null)).rejects.toThrow('there is no release 01J')
    await expect(stopRelease(options, 'cancel', 'a b', null)).rejects.toThrow(UsageError)
    await expect(stopRelease(options, 'reject', '01J', ' ')).rejects.toThrow('say why')
    await expect(lockEnvironment({ ...options, takeOver: false }, 'moon', 'why')).rejects.toThrow(
      /there is no environment moon in .*sluice.yml/,
    )
    await expect(lockEnvironment({ ...options, takeOver: false, for: 'ever' }, 'prod', 'why')).rejects.toThrow(
      '--for ever',
    )
  })
})

describe('sluice lock and unlock', () => {
  it('lock an environment by its alias, take locks over, and take them off; whoever held it is told', async () => {
    const world = await people()
    const options = installation(world)
    await world.ask(devId, 'prod canary')
    const locked = await lockEnvironment({ ...options, takeOver: false, for: '2h' }, 'prod', 'moving the database')
    expect(locked.isDone).toBe(true)
    expect(locked.text).toMatch(/^production is locked until 20\d\d-.* UTC: moving the database$/)
    await onCard(world, 'moving the database')
    expect(await unlockEnvironment(options, 'production')).toMatchObject({ isDone: true })
    await world.settled()
    expect(read(world.card())).not.toContain('moving the database')
    const nothing = await unlockEnvironment(options, 'prod')
    expect(nothing).toEqual({ text: 'The environment is not locked. There is nothing to unlock.', isDone: false })

    await world.ask(sreId, 'lock prod load test')
    const refused = await lockEnvironment({ ...options, takeOver: false }, 'prod', 'moving the database')
    expect(refused.isDone).toBe(false)
    expect(refused.text).toContain('Somebody else holds the lock.')
    expect(refused.text).toContain('--take-over')
    expect(await lockEnvironment({ ...options, takeOver: true }, 'prod', 'moving the database')).toMatchObject({
      isDone: true,
    })
    await world.settled()
    expect(world.told(sreId).at(-1)?.text).toContain('has taken over your lock of production of app: load test')
    await world.ask(leadId, 'unlock prod')
    expect(read(await world.ask(devId, 'status prod'))).not.toContain('Locked')
  })
})
