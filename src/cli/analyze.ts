/** `sluice analyze --release`: what was recorded of a rollout, judged again, under this policy or another one. */
import { readFile } from 'node:fs/promises'
import type { AnalysisPolicy } from '../analysis/analysis-policy.ts'
import type { StepDecision } from '../analysis/decide-step.ts'
import { measuredPolicy, type ReplayedCheck, replay } from '../analysis/replay.ts'
import type { Verdict } from '../analysis/verdict.ts'
import { counted } from '../cards/counted.ts'
import { formatDuration } from '../cards/durations.ts'
import { percentOf } from '../cards/figures.ts'
import { clockText } from '../cards/verdict-chart.ts'
import { verdictText } from '../cards/verdict-line.ts'
import { formatProblem } from '../config/config-problem.ts'
import { parsePolicyFile, writtenMetrics } from '../config/parse-policy-file.ts'
import { analysisPolicyOf } from '../engine/rollout/rollout-context.ts'
import type { ReleaseRecord } from '../store/releases.ts'
import { releaseRecord } from '../store/releases.ts'
import { baselineOf, checksOf, type StoredCheck } from '../store/rollouts.ts'
import { oneRelease } from './one-release.ts'
import { UsageError } from './usage-error.ts'
import { readConfig, type StoreOptions, withStore } from './with-store.ts'

export interface Analysis {
  readonly text: string
  /** Whether every check comes to what it came to then. */
  readonly isSound: boolean
}

interface ComparedCheck {
  readonly recorded: StoredCheck
  readonly replayed: ReplayedCheck
  readonly isSame: boolean
}

/**
 * Judges the recorded checks of a release again.
 *
 * @param options.policy - a file with another policy; left out: what the configuration says today
 * @throws UsageError when there is no such release, nothing was recorded of it, or the policy has mistakes
 */
export async function analyzeRelease(
  options: StoreOptions & { readonly policy?: string; readonly json: boolean },
  given: string,
): Promise<Analysis> {
  const { release, baseline, checks } = await withStore(options, 'read', async ({ db }) => {
    const id = await oneRelease(db, given)
    return { release: await releaseRecord(db, id), baseline: await baselineOf(db, id), checks: await checksOf(db, id) }
  })
  if (release === null || checks.length === 0) {
    throw new UsageError(
      `nothing was measured of release ${release?.id ?? given}: it did not shift traffic, nothing compares its metrics, or it is too long ago`,
    )
  }
  const wanted = await policyFor(options, release)
  const { policy, missing } = measuredPolicy(wanted, checks)
  const replayed = replay(baseline, checks, policy)
  const compared = checks.flatMap((recorded, index): ComparedCheck[] => {
    const now = replayed[index]
    if (now === undefined) return []
    const isSame =
      recorded.verdict.verdict === now.verdict.verdict && recorded.decision.outcome.type === now.decision.outcome.type
    return [{ recorded, replayed: now, isSame }]
  })
  const isSound = compared.every(({ isSame }) => isSame)
  if (options.json) return { text: compared.map((check) => JSON.stringify(forMachines(check))).join('\n'), isSound }
  const heading = [
    `Release ${release.id}: ${release.repository} ${release.sha.slice(0, 7)} to ${release.environment} (${release.strategy})`,
    `Judged by ${options.policy ?? options.config}: alpha ${percentOf(policy.alpha)}, ${policyWords(policy)}`,
    ...missing.map((name) => `Not measured at the time, so left out: ${name}`),
  ]
  return { text: [...heading, '', ...tableOf(compared), '', ...summaryOf(compared)].join('\n'), isSound }
}

async function policyFor(
  { config: file, policy }: StoreOptions & { readonly policy?: string },
  release: ReleaseRecord,
): Promise<AnalysisPolicy> {
  const config = await readConfig(file)
  const repository = config.repositories.find(({ repo }) => repo === release.repository)
  const environment = repository?.environments.find(({ name }) => name === release.environment)
  if (policy === undefined) {
    if (environment === undefined || environment.metrics === null) {
      throw new UsageError(`${file} has no metrics for ${release.environment} of ${release.repository}; name --policy`)
    }
    return analysisPolicyOf(environment.metrics)
  }
  const text = await readFile(policy, 'utf8').catch(() => {
    throw new UsageError(`the policy ${policy} cannot be read`)
  })
  const base = writtenMetrics(await readFile(file, 'utf8'), release.repository, release.environment)
  const parsed = parsePolicyFile(text, policy, base)
  if (parsed.ok) return analysisPolicyOf(parsed.metrics)
  throw new UsageError(`the policy has mistakes\n\n${parsed.problems.map(formatProblem).join('\n\n')}`)
}

function policyWords({ metrics }: AnalysisPolicy): string {
  return metrics.map(({ name, factor, isShadow }) => `${name} × ${factor}${isShadow ? ' (shadow)' : ''}`).join(', ')
}

function tableOf(compared: readonly ComparedCheck[]): readonly string[] {
  const rows = compared.map(({ recorded, replayed, isSame }) => [
    timeOf(recorded.at),
    `${recorded.step.percent} %`,
    clockText(recorded.observation.to - recorded.step.startedAt),
    wordOf(recorded.verdict, recorded.decision),
    wordOf(replayed.verdict, replayed.decision),
    isSame ? '' : '≠',
  ])
  const all = [['time (UTC)', 'step', 'in step', 'then', 'now', ''], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** A check in a word or two. */
function wordOf({ verdict }: Verdict, { outcome }: StepDecision): string {
  switch (outcome.type) {
    case 'fail':
      return 'fail: roll back'
    case 'hold':
      return `hold: ${outcome.reason.replaceAll('_', ' ')}`
    case 'extend':
      return `${verdict}: extend`
    case 'advance':
      return `${verdict}: go on`
    case 'continue':
      return verdict
    default:
      return outcome satisfies never
  }
}

function summaryOf(compared: readonly ComparedCheck[]): readonly string[] {
  const others = compared.filter(({ isSame }) => !isSame)
  const [first] = others
  const same =
    first === undefined
      ? `The same at ${counted(compared.length, 'check')}.`
      : `Other at ${others.length} of ${counted(compared.length, 'check')}, first at ${placeOf(first.recorded)}.`
  const then = compared.find(({ recorded }) => recorded.decision.outcome.type === 'fail')?.recorded ?? null
  const now = compared.find(({ replayed }) => replayed.decision.outcome.type === 'fail') ?? null
  const last = now ?? compared.at(-1)
  const lines = last?.replayed.verdict.metrics.map((metric) => `  ${verdictText(metric)}`) ?? []
  return [
    same,
    then === null ? 'Then: not rolled back by a verdict.' : `Then: rolled back at ${placeOf(then)}.`,
    nowWords(now, then),
    `At that check, now:`,
    ...lines,
  ]
}

function nowWords(now: ComparedCheck | null, then: StoredCheck | null): string {
  if (now !== null) {
    const earlier = then === null ? 0 : then.at - now.recorded.at
    const by =
      earlier === 0 ? '' : earlier > 0 ? `, ${formatDuration(earlier)} earlier` : `, ${formatDuration(-earlier)} later`
    return `Now: would have rolled back at ${placeOf(now.recorded)}${by}.`
  }
  const after = then === null ? '' : '; what would have come after it is not known'
  return `Now: would not have rolled back on what was recorded${after}.`
}

function placeOf({ at, step, observation }: StoredCheck): string {
  return `${timeOf(at)} (${step.percent} %, ${clockText(observation.to - step.startedAt)} into the step)`
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

function forMachines({ recorded, replayed, isSame }: ComparedCheck) {
  const told = ({ verdict, decision }: Pick<StoredCheck, 'verdict' | 'decision'>) => ({
    verdict: verdict.verdict,
    outcome: decision.outcome.type,
    metrics: verdict.metrics,
  })
  const { index, percent } = recorded.step
  return {
    at: new Date(recorded.at).toISOString(),
    step: index,
    percent,
    is_same: isSame,
    recorded: told(recorded),
    now: told(replayed),
  }
}
