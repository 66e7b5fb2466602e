/** What is said under the card of a release that is rolling out, drawn at the moment that it is posted. */
import {
  holdReminder,
  pageNotice,
  rollbackBegunNotice,
  rollbackEndedNotice,
  verdictNotice,
} from '../../cards/rollout-notices.ts'
import type { Identity } from '../../policy/identity.ts'
import { authorsOf } from '../../release/authors.ts'
import type { Release } from '../../release/release.ts'
import type { Rollout } from '../../release/rollout/rollout.ts'
import { lockOf } from '../../store/environments.ts'
import { checkBy, rolloutOf } from '../../store/rollouts.ts'
import type { ThreadNote } from '../effects.ts'
import { cardAddress } from '../gate/card-address.ts'
import type { Note } from '../gate/release-texts.ts'
import { cardContextOf, type ViewContext } from '../gate/release-view.ts'
import { chartOf } from './chart-of.ts'
import { rollbackObjectiveMs } from './rollout-view.ts'

type RolloutNote = Extract<
  ThreadNote,
  { readonly type: 'page' | 'remind_holder' | 'verdict' | 'rollback_begun' | 'rollback_ended' }
>

/** Null when there is nothing to say any more. */
export async function rolloutNote(release: Release, what: RolloutNote, context: ViewContext): Promise<Note | null> {
  const { store } = context
  const rollout = await rolloutOf(store.db, release.id)
  if (rollout === null) return null
  const about = { release, cardUrl: await cardAddress(release.id, context) }
  const onCall = context.repositoryOf(release.repository)?.onCall ?? null
  const look = async (people: readonly Identity[] = []) =>
    await cardContextOf(
      people.flatMap(({ logins }) => logins),
      context,
    )
  switch (what.type) {
    case 'page': {
      const manualSteps = what.reason === 'leg_failed' ? stepsNow(rollout) : {}
      const message = pageNotice({ ...about, text: what.text, onCall, manualSteps }, await look())
      return { message, isBroadcast: true }
    }
    case 'remind_holder': {
      // Held by Sluice, it is nobody's: those who asked for it are reminded, and those on call.
      const people = [what.by ?? release.requester]
      const called = what.by === null ? onCall : null
      return {
        message: holdReminder({ ...about, text: what.text, people, onCall: called }, await look(people)),
        isBroadcast: false,
      }
    }
    case 'rollback_begun': {
      const { rollback, stopwatch } = rollout
      if (rollback === null) return null
      const people = [release.requester, ...authorsOf(release.evidence)]
      const check = stopwatch.rollbackAt === null ? null : await checkBy(store.db, release.id, stopwatch.rollbackAt)
      const input = { ...about, rollback, check, onCall, people }
      const message = rollbackBegunNotice(input, await look(people))
      return { message, isBroadcast: true, chart: await chartOf(release.id, what, store.db) }
    }
    case 'rollback_ended': {
      const held = await lockOf(store.db, release, context.clock.now())
      const lock = held === null ? null : { ...held, by: held.holder }
      const input = { ...about, rollout, objectiveMs: rollbackObjectiveMs, lock }
      return { message: rollbackEndedNotice(input, await look()), isBroadcast: false }
    }
    case 'verdict': {
      const check = await checkBy(store.db, release.id, what.at)
      if (check?.at !== what.at) return null
      const message = verdictNotice({ check, percent: check.step.percent }, await look())
      return { message, isBroadcast: false, chart: await chartOf(release.id, what, store.db) }
    }
    default:
      return what satisfies never
  }
}

/** As they are when it is said: what has been done meanwhile needs no hand any more. */
function stepsNow({ phase }: Rollout) {
  return phase.name === 'rollback_incomplete' ? phase.manualSteps : {}
}
