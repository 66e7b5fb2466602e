/**
 * The objects of GitHub's API, as far as facts need them. Webhooks and REST answers share these shapes, and GitHub
 * Enterprise Servers of some years leave fields out: unknown fields are ignored, what may be missing or null is `null`.
 */
import { z } from 'zod'

const text = z.string()
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? null)

/** The last moment that a `Date` can hold. */
const maxTime = 8.64e15

/** ISO 8601, or UNIX time in seconds as in `push.repository.pushed_at`; gives UTC milliseconds. */
export const timeSchema = z.union([z.string(), z.number()]).transform((value, context) => {
  const at = typeof value === 'string' ? Date.parse(value) : Math.round(value * 1000)
  if (Math.abs(at) <= maxTime) return at
  context.addIssue({ code: 'custom', message: `expected a date, got ${JSON.stringify(value)}` })
  return z.NEVER
})

/** As `timeSchema`; GitHub also says "never" with the year 1, which is null here. */
export const optionalTimeSchema = timeSchema
  .nullish()
  .transform((at) => (at === undefined || at === null || at <= 0 ? null : at))

/** A full commit id, of 40 hexadecimal digits or of 64 in SHA-256 repositories. */
export const shaSchema = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'expected a full commit sha')

const actor = z
  .object({ login: optionalText })
  .nullish()
  .transform((value) => value?.login ?? null)

const gitAuthor = z
  .object({ name: optionalText, email: optionalText, username: optionalText })
  .nullish()
  .transform((value) => value ?? { name: null, email: null, username: null })

/** The repository that a delivery speaks of. */
export const repositorySchema = z.object({
  full_name: text,
  default_branch: optionalText,
  pushed_at: optionalTimeSchema,
})

/** A commit as pushes and workflow runs carry it. */
export const headCommitSchema = z.object({
  id: shaSchema,
  message: text,
  timestamp: optionalTimeSchema,
  author: gitAuthor,
})
export type HeadCommit = z.infer<typeof headCommitSchema>

/** A commit as `GET /repos/{owner}/{repo}/commits/{ref}` and the `status` event give it. */
export const restCommitSchema = z.object({
  sha: shaSchema,
  commit: z.object({
    message: text,
    author: z
      .object({ name: optionalText, email: optionalText, date: optionalTimeSchema })
      .nullish()
      .transform((value) => value ?? { name: null, email: null, date: null }),
  }),
  author: actor,
})
export type RestCommit = z.infer<typeof restCommitSchema>

export const workflowRunSchema = z.object({
  id: z.number(),
  name: optionalText,
  workflow_id: z.number().nullish(),
  head_branch: optionalText,
  head_sha: shaSchema,
  run_attempt: z.number().int().min(1).nullish(),
  event: optionalText,
  status: text,
  conclusion: optionalText,
  html_url: optionalText,
  created_at: optionalTimeSchema,
  run_started_at: optionalTimeSchema,
  updated_at: timeSchema,
  actor,
  triggering_actor: actor,
  head_commit: headCommitSchema.nullish(),
  head_repository: z.object({ full_name: optionalText }).nullish(),
})
export type WorkflowRun = z.infer<typeof workflowRunSchema>

const stepSchema = z.object({
  name: text,
  number: z.number().nullish(),
  status: optionalText,
  conclusion: optionalText,
})

export const workflowJobSchema = z.object({
  id: z.number(),
  run_id: z.number(),
  run_attempt: z.number().int().min(1).nullish(),
  workflow_name: optionalText,
  head_branch: optionalText,
  head_sha: shaSchema,
  name: text,
  status: text,
  conclusion: optionalText,
  html_url: optionalText,
  started_at: optionalTimeSchema,
  completed_at: optionalTimeSchema,
  steps: z.array(stepSchema).nullish(),
})
export type WorkflowJob = z.infer<typeof workflowJobSchema>

export const checkRunSchema = z.object({
  id: z.number(),
  name: text,
  head_sha: shaSchema,
  status: text,
  conclusion: optionalText,
  html_url: optionalText,
  details_url: optionalText,
  started_at: optionalTimeSchema,
  completed_at: optionalTimeSchema,
  app: z.object({ slug: optionalText, name: optionalText }).nullish(),
  check_suite: z.object({ head_branch: optionalText }).nullish(),
})
export type CheckRun = z.infer<typeof checkRunSchema>

/** A commit status: of the `status` event, of `…/commits/{ref}/statuses`, or inside `…/commits/{ref}/status`. */
export const commitStatusSchema = z.object({
  id: z.number(),
  context: text,
  state: text,
  description: optionalText,
  target_url: optionalText,
  created_at: optionalTimeSchema,
  updated_at: timeSchema,
  branches: z.array(z.object({ name: text })).nullish(),
})
export type CommitStatus = z.infer<typeof commitStatusSchema>

export const deploymentSchema = z.object({
  id: z.number(),
  sha: shaSchema,
  ref: text,
  environment: text,
  creator: actor,
  created_at: timeSchema,
})
export type Deployment = z.infer<typeof deploymentSchema>

export const deploymentStatusSchema = z.object({
  id: z.number(),
  state: text,
  environment: optionalText,
  environment_url: optionalText,
  log_url: optionalText,
  target_url: optionalText,
  created_at: timeSchema,
})
export type DeploymentStatus = z.infer<typeof deploymentStatusSchema>

/** An environment whose protection rules a run waits for, as `GET …/runs/{run_id}/pending_deployments` gives it. */
export const pendingDeploymentSchema = z.object({
  environment: z.object({ name: optionalText }),
  wait_timer: z.number(),
  reviewers: z.array(z.unknown()),
})
export type PendingDeployment = z.infer<typeof pendingDeploymentSchema>

export const pullRequestSchema = z.object({
  number: z.number().int(),
  title: text,
  html_url: text,
  state: text,
  draft: z.boolean().nullish(),
  merged_at: optionalTimeSchema,
  merge_commit_sha: optionalText,
  updated_at: timeSchema,
  user: actor,
  head: z.object({ ref: text, sha: shaSchema }),
  base: z.object({ ref: text }),
})
export type PullRequestObject = z.infer<typeof pullRequestSchema>
