import type { KnownBlock } from '@slack/types'
import type { Secret } from '../../config/secret.ts'
import type { ChatPlatform, ChatResult, ChatUser, MessageMark } from '../../engine/chat-platform.ts'
import { chatFailure } from './chat-failure.ts'
import { findChannelId } from './find-channel-id.ts'
import { findMarkedMessage, markEventType } from './find-marked-message.ts'
import { slackClient } from './slack-client.ts'

/** One call of Slack's Web API, for the metrics. */
export interface ProviderCall {
  readonly service: 'slack'
  readonly method: string
  /** `ok`, or the type of the failure. */
  readonly outcome: string
  readonly seconds: number
}

export interface SlackChatPlatformOptions {
  readonly token: Secret
  /** `https://slack.com/api/`. */
  readonly apiUrl: string
  /** How long a call may take before it counts as failed. Default 10 s. */
  readonly timeoutMs?: number
  readonly onCall?: (call: ProviderCall) => void
}

/**
 * Slack as the engine sees it. Each method makes one attempt and never throws for what Slack or the network does:
 * waiting and repeating is the engine's work, and it needs to know whether a lost answer may hide an effect.
 */
export function slackChatPlatform(options: SlackChatPlatformOptions): ChatPlatform {
  const { token, apiUrl, timeoutMs = 10_000, onCall = () => {} } = options
  const client = slackClient({ token, apiUrl, timeoutMs })

  /** Makes one call and turns whatever goes wrong into a failure. */
  const call = async <T>(method: string, use: () => Promise<T>): Promise<ChatResult<T>> => {
    const startedAt = performance.now()
    const report = (outcome: string): void =>
      onCall({ service: 'slack', method, outcome, seconds: (performance.now() - startedAt) / 1000 })
    try {
      const value = await use()
      report('ok')
      return { ok: true, value }
    } catch (error) {
      const failure = chatFailure(method, error)
      report(failure.type)
      return { ok: false, failure }
    }
  }

  return {
    async postMessage(message) {
      const posted = await call('chat.postMessage', () =>
        client.chat.postMessage({
          channel: message.channel,
          text: message.text,
          blocks: [...message.blocks],
          metadata: metadataOf(message.mark),
          unfurl_links: false,
          unfurl_media: false,
          ...(message.threadTs === undefined
            ? {}
            : message.broadcast === true
              ? { thread_ts: message.threadTs, reply_broadcast: true }
              : { thread_ts: message.threadTs }),
        }),
      )
      if (!posted.ok) return posted
      const { channel, ts } = posted.value
      if (channel === undefined || ts === undefined) return incomplete('chat.postMessage', 'channel and ts')
      // Slack does not refuse a reply to a message that was deleted: it puts the reply into the channel, where
      // nobody wants it, and only leaves thread_ts out of its answer. Take it away again and say what happened.
      if (message.threadTs !== undefined && posted.value.message?.thread_ts === undefined) {
        await call('chat.delete', () => client.chat.delete({ channel, ts }))
        return { ok: false, failure: { type: 'message_not_found' } }
      }
      return { ok: true, value: { channel, ts } }
    },

    async updateMessage(message) {
      const updated = await call('chat.update', () =>
        client.chat.update({
          channel: message.channel,
          ts: message.ts,
          text: message.text,
          blocks: [...message.blocks],
          metadata: metadataOf(message.mark),
          ...(message.broadcast === true ? { reply_broadcast: true } : {}),
        }),
      )
      return updated.ok ? { ok: true, value: undefined } : updated
    },

    async findMessage(query) {
      const channelId = await findChannelId(query.channel, {
        list: (page) => call('conversations.list', () => client.conversations.list(page)),
        openWith: (users) => call('conversations.open', () => client.conversations.open({ users })),
      })
      if (!channelId.ok) return channelId
      const channel = channelId.value
      return await findMarkedMessage(
        { ...query, channel },
        {
          history: (page) => call('conversations.history', () => client.conversations.history({ ...page, channel })),
          replies: (page, ts) =>
            call('conversations.replies', () => client.conversations.replies({ ...page, channel, ts })),
        },
      )
    },

    async postEphemeral({ channel, user, text, threadTs, blocks = [] }) {
      const posted = await call('chat.postEphemeral', () =>
        client.chat.postEphemeral({
          channel,
          user,
          text,
          ...(blocks.length === 0 ? {} : { blocks: [...blocks] }),
          ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
        }),
      )
      return posted.ok ? { ok: true, value: undefined } : posted
    },

    async permalink({ channel, ts }) {
      const answer = await call('chat.getPermalink', () => client.chat.getPermalink({ channel, message_ts: ts }))
      if (!answer.ok) return answer
      const { permalink } = answer.value
      return permalink === undefined ? incomplete('chat.getPermalink', 'permalink') : { ok: true, value: permalink }
    },

    async user(id) {
      const answer = await call('users.info', () => client.users.info({ user: id }))
      if (!answer.ok) return answer
      const user = chatUser(answer.value.user)
      return user === null ? incomplete('users.info', 'user') : { ok: true, value: user }
    },

    async userByEmail(email) {
      const answer = await call('users.lookupByEmail', () => client.users.lookupByEmail({ email }))
      if (!answer.ok) {
        const isUnknown = answer.failure.type === 'rejected' && answer.failure.code === 'users_not_found'
        return isUnknown ? { ok: true, value: null } : answer
      }
      const user = chatUser(answer.value.user)
      return user === null ? incomplete('users.lookupByEmail', 'user') : { ok: true, value: user }
    },

    async groupMembers(groupId) {
      const answer = await call('usergroups.users.list', () =>
        client.usergroups.users.list({ usergroup: groupId, include_disabled: false }),
      )
      if (!answer.ok) return answer
      const { users } = answer.value
      return users === undefined ? incomplete('usergroups.users.list', 'users') : { ok: true, value: users }
    },

    async openModal(triggerId, view) {
      const opened = await call('views.open', () => client.views.open({ trigger_id: triggerId, view }))
      if (!opened.ok) return opened
      const viewId = opened.value.view?.id
      return viewId === undefined ? incomplete('views.open', 'view.id') : { ok: true, value: { viewId } }
    },

    async updateModal(viewId, view) {
      const updated = await call('views.update', () => client.views.update({ view_id: viewId, view }))
      return updated.ok ? { ok: true, value: undefined } : updated
    },

    async directMessage({ user, text, blocks, mark }) {
      const posted = await call('chat.postMessage', () =>
        client.chat.postMessage({
          // Slack takes a person's id for the conversation with them, and answers with that conversation's own id.
          channel: user,
          text,
          blocks: [...blocks],
          metadata: metadataOf(mark),
          unfurl_links: false,
          unfurl_media: false,
        }),
      )
      if (!posted.ok) return posted
      const { channel, ts } = posted.value
      return channel === undefined || ts === undefined
        ? incomplete('chat.postMessage', 'channel and ts')
        : { ok: true, value: { channel, ts } }
    },

    async uploadPicture({ name, title, altText, content }) {
      const asked = await call('files.getUploadURLExternal', () =>
        client.files.getUploadURLExternal({ filename: name, length: content.byteLength, alt_text: altText }),
      )
      if (!asked.ok) return asked
      const { upload_url, file_id } = asked.value
      if (upload_url === undefined || file_id === undefined) {
        return incomplete('files.getUploadURLExternal', 'upload_url and file_id')
      }
      const sent = await call('upload', () => sendFile(upload_url, content, timeoutMs))
      if (!sent.ok) return sent
      const completed = await call('files.completeUploadExternal', () =>
        client.files.completeUploadExternal({ files: [{ id: file_id, title }] }),
      )
      return completed.ok ? { ok: true, value: { fileId: file_id } } : completed
    },

    async publishHome(userId, blocks) {
      const published = await call('views.publish', () =>
        client.views.publish({ user_id: userId, view: { type: 'home', blocks: [...blocks] satisfies KnownBlock[] } }),
      )
      return published.ok ? { ok: true, value: undefined } : published
    },

    async identify() {
      const answer = await call('auth.test', () => client.auth.test())
      if (!answer.ok) return answer
      const { team_id, user_id, url } = answer.value
      if (team_id === undefined || user_id === undefined || url === undefined) {
        return incomplete('auth.test', 'team_id, user_id and url')
      }
      return { ok: true, value: { teamId: team_id, botUserId: user_id, url } }
    },
  }
}

/** To the address that Slack gave for it, which is good for this file and needs no token. */
async function sendFile(url: string, content: Uint8Array, timeoutMs: number): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(content),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`status ${response.status}`)
}

function metadataOf(mark: MessageMark) {
  return { event_type: markEventType, event_payload: { id: mark.id } }
}

/** The person as the engine knows people, or null when Slack's answer lacks what makes one. */
function chatUser(
  user:
    | {
        readonly id?: string
        readonly team_id?: string
        readonly name?: string
        readonly real_name?: string
        readonly deleted?: boolean
        readonly is_bot?: boolean
        readonly is_restricted?: boolean
        readonly is_ultra_restricted?: boolean
        readonly tz?: string
        readonly profile?: { readonly email?: string; readonly real_name?: string; readonly display_name?: string }
      }
    | undefined,
): ChatUser | null {
  if (user?.id === undefined) return null
  return {
    id: user.id,
    teamId: user.team_id ?? '',
    name: user.profile?.display_name || user.real_name || user.profile?.real_name || user.name || user.id,
    email: user.profile?.email ?? null,
    isGuest: user.is_restricted === true || user.is_ultra_restricted === true,
    isBot: user.is_bot === true,
    isDeactivated: user.deleted === true,
    timeZone: user.tz ?? null,
  }
}

/** Slack said `ok` and left out what it promises: the call did happen. */
function incomplete(method: string, missing: string): ChatResult<never> {
  return {
    ok: false,
    failure: {
      type: 'unavailable',
      detail: `Slack's answer to ${method} was ok but lacks ${missing}.`,
      mayHaveHappened: true,
    },
  }
}
