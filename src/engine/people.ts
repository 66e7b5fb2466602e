import type { Config } from '../config/config.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Db } from '../store/open-store.ts'
import { addEffect } from '../store/outbox.ts'
import { lookedUpAt, slackUsersOf } from '../store/people.ts'
import type { EngineContext } from './engine-context.ts'

/** People change their addresses and join late: look again after a day. */
const lookAgainMs = 24 * 3600_000

/** Asks Slack who the author of a commit is, unless the configuration says so or it was asked lately. */
export async function findAuthor(tx: Db, view: Pipeline, at: number, context: EngineContext): Promise<void> {
  const login = view.authorLogin?.toLowerCase()
  if (login === undefined || context.config.people.has(login)) return
  const asked = await lookedUpAt(tx, login)
  if (asked !== null && at - asked < lookAgainMs) return
  const day = Math.floor(at / lookAgainMs)
  await addEffect(tx, {
    id: `person:${login}:${day}`,
    lane: `person:${login}`,
    type: 'find_person',
    body: { login, email: view.authorEmail },
    at,
  })
}

/** GitHub login (lower case) to Slack user id, for the people that a pipeline names. */
export async function mentionsFor(db: Db, view: Pipeline, config: Config): Promise<ReadonlyMap<string, string>> {
  const logins = [view.authorLogin, ...view.reruns.map((rerun) => rerun.actorLogin)].flatMap((login) =>
    login === null ? [] : [login.toLowerCase()],
  )
  const found = await slackUsersOf(db, logins)
  return new Map([...found, ...[...config.people].filter(([login]) => logins.includes(login))])
}
