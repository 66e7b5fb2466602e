/** Everything that GitHub knows now about a commit, as the facts that its webhooks would have told. */
import type { Octokit } from '@octokit/rest'
import { z } from 'zod'
import type { Fact } from '../../pipeline/facts.ts'
import {
  checkFact,
  deploymentFact,
  deploymentStatusFact,
  type FactContext,
  jobFact,
  pullRequestFacts,
  restCommitFact,
  runFact,
  statusFact,
} from '../../pipeline/facts-from-github.ts'
import {
  checkRunSchema,
  commitStatusSchema,
  deploymentSchema,
  deploymentStatusSchema,
  pendingDeploymentSchema,
  pullRequestSchema,
  repositorySchema,
  restCommitSchema,
  workflowJobSchema,
  workflowRunSchema,
} from '../../pipeline/github-objects.ts'
import { pendingReviewFact } from '../../pipeline/pending-review.ts'
import { allPages } from './all-pages.ts'

export interface PresentStateOptions {
  readonly octokit: Octokit
  readonly owner: string
  readonly repo: string
  readonly sha: string
  /** Runs a part that a token may not be allowed to read; null when it is not, or when there is no such thing. */
  readonly optional: <T>(method: string, part: () => Promise<T>) => Promise<T | null>
}

/**
 * Jobs of all attempts are in it: an older attempt's job that a newer one did not run again still counts.
 * One call after the other, as GitHub asks of those who make many.
 *
 * @throws what Octokit throws when the repository, the commit or its runs cannot be read
 */
export async function presentState(options: PresentStateOptions): Promise<readonly Fact[]> {
  const { octokit, owner, repo, sha, optional } = options
  const { actions, checks, repos } = octokit.rest
  const of = { owner, repo }
  const { full_name, default_branch } = repositorySchema.parse((await repos.get(of)).data)
  const context: FactContext = { repository: full_name, defaultBranch: default_branch }
  const facts: Fact[] = []

  facts.push(restCommitFact(context, restCommitSchema.parse((await repos.getCommit({ ...of, ref: sha })).data)))

  const runs = await allPages(workflowRunSchema, 'workflow_runs', (page) =>
    actions.listWorkflowRunsForRepo({ ...of, head_sha: sha, ...page }),
  )
  for (const run of runs) {
    facts.push(runFact(context, run))
    const jobs = await allPages(workflowJobSchema, 'jobs', (page) =>
      actions.listJobsForWorkflowRun({ ...of, run_id: run.id, filter: 'all', ...page }),
    )
    facts.push(...jobs.map((job) => jobFact(context, job)))
    if (run.status !== 'waiting' && !jobs.some((job) => job.status === 'waiting')) continue
    const pending = await optional('actions.getPendingDeploymentsForRun', async () => {
      const { data } = await actions.getPendingDeploymentsForRun({ ...of, run_id: run.id })
      return z.array(pendingDeploymentSchema).parse(data)
    })
    facts.push(...(pending ?? []).flatMap((environment) => pendingReviewFact(context, run, environment) ?? []))
  }

  const checkRuns = await optional('checks.listForRef', () =>
    allPages(checkRunSchema, 'check_runs', (page) => checks.listForRef({ ...of, ref: sha, ...page })),
  )
  facts.push(...(checkRuns ?? []).flatMap((check) => checkFact(context, check) ?? []))

  const statuses = await optional('repos.listCommitStatusesForRef', () =>
    allPages(commitStatusSchema, null, (page) => repos.listCommitStatusesForRef({ ...of, ref: sha, ...page })),
  )
  facts.push(...(statuses ?? []).map((status) => statusFact(context, sha, status)))

  const deployments = await optional('repos.listDeployments', () =>
    allPages(deploymentSchema, null, (page) => repos.listDeployments({ ...of, sha, ...page })),
  )
  for (const deployment of deployments ?? []) {
    facts.push(deploymentFact(context, deployment))
    const all = await allPages(deploymentStatusSchema, null, (page) =>
      repos.listDeploymentStatuses({ ...of, deployment_id: deployment.id, ...page }),
    )
    facts.push(...all.map((status) => deploymentStatusFact(context, deployment, status)))
  }

  const pulls = await optional('repos.listPullRequestsAssociatedWithCommit', () =>
    allPages(pullRequestSchema, null, (page) =>
      repos.listPullRequestsAssociatedWithCommit({ ...of, commit_sha: sha, ...page }),
    ),
  )
  const pullFacts = (pulls ?? []).flatMap((pull) => pullRequestFacts(context, pull))
  // A pull request has a fact for its head and one for its merge; only one of them is about this commit.
  facts.push(...pullFacts.filter((fact) => fact.sha === sha))
  return facts
}
