import { type Analysis, analyzeRelease } from './analyze.ts'
import type { SelfTestOptions } from './self-test.ts'
import { UsageError } from './usage-error.ts'
import type { StoreOptions } from './with-store.ts'

export interface AnalyzeOptions extends Omit<SelfTestOptions, 'config' | 'env'> {
  readonly release?: string
  readonly policy?: string
  readonly selfTest: boolean
  readonly env?: string
}

/** `sluice analyze`: one of its two halves. */
export async function analyze(options: StoreOptions & AnalyzeOptions): Promise<Analysis> {
  const { release, selfTest, env } = options
  if (selfTest === (release !== undefined)) {
    throw new UsageError('say --release ID to judge a rollout again, or --self-test --env ENVIRONMENT')
  }
  if (release !== undefined) return await analyzeRelease(options, release)
  if (env === undefined) throw new UsageError('say which environment: --self-test --env ENVIRONMENT')
  // Loaded only where it is asked for: the other commands need nothing of Prometheus.
  const { runSelfTest } = await import('./self-test.ts')
  return await runSelfTest({ ...options, env, ...(process.stderr.isTTY ? { onProgress: tell } : {}) })
}

function tell(done: number, all: number): void {
  const end = done === all ? '\n' : ''
  process.stderr.write(`\r${Math.floor((100 * done) / all)} % measured${end}`)
}
