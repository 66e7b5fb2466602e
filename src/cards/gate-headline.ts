/** What a lock screen shows of a gate card: state, change, what to look at, what is missing and until when. */
import { reasons } from '../policy/reason-codes.ts'
import type { Release } from '../release/release.ts'
import { causeSentence } from '../release/rollout/roll-back.ts'
import { holdSentence } from '../release/rollout/say-rollout.ts'
import { plainWords } from '../release/text-with-people.ts'
import { missingCount } from './approval-lines.ts'
import { counted } from './counted.ts'
import { formatUtc } from './durations.ts'
import { escapeMrkdwn } from './escape.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { destructive } from './migration-lines.ts'
import { outcomeWords } from './outcome-lines.ts'
import { identityName } from './people-words.ts'
import { proofSummary } from './proof-lines.ts'
import { wholeLook } from './rollout-looks.ts'
import { takenAway } from './ship-lines.ts'
import { name } from './spans.ts'
import { repositoryName, shortSha } from './subject.ts'

/** The notification text of a gate card, escaped. */
export function gateHeadline(input: GateCardInput): string {
  const { release, title } = input
  const alarm = release.breakGlass === null ? '' : 'BREAK GLASS - '
  const called = title === null ? '' : ` "${name(title, 60)}"`
  const start = `${alarm}${wholeLook(release, input.rollout?.rollout ?? null).word}: ${releaseLabel(release)}${called}`
  const parts = [start, ...story(input)].filter((part) => part !== '')
  return escapeMrkdwn(parts.join(' - '))
}

/** `omnihub 1a2b3c4 to production (canary)`, not escaped. */
export function releaseLabel(release: Pick<Release, 'repository' | 'sha' | 'environment' | 'strategy'>): string {
  const { repository, sha, environment, strategy } = release
  return `${repositoryName(repository)} ${shortSha(sha)} to ${name(environment, 40)} (${strategy})`
}

function story(input: GateCardInput): readonly string[] {
  const { release, lock, freeze } = input
  const { state } = release
  if (state.name === 'rolling_out') return rolloutStory(input)
  if (state.name === 'preparing') return [`asked for by ${identityName(release.requester)}`]
  if (state.name !== 'awaiting_approval' && state.name !== 'queued') return [outcomeWords(release)]
  const warnings = [...dangers(release)]
  if (lock !== null) warnings.push('locked')
  if (freeze !== null) warnings.push('frozen')
  const parts = [`asked for by ${identityName(release.requester)}`, warnings.join(', '), proofSummary(release.evidence)]
  if (state.name === 'awaiting_approval') {
    const missing = missingCount(input)
    parts.push(`${counted(missing, 'approval')} missing, open until ${formatUtc(state.expiresAt)}`)
  }
  return parts
}

/** Why it stands or goes back, who did that, and what the last check said. */
function rolloutStory({ rollout: glance }: GateCardInput): readonly string[] {
  if (glance === null) return []
  const { phase, rollback, drift } = glance.rollout
  if (phase.name === 'held') return [name(plainWords(holdSentence(phase.hold)), 200)]
  if (rollback !== null) return [name(plainWords(causeSentence(rollback)), 200)]
  if (drift !== null) return [reasons.traffic_changed]
  const verdict = glance.check?.verdict.verdict
  return verdict === undefined ? [] : [`last check: ${verdict.replace('_', ' ')}`]
}

function dangers(release: Release): readonly string[] {
  const { changes } = release.evidence
  const found: string[] = []
  const lost = changes.relation === 'behind' ? changes.commitCount : takenAway(changes).length
  if (lost > 0) found.push(`takes away ${counted(lost, 'commit')}`)
  const statements = destructive(changes.migrations).length
  if (statements > 0) found.push(counted(statements, 'destructive migration statement'))
  if (release.voided !== null && release.approvals.length === 0) found.push('earlier approvals are void')
  return found
}
