/**
 * The Home tab shows releases as they stand: it is drawn anew for those who opened it lately, because Slack does not say
 * who looks at it. The limits keep `views.publish` and `users.info` (about a hundred a minute each, see
 * https://docs.slack.dev/apis/web-api/rate-limits) free for those who open the tab and press buttons.
 */
import { type HomeOpening, homeOpenings, writeHomeOpenings } from '../store/home-openings.ts'
import type { Db } from '../store/open-store.ts'
import { addEffect, hasUnbegun } from '../store/outbox.ts'
import { readSetting, writeSetting } from '../store/settings.ts'
import { isTimerSet, setTimer } from '../store/timers.ts'
import type { EffectBodies } from './effects.ts'
import type { EventBodies } from './events.ts'
import type { Handled } from './handled.ts'

/** For so many people, those who opened it last. */
const mostPeople = 10
/** Whoever opened it longer ago opens it again to look, in ms. */
const watchedMs = 30 * 60_000
/** So soon after a change, in ms: what changes with it is drawn with it. */
const gatherMs = 2_000
/** Not more often than this, in ms. */
const pauseMs = 20_000

export async function handleHomeOpened(
  tx: Db,
  { userId }: EventBodies['slack.home_opened'],
  { id, at }: { readonly id: string; readonly at: number },
): Promise<Handled> {
  const others = (await homeOpenings(tx)).filter((one) => one.userId !== userId)
  await writeHomeOpenings(tx, [{ userId, at }, ...others].slice(0, mostPeople))
  await publish(tx, { userId, cause: id, at })
  return { outcome: 'accepted' }
}

/** Somebody may not look at it: what changes is not for them. */
export async function forgetHome(tx: Db, userId: string): Promise<void> {
  const openings = await homeOpenings(tx)
  const others = openings.filter((one) => one.userId !== userId)
  if (others.length < openings.length) await writeHomeOpenings(tx, others)
}

/** Something that the Home tab shows has changed: it is drawn soon, once for all that changes until then. */
export async function wantHomes(tx: Db, at: number): Promise<void> {
  if (!(await homeOpenings(tx)).some((one) => isWatched(one, at)) || (await isTimerSet(tx, 'timer.home'))) return
  const drawnAt = Number((await readSetting(tx, 'home_drawn_at')) ?? 0)
  // A clock that was set back makes no pause longer.
  const pausedUntil = Math.min(drawnAt, at) + pauseMs
  await setTimer(tx, { id: 'home', type: 'timer.home', body: {}, dueAt: Math.max(at + gatherMs, pausedUntil) })
}

export async function handleHomeTimer(
  tx: Db,
  _body: EventBodies['timer.home'],
  { id, at }: { readonly id: string; readonly at: number },
): Promise<Handled> {
  await writeSetting(tx, 'home_drawn_at', String(at))
  const watched = (await homeOpenings(tx)).filter((one) => isWatched(one, at))
  for (const { userId } of watched) await publish(tx, { userId, isRedraw: true, cause: id, at })
  return { outcome: watched.length === 0 ? 'unchanged' : 'accepted' }
}

function isWatched(one: HomeOpening, at: number): boolean {
  return at - one.at < watchedMs
}

async function publish(
  tx: Db,
  { cause, at, ...body }: EffectBodies['publish_home'] & { readonly cause: string; readonly at: number },
): Promise<void> {
  const lane = `home:${body.userId}`
  // It is drawn from how things stand when it is its turn.
  if (await hasUnbegun(tx, lane)) return
  await addEffect(tx, { id: `home:${cause}:${body.userId}`, lane, type: 'publish_home', body, at })
}
