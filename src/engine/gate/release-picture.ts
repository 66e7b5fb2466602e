import { gateCard } from '../../cards/gate-card.ts'
import type { CardLayout } from '../../cards/rendered.ts'
import { type CardRow, cardsOf } from '../../store/cards.ts'
import { findPipeline } from '../../store/pipelines.ts'
import { releaseById } from '../../store/releases.ts'
import type { CardPicture, DrawContext } from '../draw-card.ts'
import { gateCardInput } from './release-view.ts'

/** A release's card as it is to be now; null when its release or its environment is not configured any more. */
export async function releasePicture(
  card: CardRow,
  layout: CardLayout,
  context: DrawContext,
): Promise<CardPicture | null> {
  const release = card.releaseId === null ? null : await releaseById(context.store.db, card.releaseId)
  const policy = release === null ? null : context.policyOf(release.repository, release.environment)
  if (release === null || policy === null) return null
  const rendered = gateCard(await gateCardInput(release, policy, context, layout))
  return { revision: release.revision, rendered, thread: await threadOf(card, release, context) }
}

/** Everything about a commit is in the thread of its card, where there is one in the channel. */
async function threadOf(
  card: CardRow,
  commit: { readonly repository: string; readonly sha: string },
  { store }: DrawContext,
): Promise<CardPicture['thread']> {
  const pipeline = await findPipeline(store.db, commit)
  if (pipeline === null) return null
  const parent = (await cardsOf(store.db, pipeline.id)).find(
    (candidate) => candidate.channel === card.channel && candidate.state === 'shown',
  )
  if (parent?.ts == null || parent.channelId === null) return null
  return { channelId: parent.channelId, ts: parent.ts, parent }
}
