/** Why a job failed: what tools annotated, else the end of the failing step's log. */
import type { Octokit } from '@octokit/rest'
import { z } from 'zod'
import type { FailureDetails } from '../../pipeline/failure-details.ts'
import { optionalTimeSchema } from '../../pipeline/github-objects.ts'
import { allPages } from './all-pages.ts'
import { cleanLog, MAX_LINES, toShow } from './clean-log.ts'
import { jobLogTail } from './job-log-tail.ts'

export interface FailureDetailsOptions {
  readonly octokit: Octokit
  readonly owner: string
  readonly repo: string
  readonly jobId: number
  readonly timeoutMs: number
  readonly secrets: readonly string[]
  /** Runs a part without which the rest still helps; null when it may not be read or is not there. */
  readonly optional: <T>(method: string, part: () => Promise<T>) => Promise<T | null>
}

const Step = z.object({
  name: z.string(),
  conclusion: z.string().nullish(),
  started_at: optionalTimeSchema,
  completed_at: optionalTimeSchema,
})
const FailedJob = z.object({ steps: z.array(Step).nullish() })
const Annotation = z.object({
  path: z.string().nullish(),
  start_line: z.number().nullish(),
  annotation_level: z.string().nullish(),
  title: z.string().nullish(),
  message: z.string().nullish(),
})

/** GitHub annotates every failing step with this; it says nothing that the red mark does not. */
const SAYS_NOTHING = /^(?:Process completed with exit code \d+|The operation was canceled)\.?$/

/** @throws what Octokit throws when the job itself cannot be read */
export async function failureDetails(options: FailureDetailsOptions): Promise<FailureDetails> {
  const { octokit, owner, repo, jobId, secrets } = options
  const { data } = await octokit.rest.actions.getJobForWorkflowRun({ owner, repo, job_id: jobId })
  const steps = FailedJob.parse(data).steps ?? []
  const failing = steps.find(({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out')
  const step = failing?.name ?? null

  // A job's id is the id of its check run.
  const annotations = await options.optional('checks.listAnnotations', () =>
    allPages(Annotation, null, (page) =>
      octokit.rest.checks.listAnnotations({ owner, repo, check_run_id: jobId, ...page }),
    ),
  )
  const failures = (annotations ?? []).filter(({ annotation_level: level }) => level === 'failure')
  const telling = failures.filter(({ message }) => !SAYS_NOTHING.test(message?.trim() ?? ''))
  const annotated = toShow(telling.flatMap(linesOf).slice(0, MAX_LINES), secrets)
  if (annotated.length > 0) return { step, lines: annotated, source: 'annotations' }

  const log = await options.optional('actions.downloadJobLogsForWorkflowRun', () =>
    jobLogTail(octokit, { owner, repo, job_id: jobId }, options.timeoutMs),
  )
  const times = { startedAt: failing?.started_at ?? null, completedAt: failing?.completed_at ?? null }
  const logged = log === null ? [] : cleanLog(log, { ...times, secrets })
  if (logged.length > 0) return { step, lines: logged, source: 'log' }

  const leftOver = toShow(failures.flatMap(linesOf).slice(0, MAX_LINES), secrets)
  return { step, lines: leftOver, source: leftOver.length > 0 ? 'annotations' : 'none' }
}

/** `src/fees.ts:41: Title: message`, the following lines of the message indented. */
function linesOf(annotation: z.infer<typeof Annotation>): readonly string[] {
  const { path, start_line: line, title, message } = annotation
  // GitHub's own annotations claim to be about `.github`, line 1.
  const place = path && path !== '.github' ? `${path}${line ? `:${line}` : ''}: ` : ''
  const heading = title && title !== message ? `${title}: ` : ''
  const [first = '', ...rest] = (message ?? '').split(/\r?\n/).filter((text) => text.trim() !== '')
  return [`${place}${heading}${first}`, ...rest.map((text) => `  ${text}`)].filter((text) => text.trim() !== '')
}
