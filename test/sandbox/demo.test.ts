import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createDemoScreen } from '../../sandbox/demo-screen.ts'
import { startSimulatedSlack } from '../../sandbox/slack/simulated-slack.ts'
import type { Message } from '../../sandbox/slack/state.ts'
import { spawnNode } from '../spawn-node.ts'

describe('npm run demo', () => {
  it('plays a commit from push to production with no account, and says what is on record', {
    timeout: 90_000,
  }, async () => {
    const { PATH, HOME, TMPDIR } = process.env
    const child = spawnNode({ script: 'sandbox/demo.ts', args: ['--speed', '60'], env: { PATH, HOME, TMPDIR } })
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    expect(errors).toBe('')
    expect(code).toBe(0)
    const inOrder = [
      '[ Re-run failed jobs ]',
      '✅ Smoke staging passed',
      'Mona types:  /deploy prod canary',
      '✋ Waiting for approval: app → production',
      '❗ Drops a column',
      '1 more of @tech-leads',
      'Only Mona Lisa sees:',
      'You asked for this release, so somebody else has to approve it.',
      'Only Grace Hopper sees:',
      'Your approval counts (1 of 1).',
      '@Mona Lisa wanted to approve: not done',
      '@Grace Hopper ✓ approved',
      'Sluice saw it end well',
      'The workflow was started once',
      '$ sluice audit verify',
      'The chain holds: ',
      'webhooks came in.',
    ]
    let from = 0
    for (const words of inOrder) {
      const found = output.indexOf(words, from)
      expect(found, `“${words}” comes after character ${from} of:\n${output}`).toBeGreaterThanOrEqual(from)
      from = found
    }
  })
})

describe('the demo’s screen', () => {
  const width = { columns: 60, rows: 6 }

  async function channelWith(...texts: readonly string[]) {
    const slack = await startSimulatedSlack()
    const { id } = slack.addChannel('deploys')
    const person = slack.addUser({ name: 'mona' }).id
    for (const words of texts) slack.say({ user: person, channel: id, text: words })
    const messages = (): readonly Message[] => slack.messages('#deploys')
    await slack.stop()
    return messages
  }

  function terminal() {
    let written = ''
    return {
      output: {
        ...width,
        isTTY: true,
        write(more: string) {
          written += more
          return true
        },
      },
      /** What was written since it was asked last. */
      news() {
        const news = written
        written = ''
        return news
      },
    }
  }

  it('draws in place, no more than the window takes, and leaves all of it when something is said', async () => {
    const messages = await channelWith(...Array.from({ length: 8 }, (_, index) => `message ${index}`))
    const { output, news } = terminal()
    const screen = createDemoScreen({ output, userNames: new Map(), read: () => messages().map((one) => [one]) })
    screen.refresh()
    const first = news()
    expect(first).toContain('message 7')
    expect(first).not.toContain('message 0')
    screen.refresh()
    const inPlace = '\u001B[5A\u001B[0J'
    expect(news().startsWith(inPlace)).toBe(true)
    screen.say('Now this.')
    const last = news()
    expect(last.startsWith(`${inPlace}message 0\n`)).toBe(true)
    expect(last).toMatch(/message 7\n.*Now this\./s)
    screen.refresh()
    expect(news()).toBe('')
  })

  it('shows what one person is told as Slack would', async () => {
    const messages = await channelWith()
    const { output, news } = terminal()
    const screen = createDemoScreen({ output, userNames: new Map([['U1', 'Ada']]), read: () => [messages()] })
    screen.whisper('Mona', '*No:* ask <@U1> &amp; co')
    expect(news()).toContain('@Ada')
  })
})
