import { describe, expect, it } from 'vitest'
import { omnihubPipeline } from '../../sandbox/github/omnihub-pipeline.ts'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import { contentOf, expectedOf } from './expected-card.ts'
import { fastWorld, monaId, pushed, smallPipeline, wordsOf } from './fast-world.ts'

const stages = [
  'Pre-build checks',
  'Unit tests',
  'Build',
  'Integration tests',
  'Security scanning',
  'Deploy dev',
  'Smoke dev',
  'Deploy staging',
  'Smoke staging',
]

describe('a change that is pushed to main and deployed to staging', () => {
  it('is one card, which ends with every stage in its final state', async () => {
    const world = await fastWorld()
    const { sha } = await world.run(pushed())

    expect(world.slack.messages('#deploys')).toHaveLength(1)
    const [card] = world.cards()
    const start = `Passed: app main ${sha.slice(0, 7)} "Round trading fees half up" - 10 stages in`
    expect(card?.text).toMatch(new RegExp(`^${start} \\d+ min \\d+ s$`))
    const plan = card?.blocks.find(({ type }) => type === 'plan')
    expect(plan).toMatchObject({
      title: '10 of 12 stages done',
      tasks: [...stages, 'Other checks'].map((stage) => ({
        title: expect.stringMatching(new RegExp(`^${stage} · ✓ passed · `)),
        status: 'complete',
      })),
    })
    expect(contentOf(card ?? { text: '', blocks: [] })).toEqual(
      (await expectedOf(world, { repository: 'omnihub/app', sha })).card,
    )
  })

  it('has one line a stage in the thread, and everything else there too', async () => {
    const world = await fastWorld()
    await world.run(pushed())

    const lines = world.replies().map(({ text }) => text.replace(/^app \w{7}: /, '').replace(/,.*/, ''))
    expect(lines.toSorted()).toEqual([...stages, 'Other checks'].map((stage) => `${stage} passed`).toSorted())
    expect(world.replies().every(({ isBroadcast }) => !isBroadcast)).toBe(true)
  })

  it('is posted once and edited after that, far less often than GitHub speaks', async () => {
    const world = await fastWorld()
    await world.run(pushed())

    const of = (method: string) => world.slack.calls.filter((call) => call.method === method)
    expect(of('chat.postMessage').filter(({ args }) => args.thread_ts === undefined)).toHaveLength(1)
    expect(of('chat.update').length).toBeGreaterThanOrEqual(1)
    expect(of('chat.update').length).toBeLessThan(world.github.deliveries().length / 5)
  })

  it('says that it is running, and what, before it has ended', async () => {
    const world = await fastWorld()
    world.github.load(scriptPipeline(pushed()))
    let isRunning = false
    while (!isRunning) {
      const step = await world.github.step()
      isRunning = step?.events.includes('workflow_job.in_progress') === true
    }
    await world.settled()

    const [card] = world.cards()
    expect(card?.text).toMatch(/^Running: app main \w{7} "Round trading fees half up" - .*running|^Running: .* - .*: /)
    expect(wordsOf(card ?? { text: '', blocks: [] })).toContain('in_progress')
  })
})

describe('a change that comes as a pull request', () => {
  it('is one card for its head and one for the merge, which names the pull request', async () => {
    const world = await fastWorld()
    const { sha, headSha } = await world.run(omnihubPipeline())

    const [head, merged, ...more] = world.cards()
    expect(more).toEqual([])
    expect(head?.text).toMatch(/^Passed: app round-fees-half-up /)
    expect(head?.text).toContain(headSha?.slice(0, 7))
    expect(wordsOf(head ?? { text: '', blocks: [] })).toContain('#128')
    expect(merged?.text).toMatch(/^Passed: app main /)
    expect(merged?.text).toContain(sha.slice(0, 7))
    expect(wordsOf(merged ?? { text: '', blocks: [] })).toContain('#128')
    expect(wordsOf(merged ?? { text: '', blocks: [] })).toContain('https://github.com/omnihub/app/pull/128')
    expect(wordsOf(merged ?? { text: '', blocks: [] })).toContain(monaId)
  })
})

describe('a re-run', () => {
  it('replaces the first attempt on the card, and says so', async () => {
    const world = await fastWorld()
    const outcomes = { 'unit-tests': ['failure', 'success'] } as const
    const { sha } = await world.run(pushed({ outcomes, rerunFailedAfterMs: 60_000, rerunBy: 'mona' }))

    const [card] = world.cards()
    expect(card?.text).toMatch(/^Passed: /)
    const words = wordsOf(card ?? { text: '', blocks: [] })
    expect(words).toContain('↻ Continuous Integration: attempt 2')
    expect(words).toContain(', re-run by ')
    expect(words).toMatch(/Unit tests · ✓ passed · [^"]+ · attempt 2/)
    expect(contentOf(card ?? { text: '', blocks: [] })).toEqual(
      (await expectedOf(world, { repository: 'omnihub/app', sha })).card,
    )
    expect(world.cards()).toHaveLength(1)
  })
})

describe('repositories and channels', () => {
  it('several repositories share a channel, each with a card of its own', async () => {
    const world = await fastWorld({ repositories: { 'omnihub/app': ['#deploys'], 'omnihub/api': ['#deploys'] } })
    await world.run(smallPipeline({ repository: 'omnihub/app' }))
    await world.run(smallPipeline({ repository: 'omnihub/api' }))

    const texts = world.cards().map(({ text }) => text.split(' ').slice(0, 3).join(' '))
    expect(texts).toEqual(['Passed: app main', 'Passed: api main'])
  })

  it('one repository has a card and a thread in each of its channels', async () => {
    const world = await fastWorld({ repositories: { 'omnihub/app': ['#deploys', '#platform'] } })
    await world.run(smallPipeline({ outcomes: ['failure'] }))

    for (const channel of ['#deploys', '#platform']) {
      expect(world.cards(channel).map(({ text }) => text)).toEqual([expect.stringMatching(/^Failed: app main /)])
      expect(world.alerts(channel)).toHaveLength(1)
      expect(world.alerts(channel)[0]?.isBroadcast).toBe(true)
    }
  })

  it('a repository that is not in the configuration has no card, wherever its webhooks come from', async () => {
    const world = await fastWorld()
    world.github.addRepository({ fullName: 'omnihub/other' })
    world.github.addHook('omnihub/other', {
      url: `${world.sluiceUrl}/github/webhooks`,
      secret: world.env.GITHUB_WEBHOOK_SECRET ?? '',
    })
    await world.run(smallPipeline({ repository: 'omnihub/other' }))

    expect(world.slack.messages('#deploys')).toEqual([])
    expect(world.github.deliveries().every(({ statusCode }) => statusCode === 202)).toBe(true)
  })
})
