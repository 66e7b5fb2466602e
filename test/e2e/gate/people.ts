/** What people do in the world with a production gate, and what they are told, wherever it reaches them. */
import type { Delivery } from '../../../sandbox/slack/deliveries.ts'
import type { View } from '../../../sandbox/slack/state.ts'
import { wordsOf } from '../fast-world.ts'
import { type GateWorld, gateWorld, makeGreen, repository } from './gate-world.ts'

/** A message that one person sees: under a message, or in their conversation with Sluice. */
export interface Told {
  readonly channel: string
  readonly ts: string
  readonly text: string
  readonly blocks: readonly object[]
}

export interface People extends GateWorld {
  /** Everything that was told to one person, in all channels, oldest first. */
  told(user: string): readonly Told[]
  /** Types a command and waits for the answer to it. */
  ask(user: string, text: string, channel?: string): Promise<Told>
  /** Presses a button and waits for the answer to it. */
  pressFor(user: string, on: Told, actionId: string, value?: string): Promise<Told>
  /** Presses a button that opens a form. */
  openForm(user: string, on: Told, actionId: string): Promise<void>
  /** Submits the form that is open. */
  submit(user: string, values: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>): Promise<Delivery>
  form(user: string): View
  /** The card as something to press on. */
  card(): Told
}

export async function people(options: Parameters<typeof gateWorld>[0] = {}): Promise<People> {
  const world = await gateWorld(options)
  const { slack } = world
  const told = (user: string): readonly Told[] => {
    const ephemerals = slack.state.ephemerals.filter((message) => message.user === user)
    const conversations = Object.values(slack.state.channels).filter(
      ({ kind, members }) => kind === 'im' && members.includes(user),
    )
    const direct = conversations.flatMap(({ id, messages }) =>
      Object.values(messages).map((message) => ({ ...message, channel: id })),
    )
    return [...ephemerals, ...direct]
      .map(({ channel, ts, text, blocks }) => ({ channel, ts, text, blocks }))
      .toSorted((a, b) => (a.ts < b.ts ? -1 : 1))
  }
  const answered = async (user: string, act: () => Promise<Delivery>, what: string): Promise<Told> => {
    const before = new Set(told(user).map(({ ts }) => ts))
    const news = () => told(user).filter(({ ts }) => !before.has(ts))
    const delivery = await act()
    if (!delivery.acknowledged) throw new Error(`Nobody acknowledged: ${what}`)
    await slack.until(() => news().length > 0, `an answer to ${what}`, 15_000)
    await world.settled()
    const answer = news().at(-1)
    if (answer === undefined) throw new Error(`There is no answer to ${what}`)
    return answer
  }
  const form = (user: string): View => {
    const view = slack.openView(user)
    if (view === null) throw new Error(`No form is open for ${user}.`)
    return view
  }
  return {
    ...world,
    told,
    ask: (user, text, channel = '#deploys') =>
      answered(
        user,
        () => slack.command({ user, channel: slack.channel(channel).id, command: '/deploy', text }),
        `/deploy ${text}`,
      ),
    pressFor: (user, on, actionId, value) =>
      answered(
        user,
        () =>
          slack.press({ user, channel: on.channel, ts: on.ts, actionId, ...(value === undefined ? {} : { value }) }),
        actionId,
      ),
    async openForm(user, on, actionId) {
      const before = slack.openView(user)?.id
      await slack.press({ user, channel: on.channel, ts: on.ts, actionId })
      await slack.until(() => (slack.openView(user)?.id ?? before) !== before, `a form for ${actionId}`)
    },
    async submit(user, values) {
      const shaped = Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { [id]: value }]))
      const delivery = await slack.submit({ user, view: form(user).id, values: shaped })
      await world.settled()
      return delivery
    },
    form,
    card() {
      const { ts, text, blocks } = world.gateCard()
      return { channel: slack.channel('#deploys').id, ts, text, blocks }
    },
  }
}

/** What a picked option of a menu is to Slack. */
export function picked(value: string): Readonly<Record<string, unknown>> {
  return { type: 'static_select', selected_option: { value } }
}

/** All that is to be read. */
export function read(message: { readonly text: string; readonly blocks: readonly object[] }): string {
  return wordsOf({ text: message.text, blocks: [...message.blocks] } as Parameters<typeof wordsOf>[0])
}

/** `action_id`s of the buttons of a message, in their order. */
export function buttons(message: Pick<Told, 'blocks'>): readonly string[] {
  return [...JSON.stringify(message.blocks).matchAll(/"action_id":"([^"]+)"/g)].map(([, id]) => id ?? '')
}

/** One more green commit on main. */
export async function commit(world: GateWorld, message: string): Promise<string> {
  const files = { [`src/${message.toLowerCase().replaceAll(' ', '-')}.ts`]: 'export {}\n' }
  const { sha } = world.github.commitFiles(repository, 'main', { message, files })
  makeGreen(world, sha)
  await world.settled()
  return sha
}
