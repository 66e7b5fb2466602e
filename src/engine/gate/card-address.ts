import { cardsOfRelease } from '../../store/cards.ts'
import type { PerformContext } from '../perform-context.ts'

/** Where a release's card is, as Slack makes its addresses: no call needed. Null while there is none. */
export async function cardAddress(
  releaseId: string,
  { store, workspace }: Pick<PerformContext, 'store' | 'workspace'>,
): Promise<string | null> {
  const own = await workspace()
  const card = (await cardsOfRelease(store.db, releaseId)).find((candidate) => candidate.ts !== null)
  if (own === null || card?.ts == null || card.channelId === null) return null
  return messageAddress(own.url, { channelId: card.channelId, ts: card.ts, threadTs: card.threadTs })
}

/** The address of a message in the workspace at `url`. */
export function messageAddress(
  url: string,
  message: { readonly channelId: string; readonly ts: string; readonly threadTs?: string | null },
): string {
  const address = new URL(`archives/${message.channelId}/p${message.ts.replace('.', '')}`, url)
  if (message.threadTs != null) {
    address.searchParams.set('thread_ts', message.threadTs)
    address.searchParams.set('cid', message.channelId)
  }
  return address.href
}
