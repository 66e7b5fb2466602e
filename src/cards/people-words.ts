/** How people, and sets of people, are named on cards about releases. */
import type { PeopleSet } from '../policy/gate-policy.ts'
import type { Identity } from '../policy/identity.ts'
import type { ReleaseCardContext } from './rendered.ts'
import { group, joined, type Line, name, outside, type Span, user, words } from './spans.ts'

const maxPeople = 8

/** A person: mentioned where Slack knows them, otherwise by name or GitHub login. */
export function identity(who: Identity, context: Pick<ReleaseCardContext, 'mentions'>): Span {
  const known = user(who.slackId ?? who.logins.map((login) => context.mentions.get(login)).find(Boolean))
  return known ?? outside(identityName(who))
}

/** A person's name in plain words, for notifications and dialogs; not escaped. */
export function identityName(who: Identity): string {
  const best = [who.name, ...who.logins, who.slackId].find((text) => text != null && name(text) !== '(no name)')
  return best == null ? 'somebody' : name(best)
}

/** `@platform-approvers, @Sam or acme/sre on GitHub`; says so when the set is empty. */
export function peopleSet(set: PeopleSet): Line {
  const parts: Line[] = [
    ...set.groups.map((id): Line => [group(id) ?? outside(id)]),
    ...set.users.map((id): Line => [user(id) ?? outside(id)]),
    ...set.teams.map((team): Line => [outside(team), words(' on GitHub')]),
  ]
  if (parts.length === 0) return [words('nobody (the set is empty)')]
  const shown = parts.slice(0, maxPeople)
  if (parts.length > maxPeople) shown.push([words(`${parts.length - maxPeople} more`)])
  const last = shown.pop() ?? []
  return shown.length === 0 ? last : [...joined(shown, ', '), words(' or '), ...last]
}
