import type { GatePolicy, PeopleSet } from '../../policy/gate-policy.ts'
import { type Identity, knownByName, type Memberships } from '../../policy/identity.ts'
import { mayOperate } from '../../policy/may-operate.ts'
import { loginsOf } from '../../store/people.ts'
import type { PerformContext } from '../perform-context.ts'
import type { RawPress } from './acts.ts'
import { identityOfLogin } from './identity-of-login.ts'
import type { OperatorRead } from './reads.ts'

/**
 * Asks Slack who pressed, now: an answer from before the press entitles nobody. People known on GitHub or on the
 * command line only are taken as those clients name them.
 *
 * @param policy - whose groups and teams are looked into; null for none
 */
export async function readOperator(
  press: RawPress,
  policy: GatePolicy | null,
  context: PerformContext,
): Promise<OperatorRead> {
  const { chat, config, clock } = context
  const readAt = clock.now()
  const nothing: Memberships = { groups: [], teams: [], unknown: [], readAt }
  if (press.client === 'github') {
    const { identity, isComplete } = await readLogin(press.userId, context)
    if (!isComplete) return { identity, memberships: nothing, refused: 'service_unavailable' }
    return { identity, memberships: await readMemberships(identity, policy, context), refused: null }
  }
  if (press.client === 'cli') {
    // Nobody's approval: an account on the machine is no person of Slack's or GitHub's.
    return { identity: knownByName(press.userId), memberships: nothing, refused: null }
  }
  const anonymous: Identity = { slackId: press.userId, teamId: press.teamId, name: null, logins: [], emails: [] }
  const [own, result] = [await context.workspace(), await chat.user(press.userId)]
  // Nobody waits at a button for a service to come back: answered soon, or refused.
  if (own === null || !result.ok) return { identity: anonymous, memberships: nothing, refused: 'unknown_person' }
  const person = result.value
  const known: Identity = {
    slackId: person.id,
    teamId: person.teamId,
    name: person.name,
    logins: await loginsOfUser(person.id, context),
    emails: person.email === null ? [] : [person.email.toLowerCase()],
  }
  const { allowedTeams, allowedGuests } = config.slack
  const refused = mayOperate(person, { teamId: own.teamId, allowedTeams, allowedGuests })
  if (refused !== null) return { identity: known, memberships: nothing, refused }
  const identity = person.teamId === own.teamId ? known : await withOwnAccount(known, context)
  if (identity === null) return { identity: known, memberships: nothing, refused: 'unknown_person' }
  return { identity, memberships: await readMemberships(identity, policy, context), refused: null }
}

/**
 * Who a GitHub login is, as far as the configuration and earlier look-ups tell, with the address that Slack has of them
 * or, of one that neither knows, that GitHub shows: by it another account of theirs is known to be the same person. Not
 * complete when the service could not say.
 */
async function readLogin(
  login: string,
  { config, store, chat, codeHost }: PerformContext,
): Promise<{ readonly identity: Identity; readonly isComplete: boolean }> {
  const identity = await identityOfLogin(login, { config, db: store.db })
  if (identity.slackId !== null) {
    const user = await chat.user(identity.slackId)
    if (!user.ok) return { identity, isComplete: user.failure.type === 'rejected' }
    const { email } = user.value
    return { identity: { ...identity, emails: email === null ? [] : [email.toLowerCase()] }, isComplete: true }
  }
  const email = await codeHost.emailOf(login)
  if (!email.ok) return { identity, isComplete: email.failure.type === 'not_found' }
  const emails = email.value === null ? [] : [email.value.toLowerCase()]
  return { identity: { ...identity, emails }, isComplete: true }
}

/** Somebody of another workspace may have an account in ours, with GitHub logins; null when Slack could not say. */
async function withOwnAccount(identity: Identity, context: PerformContext): Promise<Identity | null> {
  const [email] = identity.emails
  if (email === undefined) return identity
  const found = await context.chat.userByEmail(email)
  if (!found.ok) return null
  if (found.value === null) return identity
  return { ...identity, logins: [...new Set([...identity.logins, ...(await loginsOfUser(found.value.id, context))])] }
}

async function loginsOfUser(userId: string, { config, store }: PerformContext): Promise<readonly string[]> {
  const configured = [...config.people].flatMap(([login, user]) => (user === userId ? [login] : []))
  const found = await loginsOf(store.db, userId)
  // What the configuration says of a login goes before what an address once told.
  return [...new Set([...configured, ...found.filter((login) => !config.people.has(login))])]
}

/** Which of the groups and teams that the policy names somebody is in, each asked for now and all at once. */
export async function readMemberships(
  identity: Identity,
  policy: GatePolicy | null,
  { chat, codeHost, clock }: PerformContext,
): Promise<Memberships> {
  const sets = policy === null ? [] : peopleSets(policy)
  const groups = [...new Set(sets.flatMap((set) => set.groups))]
  const teams = [...new Set(sets.flatMap((set) => set.teams))]
  const { slackId } = identity
  const ofGroups = await Promise.all(
    groups.map(async (group) => {
      const members = slackId === null ? null : await chat.groupMembers(group)
      if (members === null) return 'out'
      return members.ok ? (members.value.includes(slackId ?? '') ? 'in' : 'out') : 'unknown'
    }),
  )
  const ofTeams = await Promise.all(
    teams.map(async (team) => {
      if (identity.logins.length === 0) return 'out'
      const members = await codeHost.teamMembers(team)
      return members.ok ? (identity.logins.some((login) => members.value.includes(login)) ? 'in' : 'out') : 'unknown'
    }),
  )
  return {
    groups: groups.filter((_, index) => ofGroups[index] === 'in'),
    teams: teams.filter((_, index) => ofTeams[index] === 'in'),
    unknown: [
      ...groups.filter((_, index) => ofGroups[index] === 'unknown'),
      ...teams.filter((_, index) => ofTeams[index] === 'unknown'),
    ],
    readAt: clock.now(),
  }
}

function peopleSets(policy: GatePolicy): readonly PeopleSet[] {
  return [
    ...(policy.requesters === null ? [] : [policy.requesters]),
    ...policy.approvals.map((rule) => rule.from),
    ...policy.risks.flatMap((risk) => risk.approvals.map((rule) => rule.from)),
    ...(policy.breakGlass === null ? [] : [policy.breakGlass.people]),
  ]
}
