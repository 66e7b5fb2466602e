import type { ChatResult, MessageMark, PostedMessage } from '../../engine/chat-platform.ts'

/** The `event_type` of the metadata that every message of Sluice carries. */
export const markEventType = 'sluice_message'

/** How far a search goes back at most: 10 pages of 200 messages. */
const mostPages = 10
const pageSize = 200

export interface PageRequest {
  readonly oldest: string
  readonly inclusive: boolean
  readonly limit: number
  readonly include_all_metadata: boolean
  readonly cursor?: string
}

export interface PageAnswer {
  readonly messages?: readonly {
    readonly ts?: string
    readonly thread_ts?: string
    readonly metadata?: { readonly event_type?: string; readonly event_payload?: unknown }
  }[]
  readonly has_more?: boolean
  readonly response_metadata?: { readonly next_cursor?: string }
}

export interface Pages {
  history(page: PageRequest): Promise<ChatResult<PageAnswer>>
  replies(page: PageRequest, threadTs: string): Promise<ChatResult<PageAnswer>>
}

/**
 * Looks for a message of ours by its mark. Without a thread only what stands in the channel counts, with one only the
 * replies.
 *
 * @returns null when there is no such message since `oldestMs`; `unavailable` when it may lie beyond the last page
 *   that was looked at, because "not found" would let the caller post it twice
 */
export async function findMarkedMessage(
  query: {
    readonly channel: string
    readonly threadTs?: string
    readonly mark: MessageMark
    readonly oldestMs: number
  },
  pages: Pages,
): Promise<ChatResult<PostedMessage | null>> {
  const { threadTs } = query
  let cursor: string | undefined
  for (let number = 0; number < mostPages; number++) {
    const request: PageRequest = {
      oldest: (query.oldestMs / 1000).toFixed(6),
      inclusive: true,
      limit: pageSize,
      include_all_metadata: true,
      ...(cursor === undefined ? {} : { cursor }),
    }
    const answer = threadTs === undefined ? await pages.history(request) : await pages.replies(request, threadTs)
    if (!answer.ok) {
      // A thread that is gone holds no message of ours.
      return answer.failure.type === 'message_not_found' ? { ok: true, value: null } : answer
    }
    for (const message of answer.value.messages ?? []) {
      if (message.ts !== undefined && carries(message.metadata, query.mark)) {
        return { ok: true, value: { channel: query.channel, ts: message.ts } }
      }
    }
    cursor = answer.value.response_metadata?.next_cursor
    if (cursor === undefined || cursor === '') return { ok: true, value: null }
  }
  return {
    ok: false,
    failure: {
      type: 'unavailable',
      detail: `The message ${query.mark.id} is not among the last ${mostPages * pageSize} in the channel since then, and there are more.`,
      mayHaveHappened: false,
    },
  }
}

function carries(
  metadata: { readonly event_type?: string; readonly event_payload?: unknown } | undefined,
  mark: MessageMark,
): boolean {
  const payload = metadata?.event_payload
  return (
    metadata?.event_type === markEventType &&
    typeof payload === 'object' &&
    payload !== null &&
    'id' in payload &&
    payload.id === mark.id
  )
}
