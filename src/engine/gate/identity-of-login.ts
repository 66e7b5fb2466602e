import type { Config } from '../../config/config.ts'
import type { Identity } from '../../policy/identity.ts'
import type { Db } from '../../store/open-store.ts'
import { slackUsersOf } from '../../store/people.ts'

/** Who a GitHub login is, as far as the configuration and earlier look-ups tell. */
export async function identityOfLogin(
  login: string,
  { config, db }: { readonly config: Pick<Config, 'people'>; readonly db: Db },
): Promise<Identity> {
  const lower = login.toLowerCase()
  const slackId = config.people.get(lower) ?? (await slackUsersOf(db, [lower])).get(lower) ?? null
  return { slackId, teamId: null, name: login, logins: [lower], emails: [] }
}
