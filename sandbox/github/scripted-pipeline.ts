/** A pipeline written down in a few lines becomes the timed list of everything that GitHub does for it. */
import { createHash } from 'node:crypto'
import { annotationsFrom } from './annotations.ts'
import type { CommitWithSha, ScriptStep } from './change.ts'
import type { PipelineSpec, WorkflowSpec } from './pipeline-spec.ts'
import { type AttemptInput, scheduleAttempt } from './schedule-attempt.ts'
import type { Conclusion } from './terms.ts'

export interface PipelineScript {
  readonly spec: PipelineSpec
  /** In order of time; those of one moment in the order in which they happen. */
  readonly steps: readonly ScriptStep[]
  readonly durationMs: number
  /** Commits that get a pipeline: the pull request's head, if any, then what is on the branch. */
  readonly headSha: string | null
  readonly sha: string
}

type PipelineEvent = 'pull_request' | 'push'

interface Part {
  readonly steps: readonly ScriptStep[]
  readonly endMs: number
  /** True when everything in it has ended well. */
  readonly isGood: boolean
}

/** @throws when jobs need what does not exist */
export function scriptPipeline(spec: PipelineSpec): PipelineScript {
  const { head, commit } = commitsOf(spec)
  const part = spec.pullRequest === undefined ? pushPart(spec, 0) : pullPart(spec, head)
  const steps = inOrder(part.steps)
  return {
    spec,
    steps,
    durationMs: steps.at(-1)?.atMs ?? 0,
    headSha: spec.pullRequest === undefined ? null : head.sha,
    sha: commit.sha,
  }
}

/** Name of the run of a workflow for a commit and event: what changes call it before it has an id. */
function runRef(workflow: WorkflowSpec, event: string, sha: string): string {
  return `${workflow.name}@${event}@${sha}`
}

function branchOf(spec: PipelineSpec, event: PipelineEvent): string {
  return event === 'pull_request' && spec.pullRequest ? spec.pullRequest.headRef : (spec.branch ?? 'main')
}

/** The commit under review and the one on the branch: the same when there is no pull request. */
function commitsOf(spec: PipelineSpec): { readonly head: CommitWithSha; readonly commit: CommitWithSha } {
  const commit = { ...spec.commit, sha: spec.commit.sha ?? shaFrom(`${spec.repository} ${spec.commit.message}`) }
  if (spec.pullRequest === undefined) return { head: commit, commit }
  return { head: { ...spec.commit, sha: shaFrom(`head ${commit.sha}`) }, commit }
}

function shaFrom(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

/** What follows when a run has succeeded at last, after it was run again: what waited for it, then the merge. */
export function continuation(
  spec: PipelineSpec,
  workflow: WorkflowSpec,
  event: PipelineEvent,
  endMs: number,
  isStarted: (run: string) => boolean,
): readonly ScriptStep[] {
  const sha = event === 'pull_request' ? commitsOf(spec).head.sha : commitsOf(spec).commit.sha
  const parts = spec.workflows
    .filter((next) => next.after === workflow.name && next.on.includes(event) && !isStarted(runRef(next, event, sha)))
    .map((next) => chainPart(spec, next, event, sha, endMs))
  const isMergeable = event === 'pull_request' && parts.every((part) => part.isGood)
  const merge = isMergeable ? mergePart(spec, Math.max(endMs, ...parts.map((part) => part.endMs))) : null
  return inOrder([...parts.flatMap((part) => part.steps), ...(merge?.steps ?? [])])
}

function pullPart(spec: PipelineSpec, head: CommitWithSha): Part {
  const branch = branchOf(spec, 'pull_request')
  const opened: ScriptStep = {
    atMs: 0,
    repository: spec.repository,
    changes: [
      { type: 'pushed', branch, commit: head, by: head.author },
      { type: 'pull_opened', pipeline: spec, head },
    ],
  }
  const checks = eventPart(spec, 'pull_request', head.sha, 1_000)
  const merge = checks.isGood ? mergePart(spec, checks.endMs) : null
  return {
    steps: [opened, ...checks.steps, ...(merge?.steps ?? [])],
    endMs: merge?.endMs ?? checks.endMs,
    isGood: checks.isGood,
  }
}

function mergePart(spec: PipelineSpec, afterMs: number): Part | null {
  const pull = spec.pullRequest
  if (pull === undefined || pull.mergeAfterMs === 'never') return null
  return pushPart(spec, afterMs + (pull.mergeAfterMs ?? 5_000))
}

function pushPart(spec: PipelineSpec, startMs: number): Part {
  const { commit } = commitsOf(spec)
  const pull = spec.pullRequest
  const by = pull?.mergedBy ?? commit.author
  const landed: ScriptStep = {
    atMs: startMs,
    repository: spec.repository,
    changes: [
      { type: 'pushed', branch: branchOf(spec, 'push'), commit, by },
      ...(pull === undefined ? [] : [{ type: 'pull_merged', number: pull.number, commit, by } as const]),
    ],
  }
  const rest = eventPart(spec, 'push', commit.sha, startMs + 1_000)
  return { ...rest, steps: [landed, ...rest.steps] }
}

/** Everything that starts because of the event: workflows, checks of other apps, statuses, deployments. */
function eventPart(spec: PipelineSpec, event: PipelineEvent, sha: string, startMs: number): Part {
  const first = spec.workflows.filter((workflow) => workflow.on.includes(event) && workflow.after === undefined)
  const parts = [
    ...first.map((workflow) => chainPart(spec, workflow, event, sha, startMs)),
    ...otherParts(spec, event, sha, startMs),
  ]
  return {
    steps: parts.flatMap((part) => part.steps),
    endMs: Math.max(startMs, ...parts.map((part) => part.endMs)),
    isGood: parts.every((part) => part.isGood),
  }
}

/** A workflow with all its attempts, and the workflows that start after it. */
function chainPart(
  spec: PipelineSpec,
  workflow: WorkflowSpec,
  event: PipelineEvent,
  sha: string,
  startMs: number,
): Part {
  const run = runRef(workflow, event, sha)
  const by = event === 'push' ? (spec.pullRequest?.mergedBy ?? spec.commit.author) : spec.commit.author
  const branch = branchOf(spec, event)
  const at = (atMs: number, change: ScriptStep['changes'][number]) => ({
    atMs,
    repository: spec.repository,
    changes: [change],
  })
  const inputOf = (attempt: number, beginMs: number, takenOver: ReadonlyMap<string, Conclusion>): AttemptInput => ({
    repository: spec.repository,
    run,
    workflow,
    event,
    attempt,
    startMs: beginMs,
    takenOver,
  })
  let beginMs = startMs
  let input = inputOf(1, startMs, new Map())
  const steps: ScriptStep[] = [
    at(startMs, { type: 'run_requested', run, pipeline: spec, workflow, event, branch, sha, by, attempt: input }),
  ]
  for (let attempt = 1; ; attempt += 1) {
    const scheduled = scheduleAttempt(input)
    steps.push(...scheduled.steps)
    if (scheduled.endMs === null) return { steps, endMs: beginMs, isGood: false }
    if (scheduled.conclusion === 'success' || scheduled.conclusion === 'skipped') {
      const next = spec.workflows.filter((other) => other.after === workflow.name && other.on.includes(event))
      const parts = next.map((other) => chainPart(spec, other, event, sha, scheduled.endMs ?? beginMs))
      return {
        steps: [...steps, ...parts.flatMap((part) => part.steps)],
        endMs: Math.max(scheduled.endMs, ...parts.map((part) => part.endMs)),
        isGood: parts.every((part) => part.isGood),
      }
    }
    if (workflow.rerunFailedAfterMs === undefined || attempt >= 10)
      return { steps, endMs: scheduled.endMs, isGood: false }
    beginMs = scheduled.endMs + workflow.rerunFailedAfterMs
    const takenOver = new Map([...scheduled.conclusions].filter(([, conclusion]) => conclusion === 'success'))
    input = inputOf(attempt + 1, beginMs, takenOver)
    const again = { run, by: workflow.rerunBy ?? by, takenOver: [...takenOver.keys()], attempt: input }
    steps.push(at(beginMs, { type: 'run_requested_again', ...again }))
  }
}

function otherParts(spec: PipelineSpec, event: PipelineEvent, sha: string, startMs: number): readonly Part[] {
  const branch = branchOf(spec, event)
  const isFor = (other: { readonly on?: readonly PipelineEvent[] }) =>
    (other.on ?? ['pull_request', 'push']).includes(event)
  const part = (
    other: { readonly startAfterMs?: number; readonly durationMs?: number },
    isGood: boolean,
    begin: ScriptStep['changes'],
    end: ScriptStep['changes'],
  ): Part => {
    const beginMs = startMs + (other.startAfterMs ?? 1_000)
    const endMs = beginMs + (other.durationMs ?? 20_000)
    const { repository } = spec
    return {
      steps: [
        { atMs: beginMs, repository, changes: begin },
        { atMs: endMs, repository, changes: end },
      ],
      endMs,
      isGood,
    }
  }
  const checks = (spec.checks ?? []).filter(isFor).map((check) => {
    const conclusion = check.conclusion ?? 'success'
    const ref = { sha, app: check.app, name: check.name }
    const annotations = annotationsFrom(check.annotations)
    return part(
      check,
      ['success', 'neutral', 'skipped'].includes(conclusion),
      [{ type: 'check_created', branch, ...ref }],
      [{ type: 'check_completed', ...ref, conclusion, annotations }],
    )
  })
  const statuses = (spec.statuses ?? []).filter(isFor).map((status) => {
    const state = status.state ?? 'success'
    const by = status.by ?? spec.commit.author
    const same = { type: 'status_set', sha, context: status.context, targetUrl: status.targetUrl ?? null, by } as const
    return part(
      status,
      state === 'success',
      [{ ...same, state: 'pending', description: 'Waiting' }],
      [{ ...same, state, description: status.description ?? null }],
    )
  })
  const deployments = (spec.deployments ?? []).filter(isFor).map((deployment) => {
    const state = deployment.state ?? 'success'
    const ref = { sha, environment: deployment.environment }
    const url = deployment.url ?? ''
    const moved = { type: 'deployment_moved', ...ref, url } as const
    return part(
      deployment,
      state === 'success',
      [
        { type: 'deployed', branch, ...ref, by: deployment.by ?? spec.commit.author },
        { ...moved, state: 'in_progress' },
      ],
      [{ ...moved, state }],
    )
  })
  return [...checks, ...statuses, ...deployments]
}

/** Sorting is stable: steps of one moment stay in the order in which they were written down. */
function inOrder(steps: readonly ScriptStep[]): readonly ScriptStep[] {
  return steps.toSorted((a, b) => a.atMs - b.atMs)
}
