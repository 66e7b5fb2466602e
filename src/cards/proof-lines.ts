/** How the commit did so far: checks, staging, smoke tests, latency. */
import type { GatePolicy } from '../policy/gate-policy.ts'
import type { CheckState, Evidence, EvidenceCheck } from '../release/evidence.ts'
import { counted, listed } from './counted.ts'
import { formatDuration } from './durations.ts'
import { date, joined, type Line, link, name, outside, words } from './spans.ts'

const maxChecks = 6
const maxNames = 8
const glyphs: Readonly<Record<CheckState, string>> = { passed: '✓', failed: '✗', pending: '◔', missing: '?' }

export type ProofState = 'good' | 'bad' | 'waiting'

/** The worst that the evidence says: `bad` when something failed or is missing, `waiting` when something still runs. */
export function proofState(evidence: Evidence): ProofState {
  const { staging } = evidence
  const states: readonly CheckState[] = [
    ...evidence.checks.filter(({ isRequired }) => isRequired).map(({ state }) => state),
    ...(staging === null ? [] : [staging.state, ...staging.smoke.map(({ state }) => state)]),
  ]
  if (!evidence.isOnAllowedBranch || states.includes('failed') || states.includes('missing')) return 'bad'
  return states.includes('pending') ? 'waiting' : 'good'
}

/** `6 required checks, staging and smoke tests passed`, or how many did and which did not. */
export function proofSummary(evidence: Evidence): string {
  const { checks, staging } = evidence
  const required = checks.filter(({ isRequired }) => isRequired)
  const smoke = staging?.smoke ?? []
  if (proofState(evidence) === 'good' && required.length > 0) {
    const good = [counted(required.length, 'required check')]
    if (staging !== null) good.push(name(staging.environment, 30))
    if (smoke.length > 0) good.push('smoke tests')
    return `${listed(good)} passed`
  }
  const parts: string[] = []
  if (required.length > 0) {
    const bad = required.filter(({ state }) => state !== 'passed')
    const names = bad.slice(0, 3).map((check) => `${name(check.name, 40)} ${check.state}`)
    if (bad.length > 3) names.push(`${bad.length - 3} more`)
    const which = names.length === 0 ? '' : ` (${names.join(', ')})`
    parts.push(`${passed(required)} of ${counted(required.length, 'required check')} passed${which}`)
  } else if (checks.length > 0) {
    parts.push(`${passed(checks)} of ${counted(checks.length, 'check')} passed, none is required`)
  } else parts.push('no checks reported')
  if (staging !== null) {
    parts.push(`${name(staging.environment, 30)} ${staging.state}`)
    if (smoke.length > 0) parts.push(`smoke tests ${passed(smoke)} of ${smoke.length}`)
  }
  return parts.join(', ')
}

export function proofLines(evidence: Evidence, policy: GatePolicy): readonly Line[] {
  const branches = policy.branches === null ? [] : [branchLine(evidence, policy)]
  return [...checkLines(evidence.checks), ...branches, ...stagingLines(evidence)]
}

function checkLines(checks: readonly EvidenceCheck[]): readonly Line[] {
  const required = checks.filter(({ isRequired }) => isRequired)
  const lines: Line[] = []
  if (required.length > 0 && passed(required) === required.length) {
    const shown = required.slice(0, maxNames).map((check): Line => [link(check.name, check.url, undefined, 40)])
    if (required.length > maxNames) shown.push([words(`${required.length - maxNames} more`)])
    lines.push([words(`${glyphs.passed} Required: `), ...joined(shown, ', ')])
  }
  const troubled = checks.filter(({ state }) => state !== 'passed')
  const bad = troubled.toSorted((a, b) => Number(b.isRequired) - Number(a.isRequired))
  for (const check of bad.slice(0, maxChecks)) {
    lines.push([
      words(`${glyphs[check.state]} `),
      link(check.name, check.url, check.isRequired ? 'bold' : undefined),
      words(` ${check.state}${check.isRequired ? '' : ' (not required)'}`),
    ])
  }
  if (bad.length > maxChecks) lines.push([words(`and ${counted(bad.length - maxChecks, 'more check')} not passed`)])
  if (checks.length === 0) lines.push([words('? No check has reported on this commit')])
  else if (lines.length === 0) lines.push([words(`${glyphs.passed} ${counted(checks.length, 'check')} passed`)])
  return lines
}

function branchLine({ branches, isOnAllowedBranch }: Evidence, policy: GatePolicy): Line {
  if (policy.branches === null) return [words('– A commit of any branch may be released here')]
  if (branches === null) return [words('? Which branches hold the commit could not be found out')]
  const names = branches.slice(0, 3).map((branch): Line => [outside(branch, 'code', 40)])
  if (branches.length > 3) names.push([words(`${branches.length - 3} more`)])
  if (isOnAllowedBranch) return [words('✓ On '), ...(names.length === 0 ? [words('any branch')] : joined(names, ', '))]
  const allowed = (policy.branches ?? []).slice(0, 5).map((glob) => name(glob, 40).replace('@default', 'the default'))
  return [words(`✗ On no branch that may be released (${allowed.join(', ')})`, 'bold')]
}

function stagingLines({ staging, readAt }: Evidence): readonly Line[] {
  if (staging === null) return []
  const start: Line = [words(`${glyphs[staging.state]} `), outside(staging.environment), words(` ${staging.state}`)]
  const { deployedAt } = staging
  const since: Line =
    deployedAt === null
      ? []
      : [
          words(', there since '),
          date(deployedAt, '{date_short_pretty} {time}'),
          words(readAt > deployedAt ? ` (${formatDuration(readAt - deployedAt)})` : ''),
        ]
  const lines: Line[] = [[...start, ...since]]
  if (staging.smoke.length > 0) {
    const shown = staging.smoke
      .toSorted((a, b) => Number(a.state === 'passed') - Number(b.state === 'passed'))
      .slice(0, maxChecks)
      .map(({ stage, state }): Line => [words(`${glyphs[state]} `), outside(stage), words(` ${state}`)])
    if (staging.smoke.length > maxChecks) shown.push([words(`${staging.smoke.length - maxChecks} more`)])
    lines.push([words('Smoke: '), ...joined(shown, ', ')])
  }
  const measured: Line[] = []
  if (staging.p95Ms !== null) measured.push([words(`P95 ${Math.round(staging.p95Ms)} ms`)])
  if (staging.loadTest !== null) measured.push([words('load test: '), outside(staging.loadTest, undefined, 120)])
  if (measured.length > 0) lines.push([outside(staging.environment), words(' '), ...joined(measured)])
  return lines
}

function passed(checks: readonly { readonly state: CheckState }[]): number {
  return checks.filter(({ state }) => state === 'passed').length
}
