import type { EvidenceChanges } from '../../release/evidence.ts'
import { lookedUpAt, recordPerson, slackUsersOf } from '../../store/people.ts'
import { findPerson } from '../find-person.ts'
import type { PerformContext } from '../perform-context.ts'
import { touchRecentCards } from './touch-cards.ts'

/** Look-ups that go side by side. */
const atOnce = 5

/**
 * Who the authors are in Slack. An author whom the configuration does not name and nobody has looked up is looked up
 * now: somebody who wrote a part of a release under another name must not approve it.
 *
 * @returns Slack ids by GitHub login (lower case), or why it cannot be told
 */
export async function slackIdsOf(
  changes: EvidenceChanges,
  context: Pick<PerformContext, 'store' | 'config' | 'clock' | 'chat' | 'codeHost' | 'onCardBehind'>,
): Promise<
  | { readonly ok: true; readonly slackIds: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly detail: string }
> {
  const { store, config } = context
  const emails = new Map<string, string | null>()
  for (const { authorLogin } of changes.pulls) if (authorLogin) emails.set(authorLogin.toLowerCase(), null)
  for (const { authorLogin, authorEmail } of changes.commits) {
    if (authorLogin) emails.set(authorLogin.toLowerCase(), authorEmail)
  }
  const unnamed = [...emails.keys()].filter((login) => !config.people.has(login))
  const strangers: string[] = []
  for (const login of unnamed) if ((await lookedUpAt(store.db, login)) === null) strangers.push(login)
  for (let from = 0; from < strangers.length; from += atOnce) {
    const some = strangers.slice(from, from + atOnce)
    const details = await Promise.all(some.map((login) => lookUp(login, emails.get(login) ?? null, context)))
    const failed = details.find((detail) => detail !== null)
    if (failed != null) return { ok: false, detail: failed }
  }
  const found = await slackUsersOf(store.db, unnamed)
  const named = [...config.people].filter(([login]) => emails.has(login))
  return { ok: true, slackIds: Object.fromEntries([...found, ...named]) }
}

/** @returns null when it is written down, otherwise why it could not be found out */
async function lookUp(
  login: string,
  email: string | null,
  context: Pick<PerformContext, 'store' | 'clock' | 'chat' | 'codeHost' | 'onCardBehind'>,
): Promise<string | null> {
  const found = await findPerson({ login, email }, context)
  // What will never be told (no permission to ask for addresses, say) holds no release up.
  if (!found.ok && found.outcome.type === 'retry') return found.detail
  const slackUser = found.ok ? found.slackUser : null
  const at = context.clock.now()
  await context.store.transaction(async (tx) => {
    await recordPerson(tx, login, slackUser, at)
    // Cards that name them by their login mention them from now on.
    if (slackUser !== null) await touchRecentCards(tx, at)
  })
  if (slackUser !== null) context.onCardBehind()
  return null
}
