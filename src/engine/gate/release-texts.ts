/** What is said under a release's card, drawn at the moment that it is posted. */
import { approversReminder, breakGlassAnnouncement } from '../../cards/release-notices.ts'
import { releaseStory, type StoryRow } from '../../cards/release-story.ts'
import type { CardLayout, Rendered } from '../../cards/rendered.ts'
import { mrkdwn, notification, sections } from '../../cards/spans.ts'
import { taggedLine } from '../../cards/tagged-line.ts'
import type { VerdictChart } from '../../cards/verdict-chart.ts'
import type { WayBack } from '../../cards/way-back-buttons.ts'
import { gatesOf, subjectOf } from '../../release/gates.ts'
import type { Client, Release } from '../../release/release.ts'
import { type AuditRecord, auditRecords, releaseObject } from '../../store/audit.ts'
import type { ThreadNote } from '../effects.ts'
import { rolloutNote } from '../rollout/rollout-texts.ts'
import { cardAddress } from './card-address.ts'
import { gateContextOf } from './gate-context.ts'
import { cardContextOf, glanceOf, missingOf, type ViewContext } from './release-view.ts'

export interface Note {
  readonly message: Rendered
  /** Whether the channel sees it too: somebody has to act. */
  readonly isBroadcast: boolean
  /** Shown below the message, as a block or as a picture. */
  readonly chart?: VerdictChart | null
}

/** Null when there is nothing to say any more: the gate was decided meanwhile, say. */
export async function threadNote(release: Release, what: ThreadNote, context: ViewContext): Promise<Note | null> {
  switch (what.type) {
    case 'post_line': {
      const line = taggedLine(what.text)
      return { message: { text: notification(line) || mrkdwn(line), blocks: sections([line]) }, isBroadcast: false }
    }
    case 'remind_approvers':
      return await reminder(release, context)
    case 'announce_break_glass':
      return { message: await breakGlassText(release, context), isBroadcast: true }
    case 'post_story':
      return { message: await storyOf(release, context), isBroadcast: false }
    case 'page':
    case 'remind_holder':
    case 'verdict':
    case 'rollback_begun':
    case 'rollback_ended':
      return await rolloutNote(release, what, context)
    default:
      return what satisfies never
  }
}

async function reminder(release: Release, context: ViewContext): Promise<Note | null> {
  const { state } = release
  const policy = context.policyOf(release.repository, release.environment)
  if (state.name !== 'awaiting_approval' || policy === null) return null
  const of = { releaseId: release.id, at: context.clock.now() }
  const gate = await gateContextOf(context.store.db, release, policy, of)
  const message = approversReminder(
    {
      release,
      expiresAt: state.expiresAt,
      missing: missingOf(subjectOf(release), gate),
      cardUrl: await cardAddress(release.id, context),
    },
    await cardContextOf([], context),
  )
  return { message, isBroadcast: false }
}

export async function breakGlassText(release: Release, context: ViewContext): Promise<Rendered> {
  const policy = context.policyOf(release.repository, release.environment)
  const at = context.clock.now()
  const glass = release.breakGlass
  const gates =
    policy === null
      ? []
      : gatesOf(
          subjectOf(release),
          await gateContextOf(context.store.db, release, policy, { releaseId: release.id, at }),
          at,
        )
  return breakGlassAnnouncement(
    {
      release,
      by: glass?.by ?? release.requester,
      at: glass?.at ?? at,
      why: glass?.why ?? '',
      overridden: gates.filter(({ state }) => state === 'overridden').map(({ name }) => name),
      onCall: context.repositoryOf(release.repository)?.onCall ?? null,
      cardUrl: await cardAddress(release.id, context),
    },
    await cardContextOf([], context),
  )
}

/** The whole story of a release, from the audit log. */
export async function storyOf(
  release: Release,
  context: ViewContext,
  layout?: CardLayout,
  way: WayBack | null = null,
): Promise<Rendered> {
  const span = { from: 0, to: Number.MAX_SAFE_INTEGER, object: releaseObject(release.id) }
  const rows: StoryRow[] = []
  for await (const record of auditRecords(context.store.db, span)) rows.push(storyRow(record))
  return releaseStory(await glanceOf(release, context), rows, await cardContextOf([], context, layout), way)
}

function storyRow(row: AuditRecord): StoryRow {
  const actor = {
    slackId: row.actor_id !== null && /^[UW][A-Z0-9]+$/.test(row.actor_id) ? row.actor_id : null,
    teamId: row.actor_team,
    name: row.actor_name ?? row.actor_id,
    logins: row.github_login === null ? [] : [row.github_login],
    emails: [],
  }
  return {
    at: row.at,
    actor: row.actor_type === 'sluice' ? 'sluice' : actor,
    action: row.action,
    // Written by us from the list of reasons.
    reason: row.reason_code as StoryRow['reason'],
    text: row.reason_text,
    client: row.client satisfies Client,
  }
}
