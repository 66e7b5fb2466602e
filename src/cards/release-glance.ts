/** A release in one line, wherever releases are listed. */
import type { Release } from '../release/release.ts'
import type { Rollout } from '../release/rollout/rollout.ts'
import { progressOf } from '../release/rollout/say-rollout.ts'
import { identity } from './people-words.ts'
import type { ReleaseCardContext } from './rendered.ts'
import { wholeLook } from './rollout-looks.ts'
import { date, joined, type Line, link, outside, words } from './spans.ts'
import { commitLink, repositoryName } from './subject.ts'
import { taggedLine } from './tagged-line.ts'

/** What a list needs to know of a release. */
export interface ReleaseGlance {
  readonly release: Pick<
    Release,
    | 'id'
    | 'repository'
    | 'environment'
    | 'sha'
    | 'strategy'
    | 'state'
    | 'breakGlass'
    | 'requester'
    | 'requestedAt'
    | 'approvals'
  >
  /** How far its rollout is, while one is under way. */
  readonly rollout?: Rollout | null
  /** First line of the commit's message; null when it is not known. */
  readonly title: string | null
  /** Link to the release's card; null when it is not known. */
  readonly url: string | null
}

/** `✋ production (canary): Waiting for approval · card`, for the card of the commit's pipeline. */
export function releaseOnPipeline({ release, url, rollout = null }: ReleaseGlance): Line {
  const { symbol, word } = wholeLook(release, rollout)
  const alarm = release.breakGlass === null ? '' : '🚨 break glass · '
  return [
    words(`${symbol} ${alarm}`),
    link(release.environment, url, 'bold'),
    words(` (${release.strategy}): ${word}`),
    words(' · '),
    ...whenWords(release),
  ]
}

/** Where its rollout is and what comes next; nothing for a release that is not rolling out. */
export function rolloutLine({ release, rollout = null }: ReleaseGlance): readonly Line[] {
  if (rollout === null || release.state.name !== 'rolling_out') return []
  return [[words('      '), ...taggedLine(progressOf(rollout))]]
}

/**
 * What came of which release and when; which commit, who asked and who approved; and where it is, if it is rolling out.
 */
export function releaseInList(
  glance: ReleaseGlance,
  context: Pick<ReleaseCardContext, 'mentions' | 'webUrl'>,
): readonly Line[] {
  const { release, title, url, rollout = null } = glance
  const { symbol, word } = wholeLook(release, rollout)
  const first: Line[] = [
    [
      words(`${symbol} `),
      link(`${repositoryName(release.repository)} → ${release.environment}`, url, 'bold', 80),
      words(` ${word}`),
    ],
    whenWords(release),
    [words(release.strategy)],
  ]
  const second: Line[] = [
    [commitLink(release.repository, release.sha, context), ...(title === null ? [] : [words(' '), outside(title)])],
    [words('asked for by '), identity(release.requester, context)],
    approvedBy(release, context),
  ]
  second.push([outside(release.id, 'code', 26)])
  if (release.breakGlass !== null) second.push([words('🚨 break glass by '), identity(release.breakGlass.by, context)])
  const about: Line = [words('      '), ...joined(second.filter((part) => part.length > 0))]
  return [joined(first), ...rolloutLine(glance), about]
}

function approvedBy({ approvals }: Pick<Release, 'approvals'>, context: Pick<ReleaseCardContext, 'mentions'>): Line {
  if (approvals.length === 0) return []
  const people = approvals.slice(0, 4).map(({ by }): Line => [identity(by, context)])
  if (approvals.length > 4) people.push([words(`${approvals.length - 4} more`)])
  return [words('approved by '), ...joined(people, ', ')]
}

function whenWords(release: Pick<Release, 'state' | 'requestedAt'>): Line {
  const { state } = release
  const format = '{date_short_pretty} {time}'
  if (state.name === 'awaiting_approval') return [words('open until '), date(state.expiresAt, format)]
  return 'at' in state ? [date(state.at, format)] : [words('since '), date(state.since, format)]
}
