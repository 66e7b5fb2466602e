/** The second half of the demo: from staging through the gate to production, and what is on record of it. */
import { join } from 'node:path'
import { verifyLog } from '../src/cli/audit.ts'
import type { DemoScreen } from './demo-screen.ts'
import { channel, repository, team } from './demo-world.ts'
import type { Message } from './slack/state.ts'
import type { World } from './start-world.ts'

/** How long a person looks at something before they do the next thing, in ms. */
const lookMs = 1_500
const waitMs = 30_000

/** The gate's card and everything that is said below it; nothing before there is one. */
export function gateThread(world: World): readonly Message[] {
  for (const { ts } of world.slack.messages(channel)) {
    const [, ...replies] = world.slack.thread(channel, ts)
    const first = replies.findIndex(isCard)
    if (first >= 0) return replies.slice(first)
  }
  return []
}

/**
 * Mona asks for production, may not approve it herself, and Grace does.
 *
 * @param options.speed - how many times as fast as in life the production workflow runs
 * @throws when something of it does not happen within half a minute
 */
export async function playGate(world: World, screen: DemoScreen, options: { readonly speed: number }): Promise<void> {
  const { slack, github } = world
  const { mona, grace } = team
  const until = (isTrue: () => boolean, what: string) => slack.until(isTrue, what, waitMs)
  const gateText = () => gateThread(world)[0]?.text ?? ''
  const press = async (user: string, actionId: string) => {
    const [card] = gateThread(world)
    if (card === undefined) throw new Error('There is no gate card.')
    await slack.press({ user, channel: slack.channel(channel).id, ts: card.ts, actionId })
  }
  const answerTo = async (user: string, act: () => Promise<unknown>): Promise<string> => {
    const answers = () => slack.ephemerals(channel).filter((message) => message.user === user)
    const before = answers().length
    await act()
    await until(() => answers().length > before, 'an answer')
    return answers().at(-1)?.text ?? ''
  }

  github.autoplay(options.speed)
  await slack.command({
    user: mona.id,
    channel: slack.channel(channel).id,
    command: '/deploy',
    text: 'prod canary',
  })
  await until(() => gateText().startsWith('Waiting for approval'), 'the gate card')
  await world.settled()
  await pause()

  screen.say('The gate’s card is in the commit’s thread, and in the channel. Mona presses Approve on her own request.')
  screen.whisper(mona.realName, await answerTo(mona.id, () => press(mona.id, 'gate_approve')))
  await pause()

  screen.say('Grace leads the team, and wrote none of it. She presses Approve.')
  screen.whisper(grace.realName, await answerTo(grace.id, () => press(grace.id, 'gate_approve')))
  await until(() => gateText().startsWith('Released'), 'the end of the release')
  await world.settled()

  const [run] = [...github.repository(repository).runs.values()].filter(({ event }) => event === 'workflow_dispatch')
  screen.say(`The workflow was started once, for exactly that commit: ${run?.title ?? 'it was not'}`)
  const { text } = await verifyLog({ config: '', data: join(world.folder, 'data') })
  screen.say(`$ sluice audit verify\n${text}`)
}

function isCard({ metadata }: Message): boolean {
  const id = metadata?.event_payload.id
  return typeof id === 'string' && id.startsWith('card:')
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lookMs))
}
