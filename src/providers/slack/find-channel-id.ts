import type { ChatResult } from '../../engine/chat-platform.ts'

interface ListPage {
  readonly types: string
  readonly exclude_archived: boolean
  readonly limit: number
  readonly cursor?: string
}

interface ListAnswer {
  readonly channels?: readonly { readonly id?: string; readonly name?: string }[]
  readonly response_metadata?: { readonly next_cursor?: string }
}

/**
 * The id of a channel named `#name`, which only the posting methods understand; anything else is an id already.
 * Names are looked up anew each time: it is rarely needed, and channels are renamed.
 */
export async function findChannelId(
  channel: string,
  list: (page: ListPage) => Promise<ChatResult<ListAnswer>>,
): Promise<ChatResult<string>> {
  if (!channel.startsWith('#')) return { ok: true, value: channel }
  let cursor: string | undefined
  do {
    const page = await list({
      types: 'public_channel,private_channel',
      exclude_archived: true,
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    })
    if (!page.ok) return page
    const found = page.value.channels?.find(({ name }) => name === channel.slice(1))
    if (found?.id !== undefined) return { ok: true, value: found.id }
    cursor = page.value.response_metadata?.next_cursor
  } while (cursor !== undefined && cursor !== '')
  return { ok: false, failure: { type: 'channel_unavailable', code: 'channel_not_found' } }
}
