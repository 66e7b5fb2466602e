import type { Identity } from './identity.ts'

/** Addresses that GitHub writes for everybody: sharing one says nothing. */
const sharedAddresses = new Set(['noreply@github.com'])

/** GitHub's private address of an account: `12345+login@users.noreply.github.com`, `login@…` for old accounts. */
const privateAddress = /^(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com$/

/**
 * Whether two identities are known to be one person: they share the Slack id, a GitHub login or an e-mail address,
 * without regard to case. GitHub's private addresses count as the login in them. Identities that share nothing may
 * still be one person; who they are on the other service is for the caller to look up before.
 */
export function isSamePerson(a: Identity, b: Identity): boolean {
  if (a.slackId !== null && b.slackId !== null && a.slackId.toUpperCase() === b.slackId.toUpperCase()) return true
  const first = marksOf(a)
  return [...marksOf(b)].some((mark) => first.has(mark))
}

function marksOf(identity: Identity): ReadonlySet<string> {
  const emails = identity.emails.map(tidy).filter((email) => email !== '' && !sharedAddresses.has(email))
  const logins = [...identity.logins.map(tidy), ...emails.flatMap((email) => privateAddress.exec(email)?.[1] ?? [])]
  return new Set([
    ...logins.filter((login) => login !== '').map((login) => `login:${login}`),
    ...emails.map((email) => `email:${email}`),
  ])
}

function tidy(text: string): string {
  return text.trim().toLowerCase()
}
