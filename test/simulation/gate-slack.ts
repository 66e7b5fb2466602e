/** A Slack in memory, at the engine's interface: messages with their marks, people, groups. */
import { readGateValue } from '../../src/cards/button-values.ts'
import type { ChatPlatform, ChatUser, PostedMessage } from '../../src/engine/chat-platform.ts'
import type { FakeClock } from '../engine/fake-clock.ts'
import { ok } from './gate-service.ts'
import { emailOf, type GateTruth, humanOf, humans, strangers } from './gate-truth.ts'

export interface SlackMessage {
  readonly channel: string
  readonly ts: string
  readonly threadTs: string | null
  readonly mark: string
  content: string
}

/** What the buttons of a card said once. */
export interface DrawnButtons {
  readonly generation: number
  readonly planDigest: string
  /** The whole card, as the one who pressed saw it. */
  readonly content: string
  /** The message that it was shown in. */
  readonly ts: string
}

export interface GateSlack {
  readonly chat: ChatPlatform
  readonly messages: readonly SlackMessage[]
  /** Answers that only one person saw, and direct messages. */
  readonly told: readonly { readonly user: string; readonly text: string }[]
  /** Every state that a release's card was shown in with buttons, oldest first. */
  drawn(releaseId: string): readonly DrawnButtons[]
}

const team = 'T1'

export function createGateSlack(truth: GateTruth, clock: FakeClock): GateSlack {
  const messages: SlackMessage[] = []
  const told: { readonly user: string; readonly text: string }[] = []
  const buttons = new Map<string, DrawnButtons[]>()
  let posted = 0
  const idOf = (channel: string) => (channel.startsWith('#') ? `C${channel.slice(1).toUpperCase()}` : channel)

  function remember(content: string, ts: string): void {
    for (const [, text = ''] of content.matchAll(/"value":"([^"]+)"/g)) {
      const value = readGateValue(text)
      if (value === null) continue
      const list = buttons.get(value.releaseId) ?? []
      buttons.set(value.releaseId, list)
      if (list.at(-1)?.content !== content) list.push({ ...value, content, ts })
    }
  }

  function post(channel: string, threadTs: string | null, mark: string, content: string): PostedMessage {
    posted += 1
    const ts = `${Math.floor(clock.now() / 1000)}.${String(posted).padStart(6, '0')}`
    messages.push({ channel: idOf(channel), ts, threadTs, mark, content })
    remember(content, ts)
    return { channel: idOf(channel), ts }
  }

  const chat: ChatPlatform = {
    async postMessage({ channel, threadTs, text, blocks, mark }) {
      return ok(post(channel, threadTs ?? null, mark.id, JSON.stringify([text, blocks])))
    },
    async updateMessage({ channel, ts, text, blocks }) {
      const message = messages.find((one) => one.channel === channel && one.ts === ts)
      if (message === undefined) return { ok: false, failure: { type: 'message_not_found' } }
      message.content = JSON.stringify([text, blocks])
      remember(message.content, message.ts)
      return ok(undefined)
    },
    async findMessage({ channel, threadTs, mark, oldestMs }) {
      const found = messages.find(
        (one) =>
          one.channel === idOf(channel) &&
          one.mark === mark.id &&
          (threadTs === undefined || one.threadTs === threadTs) &&
          Number(one.ts) * 1000 >= oldestMs - 1000,
      )
      return ok(found === undefined ? null : { channel: found.channel, ts: found.ts })
    },
    async postEphemeral({ user, text }) {
      told.push({ user, text })
      return ok(undefined)
    },
    async directMessage({ user, text, blocks, mark }) {
      told.push({ user, text })
      return ok(post(user, null, mark.id, JSON.stringify([text, blocks])))
    },
    async permalink({ channel, ts }) {
      return ok(`https://acme.slack.com/archives/${channel}/p${ts}`)
    },
    async user(id) {
      const user = userOf(id)
      return user === null ? { ok: false, failure: { type: 'rejected', code: 'user_not_found' } } : ok(user)
    },
    async userByEmail(email) {
      const human = humans.find(({ name }) => email === emailOf(name))
      return ok(human === undefined ? null : userOf(human.slackId))
    },
    async groupMembers(group) {
      return ok(truth.membersOf(group).map(({ slackId }) => slackId))
    },
    async openModal() {
      return ok({ viewId: 'V1' })
    },
    async updateModal() {
      return ok(undefined)
    },
    async uploadPicture() {
      return ok({ fileId: 'F00000001' })
    },
    async publishHome() {
      return ok(undefined)
    },
    async identify() {
      return ok({ teamId: team, botUserId: 'UBOT', url: 'https://acme.slack.com/' })
    },
  }
  return { chat, messages, told, drawn: (releaseId) => buttons.get(releaseId) ?? [] }
}

function userOf(id: string): ChatUser | null {
  const human = humanOf(id)
  if (human === null && !strangers.some((stranger) => stranger === id)) return null
  return {
    id,
    teamId: id === 'UOTHERTEAM' ? 'T2' : team,
    name: human?.name ?? id,
    email: human === null ? null : emailOf(human.name),
    isGuest: id === 'UGUEST',
    isBot: false,
    isDeactivated: id === 'UGONE',
    timeZone: null,
  }
}
