/** A pipeline of any number of jobs on a push to main, for benchmarks and for cards that must not burst. */
import type { JobSpec, Outcome, PipelineSpec } from './pipeline-spec.ts'

export interface SizedOptions {
  /** Jobs in all, from 1. */
  readonly jobs: number
  readonly repository?: string
  /** Tells pipelines of one repository apart; goes into the commit's message and so into its sha. */
  readonly number?: number
  /** Length of the whole pipeline, about, in milliseconds; 4 minutes when left out. */
  readonly durationMs?: number
  /** Numbers of the jobs (from 1) that fail, with one outcome for each attempt. */
  readonly outcomes?: Readonly<Record<number, readonly Outcome[]>>
}

const JOBS_A_WORKFLOW = 60
const LAYERS = 5

/** Workflows of up to 60 jobs side by side, each in five layers of which one needs a job of the layer before. */
export function sizedPipeline(options: SizedOptions): PipelineSpec {
  const { jobs, number = 1, durationMs = 240_000 } = options
  const workflows = Math.max(1, Math.ceil(jobs / JOBS_A_WORKFLOW))
  // What is left of a layer's time after its job was queued and a runner was found.
  const jobMs = Math.max(1_000, Math.floor(durationMs / LAYERS) - 3_500)
  return {
    repository: options.repository ?? 'omnihub/app',
    branch: 'main',
    commit: {
      message: `Change number ${number}`,
      author: 'mona',
      authorName: 'Mona Lisa',
      authorEmail: 'mona@omnihub.dev',
    },
    workflows: Array.from({ length: workflows }, (_, workflow) => {
      const first = workflow * JOBS_A_WORKFLOW + 1
      const count = Math.min(JOBS_A_WORKFLOW, jobs - workflow * JOBS_A_WORKFLOW)
      const layerSize = Math.max(1, Math.ceil(count / LAYERS))
      return {
        name: workflows === 1 ? 'Continuous Integration' : `Continuous Integration ${workflow + 1}`,
        on: ['push'],
        jobs: Array.from({ length: count }, (_unused, index): JobSpec => {
          const outcomes = options.outcomes?.[first + index]
          return {
            key: `job-${first + index}`,
            name: `Job ${first + index}`,
            // Not all of one length, so that they do not all end in one moment.
            durationMs: Math.max(500, Math.floor(jobMs * (1 - ((index * 7) % 10) / 12))),
            ...(index >= layerSize ? { needs: [`job-${first + index - layerSize}`] } : {}),
            ...(outcomes === undefined ? {} : { outcomes }),
          }
        }),
      }
    }),
  }
}
