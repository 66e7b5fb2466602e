import { describe, expect, it } from 'vitest'
import { aCommit, aJob, aPull, aPush, aRun, atMs } from '../pipeline/facts.ts'
import { of, startWorld, type World } from './world.ts'

const pushed = [aPush(), aCommit({ login: 'mona' })]
const failed = [
  aJob({ id: 1, name: 'lint', conclusion: 'failure', completed: 60 }),
  aRun({ conclusion: 'failure', at: 61 }),
]

function lines(world: World, channel?: string, index = 0): readonly string[] {
  return world.thread(channel, index).map(({ text }) => text)
}

function broadcasts(world: World, channel = '#deploys') {
  return world.slack.messages(channel).filter(({ isBroadcast }) => isBroadcast)
}

/** A person that GitHub and Slack know by the same address. */
function mona(world: World): string {
  const known = world.github.state.users.get('mona')
  world.github.state.users.set('mona', {
    id: 900,
    login: 'mona',
    type: 'User',
    ...known,
    name: 'Mona',
    email: 'mona@example.com',
  })
  return world.slack.addUser({ name: 'mona', email: 'mona@example.com' }).id
}

describe('which commits get a card', () => {
  it('no card for a branch that nobody follows, and one as soon as a pull request makes it interesting', async () => {
    const world = await startWorld()
    await world.tell(aPush({ branch: 'feature' }), aRun({ branch: 'feature' }), aJob({ id: 1, branch: 'feature' }))
    await world.run(20_000)
    expect(world.messages()).toEqual([])
    await world.tell(aPull())
    await world.run(5000)
    expect(world.messages()).toHaveLength(1)
  })

  it('no card for a commit on which nothing runs', async () => {
    const world = await startWorld()
    await world.tell(...pushed)
    await world.run(20_000)
    expect(world.messages()).toEqual([])
  })

  it('the same facts again, or older ones, change nothing', async () => {
    const world = await startWorld()
    await world.tell(...pushed, aRun({}), ...failed)
    await world.run(30_000)
    const calls = world.slack.calls.length
    await world.tell(...pushed, aRun({}), ...failed)
    await world.tell(aJob({ id: 1, name: 'lint', status: 'queued' }))
    await world.run(30_000)
    expect(world.slack.calls.length).toBe(calls)
    expect(world.raw.prepare('SELECT outcome FROM inbox WHERE id IN (?, ?)').pluck().all('told:2', 'told:3')).toEqual([
      'unchanged',
      'unchanged',
    ])
  })

  it('a repository that is spelled differently is the same one', async () => {
    const world = await startWorld()
    await world.tell(...pushed, aRun({}))
    await world.tell({ ...aJob({ id: 1 }), repository: 'ACME/Shop' })
    await world.run(5000)
    expect(world.messages()).toHaveLength(1)
    expect(world.raw.prepare('SELECT count(*) FROM pipelines').pluck().get()).toBe(1)
  })
})

describe('a stage that ends', () => {
  it('has one line in the thread, of every channel', async () => {
    const world = await startWorld({ channels: ['#deploys', '#releases'] })
    await world.tell(...pushed, aRun({}), aJob({ id: 1, name: 'lint' }))
    await world.run(5000)
    await world.tell(aJob({ id: 1, name: 'lint', conclusion: 'success' }), aRun({ conclusion: 'success' }))
    await world.tell(aCommit({ message: 'another word' }))
    await world.run(30_000)
    for (const channel of ['#deploys', '#releases']) {
      expect(lines(world, channel)).toHaveLength(1)
      expect(lines(world, channel)[0]).toMatch(/Pre-build checks/)
      expect(broadcasts(world, channel)).toEqual([])
    }
  })
})

describe('a failure', () => {
  it('alerts the thread, the channel, the author and, on the default branch, those on call', async () => {
    const world = await startWorld()
    const user = mona(world)
    await world.tell(...pushed, aRun({}), aJob({ id: 1, name: 'lint' }))
    await world.run(5000)
    await world.tell(...failed)
    await world.run(30_000)
    expect(broadcasts(world)).toHaveLength(1)
    const alert = JSON.stringify(broadcasts(world)[0])
    expect(alert).toMatch(/lint/)
    expect(alert).toContain(`<@${user}>`)
    expect(alert).toContain('<!subteam^SONCALL1')
    expect(alert).toContain('rerun_failed_jobs')
    expect(alert).toContain('acme/shop 1 1')
  })

  it('does not call those on call for a pull request', async () => {
    const world = await startWorld()
    await world.tell(
      aPull(),
      aRun({ branch: 'feature', event: 'pull_request' }),
      aJob({ id: 1, branch: 'feature', conclusion: 'failure' }),
    )
    await world.run(30_000)
    expect(broadcasts(world)).toHaveLength(1)
    expect(JSON.stringify(broadcasts(world))).not.toContain('subteam')
  })

  it('is shown in the channel once a pipeline, the others in the thread alone', async () => {
    const world = await startWorld()
    await world.tell(...pushed, aRun({}), aJob({ id: 1, name: 'lint', conclusion: 'failure' }))
    await world.run(20_000)
    await world.tell(aJob({ id: 2, name: 'typecheck', conclusion: 'failure' }))
    await world.run(20_000)
    expect(broadcasts(world)).toHaveLength(1)
    expect(lines(world).filter((text) => /^Failed/.test(text))).toHaveLength(2)
  })

  it('is edited when a re-run passes, with who ran it again and after how long', async () => {
    const world = await startWorld()
    const user = mona(world)
    await world.tell(...pushed, aRun({ actor: 'hubot' }), ...failed)
    await world.run(20_000)
    await world.tell(aRun({ attempt: 2, actor: 'mona', started: 900, at: 900 }))
    await world.tell(aJob({ id: 2, attempt: 2, name: 'lint', conclusion: 'success', started: 901, completed: 960 }))
    await world.tell(aRun({ attempt: 2, actor: 'mona', conclusion: 'success', started: 900, at: 961 }))
    await world.run(20_000)
    const [alert] = broadcasts(world)
    expect(alert?.text).toMatch(/^Fixed: .*re-run of mona after 15 ?m/)
    expect(JSON.stringify(alert?.blocks)).toContain(`<@${user}>`)
    expect(JSON.stringify(alert?.blocks)).not.toContain('rerun_failed_jobs')
  })

  it('is edited when a newer commit passes', async () => {
    const world = await startWorld()
    await world.tell(...pushed, aRun({}), ...failed)
    await world.run(20_000)
    await world.tell(
      of(1, aPush({ at: 100 })),
      of(1, aCommit({ message: 'Mend the lint', login: 'hubot' })),
      of(1, aJob({ id: 7, run: 2, name: 'lint', conclusion: 'success', started: 110, completed: 180 })),
    )
    await world.run(20_000)
    expect(broadcasts(world)[0]?.text).toMatch(/^Fixed: .*newer commit 0000000 of hubot after 2 ?m/)
  })

  it('is not mended by an older commit whose job merely took longer', async () => {
    const world = await startWorld()
    await world.tell(of(1, aPush({ at: -100 })), of(1, aRun({ id: 2 })), of(1, aJob({ id: 7, run: 2, name: 'lint' })))
    await world.tell(...pushed, aRun({}), ...failed)
    await world.run(20_000)
    await world.tell(of(1, aJob({ id: 7, run: 2, name: 'lint', conclusion: 'success', completed: 300 })))
    await world.run(20_000)
    expect(broadcasts(world)[0]?.text).toMatch(/^Failed/)
  })

  it('of a branch that was merged as it stands is mended by its re-run', async () => {
    const world = await startWorld()
    await world.tell(
      aPull(),
      aRun({ branch: 'feature' }),
      aJob({ id: 1, branch: 'feature', name: 'lint', conclusion: 'failure' }),
    )
    await world.run(20_000)
    await world.tell(aPush(), aRun({ attempt: 2, started: 900, at: 900 }))
    await world.tell(aJob({ id: 2, attempt: 2, name: 'lint', conclusion: 'success', started: 901, completed: 960 }))
    await world.run(20_000)
    expect(broadcasts(world)[0]?.text).toMatch(/^Fixed/)
  })

  it.each(['before', 'after'])(
    'of the run for the push is not mended by the run for the pull request (heard of %s it)',
    async (when) => {
      const world = await startWorld()
      const forPush = [
        aRun({ id: 1, branch: 'feature', conclusion: 'failure', at: 61 }),
        aJob({ id: 1, run: 1, branch: 'feature', name: 'lint', conclusion: 'failure', completed: 60 }),
      ]
      const forPull = [
        aRun({ id: 2, branch: 'feature', event: 'pull_request', conclusion: 'success', at: 63 }),
        aJob({ id: 2, run: 2, branch: 'feature', name: 'lint', conclusion: 'success', completed: 62 }),
      ]
      await world.tell(aPull())
      for (const facts of when === 'before' ? [forPull, forPush] : [forPush, forPull]) {
        await world.tell(...facts)
        await world.run(20_000)
      }
      expect(broadcasts(world).map(({ text }) => text)).toEqual([expect.stringMatching(/^Failed: .*lint/)])
      await world.tell(aRun({ id: 1, attempt: 2, branch: 'feature', started: 900, at: 900 }))
      await world.tell(
        aJob({
          id: 3,
          run: 1,
          attempt: 2,
          branch: 'feature',
          name: 'lint',
          conclusion: 'success',
          started: 901,
          completed: 960,
        }),
      )
      await world.run(20_000)
      expect(broadcasts(world).map(({ text }) => text)).toEqual([expect.stringMatching(/^Fixed: .*lint/)])
    },
  )

  it('that is heard of after a newer commit has passed alerts nobody', async () => {
    const world = await startWorld()
    await world.tell(...pushed, aRun({}), aJob({ id: 1, name: 'lint' }))
    await world.tell(
      of(1, aPush({ at: 100 })),
      of(1, aJob({ id: 7, run: 2, name: 'lint', conclusion: 'success', completed: 300 })),
    )
    await world.run(20_000)
    await world.tell(...failed)
    await world.run(20_000)
    expect(broadcasts(world)).toEqual([])
    expect(lines(world).join()).not.toMatch(/Failed: .*lint/)
    expect(lines(world).join()).toMatch(/Fixed: .*newer commit 0000000/)
  })

  it('is still shown in the channel when an earlier one of its pipeline was mended before anybody heard of it', async () => {
    const world = await startWorld()
    world.slack.outage(true)
    await world.tell(...pushed, aRun({}), aJob({ id: 1, name: 'lint', conclusion: 'failure' }))
    await world.run(5000)
    await world.tell(
      of(1, aPush({ at: 100 })),
      of(1, aJob({ id: 7, run: 2, name: 'lint', conclusion: 'success', completed: 300 })),
    )
    world.slack.outage(false)
    await world.run(60_000)
    expect(broadcasts(world)).toEqual([])
    await world.tell(aJob({ id: 2, name: 'typecheck', conclusion: 'failure' }))
    await world.run(20_000)
    expect(broadcasts(world).map(({ text }) => text)).toEqual([expect.stringMatching(/^Failed: .*typecheck/)])
  })

  it('is posted without its lines when GitHub is down', async () => {
    const world = await startWorld()
    world.github.faults.setOutage(true)
    await world.tell(...pushed, aRun({}), ...failed)
    await world.run(60_000)
    expect(broadcasts(world)).toHaveLength(1)
    expect(world.raw.prepare("SELECT count(*) FROM outbox WHERE state = 'dead'").pluck().get()).toBe(0)
  })

  it('says how often the job failed on main lately', async () => {
    const world = await startWorld()
    for (let n = 1; n <= 6; n++) {
      const conclusion = n === 3 ? 'failure' : 'success'
      await world.tell(
        of(n, aPush({ at: n - 100 })),
        of(n, aRun({ id: 50 + n })),
        of(n, aJob({ id: 100 + n, run: 50 + n, name: 'lint', conclusion, completed: 60 + n })),
      )
    }
    await world.run(60_000)
    await world.tell(...pushed, aRun({}), ...failed)
    await world.run(30_000)
    const alert = broadcasts(world).find(({ text }) => /^Failed/.test(text))
    expect(JSON.stringify(alert?.blocks)).toMatch(/1 of its last 6 runs on main/)
  })
})

describe('the author', () => {
  it('is asked for once, however many events come', async () => {
    const world = await startWorld()
    mona(world)
    await world.tell(...pushed, aRun({}), aJob({ id: 1 }))
    for (let n = 2; n < 12; n++) await world.tell(aJob({ id: n, name: `job ${n}` }))
    await world.run(20_000)
    expect(world.countOf('users.lookupByEmail')).toBe(1)
    expect(JSON.stringify(world.messages()[0]?.blocks)).toMatch(/<@U|"user_id":"U/)
  })

  it('who is unknown because GitHub is down is asked for again', async () => {
    const world = await startWorld()
    const user = mona(world)
    world.github.faults.setOutage(true)
    await world.tell(aPush(), { ...aCommit({ login: 'mona' }), ...{ authorEmail: null } }, aRun({}), aJob({ id: 1 }))
    await world.run(20_000)
    world.github.faults.setOutage(false)
    await world.run(600_000)
    expect(JSON.stringify(world.messages()[0]?.blocks)).toContain(user)
  })
})

describe('a pipeline that falls silent', () => {
  it('is asked about after a quarter of an hour, and its card catches up', async () => {
    const world = await startWorld()
    await world.tell(...pushed, aRun({}), aJob({ id: 1 }))
    await world.run(14 * 60_000)
    const asked = () =>
      world.github.requests.filter(
        ({ path }) => path.includes(`/commits/${'a'.repeat(40)}`) || path.includes('/actions/runs'),
      ).length
    const before = asked()
    await world.run(2 * 60_000)
    expect(asked()).toBeGreaterThan(before)
  })

  it('is not asked about once it is over, and ever less often while it stays silent', async () => {
    const world = await startWorld()
    await world.tell(...pushed, aRun({}), aJob({ id: 1 }))
    await world.run(24 * 3600_000)
    const syncs = () =>
      Number(world.raw.prepare("SELECT count(*) FROM outbox WHERE type = 'sync_pipeline'").pluck().get())
    expect(syncs()).toBeGreaterThan(3)
    expect(syncs()).toBeLessThan(12)
    await world.tell(aJob({ id: 1, conclusion: 'success' }), aRun({ conclusion: 'success', at: 90_000 }))
    const before = syncs()
    await world.run(48 * 3600_000)
    expect(syncs()).toBe(before)
  })
})

it('the test’s clock begins when the facts do', () => {
  expect(atMs(0)).toBe(Date.UTC(2026, 0, 5, 9))
})
