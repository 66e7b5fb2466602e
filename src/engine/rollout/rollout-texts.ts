/** What is said under the card of a release that is rolling out, drawn at the moment that it is posted. */
import { mrkdwn, notification, sections } from '../../cards/spans.ts'
import { taggedLine } from '../../cards/tagged-line.ts'
import type { Release } from '../../release/release.ts'
import { whereItIs } from '../../release/rollout/say-rollout.ts'
import { rolloutOf } from '../../store/rollouts.ts'
import type { ThreadNote } from '../effects.ts'
import type { Note } from '../gate/release-texts.ts'
import type { ViewContext } from '../gate/release-view.ts'

type RolloutNote = Extract<
  ThreadNote,
  { readonly type: 'page' | 'remind_holder' | 'verdict' | 'rollback_begun' | 'rollback_ended' }
>

/** Null when there is nothing to say any more. */
export async function rolloutNote(release: Release, what: RolloutNote, context: ViewContext): Promise<Note | null> {
  const rollout = await rolloutOf(context.store.db, release.id)
  if (rollout === null) return null
  const said = 'text' in what ? what.text : whereItIs(rollout)
  const line = taggedLine(said)
  const message = { text: notification(line) || mrkdwn(line), blocks: sections([line]) }
  return { message, isBroadcast: what.type !== 'verdict' }
}
