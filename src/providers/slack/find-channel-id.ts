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

interface OpenAnswer {
  readonly channel?: { readonly id?: string }
}

interface Lookups {
  list(page: ListPage): Promise<ChatResult<ListAnswer>>
  openWith(user: string): Promise<ChatResult<OpenAnswer>>
}

/**
 * The id of a conversation that is named as only the posting methods understand it: a channel by `#name`, or a
 * person's id for the conversation with them. Anything else is an id already. Names are looked up anew each time: it
 * is rarely needed, and channels are renamed.
 */
export async function findChannelId(channel: string, lookups: Lookups): Promise<ChatResult<string>> {
  if (/^[UW][A-Z0-9]+$/.test(channel)) {
    const opened = await lookups.openWith(channel)
    if (!opened.ok) return opened
    const id = opened.value.channel?.id
    return id === undefined ? notFound : { ok: true, value: id }
  }
  if (!channel.startsWith('#')) return { ok: true, value: channel }
  let cursor: string | undefined
  do {
    const page = await lookups.list({
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
  return notFound
}

const notFound: ChatResult<never> = {
  ok: false,
  failure: { type: 'channel_unavailable', code: 'channel_not_found' },
}
