/** `sluice analyze --self-test`: how often the judge would be wrong here, measured on the service as it is. */
import { type MetricSelfTest, type SelfTest, selfTest } from '../analysis/self-test.ts'
import { counted, grouped } from '../cards/counted.ts'
import { formatDuration } from '../cards/durations.ts'
import { percentOf, timesOf } from '../cards/figures.ts'
import { name } from '../cards/spans.ts'
import type { EnvironmentConfig } from '../config/config.ts'
import { prometheusCredentials, prometheusFault } from '../config/prometheus-credentials.ts'
import { type Environment, gatherSecrets } from '../config/read-secrets.ts'
import { checkAddress } from '../config/value-checks.ts'
import { analysisPolicyOf } from '../engine/rollout/rollout-context.ts'
import type { MetricsPolicy } from '../policy/metrics-policy.ts'
import { measureStablePool, type Split } from '../providers/prometheus/stable-pool.ts'
import type { Analysis } from './analyze.ts'
import { placeOf } from './place.ts'
import { UsageError } from './usage-error.ts'
import type { StoreOptions } from './with-store.ts'

const hourMs = 3_600_000
const minuteMs = 60_000
const resamples = 400
/** Where the canary's steps have no windows to speak of. */
const shortestRollout = 15

export interface SelfTestOptions extends Pick<StoreOptions, 'config'> {
  readonly env: string
  readonly repo?: string
  /** Where the arms are told apart by pools: the one that serves. */
  readonly pool?: string
  readonly hours: string
  readonly splitBy: string
  readonly json: boolean
  /** Secrets for Prometheus; the process's by default. */
  readonly secrets?: Environment
  /** Default: a line on a terminal. */
  readonly onProgress?: (done: number, all: number) => void
  /** For shorter histories than a person would look at, in ms. Default a minute. */
  readonly pieceMs?: number
}

/**
 * Plays healthy rollouts on what the stable pool did.
 *
 * @returns not sound when more of the rollouts that were drawn anew would have been rolled back than alpha allows
 * @throws UsageError when the environment has no metrics, an option cannot be read, or Prometheus does not answer
 */
export async function runSelfTest(options: SelfTestOptions): Promise<Analysis> {
  const hours = Number(options.hours)
  if (!(hours > 0 && hours <= 168)) throw new UsageError(`--hours ${options.hours} is no number of hours up to 168`)
  if (!/^[a-zA-Z_]\w*$/.test(options.splitBy)) throw new UsageError(`--split-by ${options.splitBy} is no label`)
  const { place, environment } = await placeOf(options, options.env)
  if (environment.metrics === null) {
    throw new UsageError(`${place.environment} of ${place.repository} has no metrics in ${options.config}`)
  }
  const { metrics } = environment
  const measured = await measureStablePool({
    metrics,
    auth: await authFor(metrics, options.secrets ?? process.env),
    pool: poolOf(environment, metrics, options.pool),
    label: options.splitBy,
    spanMs: hours * hourMs,
    now: Date.now(),
    ...(options.pieceMs !== undefined && { pieceMs: options.pieceMs }),
    ...(options.onProgress !== undefined && { onProgress: options.onProgress }),
  })
  if (!measured.ok) throw new UsageError(`nothing could be measured: ${measured.detail}`)
  const { minutes, split } = measured
  const policy = analysisPolicyOf(metrics)
  const result = selfTest(minutes, policy, {
    rolloutMinutes: rolloutMinutes(environment, minutes.length),
    resamples,
    random: seeded(1),
  })
  const isSound = result.rolledBack.resampled <= policy.alpha * result.rollouts.resampled
  if (options.json) return { text: JSON.stringify({ ...place, hours, split, ...result }), isSound }
  const heading = `Self-test of ${place.environment} (${place.repository}): ${formatDuration(hours * hourMs)} of the stable pool, ${splitWords(split)}`
  return {
    text: [heading, '', ...result.metrics.flatMap(metricLines(result)), ...endOf(result, policy.alpha, split)].join(
      '\n',
    ),
    isSound,
  }
}

async function authFor({ source }: MetricsPolicy, env: Environment) {
  const { values, present } = await gatherSecrets(env)
  const fault = prometheusFault((variable) => present.has(variable))
  if (fault !== null) throw new UsageError(`${fault.what} ${fault.mend}`)
  const auth = prometheusCredentials((variable) => values.get(variable))
  if (auth !== null && checkAddress('loopback')(source.url) !== null) {
    throw new UsageError(`the credentials for Prometheus would go unencrypted to ${new URL(source.url).host}`)
  }
  return auth
}

function poolOf({ traffic }: EnvironmentConfig, { arms }: MetricsPolicy, given: string | undefined): string | null {
  if (arms.type !== 'pool' || given !== undefined) return given ?? null
  const pools = traffic?.target.pools.join(' or ') ?? 'its name'
  throw new UsageError(`the arms are told apart by their pools here: say which one serves, with --pool ${pools}`)
}

/** As long as the canary's steps with less than all of the traffic; a quarter of what there is where that is little. */
function rolloutMinutes({ gate }: EnvironmentConfig, measured: number): number {
  const planned = gate.steps.reduce((sum, { percent, windowMs }) => sum + (percent < 100 ? windowMs : 0), 0) / minuteMs
  return Math.max(1, Math.min(Math.max(shortestRollout, Math.round(planned)), Math.floor(measured / 4)))
}

function splitWords(split: Split): string {
  if (split.type === 'minutes') return 'which has one instance: each minute against the next'
  return `split by ${split.label}: ${split.first} against ${split.second}`
}

function metricLines({ rollouts }: SelfTest) {
  return (one: MetricSelfTest): readonly string[] => {
    const { metric, alpha, consecutive, resampled, minutes } = one
    const shadow = metric.isShadow ? ' (shadow)' : ''
    const share = rollouts.resampled === 0 ? 0 : resampled / rollouts.resampled
    return [
      `${name(metric.name)}${shadow}: ${[...countsOf(one), ...halvesOf(one)].join('; ')}`,
      minutes === 0
        ? '  not measured: no minute has numbers of both halves'
        : `  false alarms: ${consecutive} of ${rollouts.consecutive} rollouts one after the other, ${resampled} of ${rollouts.resampled} drawn anew (${percentOf(share)}); its budget is ${percentOf(alpha)}`,
      '',
    ]
  }
}

function countsOf({ metric, total, bad, minutes, dispersion }: MetricSelfTest): readonly string[] {
  const requests = `${grouped(Math.round(total))} requests in ${counted(minutes, 'minute')}`
  if (metric.type === 'latency') return [requests]
  const errors = `${grouped(Math.round(bad))} of ${requests}${total > 0 ? ` (${percentOf(bad / total)})` : ''}`
  if (dispersion === null) return [errors]
  return [errors, `dispersion ${timesOf(dispersion.median)}, in the worst hour ${timesOf(dispersion.worst)}`]
}

function halvesOf({ metric, ratio, noise }: MetricSelfTest): readonly string[] {
  const ratioWords = ratio === null ? [] : [`the halves ${timesOf(ratio)} to 1`]
  if (noise === null) return ratioWords
  switch (metric.type) {
    case 'ratio':
      return [...ratioWords, `arm noise ${timesOf(noise)} (1 is chance)`]
    case 'latency':
      return [...ratioWords, `arm noise ${percentOf(noise)} from minute to minute`]
    case 'kinds':
      return [...ratioWords, `${counted(noise, 'kind')} in one half only`]
    default:
      return metric.type satisfies never
  }
}

function endOf({ rollouts, rolledBack }: SelfTest, alpha: number, split: Split): readonly string[] {
  const share = rollouts.resampled === 0 ? 0 : rolledBack.resampled / rollouts.resampled
  const isMore = share > alpha
  const verdict = `${isMore ? 'More' : 'Not more'} than alpha allows: ${percentOf(share)} of the rollouts drawn anew would have been rolled back, and alpha is ${percentOf(alpha)}.`
  const caution =
    split.type === 'minutes'
      ? [
          'Minutes that follow each other differ by more than two arms in the same minute do: it may be fewer. How unlike two machines are is not seen.',
        ]
      : []
  return [`Rollouts of ${rollouts.minutes} minutes.`, verdict, ...caution]
}

/** The same every time, so that a change of the policy is all that changes. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
