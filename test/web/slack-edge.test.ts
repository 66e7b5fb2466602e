import { describe, expect, it } from 'vitest'
import { aJob, aPush, aRun } from '../pipeline/facts.ts'
import { type Running, startRunning } from './running-sluice.ts'

async function alerted(): Promise<{ readonly running: Running; readonly ts: string; readonly user: string }> {
  const running = await startRunning()
  const user = running.slack.addUser('ada')
  running.slack.invite('#deploys', user.id)
  const facts = [aPush(), aRun({ conclusion: 'failure' }), aJob({ id: 1, conclusion: 'failure' })]
  await running.sluice.engine.submit({ id: 'told', type: 'github.facts', body: { facts } })
  const alerts = () => running.slack.messages('#deploys').filter(({ isBroadcast }) => isBroadcast)
  await running.slack.until(() => alerts().length > 0, 'the alert', 15_000)
  return { running, ts: alerts()[0]?.ts ?? '', user: user.id }
}

const actions = (running: Running) =>
  running.raw.prepare("SELECT type FROM inbox WHERE type LIKE 'slack.rerun%'").pluck().all()

describe('Slack’s requests over HTTP', () => {
  it('a press on Re-run failed jobs is on disk when it is acknowledged, and its person gets an answer', async () => {
    const { running, ts, user } = await alerted()
    const channel = running.slack.channel('#deploys').id
    const delivery = await running.slack.press({ user, channel, ts, actionId: 'rerun_failed_jobs' })
    expect(delivery).toMatchObject({ acknowledged: true })
    expect(actions(running)).toEqual(['slack.rerun_pressed'])
    await running.slack.until(() => running.slack.ephemerals(channel).length > 0, 'the answer')
    expect(running.slack.ephemerals(channel)).toMatchObject([{ user, text: expect.stringMatching(/^Not run again/) }])
  })

  it('a press on a button whose value is not ours does nothing and says so', async () => {
    const { running, ts, user } = await alerted()
    const message = running.slack.state.channels[running.slack.channel('#deploys').id]?.messages[ts]
    if (message === undefined) throw new Error('no alert')
    message.blocks = JSON.parse(JSON.stringify(message.blocks).replace('acme/shop 1 1', 'acme/shop; rm -rf'))
    const channel = running.slack.channel('#deploys').id
    await running.slack.press({ user, channel, ts, actionId: 'rerun_failed_jobs' })
    await running.slack.until(() => running.slack.ephemerals(channel).length > 0, 'the answer')
    expect(actions(running)).toEqual([])
  })

  it('a press on Open run is acknowledged', async () => {
    const { running, ts, user } = await alerted()
    const channel = running.slack.channel('#deploys').id
    expect(await running.slack.press({ user, channel, ts, actionId: 'open_run' })).toMatchObject({ acknowledged: true })
  })

  it('opening the Home tab draws it', async () => {
    const running = await startRunning()
    const user = running.slack.addUser('ada')
    await running.slack.openHome(user.id)
    await running.slack.until(() => running.slack.home(user.id) !== null, 'the Home tab')
    expect(JSON.stringify(running.slack.home(user.id)?.blocks)).toMatch(/acme\/shop/)
  })

  it('a request that Slack did not sign is refused', async () => {
    const running = await startRunning()
    const response = await fetch(`${running.url}/slack/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-slack-signature': 'v0=abc',
        'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
      },
      body: '{"type":"event_callback"}',
    })
    expect(response.status).toBe(401)
  })
})

describe('stopping', () => {
  const facts = [aPush(), aRun({}), aJob({ id: 1 })]

  it('right after the start writes no error into the log, and a second time does nothing', async () => {
    const running = await startRunning()
    await running.sluice.stop()
    await running.sluice.stop()
    expect(running.log.filter(({ level }) => level >= 50)).toEqual([])
  })

  it('waits for the calls that are under way, so that nothing is done twice after it', async () => {
    const running = await startRunning()
    const { slack, sluice } = running
    let isUnderWay = false
    slack.setLatency((method) => {
      isUnderWay ||= method === 'chat.postMessage'
      return 100
    })
    await sluice.engine.submit({ id: 'told', type: 'github.facts', body: { facts } })
    while (!isUnderWay) await new Promise((resolve) => setImmediate(resolve))
    await sluice.stop()
    expect(slack.messages('#deploys')).toHaveLength(1)
    expect(running.raw.prepare('SELECT state, ts FROM cards').all()).toEqual([
      { state: 'shown', ts: slack.messages('#deploys')[0]?.ts },
    ])
    expect(running.log.filter(({ level }) => level >= 50)).toEqual([])
  })
})
