/**
 * What somebody is told whose request or press was refused: never only that it was, but what would make it work, when
 * it works by itself, and the button that does it. Drawn when it is told, from how things stand then.
 */
import { type RefusalInput, type Remedy, refusal } from '../../cards/refusal.ts'
import type { Rendered } from '../../cards/rendered.ts'
import { shortSha } from '../../cards/subject.ts'
import { formatCommand, writeEnvironment } from '../../grammar/format-command.ts'
import { freezeAt } from '../../policy/freeze.ts'
import type { GatePolicy } from '../../policy/gate-policy.ts'
import { type ReasonCode, reasons } from '../../policy/reason-codes.ts'
import type { GateContext } from '../../release/decision.ts'
import type { Release } from '../../release/release.ts'
import { plainWords } from '../../release/text-with-people.ts'
import { openReleases, releaseById } from '../../store/releases.ts'
import { cardAddress } from './card-address.ts'
import { gateContextOf } from './gate-context.ts'
import type { Refused } from './refused.ts'
import { cardContextOf, type ViewContext } from './release-view.ts'

/** @returns a message in classic blocks: it may be told where plan blocks are not taken */
export async function refusedView(refused: Refused, context: ViewContext): Promise<Rendered> {
  const { reason, detail } = refused
  const matter = isOutsider(reason) ? null : await matterOf(refused, context)
  const help = isOutsider(reason) ? {} : matter === null ? noHelp : helpFor(reason, matter)
  return refusal({
    reason: reasons[reason],
    detail: detail === null ? null : plainWords(detail),
    hints: help.hints ?? [],
    command: help.command ?? null,
    worksAt: help.worksAt ?? null,
    card: await cardOf(reason, matter, context),
    remedies: help.remedies ?? [],
    context: await cardContextOf([], context, 'classic'),
  })
}

/** Who may not look either is told nothing but that: no place, no commit, no card. */
function isOutsider(reason: ReasonCode): boolean {
  return reason === 'guest' || reason === 'other_workspace' || reason === 'deactivated'
}

/** Where it was refused, as things stand there now. */
interface Matter {
  readonly place: { readonly repository: string; readonly environment: string }
  readonly policy: GatePolicy
  readonly rules: GateContext
  readonly at: number
  readonly release: Release | null
  /** What asking again would ask for. */
  readonly request: { readonly strategy: Release['strategy'] | null; readonly ref: string | null }
}

type Help = Partial<Pick<RefusalInput, 'hints' | 'command' | 'worksAt' | 'remedies'>>

const noHelp: Help = { hints: ['/deploy status says what is where.'], remedies: [{ type: 'status' }] }

async function matterOf({ about }: Refused, context: ViewContext): Promise<Matter | null> {
  const { store, clock } = context
  const release = about.type === 'release' ? await releaseById(store.db, about.releaseId) : null
  const named = about.type === 'release' ? release : about
  const policy = named === null ? null : context.policyOf(named.repository, named.environment)
  if (named === null || policy === null) return null
  const place = { repository: named.repository, environment: policy.environment }
  const at = clock.now()
  const request =
    about.type === 'request'
      ? { strategy: about.strategy, ref: about.ref }
      : { strategy: release?.strategy ?? null, ref: release?.sha ?? null }
  const rules = await gateContextOf(store.db, place, policy, { releaseId: release?.id ?? '', at })
  return { place, policy, rules, at, release, request }
}

function helpFor(reason: ReasonCode, matter: Matter): Help {
  const { place, policy, rules, at, release, request } = matter
  const asked = { ...place, ...request }
  const who: Remedy = { type: 'who', ...place }
  const why: Remedy = { type: 'why', request: asked }
  const openForm: Remedy = { type: 'open_form', ...place }
  const again: Remedy = { type: 'request', label: 'Ask again', request: asked }
  const environment = writeEnvironment(place.environment)
  switch (reason) {
    case 'strategy_not_allowed':
      return {
        command: commandFor(asked, policy.strategies[0] ?? null),
        remedies: policy.strategies.map((strategy) => ({
          type: 'request',
          label: `Ask for ${strategy}`,
          request: { ...asked, strategy },
        })),
      }
    case 'unknown_ref':
      return {
        hints: ['Without a commit it is the newest one of the default branch.'],
        command: commandFor({ ...asked, ref: null }, request.strategy),
        remedies: [openForm],
      }
    case 'ci_not_green':
    case 'not_on_allowed_branch':
      return release === null ? { remedies: [why, again, openForm] } : { remedies: [why] }
    case 'staging_missing':
    case 'staging_too_old':
      return { remedies: [...stagingFirst(matter), why, ...glass(matter)] }
    case 'already_live':
      return { remedies: [openForm] }
    case 'already_requested':
      return { remedies: [why] }
    case 'not_a_requester':
    case 'not_entitled':
    case 'not_break_glass':
    case 'not_yours':
    case 'not_an_approver':
    case 'self_approval':
    case 'author_approval':
    case 'rule_filled':
    case 'own_review':
      return { remedies: [who] }
    case 'service_unavailable':
    case 'membership_unknown':
    case 'unknown_person':
      return release === null ? { remedies: [again] } : { hints: ['Press again in a moment.'] }
    case 'lock_taken':
    case 'locked': {
      const { lock } = rules
      if (lock === null) return { hints: ['The lock is gone meanwhile: try again.'] }
      return { worksAt: lock.expiresAt, remedies: [{ type: 'take_over_lock', ...place, lock }, why] }
    }
    case 'not_locked':
      return { command: `/deploy lock ${place.repository} ${environment} reason`, remedies: [{ type: 'status' }] }
    case 'frozen':
    case 'not_frozen': {
      const freeze = freezeAt([...policy.freezes, ...rules.freezes], at)
      return { worksAt: freeze?.untilMs ?? null, remedies: [why] }
    }
    case 'review_owed':
    case 'no_review_owed':
      return { remedies: [{ type: 'status' }] }
    case 'expired':
    case 'superseded':
    case 'already_decided':
      return isOver(release) ? { hints: ['To have it after all, ask for it anew.'], remedies: [again] } : {}
    case 'not_approved_by_you':
    case 'already_approved':
    case 'nothing_to_break':
      return { remedies: [why] }
    case 'no_approvers':
    case 'unknown_environment':
    case 'unknown_release':
      return noHelp
    default:
      return {}
  }
}

/** Whether asking for the same commit anew makes sense; what was released needs no second time. */
function isOver(release: Release | null): boolean {
  const name = release?.state.name
  return name === 'expired' || name === 'superseded' || name === 'rejected' || name === 'cancelled' || name === 'failed'
}

/** The commit goes to the environment that it has to have been in before. */
function stagingFirst({ place, policy, request }: Matter): readonly Remedy[] {
  const before = policy.requiresStaging?.environment
  if (before === undefined || request.ref === null) return []
  const { ref } = request
  const what = /^[0-9a-f]{40}$/.test(ref) ? shortSha(ref) : ref
  const wanted = { repository: place.repository, environment: before, strategy: null, ref }
  return [{ type: 'request', label: `Deploy ${what} to ${before} first`, request: wanted }]
}

function glass({ policy, release }: Matter): readonly Remedy[] {
  if (policy.breakGlass === null || release === null) return []
  const { id: releaseId, generation, planDigest } = release
  return [{ type: 'break_glass', gate: { releaseId, generation, planDigest } }]
}

function commandFor(
  asked: { readonly repository: string; readonly environment: string; readonly ref: string | null },
  strategy: Release['strategy'] | null,
): string {
  const { repository, environment, ref } = asked
  const wanted = { repository, environment, strategy, ref: ref === null ? null : ({ type: 'ref', ref } as const) }
  return `/deploy ${formatCommand({ type: 'request', ...wanted, note: null })}`
}

/** What there is to look at: the card of the release, of the one that is open already, or the workflow on GitHub. */
async function cardOf(reason: ReasonCode, matter: Matter | null, context: ViewContext): Promise<RefusalInput['card']> {
  if (matter === null) return null
  const { place, policy, release, request } = matter
  if (reason === 'asks_on_github') {
    const { webUrl } = context.config.github
    const url = `${webUrl}/${place.repository}/actions/workflows/${encodeURIComponent(policy.workflow)}`
    return { label: `Start ${policy.workflow} on GitHub`, url }
  }
  if (reason === 'already_requested') {
    const open = await openReleases(context.store.db, place)
    const same = open.find(({ sha }) => sha === request.ref)
    return same === undefined ? null : { label: 'The card of that release', url: await cardAddress(same.id, context) }
  }
  if (release === null || reason === 'not_entitled') return null
  const url = await cardAddress(release.id, context)
  return url === null ? null : { label: 'The card as it is now', url }
}
