import type { Db } from './open-store.ts'

/**
 * - `wanted`: to be posted
 * - `posting`: a post was begun; whether it arrived is found out by the message's mark
 * - `shown`: posted, kept up to date
 * - `gone`: deleted by a person twice, or never acceptable to the platform; left alone
 */
export type CardState = 'wanted' | 'posting' | 'shown' | 'gone'

export interface CardRow {
  readonly id: string
  /** Whose card it is: exactly one of the two. */
  readonly pipelineId: string | null
  readonly releaseId: string | null
  /** As configured: id or `#name`. */
  readonly channel: string
  readonly channelId: string | null
  /** The message that it is a reply to, for a release's card in the thread of its pipeline's. */
  readonly threadTs: string | null
  readonly ts: string | null
  readonly state: CardState
  /** How many times a post was begun for a new message: 2 after a person deleted the first. */
  readonly posts: number
  readonly postingSince: number | null
  readonly wantedRevision: number
  readonly shownRevision: number
  readonly digest: string | null
  /** Since when something may be visible that the card does not show; null when it is up to date. */
  readonly dirtySince: number | null
  readonly shownAt: number | null
}

const columns = [
  'id',
  'pipeline_id as pipelineId',
  'release_id as releaseId',
  'channel',
  'channel_id as channelId',
  'thread_ts as threadTs',
  'ts',
  'state',
  'posts',
  'posting_since as postingSince',
  'wanted_revision as wantedRevision',
  'shown_revision as shownRevision',
  'digest',
  'dirty_since as dirtySince',
  'shown_at as shownAt',
] as const

export async function cardById(db: Db, id: string): Promise<CardRow | null> {
  const row = await db.selectFrom('cards').select(columns).where('id', '=', id).executeTakeFirst()
  return row ?? null
}

export async function cardsOf(db: Db, pipelineId: string): Promise<readonly CardRow[]> {
  return await db.selectFrom('cards').select(columns).where('pipeline_id', '=', pipelineId).execute()
}

export async function cardsOfRelease(db: Db, releaseId: string): Promise<readonly CardRow[]> {
  return await db.selectFrom('cards').select(columns).where('release_id', '=', releaseId).execute()
}

/** A new card that waits to be posted. */
export async function addCard(
  tx: Db,
  card: {
    readonly id: string
    readonly of: { readonly pipelineId: string } | { readonly releaseId: string }
    readonly channel: string
    readonly revision: number
    readonly at: number
  },
): Promise<void> {
  await tx
    .insertInto('cards')
    .values({
      id: card.id,
      pipeline_id: 'pipelineId' in card.of ? card.of.pipelineId : null,
      release_id: 'releaseId' in card.of ? card.of.releaseId : null,
      channel: card.channel,
      state: 'wanted',
      wanted_revision: card.revision,
      dirty_since: card.at,
    })
    .execute()
}

/**
 * Marks the cards of a pipeline as behind; the time of the first change not shown stays. `wantedRevision` counts what
 * was wanted: it is the pipeline's own revision or more, because cards show things besides it.
 */
export async function wantRevision(tx: Db, pipelineId: string, revision: number, at: number): Promise<void> {
  await want(tx, 'pipeline_id', pipelineId, revision, at)
}

/** The same for the cards of a release. */
export async function wantReleaseRevision(tx: Db, releaseId: string, revision: number, at: number): Promise<void> {
  await want(tx, 'release_id', releaseId, revision, at)
}

async function want(
  tx: Db,
  column: 'pipeline_id' | 'release_id',
  id: string,
  revision: number,
  at: number,
): Promise<void> {
  await tx
    .updateTable('cards')
    .set((eb) => ({
      // Always a greater one: whoever draws the card at this moment has to notice, though the revision is the same.
      wanted_revision: eb
        .case()
        .when('wanted_revision', '>=', revision)
        .then(eb('wanted_revision', '+', 1))
        .else(revision)
        .end(),
      dirty_since: eb.fn.coalesce('dirty_since', eb.val(at)),
    }))
    .where(column, '=', id)
    .where('state', '<>', 'gone')
    .execute()
}

/** Cards that are behind, oldest first. */
export async function dirtyCards(db: Db): Promise<
  readonly {
    readonly id: string
    readonly channel: string
    readonly dirtySince: number
    readonly shownAt: number | null
  }[]
> {
  const rows = await db
    .selectFrom('cards')
    .select((eb) => [
      'id',
      eb.fn.coalesce('channel_id', 'channel').as('channel'),
      'dirty_since as dirtySince',
      'shown_at as shownAt',
    ])
    .where('dirty_since', 'is not', null)
    .orderBy('dirty_since')
    .execute()
  return rows.map((row) => ({ ...row, dirtySince: row.dirtySince ?? 0 }))
}

/**
 * Writes down that a post is about to be made, before it is made.
 *
 * @param threadTs - the message that it will be a reply to
 */
export async function beginPost(
  tx: Db,
  id: string,
  post: { readonly posts: number; readonly threadTs: string | null; readonly at: number },
): Promise<void> {
  await tx
    .updateTable('cards')
    .set({ state: 'posting', posts: post.posts, posting_since: post.at, thread_ts: post.threadTs, ts: null })
    .where('id', '=', id)
    .execute()
}

/**
 * Writes down what a card shows now. If its pipeline went on meanwhile the card stays behind, from `at` on.
 *
 * @param shown.place - where it was posted; null when the message was there already
 */
export async function recordShown(
  tx: Db,
  id: string,
  shown: {
    readonly revision: number
    readonly digest: string
    readonly at: number
    readonly place: { readonly channelId: string; readonly ts: string } | null
  },
): Promise<void> {
  await tx
    .updateTable('cards')
    .set((eb) => ({
      state: 'shown',
      shown_revision: shown.revision,
      digest: shown.digest,
      shown_at: shown.at,
      posting_since: null,
      dirty_since: eb.case().when('wanted_revision', '>', shown.revision).then(shown.at).else(null).end(),
      ...(shown.place === null ? {} : { channel_id: shown.place.channelId, ts: shown.place.ts }),
    }))
    .where('id', '=', id)
    .execute()
}

export async function setCardState(tx: Db, id: string, state: 'wanted' | 'gone'): Promise<void> {
  await tx
    .updateTable('cards')
    .set(
      state === 'gone'
        ? { state, dirty_since: null, posting_since: null }
        : { state, ts: null, digest: null, posting_since: null },
    )
    .where('id', '=', id)
    .execute()
}

/**
 * Somebody deleted a card's message. It comes back once; deleted again, it stays away.
 *
 * @param card.ts - the message that is gone; nothing happens when the card has another one by now
 * @returns what becomes of the card
 */
export async function cardWasDeleted(
  tx: Db,
  card: { readonly id: string; readonly ts: string | null; readonly posts: number },
  at: number,
): Promise<'wanted' | 'gone'> {
  const state = card.posts >= 2 ? 'gone' : 'wanted'
  await tx
    .updateTable('cards')
    .set((eb) => ({
      state,
      posting_since: null,
      ...(state === 'gone'
        ? { dirty_since: null }
        : { ts: null, digest: null, dirty_since: eb.fn.coalesce('dirty_since', eb.val(at)) }),
    }))
    .where('id', '=', card.id)
    .where('ts', '=', card.ts)
    .execute()
  return state
}

/**
 * Remembers that a channel cannot be written to.
 *
 * @returns true when that was not known before
 */
export async function channelBecameUnavailable(tx: Db, channel: string, code: string, at: number): Promise<boolean> {
  const result = await tx
    .insertInto('unavailable_channels')
    .values({ channel, code, since: at })
    .onConflict((conflict) => conflict.column('channel').doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function channelBecameAvailable(tx: Db, channel: string): Promise<void> {
  await tx.deleteFrom('unavailable_channels').where('channel', '=', channel).execute()
}

/** What the configuration calls a channel that has had cards: its name or its id. As many steps as it has names. */
export async function channelNames(db: Db, channelId: string): Promise<readonly string[]> {
  const names: string[] = []
  for (;;) {
    const next = await db
      .selectFrom('cards')
      .select('channel')
      .where('channel_id', '=', channelId)
      .where('channel', '>', names.at(-1) ?? '')
      .orderBy('channel')
      .limit(1)
      .executeTakeFirst()
    if (next === undefined) return names
    names.push(next.channel)
  }
}
