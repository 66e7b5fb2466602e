/** Where a release stands, in a line or two at the top of its card: what came of it first. */
import { reasons } from '../policy/reason-codes.ts'
import type { Release } from '../release/release.ts'
import { causeSentence } from '../release/rollout/roll-back.ts'
import { plainWords } from '../release/text-with-people.ts'
import { formatDuration } from './durations.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { identity, identityName } from './people-words.ts'
import { date, joined, type Line, link, name, outside, words } from './spans.ts'

const moment = '{date_short_pretty} {time}'

/** Empty while the release waits at the gate: its deadline stands beside who asked for it. */
export function outcomeLines({ release, links, context }: GateCardInput): readonly Line[] {
  const { state } = release
  const run: Line = release.run === null ? [] : [link('the run', release.run.url)]
  switch (state.name) {
    case 'awaiting_approval':
      return []
    case 'queued':
      return [[words('Approved '), date(state.since, moment), words('. Nothing has been started yet.')]]
    case 'preparing':
      return state.phase === 'running'
        ? [joined([[words('Started '), date(state.since, moment)], ...(run.length === 0 ? [] : [run])])]
        : [[words('Since '), date(state.since, moment), words('. Nothing has been deployed yet.')]]
    case 'rolling_out':
      return [joined([[words('Rolling out since '), date(state.since, moment)], ...(run.length === 0 ? [] : [run])])]
    case 'rolled_back': {
      const by: Line = state.by === null ? [] : [words('By '), identity(state.by, context), words(' ')]
      const parts: Line[] = [[...by, date(state.at, moment)], ...(run.length === 0 ? [] : [run])]
      const reason: Line[] = state.reason === null ? [] : [[words(reasons[state.reason], 'bold')]]
      const why: Line[] = state.why === null ? [] : [[outside(state.why, undefined, 300)]]
      return [...reason, ...why, joined(parts)]
    }
    case 'completed': {
      const took = state.at - release.requestedAt
      const parts: Line[] = [
        [words('Live since '), date(state.at, moment)],
        [words(`${formatDuration(took)} after it was asked for`)],
      ]
      return [joined(run.length === 0 ? parts : [...parts, run])]
    }
    case 'failed':
    case 'refused': {
      const parts: Line[] = [[date(state.at, moment)], ...(run.length === 0 ? [] : [run])]
      const detail: Line[] = state.detail === null ? [] : [[outside(state.detail, undefined, 300)]]
      return [[words(reasons[state.reason], 'bold')], ...detail, joined(parts)]
    }
    case 'rejected':
      return [
        [words('By '), identity(state.by, context), words(' '), date(state.at, moment), words(':')],
        [outside(state.why, 'bold', 500)],
      ]
    case 'expired':
      return [[words('Nobody decided in time; closed '), date(state.at, moment), words('. Nothing was deployed.')]]
    case 'superseded':
      return [
        [
          link('A newer release', links.successor),
          words(' took its place '),
          date(state.at, moment),
          words('. Nothing was deployed.'),
        ],
      ]
    case 'cancelled': {
      const by: Line =
        state.by === null ? [words('Called off ')] : [words('By '), identity(state.by, context), words(' ')]
      const line: Line = [...by, date(state.at, moment), words('. Nothing was deployed.')]
      return state.why === null ? [line] : [line, [outside(state.why, undefined, 300)]]
    }
  }
}

/** The same in half a sentence, for notifications; not escaped. Empty for a release that is still open. */
export function outcomeWords(release: Release): string {
  const { state } = release
  switch (state.name) {
    case 'failed':
    case 'refused':
      return `${reasons[state.reason]}${state.detail === null ? '' : ` ${name(state.detail, 100)}`}`
    case 'rejected':
      return `by ${identityName(state.by)}: ${name(state.why, 120)}`
    case 'cancelled':
      return [state.by === null ? [] : `by ${identityName(state.by)}`, state.why === null ? [] : name(state.why, 120)]
        .flat()
        .join(': ')
    case 'expired':
      return 'nobody decided in time'
    case 'completed':
      return `approved by ${
        release.approvals
          .map(({ by }) => identityName(by))
          .slice(0, 3)
          .join(', ') || 'nobody'
      }`
    case 'superseded':
      return 'a newer release took its place'
    case 'rolled_back':
      return name(plainWords(causeSentence(state)), 250)
    default:
      return ''
  }
}
