import type { Db } from './open-store.ts'

/** Slack people of these GitHub logins (lower case) as found by e-mail; those without are left out. */
export async function slackUsersOf(db: Db, logins: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (logins.length === 0) return new Map()
  const rows = await db.selectFrom('people').select(['login', 'slack_user']).where('login', 'in', logins).execute()
  return new Map(rows.flatMap((row) => (row.slack_user === null ? [] : [[row.login, row.slack_user] as const])))
}

/** Logins (lower case) that were found to be a Slack person's. */
export async function loginsOf(db: Db, slackUser: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('people').select('login').where('slack_user', '=', slackUser).execute()
  return rows.map((row) => row.login)
}

/** When a login was last looked up, or null when never. */
export async function lookedUpAt(db: Db, login: string): Promise<number | null> {
  const row = await db.selectFrom('people').select('looked_up_at').where('login', '=', login).executeTakeFirst()
  return row?.looked_up_at ?? null
}

/** Writes down who a login is; null when nobody in the workspace has its e-mail address. */
export async function recordPerson(tx: Db, login: string, slackUser: string | null, at: number): Promise<void> {
  const row = { slack_user: slackUser, looked_up_at: at }
  await tx
    .insertInto('people')
    .values({ login, ...row })
    .onConflict((conflict) => conflict.column('login').doUpdateSet(row))
    .execute()
}
