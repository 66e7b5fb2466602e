import type { Db } from './open-store.ts'

/** The commit that a message of ours is about: a card of its pipeline or release, or an alert; null for any other. */
export async function commitOfMessage(
  db: Db,
  message: { readonly channel: string; readonly ts: string },
): Promise<{ readonly repository: string; readonly sha: string } | null> {
  const card = await db
    .selectFrom('cards')
    .leftJoin('pipelines', 'pipelines.id', 'cards.pipeline_id')
    .leftJoin('releases', 'releases.id', 'cards.release_id')
    .select((eb) => [
      eb.fn.coalesce('pipelines.repository', 'releases.repository').as('repository'),
      eb.fn.coalesce('pipelines.sha', 'releases.sha').as('sha'),
    ])
    .where('cards.channel_id', '=', message.channel)
    .where('cards.ts', '=', message.ts)
    .executeTakeFirst()
  if (card?.repository != null && card.sha !== null) return { repository: card.repository, sha: card.sha }
  const alert = await db
    .selectFrom('alert_messages')
    .innerJoin('alerts', 'alerts.id', 'alert_messages.alert_id')
    .innerJoin('pipelines', 'pipelines.id', 'alerts.pipeline_id')
    .select(['pipelines.repository as repository', 'pipelines.sha as sha'])
    .where('alert_messages.channel_id', '=', message.channel)
    .where('alert_messages.ts', '=', message.ts)
    .executeTakeFirst()
  return alert ?? null
}
