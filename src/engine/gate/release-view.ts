/** What the cards show of a release, gathered from the store as it stands now. */
import type { GateCardInput, GateLine, MissingApproval } from '../../cards/gate-card-input.ts'
import type { ReleaseGlance } from '../../cards/release-glance.ts'
import type { CardLayout, ReleaseCardContext } from '../../cards/rendered.ts'
import { approvalRules } from '../../policy/approval-rules.ts'
import { freezeAt } from '../../policy/freeze.ts'
import type { GatePolicy } from '../../policy/gate-policy.ts'
import type { GateContext } from '../../release/decision.ts'
import type { Gate } from '../../release/gate.ts'
import { type GateSubject, gatesOf, quorumFor, subjectOf } from '../../release/gates.ts'
import type { Release } from '../../release/release.ts'
import { plainWords } from '../../release/text-with-people.ts'
import { cardsOf } from '../../store/cards.ts'
import { signOffOf } from '../../store/environments.ts'
import { slackUsersOf } from '../../store/people.ts'
import { findPipeline } from '../../store/pipelines.ts'
import { openReleases, type ReleaseRecord } from '../../store/releases.ts'
import { rolloutOf } from '../../store/rollouts.ts'
import { readSetting } from '../../store/settings.ts'
import type { PerformContext } from '../perform-context.ts'
import { rollbackPlanOf, rolloutGlance } from '../rollout/rollout-view.ts'
import { knownForesight } from '../rollout/usual-traffic.ts'
import { cardAddress, messageAddress } from './card-address.ts'
import { gateContextOf, queueOf } from './gate-context.ts'

export type ViewContext = Pick<
  PerformContext,
  'store' | 'config' | 'clock' | 'memory' | 'repositoryOf' | 'policyOf' | 'environmentOf' | 'workspace'
>

/** How cards about releases are drawn here: layout, addresses, and who a GitHub login is in Slack. */
export async function cardContextOf(
  logins: readonly string[],
  { store, config }: ViewContext,
  layout?: CardLayout,
): Promise<ReleaseCardContext> {
  const lower = logins.map((login) => login.toLowerCase())
  const found = await slackUsersOf(store.db, lower)
  const configured = [...config.people].filter(([login]) => lower.includes(login))
  return {
    layout: layout ?? ((await readSetting(store.db, 'slack.layout')) === 'classic' ? 'classic' : 'plan'),
    webUrl: config.github.webUrl,
    mentions: new Map([...found, ...configured]),
  }
}

/** Everything that a release's card shows. */
export async function gateCardInput(
  release: Release,
  policy: GatePolicy,
  context: ViewContext,
  layout?: CardLayout,
): Promise<GateCardInput> {
  const { store, clock } = context
  const at = clock.now()
  const gate = await gateContextOf(store.db, release, policy, { releaseId: release.id, at })
  const subject = subjectOf(release)
  const open = await openReleases(store.db, release)
  const environment = context.environmentOf(release.repository, release.environment)
  const isUndecided = release.state.name === 'awaiting_approval' || release.state.name === 'queued'
  const position = queueOf(open).findIndex(({ id }) => id === release.id)
  const signed = release.breakGlass === null ? null : await signOffOf(store.db, release.id)
  const { owedReview } = gate
  return {
    release,
    policy,
    title: await titleOf(release, context),
    missing: isUndecided ? missingOf(subject, gate) : [],
    gates: gatesOf(subject, gate, at)
      .map(gateLine)
      .filter(({ id }) => evidenceGates.has(id)),
    lock: gate.lock,
    freeze: isUndecided ? freezeAt([...policy.freezes, ...gate.freezes], at) : null,
    queue:
      gate.before === null || !isUndecided
        ? null
        : {
            position: position < 0 ? queueOf(open).length + 1 : position + 1,
            beforeUrl: await cardAddress(gate.before, context),
          },
    owedReview:
      owedReview === null || owedReview.releaseId === release.id
        ? null
        : { by: owedReview.by, url: await cardAddress(owedReview.releaseId, context) },
    review: signed,
    foresight:
      isUndecided && release.strategy === 'canary' ? await knownForesight(store.db, release, environment) : null,
    rollout: environment === null ? null : await rolloutGlance(store.db, release, environment, at),
    rollback: environment === null ? null : rollbackPlanOf(release, environment),
    links: {
      pipeline: await pipelineAddress(release, context),
      successor: release.state.name === 'superseded' ? await cardAddress(release.state.byRelease, context) : null,
    },
    context: await cardContextOf(loginsIn(release), context, layout),
  }
}

/** What cards show on their own lines; the others have a place of their own. */
const evidenceGates: ReadonlySet<GateLine['id']> = new Set(['branch', 'ci', 'staging', 'other'])

const gateIds: Readonly<Record<Gate['name'], GateLine['id']>> = {
  requester: 'other',
  branch: 'branch',
  ci: 'ci',
  staging: 'staging',
  lock: 'lock',
  freeze: 'freeze',
  review: 'review',
  turn: 'queue',
  approvals: 'approvals',
}

const gateNames: Readonly<Record<Gate['name'], string>> = {
  requester: 'Who may ask',
  branch: 'Branch',
  ci: 'CI',
  staging: 'Staging',
  lock: 'Lock',
  freeze: 'Freeze',
  review: 'Owed review',
  turn: 'Turn',
  approvals: 'Approvals',
}

export function gateLine(gate: Gate): GateLine {
  return {
    id: gateIds[gate.name],
    name: gateNames[gate.name],
    state: gate.state === 'switched_off' ? 'off' : gate.state,
    detail: plainWords(gate.sentence),
    action: gate.action === null ? null : plainWords(gate.action),
  }
}

/** The approvals that are missing, each with whom they may come from. */
export function missingOf(subject: GateSubject, gate: GateContext): readonly MissingApproval[] {
  if (subject.breakGlass !== null) return []
  const rules = approvalRules(gate.policy)
  return quorumFor(subject, gate).missing.flatMap(({ rule, count }) => {
    const found = rules[rule]
    return found === undefined ? [] : { count, from: found.from, risk: found.risk }
  })
}

/** A release as lists show it. */
export async function glanceOf(release: ReleaseRecord, context: ViewContext): Promise<ReleaseGlance> {
  const rollout = release.state.name === 'rolling_out' ? await rolloutOf(context.store.db, release.id) : null
  return { release, rollout, title: await titleOf(release, context), url: await cardAddress(release.id, context) }
}

/** First line of the commit's message, from what its pipeline is known to be. */
export async function titleOf(
  commit: { readonly repository: string; readonly sha: string; readonly evidence?: Release['evidence'] },
  { store, memory, repositoryOf }: ViewContext,
): Promise<string | null> {
  const listed = commit.evidence?.changes.commits.find(({ sha }) => sha === commit.sha)
  if (listed !== undefined) return listed.title
  const row = await findPipeline(store.db, commit)
  const repository = row === null ? null : repositoryOf(row.repository)
  if (row === null || repository === null) return null
  return (await memory.find(store.db, row, repository.stages))?.view.title ?? null
}

async function pipelineAddress(
  commit: { readonly repository: string; readonly sha: string },
  { store, workspace }: ViewContext,
): Promise<string | null> {
  const row = await findPipeline(store.db, commit)
  const own = await workspace()
  const card = row === null ? undefined : (await cardsOf(store.db, row.id)).find(({ ts }) => ts !== null)
  if (own === null || card?.ts == null || card.channelId === null) return null
  return messageAddress(own.url, { channelId: card.channelId, ts: card.ts })
}

function loginsIn({ evidence, requester, approvals }: Release): readonly string[] {
  const { commits, takenAway, pulls } = evidence.changes
  return [
    ...[...commits, ...takenAway, ...pulls].flatMap(({ authorLogin }) => authorLogin ?? []),
    ...requester.logins,
    ...approvals.flatMap(({ by }) => by.logins),
  ]
}

/** The releases of a commit for the card of its pipeline, newest first. */
export async function glancesOf(
  releases: readonly ReleaseRecord[],
  context: ViewContext,
): Promise<readonly ReleaseGlance[]> {
  return await Promise.all(releases.map((release) => glanceOf(release, context)))
}
