import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { pipelineCard } from '../cards/pipeline-card.ts'
import type { CardLayout, Rendered } from '../cards/rendered.ts'
import {
  beginPost,
  type CardRow,
  cardById,
  cardWasDeleted,
  channelBecameAvailable,
  recordShown,
  setCardState,
} from '../store/cards.ts'
import type { Db } from '../store/open-store.ts'
import { wakeLane } from '../store/outbox.ts'
import { pipelineById } from '../store/pipelines.ts'
import { releasesOfCommit } from '../store/releases.ts'
import { readSetting, writeSetting } from '../store/settings.ts'
import { clockSkewMs } from './chat-outcome.ts'
import type { ChatFailure, PostedMessage } from './chat-platform.ts'
import { cardLane } from './effects.ts'
import { releasePicture } from './gate/release-picture.ts'
import { glancesOf } from './gate/release-view.ts'
import { touchCardsThatLeadTo } from './gate/touch-cards.ts'
import { backoffMs } from './outbox-worker.ts'
import { mentionsFor } from './people.ts'
import type { PerformContext } from './perform-context.ts'
import type { UsualDurations } from './usual-durations.ts'

/** How an attempt to bring a card up to date ended. */
export interface CardAttempt {
  /** Whether Slack was asked to post or update: counts for the card's interval. */
  readonly calledSlack: boolean
  /** Null when the card is up to date or will never be. */
  readonly retry: null | {
    readonly countsAsFailure: boolean
    /** Milliseconds, from the number of failures in a row. */
    readonly afterMs: (failures: number) => number
  }
}

export interface DrawContext extends PerformContext {
  readonly log: Logger
  readonly random: () => number
  readonly usualDurations: UsualDurations
  /** Channels (as configured) that could not be written to, and when that was found (UTC milliseconds). */
  readonly pausedChannels: Map<string, number>
  /** The card's thread can be written to now. */
  readonly onPosted: () => void
}

/** A channel that cannot be written to is tried again this much later, in ms: people unarchive and invite. */
const channelRetryMs = 10 * 60_000
const tokenRetryMs = 30_000
const workspaceRetryMs = 5_000
/** A release's card waits this long for the pipeline's card that is being posted anew, in ms. */
const parentWaitMs = 2_000

const settled: CardAttempt = { calledSlack: false, retry: null }
const updated: CardAttempt = { calledSlack: true, retry: null }

function tryAgain(afterMs: number): CardAttempt {
  return { calledSlack: false, retry: { countsAsFailure: false, afterMs: () => afterMs } }
}

/** Shows a card's pipeline as it stands now: posts the card, updates it, or finds that nothing visible changed. */
export async function drawCard(cardId: string, context: DrawContext): Promise<CardAttempt> {
  const { store } = context
  const card = await cardById(store.db, cardId)
  if (card === null || card.state === 'gone' || card.dirtySince === null) return settled
  const pausedMs = pauseOf(card.channel, context)
  if (pausedMs > 0) return tryAgain(pausedMs)
  // Links to other cards need the workspace's address; while Slack does not tell it, it takes no card either.
  if (card.releaseId !== null && (await context.workspace()) === null) return tryAgain(workspaceRetryMs)
  const layout = (await readSetting(store.db, 'slack.layout')) === 'classic' ? 'classic' : 'plan'
  const picture =
    card.releaseId === null ? await pipelinePicture(card, layout, context) : await releasePicture(card, layout, context)
  if (picture === null) {
    // Its repository left the configuration: the card stays as it is.
    await store.transaction((tx) => setCardState(tx, card.id, 'gone'))
    return settled
  }
  // What was wanted before the picture was made is in it.
  const revision = Math.max(picture.revision, card.wantedRevision)
  const drawing: Drawing = {
    card,
    ...picture,
    revision,
    layout,
    digest: digestOf(picture.rendered),
    at: context.clock.now(),
  }
  return card.state === 'shown' ? await update(drawing, context) : await post(drawing, context)
}

/** For how many milliseconds a channel that could not be written to is left alone yet: one try stands for all its cards. */
function pauseOf(channel: string, { pausedChannels, clock }: DrawContext): number {
  const pausedAt = pausedChannels.get(channel)
  if (pausedAt === undefined) return 0
  const passedMs = clock.now() - pausedAt
  // A clock that was set back makes no pause longer.
  return passedMs < 0 ? 0 : Math.max(0, channelRetryMs - passedMs)
}

/** What a card is to show, and of which revision of its pipeline or release. */
export interface CardPicture {
  readonly revision: number
  readonly rendered: Rendered
  /** Where a new message goes: a reply that the channel sees too, or (null) a message of its own. */
  readonly thread: { readonly channelId: string; readonly ts: string; readonly parent: CardRow } | null
}

interface Drawing extends CardPicture {
  readonly card: CardRow
  readonly layout: CardLayout
  readonly digest: string
  readonly at: number
}

async function pipelinePicture(card: CardRow, layout: CardLayout, context: DrawContext): Promise<CardPicture | null> {
  const { store } = context
  const row = card.pipelineId === null ? null : await pipelineById(store.db, card.pipelineId)
  const repository = row === null ? null : context.repositoryOf(row.repository)
  if (row === null || repository === null) return null
  const pipeline = await context.memory.find(store.db, row, repository.stages)
  if (pipeline === null) return null
  const releases = await glancesOf(await releasesOfCommit(store.db, row), context)
  const look = {
    layout,
    webUrl: context.config.github.webUrl,
    mentions: await mentionsFor(store.db, pipeline.view, context.config),
    usualMs: await context.usualDurations.of(pipeline.view),
  }
  const rendered = pipelineCard(pipeline.view, look, releases)
  return { revision: pipeline.row.revision, rendered, thread: null }
}

function digestOf(rendered: Rendered): string {
  return createHash('sha256').update(JSON.stringify(rendered)).digest('base64url')
}

async function update(drawing: Drawing, context: DrawContext): Promise<CardAttempt> {
  const { card, rendered, digest } = drawing
  const { chat, budget } = context
  if (card.channelId === null || card.ts === null) return await post(drawing, context)
  if (digest === card.digest) {
    await context.store.transaction((tx) => record(tx, drawing, null))
    return settled
  }
  const budgeted = budget.take('update', card.channelId)
  if (!budgeted.ok) return tryAgain(budgeted.waitMs)
  const result = await chat.updateMessage({
    channel: card.channelId,
    ts: card.ts,
    ...rendered,
    mark: markOf(card, card.posts),
  })
  if (result.ok) {
    await shown(drawing, null, context)
    return updated
  }
  if (result.failure.type === 'rate_limited') budget.penalize('update', card.channelId, result.failure.retryAfterMs)
  return await failed(drawing, result.failure, context)
}

async function post(drawing: Drawing, context: DrawContext): Promise<CardAttempt> {
  const { card, rendered, thread, at } = drawing
  const { store, chat, budget } = context
  let posts = card.posts + 1
  if (card.state === 'posting') {
    // A post was begun and its end is not known: look before it is posted twice.
    posts = card.posts
    const found = await findPosted(card, context)
    if (!found.ok) return await failed(drawing, found.failure, context)
    if (found.value !== null) {
      // What it shows is what was known when it was posted, so it stays behind.
      await shown({ ...drawing, digest: 'found', revision: card.shownRevision }, found.value, context)
      return tryAgain(0)
    }
  }
  const channel = thread?.channelId ?? card.channelId ?? card.channel
  const budgeted = budget.take('post', channel)
  if (!budgeted.ok) return tryAgain(budgeted.waitMs)
  await store.transaction((tx) => beginPost(tx, card.id, { posts, threadTs: thread?.ts ?? null, at }))
  const place = thread === null ? { channel } : { channel, threadTs: thread.ts, broadcast: true }
  const result = await chat.postMessage({ ...place, ...rendered, mark: markOf(card, posts) })
  if (result.ok) {
    await shown(drawing, result.value, context)
    return updated
  }
  if (result.failure.type === 'rate_limited') budget.penalize('post', channel, result.failure.retryAfterMs)
  if (thread !== null && result.failure.type === 'message_not_found') {
    // The card that this one belongs under was deleted and nobody noticed yet: it comes back first.
    await store.transaction(async (tx) => {
      await cardWasDeleted(tx, thread.parent, at)
      await setCardState(tx, card.id, 'wanted')
    })
    context.onCardBehind()
    return tryAgain(parentWaitMs)
  }
  if (result.failure.type !== 'unavailable' || !result.failure.mayHaveHappened) {
    await store.transaction((tx) => setCardState(tx, card.id, 'wanted'))
  }
  return await failed(drawing, result.failure, context)
}

function markOf(card: CardRow, posts: number): { readonly id: string } {
  return { id: `card:${card.id}:${posts}` }
}

async function findPosted(card: CardRow, { chat, clock }: DrawContext) {
  return await chat.findMessage({
    channel: card.channelId ?? card.channel,
    ...(card.threadTs === null ? {} : { threadTs: card.threadTs }),
    mark: markOf(card, card.posts),
    oldestMs: (card.postingSince ?? clock.now()) - clockSkewMs,
  })
}

async function shown(drawing: Drawing, place: PostedMessage | null, context: DrawContext): Promise<void> {
  const { card, at } = drawing
  context.pausedChannels.delete(card.channel)
  await context.store.transaction(async (tx) => {
    await record(tx, drawing, place)
    await channelBecameAvailable(tx, card.channel)
    if (place === null) return
    await wakeLane(tx, cardLane(card.id), at)
    await touchCardsThatLeadTo(tx, card, at)
  })
  if (place === null) return
  context.onCardBehind()
  context.budget.sameChannel(card.channel, place.channel)
  context.onPosted()
}

async function record(tx: Db, { card, revision, digest, at }: Drawing, place: PostedMessage | null): Promise<void> {
  await recordShown(tx, card.id, {
    revision,
    digest,
    at,
    place: place === null ? null : { channelId: place.channel, ts: place.ts },
  })
}

async function failed(drawing: Drawing, failure: ChatFailure, context: DrawContext): Promise<CardAttempt> {
  const { card, layout } = drawing
  const { store, log, clock } = context
  switch (failure.type) {
    case 'rate_limited':
      return tryAgain(failure.retryAfterMs)
    case 'unavailable':
      return {
        calledSlack: true,
        retry: { countsAsFailure: true, afterMs: (failures) => backoffMs(Math.max(failures, 1), context.random()) },
      }
    case 'unauthorized':
      return tryAgain(tokenRetryMs)
    case 'invalid_blocks':
      if (layout === 'plan') {
        log.warn({ detail: failure.detail }, 'this workspace does not take plan blocks; classic ones from now on')
        await store.transaction((tx) => writeSetting(tx, 'slack.layout', 'classic'))
        return tryAgain(0)
      }
      log.error({ card: card.id, detail: failure.detail }, 'Slack refuses a card; it is left as it is')
      await store.transaction((tx) => setCardState(tx, card.id, 'gone'))
      return settled
    case 'message_not_found':
      return await deleted(card, context)
    case 'channel_unavailable':
      context.pausedChannels.set(card.channel, clock.now())
      await context.onChannelUnavailable(card.channel, failure.code, clock.now())
      return tryAgain(channelRetryMs)
    case 'person_unreachable':
    case 'rejected':
      log.error({ card: card.id, code: failure.code }, 'Slack refuses a card; it is left as it is')
      await store.transaction((tx) => setCardState(tx, card.id, 'gone'))
      return settled
    default:
      return failure satisfies never
  }
}

async function deleted(card: CardRow, { store, clock }: DrawContext): Promise<CardAttempt> {
  const fate = await store.transaction((tx) => cardWasDeleted(tx, card, clock.now()))
  return fate === 'gone' ? settled : tryAgain(0)
}
