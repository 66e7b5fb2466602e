/** From a `workflow_dispatch` to the run that comes of it. */
import type { Change, ScriptStep } from './change.ts'
import { type DispatchInputs, type DispatchSpec, jobsOfPlay, nameOfWorkflow } from './dispatch-spec.ts'
import type { WorkflowSpec } from './pipeline-spec.ts'
import { workflowOf } from './runs.ts'
import { type AttemptInput, scheduleAttempt } from './schedule-attempt.ts'
import type { GithubState, RepositoryState, WorkflowState } from './state.ts'
import { fullNameOf } from './state-access.ts'

const MAX_INPUTS = 25

export function addWorkflow(state: GithubState, repository: RepositoryState, spec: DispatchSpec): WorkflowState {
  const workflow = workflowOf(state, repository, nameOfWorkflow(spec), spec.path)
  workflow.dispatch = spec
  return workflow
}

/** GitHub's words for what is wrong with the inputs, or null. */
export function inputProblem({ inputs: declared }: DispatchSpec, given: DispatchInputs): string | null {
  const names = Object.keys(given)
  if (names.length > MAX_INPUTS) {
    return `Invalid request.\n\nNo more than ${MAX_INPUTS} properties are allowed; ${names.length} were supplied.`
  }
  const unexpected = names.filter((name) => !(name in declared))
  if (unexpected.length > 0) return `Unexpected inputs provided: ${JSON.stringify(unexpected)}`
  for (const [name, input] of Object.entries(declared)) {
    const value = given[name] ?? input.default
    if (input.required === true && !value) return `Required input '${name}' not provided`
    if (value !== undefined && input.options !== undefined && !input.options.includes(value)) {
      return `Provided value '${value}' for input '${name}' not in the list of allowed values`
    }
  }
  return null
}

/** @returns null when GitHub is to forget it */
export function dispatchedRun(
  repository: RepositoryState,
  workflow: WorkflowState,
  asked: { readonly branch: string; readonly sha: string; readonly by: string; readonly inputs: DispatchInputs },
): { readonly requested: Extract<Change, { type: 'run_requested' }>; readonly steps: readonly ScriptStep[] } | null {
  const dispatch = workflow.dispatch
  if (dispatch === null) throw new Error(`"${workflow.name}" has no workflow_dispatch.`)
  const defaults = Object.entries(dispatch.inputs).flatMap(([name, input]) =>
    input.default === undefined ? [] : [[name, input.default] as const],
  )
  const inputs = { ...Object.fromEntries(defaults), ...asked.inputs }
  const number = [...repository.runs.values()].filter((run) => run.workflow.id === workflow.id).length + 1
  const play = typeof dispatch.play === 'function' ? dispatch.play({ inputs, number }) : (dispatch.play ?? {})
  if (play.ends === 'no_run') return null
  const builds = play.builds === undefined ? inputs.sha || asked.sha : play.builds
  const jobs = jobsOfPlay(play, builds)
  const lengthMs = jobs.reduce((sum, job) => sum + (job.durationMs ?? 30_000), 0)
  const spec: WorkflowSpec = {
    name: workflow.name,
    path: workflow.path,
    on: [],
    jobs,
    ...(play.ends === 'cancelled' ? { cancelAfterMs: lengthMs } : {}),
  }
  const commit = repository.commits.get(asked.sha)
  const run = `${workflow.name}@workflow_dispatch@${number}`
  const event = 'workflow_dispatch'
  const attempt: AttemptInput = {
    repository: fullNameOf(repository),
    run,
    workflow: spec,
    event,
    attempt: 1,
    startMs: 0,
    takenOver: new Map(),
  }
  const title = dispatch.runName?.(inputs) ?? [workflow.name, inputs.sluice_release].filter(Boolean).join(' ')
  const pipeline = {
    repository: fullNameOf(repository),
    commit: { message: commit?.message ?? '', author: commit?.authorLogin ?? asked.by, sha: asked.sha },
    workflows: [spec],
  }
  const { branch, sha, by } = asked
  return {
    requested: { type: 'run_requested', run, pipeline, workflow: spec, event, branch, sha, by, title, inputs, attempt },
    steps: play.ends === 'never_starts' ? [] : scheduleAttempt(attempt).steps,
  }
}
