/**
 * What people ask without changing anything: status, history, plans, and the forms that they fill in. Read from the
 * store, and from GitHub where the question is how things stand; nothing here decides.
 */
import type { ModalView } from '@slack/types'
import { approveModal } from '../../cards/approve-modal.ts'
import { breakGlassModal } from '../../cards/break-glass-modal.ts'
import type { GateValue, RolloutValue } from '../../cards/button-values.ts'
import { type DeployChoice, type DeployPlace, deployModal, type RefChoice } from '../../cards/deploy-modal.ts'
import { escapeMrkdwn } from '../../cards/escape.ts'
import { evidenceDetails } from '../../cards/evidence-details.ts'
import { gateCard } from '../../cards/gate-card.ts'
import { releaseLabel } from '../../cards/gate-headline.ts'
import { historyList } from '../../cards/history-list.ts'
import type { ModalPlace } from '../../cards/modal.ts'
import { rejectModal } from '../../cards/reject-modal.ts'
import type { Rendered } from '../../cards/rendered.ts'
import { extendModal, holdModal, rollBackModal } from '../../cards/rollout-modals.ts'
import { whoView } from '../../cards/who-view.ts'
import type { GrammarContext } from '../../grammar/deploy-command.ts'
import { gatesOf, subjectOf } from '../../release/gates.ts'
import { channelNames } from '../../store/cards.ts'
import { commitOfMessage } from '../../store/commit-of-message.ts'
import { openReleases, recentReleases, releaseById, releaseIdsLike, releaseRecord } from '../../store/releases.ts'
import type { Clock } from '../clock.ts'
import type { PerformContext } from '../perform-context.ts'
import { createRolloutDesk, type RolloutDesk } from '../rollout/rollout-desk.ts'
import { waysBack } from '../rollout/ways-back.ts'
import { gateContextOf } from './gate-context.ts'
import { type LookRefusal, lookRefusal } from './may-look.ts'
import { planOf, type WhatIf, whyOf } from './preview.ts'
import { storyOf } from './release-texts.ts'
import { cardContextOf, gateCardInput, gateLine, glancesOf } from './release-view.ts'
import { statusOf } from './status.ts'

/** A channel as a command names it. */
export interface ChannelPlace {
  readonly id: string
  /** Without `#`; Slack says `privategroup` for private ones. */
  readonly name: string
}

export interface Desk extends RolloutDesk {
  /** Why somebody may not be shown anything; null when they may. Asked before everything below that shows something. */
  lookRefusal(userId: string): Promise<LookRefusal | null>
  /** What the grammar may know, for a command in this channel. */
  grammar(channel: ChannelPlace): Promise<GrammarContext>
  /** Environments that can be asked for, those of the channel first. */
  places(channel: ChannelPlace | null): Promise<readonly DeployPlace[]>
  deployForm(input: {
    readonly channel: ChannelPlace | null
    readonly initial: Partial<DeployChoice>
    readonly place: ModalPlace | null
  }): Promise<ModalView>
  /** The channels that have the cards of a repository, as mrkdwn. */
  channelsOf(repository: string): Promise<string>
  /** The commit that a message of ours is about; null for other messages. */
  commitOf(message: ModalPlace): Promise<{ readonly repository: string; readonly sha: string } | null>
  /** Within two seconds, because the menu waits for three; none when GitHub takes longer. */
  suggestRefs(repository: string, text: string): Promise<readonly RefChoice[]>
  /** Null where there is no such release. The checklist is the one that its environment has now. */
  approveForm(gate: GateValue, place: ModalPlace): Promise<ModalView | null>
  rejectForm(gate: GateValue, place: ModalPlace): Promise<ModalView | null>
  breakGlassForm(gate: GateValue, place: ModalPlace): Promise<ModalView | null>
  /** The same for the buttons of a rollout. */
  holdForm(rollout: RolloutValue, place: ModalPlace): Promise<ModalView | null>
  extendForm(rollout: RolloutValue, place: ModalPlace): Promise<ModalView | null>
  rollBackForm(rollout: RolloutValue, place: ModalPlace): Promise<ModalView | null>
  /** Points to tick before an approval; null where there is no such release. */
  checklist(releaseId: string): Promise<readonly string[] | null>
  /** Where a release goes; null where there is no such release. */
  placeOf(releaseId: string): Promise<{ readonly repository: string; readonly environment: string } | null>
  status(query: { readonly repository: string | null; readonly environment: string | null }): Promise<Rendered>
  history(query: {
    readonly repository: string | null
    readonly environment: string | null
    readonly limit: number
  }): Promise<Rendered>
  /** By its id or the beginning of one; null where there is none, or more than one begins so. */
  show(releaseId: string): Promise<Rendered | null>
  who(query: { readonly repository: string; readonly environment: string }): Promise<Rendered>
  /** The release that would be made; makes none. */
  plan(query: WhatIf): Promise<Rendered>
  why(query: WhatIf): Promise<Rendered>
  /** Ids of releases that begin like this, at most two. */
  releaseIds(beginning: string): Promise<readonly string[]>
  /** Open releases that somebody can mean without naming one: those of these repositories; of all for an empty list. */
  openReleases(repositories: readonly string[]): Promise<readonly { readonly id: string; readonly label: string }[]>
  /** The card of a release with its buttons, for one person; null where there is no such release. */
  card(releaseId: string): Promise<Rendered | null>
  /** All that the card had to cut, at most five messages; null where there is no such release. */
  evidence(releaseId: string): Promise<readonly Rendered[] | null>
}

/** How long suggestions are waited for, in ms. */
const suggestionsMs = 2_000

/** Null when it takes longer. */
function inTime<T>(work: Promise<T>, ms: number, clock: Pick<Clock, 'after'>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(null))
    work.then(resolve, reject).finally(cancel)
  })
}

/** So many answers Slack takes to one press. */
const answersToAPress = 5

export function createDesk(context: PerformContext): Desk {
  const { store, config, codeHost } = context

  async function ofChannel(channel: ChannelPlace | null): Promise<readonly string[]> {
    if (channel === null) return []
    const known = new Set([channel.id, `#${channel.name}`, ...(await channelNames(store.db, channel.id))])
    return config.repositories
      .filter(({ channels }) => channels.some((name) => known.has(name)))
      .map(({ repo }) => repo)
  }

  async function places(channel: ChannelPlace | null): Promise<readonly DeployPlace[]> {
    const first = new Set(await ofChannel(channel))
    const sorted = config.repositories.toSorted((a, b) => Number(first.has(b.repo)) - Number(first.has(a.repo)))
    return sorted.flatMap(({ repo, environments }) =>
      environments.map(({ gate }) => ({
        repository: repo,
        environment: gate.environment,
        strategies: gate.strategies,
      })),
    )
  }

  async function gateForm<T>(releaseId: string, draw: (input: Awaited<ReturnType<typeof gateCardInput>>) => T) {
    const release = await releaseById(store.db, releaseId)
    const policy = release === null ? null : context.policyOf(release.repository, release.environment)
    return release === null || policy === null ? null : draw(await gateCardInput(release, policy, context))
  }

  return {
    ...createRolloutDesk(context),
    lookRefusal: (userId) => lookRefusal(userId, context),
    async grammar(channel) {
      return {
        repositories: config.repositories.map(({ repo, environments }) => ({
          repo,
          environments: environments.map(({ name, aliases, gate }) => ({
            name,
            aliases,
            strategies: gate.strategies,
          })),
        })),
        ofChannel: await ofChannel(channel),
        webUrl: config.github.webUrl,
      }
    },
    places,
    async deployForm({ channel, initial, place }) {
      return deployModal({ places: await places(channel), initial, place })
    },
    async channelsOf(repository) {
      const channels = context.repositoryOf(repository)?.channels ?? []
      const shown = channels.map((channel) => (/^C[A-Z0-9]+$/.test(channel) ? `<#${channel}>` : escapeMrkdwn(channel)))
      return shown.join(' and ') || 'no channel'
    },
    commitOf: (message) => commitOfMessage(store.db, message),
    async suggestRefs(repository, text) {
      const found = await inTime(codeHost.suggestRefs({ repository, text }), suggestionsMs, context.clock)
      // What was typed can be taken as it is, so that nothing is lost when GitHub does not answer.
      return found?.ok === true ? found.value : []
    },
    approveForm: (gate, place) => gateForm(gate.releaseId, (input) => approveModal(input, gate, place)),
    rejectForm: (gate, place) => gateForm(gate.releaseId, ({ release }) => rejectModal(release, gate, place)),
    async holdForm(rollout, place) {
      const release = await releaseRecord(store.db, rollout.releaseId)
      return release === null ? null : holdModal(release, { rollout, place })
    },
    async extendForm(rollout, place) {
      const release = await releaseRecord(store.db, rollout.releaseId)
      return release === null ? null : extendModal(release, { rollout, place })
    },
    rollBackForm: (rollout, place) =>
      gateForm(rollout.releaseId, ({ release, rollout: glance }) =>
        rollBackModal(release, { rollout, place }, glance?.rollbackWords ?? ''),
      ),
    async breakGlassForm(gate, place) {
      const release = await releaseById(store.db, gate.releaseId)
      const policy = release === null ? null : context.policyOf(release.repository, release.environment)
      if (release === null || policy === null) return null
      const at = context.clock.now()
      const rules = await gateContextOf(store.db, release, policy, { releaseId: release.id, at })
      const closed = gatesOf(subjectOf(release), rules, at).filter(({ state }) => state === 'closed')
      return breakGlassModal({
        gate,
        place,
        label: releaseLabel(release),
        policy,
        overridden: closed.map(gateLine),
      })
    },
    async checklist(releaseId) {
      // Somebody has pressed a button and waits: nothing is read here that is not needed.
      const release = await releaseRecord(store.db, releaseId)
      return release === null ? null : (context.policyOf(release.repository, release.environment)?.checklist ?? null)
    },
    async placeOf(releaseId) {
      const release = await releaseRecord(store.db, releaseId)
      if (release === null || context.policyOf(release.repository, release.environment) === null) return null
      return { repository: release.repository, environment: release.environment }
    },
    status: (query) => statusOf(query, context),
    async history(query) {
      const releases = await recentReleases(store.db, query)
      const what = [query.repository?.split('/')[1], query.environment].filter(Boolean).join(' ') || 'all environments'
      const look = await cardContextOf([], context, 'classic')
      return historyList(await glancesOf(releases, context), what, look, await waysBack(releases, context))
    },
    async show(releaseId) {
      const [id, ...more] = await releaseIdsLike(store.db, releaseId)
      const release = id === undefined || more.length > 0 ? null : await releaseById(store.db, id)
      if (release === null) return null
      const way = (await waysBack([release], context)).get(release.id) ?? null
      return await storyOf(release, context, 'classic', way)
    },
    async who({ repository, environment }) {
      const policy = context.policyOf(repository, environment)
      if (policy === null) throw new Error(`${repository} has no environment ${environment}`)
      return whoView(repository, policy, await cardContextOf([], context, 'classic'))
    },
    plan: (query) => planOf(query, context),
    why: (query) => whyOf(query, context),
    releaseIds: (beginning) => releaseIdsLike(store.db, beginning),
    async openReleases(repositories) {
      const open = await openReleases(store.db, null)
      return open
        .filter(({ repository }) => repositories.length === 0 || repositories.includes(repository))
        .map((release) => ({ id: release.id, label: escapeMrkdwn(releaseLabel(release)) }))
    },
    async card(releaseId) {
      const release = await releaseById(store.db, releaseId)
      const policy = release === null ? null : context.policyOf(release.repository, release.environment)
      return release === null || policy === null
        ? null
        : gateCard(await gateCardInput(release, policy, context, 'classic'))
    },
    async evidence(releaseId) {
      const release = await releaseById(store.db, releaseId)
      if (release === null) return null
      return evidenceDetails(release, await cardContextOf([], context, 'classic'), answersToAPress)
    },
  }
}
