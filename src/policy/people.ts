/**
 * Who is who. A person acts through a Slack account, through a GitHub login, or through both, and counts as one
 * person all the same: two identities that share an id, directly or through others, are one person.
 */

/** What is known of who acted. At least one of the two is set for anybody who can count. */
export interface PersonIdentity {
  readonly slackUserId: string | null
  readonly githubLogin: string | null
}

/** GitHub login to Slack user id, as configured or found. Logins are compared without regard to case. */
export type PeopleLinks = ReadonlyMap<string, string>

/** One person with all the ids under which the person is known. */
export interface KnownPerson {
  readonly slackUserIds: ReadonlySet<string>
  /** Lower case. */
  readonly githubLogins: ReadonlySet<string>
}

const noLinks: PeopleLinks = new Map()

/** Whether both identities are of one person. An identity without any id is nobody, and the same as nobody. */
export function samePerson(a: PersonIdentity, b: PersonIdentity, links: PeopleLinks = noLinks): boolean {
  const [first, second] = identify([a, b], links)
  return first !== null && first !== undefined && first === second
}

/**
 * The identities grouped by person, in the order in which each person first appears. Identities without any id are
 * left out: it cannot be said whose they are.
 */
export function distinctPeople(
  identities: readonly PersonIdentity[],
  links: PeopleLinks = noLinks,
): readonly (readonly PersonIdentity[])[] {
  const groups = new Map<KnownPerson, PersonIdentity[]>()
  const people = identify(identities, links)
  identities.forEach((identity, index) => {
    const person = people[index]
    if (person === null || person === undefined) return
    groups.set(person, [...(groups.get(person) ?? []), identity])
  })
  return [...groups.values()]
}

/**
 * Says for each identity which person it is. Identities of one person get the very same object, so that `===` tells
 * people apart; an identity without any id gets null.
 *
 * An identity that carries both ids links them for the whole list. That can only make people fewer, never more.
 */
export function identify(
  identities: readonly PersonIdentity[],
  links: PeopleLinks = noLinks,
): readonly (KnownPerson | null)[] {
  const parents = new Map<string, string>()
  const rootOf = (id: string): string => {
    let root = id
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent
    return root
  }
  const join = (a: string, b: string) => {
    const [left, right] = [rootOf(a), rootOf(b)]
    if (left !== right) parents.set(left, right)
  }

  const idsOfEach = identities.map(idsOf)
  const known = new Set<string>()
  for (const [login, slackUserId] of links) {
    const ids = idsOf({ slackUserId, githubLogin: login })
    for (const id of ids) known.add(id)
    if (ids[0] !== undefined && ids[1] !== undefined) join(ids[0], ids[1])
  }
  for (const ids of idsOfEach) {
    for (const id of ids) known.add(id)
    if (ids[0] !== undefined && ids[1] !== undefined) join(ids[0], ids[1])
  }

  const people = new Map<string, { slackUserIds: Set<string>; githubLogins: Set<string> }>()
  for (const id of known) {
    const root = rootOf(id)
    const person = people.get(root) ?? { slackUserIds: new Set(), githubLogins: new Set() }
    people.set(root, person)
    if (id.startsWith(slackPrefix)) person.slackUserIds.add(id.slice(slackPrefix.length))
    else person.githubLogins.add(id.slice(githubPrefix.length))
  }
  return idsOfEach.map(([id]) => (id === undefined ? null : (people.get(rootOf(id)) ?? null)))
}

const slackPrefix = 'slack:'
const githubPrefix = 'github:'

/** The prefixes keep a login that looks like a Slack id from being taken for one. */
function idsOf(identity: PersonIdentity): readonly string[] {
  const slackUserId = identity.slackUserId?.trim()
  const githubLogin = identity.githubLogin?.trim().toLowerCase()
  return [...(slackUserId ? [slackPrefix + slackUserId] : []), ...(githubLogin ? [githubPrefix + githubLogin] : [])]
}
