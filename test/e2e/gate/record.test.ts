import { expect, it } from 'vitest'
import { validateMessage } from '../../../sandbox/slack/validate-message.ts'
import { wordsOf } from '../fast-world.ts'
import { devId, leadId } from './gate-world.ts'
import { people, read } from './people.ts'

it('the Home tab shows open gates and the last releases with who approved what, and answers in a modal', async () => {
  const world = await people()
  const home = async () => {
    await world.slack.openHome(leadId)
    await world.settled()
    const view = world.slack.home(leadId)
    if (view === null) throw new Error('There is no Home tab.')
    expect(validateMessage({ blocks: view.blocks }, 'home')).toEqual([])
    return { id: view.id, text: wordsOf({ text: '', blocks: view.blocks }) }
  }
  expect((await home()).text).toContain('Nothing waits for a decision.')
  await world.ask(devId, 'prod canary')
  const open = await home()
  expect(open.text).toMatch(
    /Open gates.*app → production.*Waiting for approval.*Last releases.*Nothing has been released/,
  )
  await world.press(leadId, world.gateCard(), 'gate_approve')
  await world.github.walk()
  await world.settled()
  const done = await home()
  expect(done.text).toMatch(new RegExp(`Last releases.*Released.*asked for by <@${devId}>.*approved by <@${leadId}>`))

  for (const [actionId, words] of [
    ['deploy_status', 'Live: '],
    ['deploy_history', `approved by <@${leadId}>`],
    ['deploy_help', '/deploy status'],
  ] as const) {
    await world.slack.press({ user: leadId, view: done.id, actionId })
    await world.slack.until(() => world.slack.openView(leadId) !== null, 'the answer')
    const modal = world.form(leadId)
    expect(wordsOf({ text: '', blocks: modal.blocks })).toContain(words)
    await world.slack.closeView({ user: leadId, view: modal.id })
  }
  await world.slack.press({ user: leadId, view: done.id, actionId: 'deploy_open' })
  await world.slack.until(() => world.slack.openView(leadId)?.callbackId === 'deploy_modal', 'the form')
})

it('the commit’s own card names its releases, and the thread of the release ends with the whole story', async () => {
  const world = await people()
  await world.ask(devId, 'prod canary')
  const pipeline = () => world.slack.messages('#deploys').find(({ threadTs }) => threadTs === null)
  expect(wordsOf(pipeline() ?? { text: '', blocks: [] })).toContain('(canary): Waiting for approval')
  await world.press(leadId, world.gateCard(), 'gate_approve')
  await world.github.walk()
  await world.settled()
  expect(wordsOf(pipeline() ?? { text: '', blocks: [] })).toContain('(canary): Released')
  const thread = world.slack.thread('#deploys', pipeline()?.ts ?? '')
  const story = thread.find(({ text }) => text.includes('the whole story'))
  const [release] = await world.releases()
  const shown = await world.ask(devId, `show ${release?.id}`)
  expect(story?.text).toBe(shown.text)
  for (const words of ['asked for the release', 'approved', 'started the workflow', 'saw it end well']) {
    expect(read(shown)).toContain(words)
  }
})

it('all evidence is there on demand, for the one who asks', async () => {
  const world = await people()
  await world.ask(devId, 'prod canary')
  const evidence = read(await world.pressFor(leadId, world.card(), 'gate_evidence'))
  expect(evidence).toContain('Changed files')
  expect(evidence).toContain('src/fees.ts')
  expect(evidence).toContain('ci-passed')
  expect(world.slack.messages('#deploys').map(read).join('\n')).not.toContain('Changed files (')
})
