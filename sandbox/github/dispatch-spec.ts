/** What a workflow with `on: workflow_dispatch` declares, and how its runs go. */
import type { EnvironmentSpec, JobSpec } from './pipeline-spec.ts'

export interface DispatchInput {
  readonly required?: boolean
  readonly default?: string
  /** `type: choice`: anything else is refused. */
  readonly options?: readonly string[]
}

export type DispatchInputs = Readonly<Record<string, string>>

export interface DispatchSpec {
  /** `.github/workflows/deploy-production.yml` */
  readonly path: string
  /** The file's name when left out. */
  readonly name?: string
  readonly inputs: Readonly<Record<string, DispatchInput>>
  /** `run-name`; by default `<name> <sluice_release>`, as the workflow contract asks. */
  readonly runName?: (inputs: DispatchInputs) => string
  /** How a run goes; the same for all of them, or by its inputs and the number of the run (from 1). */
  readonly play?: DispatchPlay | ((run: { readonly inputs: DispatchInputs; readonly number: number }) => DispatchPlay)
  /** What a run has done to other services when it ends well; nobody hears of its end before that is done. */
  readonly does?: (inputs: DispatchInputs) => Promise<void>
}

export interface DispatchPlay {
  /**
   * - `success` (default), `failure`: in its last job
   * - `cancelled`: by somebody, while its last job runs
   * - `never_starts`: stays queued, as without a runner
   * - `no_run`: accepted with 204 and forgotten, as GitHub does on bad days
   */
  readonly ends?: 'success' | 'failure' | 'cancelled' | 'never_starts' | 'no_run'
  /** The commit that it says it built; the input `sha` when left out, nothing when null. */
  readonly builds?: string | null
  /** Name of the backup that it says it made before it migrated; nothing when left out. */
  readonly backup?: string
  /** The environment that its last job enters. */
  readonly environment?: EnvironmentSpec
  /** Its jobs, instead of "Build" and "Deploy"; the first one reports the commit. */
  readonly jobs?: readonly JobSpec[]
  /** Of each of the two jobs; 20 s when left out. */
  readonly jobMs?: number
}

/** Jobs of a run, from how it is to go. */
export function jobsOfPlay(play: DispatchPlay, builtSha: string | null): readonly JobSpec[] {
  const durationMs = play.jobMs ?? 20_000
  const jobs: readonly JobSpec[] = play.jobs ?? [
    {
      key: 'build',
      name: 'Build',
      durationMs,
      steps: [{ name: 'Run actions/checkout@v5' }, { name: 'Run make build' }],
    },
    {
      key: 'deploy',
      name: 'Deploy',
      needs: ['build'],
      durationMs,
      steps: [{ name: 'Run make deploy' }],
      ...(play.environment === undefined ? {} : { environment: play.environment }),
    },
  ]
  return jobs.map((job, index) => ({
    ...job,
    ...(index === 0
      ? {
          annotations: [
            ...(job.annotations ?? []),
            ...(builtSha === null ? [] : [notice('sluice-built-sha', builtSha)]),
            ...(play.backup === undefined ? [] : [notice('sluice-backup', play.backup)]),
          ],
        }
      : {}),
    ...(index === jobs.length - 1 && play.ends === 'failure' ? { outcomes: ['failure' as const] } : {}),
  }))
}

/** `echo "::notice title=sluice-built-sha::<sha>"` */
function notice(title: 'sluice-built-sha' | 'sluice-backup', message: string) {
  return { path: '.github', line: 1, level: 'notice' as const, title, message }
}

export function nameOfWorkflow({ name, path }: DispatchSpec): string {
  return (
    name ??
    path
      .split('/')
      .at(-1)
      ?.replace(/\.ya?ml$/, '') ??
    path
  )
}
