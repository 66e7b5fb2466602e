import type { Identity } from '../policy/identity.ts'
import type { Evidence, EvidenceCommit } from './evidence.ts'

/**
 * Everybody who wrote a part of what would ship: authors and co-authors of the commits that are added, and authors of
 * their pull requests. Going back adds nothing, so nobody is an author then.
 */
export function authorsOf({ changes, slackIds = {} }: Evidence): readonly Identity[] {
  if (changes.relation === 'behind' || changes.relation === 'same') return []
  const authors = [
    ...changes.commits.flatMap(authorsOfCommit),
    ...changes.pulls.flatMap(({ authorLogin }) => (authorLogin === null ? [] : known({ login: authorLogin }))),
  ]
  const found = new Map(Object.entries(slackIds))
  return authors.map((author) => {
    const slackId = author.logins.map((login) => found.get(login)).find((id) => id !== undefined)
    return slackId === undefined ? author : { ...author, slackId }
  })
}

function authorsOfCommit(commit: EvidenceCommit): readonly Identity[] {
  return [
    ...known({ name: commit.authorName, login: commit.authorLogin, email: commit.authorEmail }),
    ...commit.coAuthors.flatMap(known),
  ]
}

function known(who: {
  readonly name?: string | null
  readonly login?: string | null
  readonly email?: string | null
}): readonly Identity[] {
  const logins = who.login ? [who.login.toLowerCase()] : []
  const emails = who.email ? [who.email.toLowerCase()] : []
  if (logins.length + emails.length === 0) return []
  return [{ slackId: null, teamId: null, name: who.name ?? null, logins, emails }]
}
