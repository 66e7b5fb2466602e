import { describe, expect, it } from 'vitest'
import type { SimulatedSlackOptions } from '../../../sandbox/slack/simulated-slack.ts'
import { decideStep } from '../../../src/analysis/decide-step.ts'
import { judge } from '../../../src/analysis/judge.ts'
import { newAnalysisState, observe } from '../../../src/analysis/observe.ts'
import { postUnderRelease } from '../../../src/engine/gate/perform-messages.ts'
import { addCard, recordShown } from '../../../src/store/cards.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import { saveCheck, saveRollout } from '../../../src/store/rollouts.ts'
import { readSetting } from '../../../src/store/settings.ts'
import { errorsOnly, firstStep, minute, ratio } from '../../analysis/checks.ts'
import { repository } from '../../providers/github/with-github.ts'
import { opened } from '../../release/fixtures.ts'
import { Played } from '../../release/rollout/fixtures.ts'
import { gateParts } from '../gate/parts.ts'

const releaseId = '01JRELEASE0000000000000001'
const cardId = '01JCARD000000000000000001'

/** A release whose canary failed at its fifth check, with its card in the channel. */
async function failedRollout(options: SimulatedSlackOptions = {}) {
  const parts = await gateParts({ slack: options })
  const { slack, clock, context } = parts
  const { store, chat } = context
  const channel = slack.addChannel('deploys')
  const top = await chat.postMessage({ channel: channel.id, text: 'Card', blocks: [], mark: { id: 'card' } })
  if (!top.ok) throw new Error('not posted')
  const { ts } = top.value
  let state = newAnalysisState
  const rollout = new Played({ releaseId }).toFirstStep().rollout
  await store.transaction(async (tx) => {
    await saveRelease(tx, { ...opened(), id: releaseId, repository }, clock.now(), true)
    await addCard(tx, { id: cardId, of: { releaseId }, channel: channel.id, revision: 1, at: clock.now() })
    const place = { channelId: channel.id, ts }
    await recordShown(tx, cardId, { revision: 1, digest: '', at: clock.now(), place })
    await saveRollout(tx, repository, rollout, clock.now())
    for (let at = minute; at <= 5 * minute; at += minute) {
      const observation = {
        from: at - minute,
        to: at,
        samples: { errors: ratio(1000, at > minute ? 6 : 1, 20_000, 20) },
      }
      state = observe(state, observation, firstStep, errorsOnly)
      const verdict = judge(state, errorsOnly, at)
      const decision = decideStep(state, verdict, firstStep, errorsOnly, at)
      await saveCheck(tx, releaseId, { at, step: firstStep, observation, verdict, decision })
    }
  })
  let said = 0
  return {
    ...parts,
    thread: () => slack.thread(channel.id, ts).slice(1),
    uploads: () => slack.calls.filter(({ method }) => method === 'files.completeUploadExternal').length,
    posts: () => slack.calls.filter(({ method }) => method === 'chat.postMessage').length - 1,
    /** Says what the check at that minute came to; time passes while it waits. */
    async say(at: number): Promise<void> {
      said += 1
      const effect = { id: `note:${said}`, startedAt: null, createdAt: clock.now() } as Parameters<
        typeof postUnderRelease
      >[0]
      const body = { releaseId, cardId, what: { type: 'verdict', at } } as const
      const posted = postUnderRelease(effect, body, context).then(() => 'posted')
      for (;;) {
        const next = new Promise((resolve) => setTimeout(resolve, 10, 'waiting'))
        if ((await Promise.race([posted, next])) === 'posted') return
        await clock.advance(250, async () => {})
      }
    },
  }
}

/** Of each reply, whether it says something and shows no chart. */
function chartless(replies: readonly { readonly blocks: readonly { readonly type: string }[] }[]): readonly boolean[] {
  return replies.map(
    ({ blocks }) => blocks.length > 0 && !blocks.some(({ type }) => ['image', 'data_visualization'].includes(type)),
  )
}

describe('a chart under a verdict', () => {
  it('is Slack’s own, of the step up to that check', async () => {
    const world = await failedRollout()
    await world.say(4 * minute)
    const [reply] = world.thread()
    expect(reply?.blocks.at(-1)).toMatchObject({
      type: 'data_visualization',
      title: 'errors in the step so far',
      chart: { series: [{ name: 'canary' }, { name: 'baseline' }, { name: '2 × baseline' }] },
    })
    expect(JSON.stringify(reply?.blocks)).toContain('"categories":["1:00","2:00","3:00","4:00"]')
    expect(world.uploads()).toBe(0)
  })

  it('does not stand under a check that only goes on', async () => {
    const world = await failedRollout()
    await world.say(2 * minute)
    expect(chartless(world.thread())).toEqual([true])
  })

  it('is a picture where the workspace refuses the block, which is not tried again', async () => {
    const world = await failedRollout({ takesCharts: false })
    await world.say(5 * minute)
    await world.say(5 * minute)
    expect(world.posts()).toBe(3)
    for (const reply of world.thread()) {
      const picture = reply.blocks.at(-1)
      expect(picture).toMatchObject({
        type: 'image',
        alt_text: expect.stringMatching(/^errors in the step so far: at the last of 5 checks the canary has 0\.50 %/),
      })
      const id = /F[A-Z0-9]{8,}/.exec(JSON.stringify(picture?.slack_file))?.[0] ?? ''
      expect(
        Buffer.from(world.slack.state.files[id]?.content ?? '', 'base64')
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG')
    }
    expect(await readSetting(world.context.store.db, 'slack.charts')).toBe('picture')
  })

  it('waits until Slack has worked on the picture, and is uploaded once', async () => {
    const world = await failedRollout({ takesCharts: false, fileDelayMs: 2500 })
    await world.say(5 * minute)
    expect(world.thread()[0]?.blocks.at(-1)?.type).toBe('image')
    expect(world.uploads()).toBe(1)
  })

  it.each([
    ['takes no files from it', { takesCharts: false, scopes: ['chat:write', 'channels:history'] }],
    ['never gets done with the picture', { takesCharts: false, fileDelayMs: 3_600_000 }],
  ])('is left out where the workspace %s; what it is about is said', async (_, options) => {
    const world = await failedRollout(options)
    await world.say(5 * minute)
    expect(chartless(world.thread())).toEqual([true])
    expect(await readSetting(world.context.store.db, 'slack.charts')).toBeNull()
  })
})
