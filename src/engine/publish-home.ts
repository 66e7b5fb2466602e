import { homeView } from '../cards/home-view.ts'
import type { ReleaseGlance } from '../cards/release-glance.ts'
import { sections, words } from '../cards/spans.ts'
import { reasons } from '../policy/reason-codes.ts'
import { cardsOf } from '../store/cards.ts'
import { lastEventAt } from '../store/inbox.ts'
import { type OutboxEffect, outboxDepth } from '../store/outbox.ts'
import { recentPipelines } from '../store/pipelines.ts'
import { openReleases, recentReleases } from '../store/releases.ts'
import { outcomeOfChatFailure } from './chat-outcome.ts'
import type { EffectBodies } from './effects.ts'
import { lookRefusal } from './gate/may-look.ts'
import { cardContextOf, glancesOf } from './gate/release-view.ts'
import { mentionsFor } from './people.ts'
import type { EffectOutcome } from './perform.ts'
import type { PerformContext } from './perform-context.ts'

const shownPipelines = 20
const shownReleases = 20

/** Draws the Home tab for one person: what is going on, what is set up, and how Sluice itself is. */
export async function publishHome(
  effect: OutboxEffect,
  { userId, isRedraw = false }: EffectBodies['publish_home'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const { store, config, chat } = context
  const refused = await lookRefusal(userId, context)
  if (refused?.reason === 'unknown_person') {
    return { type: 'retry', reason: reasons[refused.reason], countsAsAttempt: true, mayHaveHappened: false }
  }
  if (refused !== null) {
    const turnedAway = await chat.publishHome(userId, sections([[words(reasons[refused.reason])]]))
    if (!turnedAway.ok) return outcomeOfChatFailure(turnedAway.failure)
    const body = { ...refused, object: 'home' }
    return isRedraw
      ? { type: 'done' }
      : { type: 'done', event: { id: `effect:${effect.id}`, type: 'gate.look_refused', body } }
  }
  const pipelines = []
  const mentions = new Map<string, string>()
  for (const row of await recentPipelines(store.db, shownPipelines)) {
    const repository = context.repositoryOf(row.repository)
    const loaded = repository === null ? null : await context.memory.find(store.db, row, repository.stages)
    if (loaded === null || !loaded.view.hasActivity) continue
    for (const [login, user] of await mentionsFor(store.db, loaded.view, config)) mentions.set(login, user)
    pipelines.push({ pipeline: loaded.view, permalink: await cardLink(row.id, context) })
  }
  const releases = await homeReleases(context)
  for (const [login, user] of (await cardContextOf(loginsOf(releases), context)).mentions) mentions.set(login, user)
  const hasGates = config.repositories.some(({ environments }) => environments.length > 0)
  const blocks = homeView({
    pipelines,
    ...(hasGates ? { releases } : {}),
    repositories: config.repositories.map(({ repo, channels, stages }) => ({
      repo,
      channels,
      stageCount: stages.length,
    })),
    health: {
      version: context.version,
      isStoreSound: context.isStoreSound(),
      deadLetters: (await outboxDepth(store.db)).dead,
      lastDeliveryAt: await lastEventAt(store.db, 'github.facts'),
    },
    context: { webUrl: config.github.webUrl, mentions },
  })
  const result = await chat.publishHome(userId, blocks)
  return result.ok ? { type: 'done' } : outcomeOfChatFailure(result.failure)
}

/** Open ones first: there may be more newer ones than the tab shows. */
async function homeReleases(context: PerformContext): Promise<readonly ReleaseGlance[]> {
  const { db } = context.store
  const open = await openReleases(db, null)
  const recent = await recentReleases(db, { repository: null, environment: null, limit: shownReleases })
  const seen = new Set(open.map(({ id }) => id))
  return await glancesOf([...open.toReversed(), ...recent.filter(({ id }) => !seen.has(id))], context)
}

function loginsOf(releases: readonly ReleaseGlance[]): readonly string[] {
  return releases.flatMap(({ release: { requester, approvals } }) => [
    ...requester.logins,
    ...approvals.flatMap(({ by }) => by.logins),
  ])
}

/** A message's address, made as Slack makes it: no call needed for each of twenty. */
async function cardLink(pipelineId: string, { store, workspace }: PerformContext): Promise<string | null> {
  const own = await workspace()
  const card = (await cardsOf(store.db, pipelineId)).find((candidate) => candidate.ts !== null)
  if (own === null || card?.ts == null || card.channelId === null) return null
  return new URL(`archives/${card.channelId}/p${card.ts.replace('.', '')}`, own.url).href
}
