/** What GitHub has to say of the commit before it may be released: its branch, its CI, its staging deployment. */
import type { GatePolicy } from '../policy/gate-policy.ts'
import type { CheckState, Evidence, EvidenceCheck } from './evidence.ts'
import { closed, type Gate, open, switchedOff } from './gate.ts'
import { listed, moment, quote } from './text-with-people.ts'

/** Names that a sentence lists before it only counts. */
const namesInSentence = 3

export function branchGate(policy: GatePolicy, evidence: Evidence): Gate {
  if (policy.branches === null) return switchedOff('branch', 'A commit of any branch may be released.')
  const allowed = listed(policy.branches.map((glob) => (glob === '@default' ? 'the default branch' : quote(glob))))
  if (evidence.isOnAllowedBranch) return open('branch', `The commit is on ${branchesIn(evidence) ?? allowed}.`)
  if (evidence.branches === null) {
    return closed(
      'branch',
      'not_on_allowed_branch',
      `GitHub could not say whether the commit is on ${allowed}.`,
      'Try again in a moment.',
    )
  }
  return closed(
    'branch',
    'not_on_allowed_branch',
    `The commit is not on ${allowed}.`,
    `Merge it into ${allowed}, or name a commit that is there.`,
  )
}

/**
 * Checks that GitHub requires and those that the policy names must have passed. When neither names any, all checks of
 * the commit count, and there must be at least one: nothing seen is not green.
 */
export function ciGate(policy: GatePolicy, { checks }: Evidence): Gate {
  if (!policy.requiresCi) return switchedOff('ci', 'CI is not asked for.')
  const counting = checksThatCount(policy, checks)
  if (counting.length === 0) {
    return closed(
      'ci',
      'ci_not_green',
      'No check has run on the commit.',
      'Let CI run on the commit, or name its checks.',
    )
  }
  const bad = counting.filter(({ state }) => state !== 'passed')
  if (bad.length === 0)
    return open('ci', `${counting.length} of ${counting.length} ${plural('check', counting)} passed.`)
  const isWaiting = bad.every(({ state }) => state === 'pending')
  return closed(
    'ci',
    'ci_not_green',
    `${counting.length - bad.length} of ${counting.length} ${plural('check', counting)} passed: ${named(bad)}.`,
    isWaiting ? 'Wait until the checks have passed.' : 'Get these checks to pass: run them again or mend the commit.',
  )
}

/** @param at - UTC milliseconds */
export function stagingGate(policy: GatePolicy, { staging }: Evidence, at: number): Gate {
  const wanted = policy.requiresStaging
  if (wanted === null) return switchedOff('staging', 'No staging deployment is asked for.')
  const where = quote(wanted.environment)
  const deploy = `Deploy the commit to ${where}`
  const missing = (sentence: string, action: string) => closed('staging', 'staging_missing', sentence, action)
  if (staging === null || staging.state === 'missing' || staging.deployedAt === null) {
    return missing(`The commit was not deployed to ${where}.`, `${deploy}.`)
  }
  if (staging.state === 'pending') {
    return missing(`The deployment to ${where} has not ended yet.`, 'Wait until it has ended.')
  }
  if (staging.state === 'failed') return missing(`The deployment to ${where} failed.`, `${deploy} again.`)

  const smoke = wanted.smokeStages.map((name) => ({ name, state: smokeState(staging.smoke, name) }))
  const bad = smoke.filter(({ state }) => state !== 'passed')
  if (bad.length > 0) {
    const isWaiting = bad.every(({ state }) => state === 'pending')
    return missing(
      `Smoke tests on ${where} have not passed: ${named(bad)}.`,
      isWaiting ? 'Wait until they have ended.' : 'Get these smoke tests to pass.',
    )
  }
  if (at - staging.deployedAt > wanted.maxAgeMs) {
    const since = `The deployment to ${where} is of ${moment(staging.deployedAt)}, which is too long ago.`
    return closed('staging', 'staging_too_old', since, `${deploy} again.`)
  }
  return open('staging', `Deployed to ${where} at ${moment(staging.deployedAt)}, with its smoke tests passed.`)
}

function checksThatCount(policy: GatePolicy, checks: readonly EvidenceCheck[]): readonly EvidenceCheck[] {
  const required = checks.filter(({ name, isRequired }) => isRequired || policy.checks.includes(name))
  const unseen = policy.checks.filter((name) => !checks.some((check) => check.name === name))
  const missing = unseen.map((name): EvidenceCheck => ({ name, state: 'missing', isRequired: true, url: null }))
  const counting = [...required, ...missing]
  return counting.length > 0 ? counting : checks
}

function smokeState(
  smoke: readonly { readonly stage: string; readonly state: CheckState }[],
  stage: string,
): CheckState {
  return smoke.find((other) => other.stage.toLowerCase() === stage.toLowerCase())?.state ?? 'missing'
}

function named(bad: readonly { readonly name: string; readonly state: CheckState }[]): string {
  const first = bad.slice(0, namesInSentence).map(({ name, state }) => `${quote(name)} ${words[state]}`)
  const more = bad.length - first.length
  return listed(more > 0 ? [...first, `${more} more`] : first)
}

const words: Readonly<Record<CheckState, string>> = {
  passed: 'passed',
  failed: 'failed',
  pending: 'has not ended',
  missing: 'has not run',
}

function plural(word: string, things: readonly unknown[]): string {
  return things.length === 1 ? word : `${word}s`
}

function branchesIn({ branches }: Evidence): string | null {
  if (branches === null || branches.length === 0) return null
  return listed(branches.slice(0, namesInSentence).map(quote))
}
