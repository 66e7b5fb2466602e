/** Starting workflows, finding their runs, what they built, and the gate that a run waits at. */
import { z } from 'zod'
import type { CodeHost, CodeHostResult } from '../../engine/code-host.ts'
import { shaSchema, timeSchema } from '../../pipeline/github-objects.ts'
import { allPages } from './all-pages.ts'
import type { GithubCalls, RepositoryClient } from './github-calls.ts'

const Dispatched = z.object({ workflow_run_id: z.number(), html_url: z.string() })
const ListedRun = z.object({
  id: z.number(),
  html_url: z.string(),
  display_title: z.string().nullish(),
  name: z.string().nullish(),
  created_at: timeSchema,
})
const Run = z.object({
  status: z.string().nullish(),
  conclusion: z.string().nullish(),
  head_sha: shaSchema,
  html_url: z.string(),
  check_suite_id: z.number().nullish(),
  actor: z.object({ login: z.string() }).nullish(),
  triggering_actor: z.object({ login: z.string() }).nullish(),
})
const CheckRun = z.object({ id: z.number(), output: z.object({ annotations_count: z.number() }) })
const Annotation = z.object({ title: z.string().nullish(), message: z.string().nullish() })
const Refused = z.object({ status: z.literal(422), message: z.string() })

const MAX_PAGES = 5
/** How far GitHub's clock and ours may be apart. The text that is looked for is unique, so this finds nothing wrong. */
const SLACK_MS = 5 * 60_000
/** Jobs whose annotations are read: each costs a call. */
const MAX_ANNOTATED_JOBS = 10
const MAX_COMMENT_LENGTH = 1000

type WorkflowCalls = Pick<CodeHost, 'startWorkflow' | 'findRun' | 'answerProtectionRule' | 'runDetails'>

export function workflowCalls({ on }: GithubCalls): WorkflowCalls {
  return {
    async startWorkflow({ repository, workflow, ref, inputs, optionalInputs = {} }) {
      const object = `workflow ${workflow}`
      const started = await on(repository, 'actions.createWorkflowDispatch', object, async ({ octokit, of }) => {
        let asked: Asked = { optionalInputs, wantsDetails: true }
        for (;;) {
          try {
            const query = {
              ...of,
              workflow_id: fileNameOf(workflow),
              ref,
              inputs: { ...asked.optionalInputs, ...inputs },
              ...(asked.wantsDetails ? { return_run_details: true } : {}),
            }
            const { data } = await octokit.request(
              'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
              query,
            )
            // 204 and no body where GitHub does not tell (or not yet).
            const run = Dispatched.safeParse(data)
            return run.success ? { id: run.data.workflow_run_id, url: run.data.html_url } : null
          } catch (error) {
            const refused = Refused.safeParse(error)
            const less: Asked | null = refused.success ? askLess(asked, refused.data.message) : null
            if (less === null) throw error
            asked = less
          }
        }
      })
      if (started.ok || started.failure.type !== 'not_found') return started
      const detail = `${started.failure.detail}. There is no such workflow, or the credential may not start it.`
      return { ok: false, failure: { type: 'rejected', detail } } satisfies CodeHostResult<never>
    },

    findRun({ repository, workflow, titleHolds, sinceMs }) {
      return on(repository, 'actions.listWorkflowRuns', `runs of ${workflow}`, async ({ octokit, of }) => {
        let found: z.infer<typeof ListedRun> | null = null
        for (let page = 1; page <= MAX_PAGES; page += 1) {
          // No filters: those go through GitHub's search, which hears of a new run later than this list does.
          const query = { ...of, workflow_id: fileNameOf(workflow), per_page: 100, page }
          const { data, headers } = await octokit.rest.actions.listWorkflowRuns(query)
          const { workflow_runs: runs } = z.object({ workflow_runs: z.array(ListedRun) }).parse(data)
          const recent = runs.filter(({ created_at }) => created_at >= sinceMs - SLACK_MS)
          // Should there be two, the first is the one that the release began with.
          found = recent.findLast((run) => titleOf(run).includes(titleHolds)) ?? found
          if (recent.length < runs.length || !/rel="next"/.test(headers.link ?? '')) break
        }
        return found === null ? null : { id: found.id, url: found.html_url }
      })
    },

    answerProtectionRule({ repository, runId, environment, state, comment }) {
      return on(repository, 'actions.reviewCustomGatesForRun', `run ${runId}`, async ({ octokit, of }) => {
        await octokit.rest.actions.reviewCustomGatesForRun({
          ...of,
          run_id: runId,
          environment_name: environment,
          state,
          comment: comment.slice(0, MAX_COMMENT_LENGTH),
        })
      })
    },

    runDetails({ repository, runId }) {
      return on(repository, 'actions.getWorkflowRun', `run ${runId}`, async (client) => {
        const { octokit, of } = client
        const run = Run.parse((await octokit.rest.actions.getWorkflowRun({ ...of, run_id: runId })).data)
        return {
          status: run.status ?? 'queued',
          conclusion: run.conclusion ?? null,
          headSha: run.head_sha,
          url: run.html_url,
          actorLogin: run.triggering_actor?.login ?? run.actor?.login ?? null,
          ...(run.check_suite_id ? await noticesOf(client, run.check_suite_id) : { builtSha: null, backup: null }),
        }
      })
    },
  }
}

/** What a start asks for besides what it has to. */
interface Asked {
  readonly optionalInputs: Readonly<Record<string, string>>
  /** Whether GitHub is to say which run it is. */
  readonly wantsDetails: boolean
}

/**
 * What to ask for after a refusal: without what the server or the workflow does not know. All of it was refused and
 * nothing was started, so this is no repetition. Null when it was refused for something else.
 */
function askLess({ optionalInputs, wantsDetails }: Asked, message: string): Asked | null {
  if (wantsDetails && message.includes('return_run_details')) return { optionalInputs, wantsDetails: false }
  if (!message.startsWith('Unexpected inputs')) return null
  const known = Object.entries(optionalInputs).filter(([name]) => !message.includes(JSON.stringify(name)))
  if (known.length === Object.keys(optionalInputs).length) return null
  return { optionalInputs: Object.fromEntries(known), wantsDetails }
}

/** GitHub takes a workflow's id or its file name; a path from the repository's root is what people write. */
function fileNameOf(workflow: string): string {
  return workflow.split('/').at(-1) ?? workflow
}

function titleOf(run: z.infer<typeof ListedRun>): string {
  // Servers that do not know `display_title` put the run's title into `name`.
  return run.display_title ?? run.name ?? ''
}

/**
 * What the newest attempt of a run says of itself, by notices on its jobs: the commit that it built, and the backup that it
 * made before it migrated.
 *
 *     echo "::notice title=sluice-built-sha::$(git rev-parse HEAD)"
 *     echo "::notice title=sluice-backup::$BACKUP_NAME"
 *
 * Notices can be read without the log, while the run goes on, and by whoever may read checks; a job's summary cannot be
 * read through the API at all.
 *
 * @returns null for what nothing was said of, or of which two jobs say different things: neither is proof
 */
async function noticesOf(
  { octokit, of }: RepositoryClient,
  suiteId: number,
): Promise<{ readonly builtSha: string | null; readonly backup: string | null }> {
  const jobs = await allPages(CheckRun, 'check_runs', (page) =>
    octokit.rest.checks.listForSuite({ ...of, check_suite_id: suiteId, ...page }),
  )
  const built = new Set<string>()
  const backups = new Set<string>()
  for (const { id } of jobs.filter(({ output }) => output.annotations_count > 0).slice(0, MAX_ANNOTATED_JOBS)) {
    const annotations = await allPages(Annotation, null, (page) =>
      octokit.rest.checks.listAnnotations({ ...of, check_run_id: id, ...page }),
    )
    for (const annotation of annotations) {
      const text = `${annotation.title ?? ''}: ${annotation.message ?? ''}`
      const sha = /sluice-built-sha:\s*([0-9a-f]{40}(?:[0-9a-f]{24})?)\s*$/i.exec(text)?.[1]
      if (sha !== undefined) built.add(sha.toLowerCase())
      const backup = /sluice-backup:\s*(\S[^\r\n]{0,199})\s*$/i.exec(text)?.[1]?.trim()
      if (backup !== undefined) backups.add(backup)
    }
  }
  return { builtSha: onlyOne(built), backup: onlyOne(backups) }
}

function onlyOne([only, another]: Iterable<string>): string | null {
  return another === undefined ? (only ?? null) : null
}
