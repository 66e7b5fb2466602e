/** `/deploy status`: for each environment what is live, what is open, and what stands in the way. */
import type { KnownBlock } from '@slack/types'
import type { Identity } from '../policy/identity.ts'
import { blockLines } from './attention-lines.ts'
import { type ButtonInput, buttonRow } from './button.ts'
import { environmentValue, requestValue } from './button-values.ts'
import { counted } from './counted.ts'
import { escapeMrkdwn } from './escape.ts'
import { fitLines } from './fit-lines.ts'
import { environmentActions, openDeployAction, queryActions, requestActions } from './gate-actions.ts'
import type { LockGlance } from './gate-card-input.ts'
import { identity, identityName } from './people-words.ts'
import { type ReleaseGlance, releaseOnPipeline, rolloutLine } from './release-glance.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { wholeLook } from './rollout-looks.ts'
import { contextBlock, date, joined, type Line, link, name, outside, textBlocks, words } from './spans.ts'
import { commitLink, repositoryName, repositoryUrl, shortSha } from './subject.ts'

const maxEnvironments = 10
/** Characters for all: Slack refuses messages whose blocks hold much more than ten thousand altogether. */
const room = 9000
/** Characters for each at most. */
const roomForOne = 2800
const maxOpen = 4
/** With more environments than this each has only the buttons that change something. */
const maxWithQuestions = 3

export interface EnvironmentStatus {
  readonly repository: string
  readonly environment: string
  readonly url: string | null
  readonly live: {
    readonly sha: string
    readonly title: string | null
    readonly at: number
    readonly by: Identity | null
    /** The card of the release that brought it. */
    readonly cardUrl: string | null
  } | null
  /** Releases that are not decided yet, the queue in its order. */
  readonly open: readonly ReleaseGlance[]
  readonly lock: LockGlance | null
  readonly freeze: { readonly reason: string; readonly untilMs: number } | null
  /** Whether somebody declared a freeze, which can be ended; one of the configuration ends by itself. */
  readonly hasDeclaredFreeze: boolean
  readonly owedReview: { readonly by: Identity; readonly url: string | null } | null
}

export function statusView(
  environments: readonly EnvironmentStatus[],
  readAt: number,
  context: ReleaseCardContext,
): Rendered {
  const shown = environments.slice(0, maxEnvironments)
  const foot: Line[] = [[words('As of '), date(readAt, '{date_short_pretty} {time_secs}')]]
  if (environments.length > shown.length) {
    const rest = counted(environments.length - shown.length, 'more environment')
    foot.push([words(`${rest}: name one to see it`)])
  }
  if (shown.length === 0) foot.unshift([words('No environment is configured here.')])
  return {
    text: escapeMrkdwn(shown.slice(0, 5).map(statusWords).join('; ') || 'No environment is configured here'),
    blocks: [
      ...shown.flatMap((status) => environmentBlocks(status, shown.length, context)),
      contextBlock(joined(foot)),
    ],
  }
}

function environmentBlocks(
  status: EnvironmentStatus,
  count: number,
  context: ReleaseCardContext,
): readonly KnownBlock[] {
  const { repository, environment, url, open } = status
  const space = Math.min(roomForOne, Math.floor(room / count))
  const where: Line = [
    words(isFree(status) ? '🟢 ' : '🟠 '),
    link(environment, url, 'bold'),
    words(' of '),
    link(repositoryName(repository), repositoryUrl(context.webUrl, repository)),
    words(isFree(status) ? ' · free' : ''),
  ]
  const blocked = blockLines({ ...status, gates: [], queue: null, context })
  const lines: Line[] = [where, liveLine(status, context), ...blocked]
  open.slice(0, maxOpen).forEach((glance, index) => {
    const place = glance.release.state.name === 'queued' ? `${index + 1}. ` : ''
    lines.push([
      words(place),
      commitLink(repository, glance.release.sha, context),
      words(' '),
      ...releaseOnPipeline(glance),
    ])
    lines.push(...rolloutLine(glance))
  })
  if (open.length > maxOpen) lines.push([words(`and ${counted(open.length - maxOpen, 'more open release')}`)])
  return [
    ...textBlocks(fitLines(lines, space, context.layout, 'name the environment to see it'), context.layout),
    ...buttonRow([...buttonsOf(status), ...(count <= maxWithQuestions ? questions(status) : [])]),
  ]
}

export function liveLine(
  { repository, live }: Pick<EnvironmentStatus, 'repository' | 'live'>,
  context: ReleaseCardContext,
): Line {
  if (live === null) return [words('Nothing is known to be live there.')]
  const parts: Line[] = [
    [words('Live: '), commitLink(repository, live.sha, context)],
    [words('since '), date(live.at, '{date_short_pretty} {time}')],
  ]
  if (live.title !== null) parts[0] = [...(parts[0] ?? []), words(' '), outside(live.title, undefined, 80)]
  if (live.by !== null) parts.push([words('asked for by '), identity(live.by, context)])
  if (live.cardUrl !== null) parts.push([link('card', live.cardUrl)])
  return joined(parts)
}

function buttonsOf({ repository, environment, lock, hasDeclaredFreeze }: EnvironmentStatus): readonly ButtonInput[] {
  const place = { repository, environment }
  const value = environmentValue(place)
  return [
    { action: openDeployAction, text: 'Deploy…', value },
    lock === null ? { action: environmentActions.lock, text: 'Lock…', value } : unlockButton({ ...place, lock }),
    hasDeclaredFreeze ? unfreezeButton(place) : { action: environmentActions.freeze, text: 'Freeze…', value },
  ]
}

/** What can be asked about an environment. */
function questions({ repository, environment }: EnvironmentStatus): readonly ButtonInput[] {
  const place = { repository, environment }
  const newest = requestValue({ ...place, strategy: null, ref: null })
  return [
    { action: requestActions.why, text: 'What stands in the way?', value: newest },
    { action: requestActions.plan, text: 'Plan', value: newest },
    { action: queryActions.history, text: 'History', value: environmentValue(place) },
    { action: queryActions.who, text: 'Who may?', value: environmentValue(place) },
  ]
}

/** The button that ends a freeze that somebody declared. */
export function unfreezeButton(place: { readonly repository: string; readonly environment: string }): ButtonInput {
  return {
    action: environmentActions.unfreeze,
    text: 'End the freeze',
    value: environmentValue(place),
    confirm: {
      title: `End the freeze of ${name(place.environment, 40)}?`,
      text: 'Releases that wait for its end can start.',
      yes: 'End it',
      style: 'danger',
    },
  }
}

/** The button that takes a lock off; it says whose it is. */
export function unlockButton(of: {
  readonly repository: string
  readonly environment: string
  readonly lock: LockGlance
}): ButtonInput {
  const { repository, environment, lock } = of
  return {
    action: environmentActions.unlock,
    text: 'Unlock',
    value: environmentValue({ repository, environment }),
    confirm: {
      title: `Unlock ${name(environment, 40)}?`,
      text: `${identityName(lock.by)} locked it: ${name(lock.why, 120)}. What waits for it can start. If the lock is not yours, its owner is told.`,
      yes: 'Unlock',
      style: 'danger',
    },
  }
}

function isFree({ open, lock, freeze, owedReview }: EnvironmentStatus): boolean {
  return open.length === 0 && lock === null && freeze === null && owedReview === null
}

function statusWords(status: EnvironmentStatus): string {
  const { repository, environment, live, open, lock, freeze } = status
  const parts = [live === null ? 'nothing known to be live' : `${shortSha(live.sha)} live`]
  for (const { release, rollout = null } of open) {
    if (release.state.name !== 'rolling_out') continue
    const { word } = wholeLook(release, rollout)
    parts.push(`${shortSha(release.sha)} ${word.charAt(0).toLowerCase()}${word.slice(1)}`)
  }
  if (open.length > 0) parts.push(`${open.length} open`)
  if (lock !== null) parts.push('locked')
  if (freeze !== null) parts.push('frozen')
  return `${repositoryName(repository)} ${name(environment, 40)}: ${parts.join(', ')}`
}
