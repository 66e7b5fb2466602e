/** What a card says of one stage: its title, and lines on its jobs with the ones that need people first. */
import type { Job, JobGroup, JobState, Stage } from '../pipeline/pipeline.ts'
import { elapsedMs, formatDuration } from './durations.ts'
import type { CardContext } from './rendered.ts'
import { date, joined, type Line, link, name, type Span, words } from './spans.ts'
import { stateLooks, statesByUrgency } from './state-words.ts'

/** States that are worth a line each; groups in the others share one line a state. */
const loud: ReadonlySet<JobState> = new Set([
  'failed',
  'timed_out',
  'action_required',
  'waiting',
  'running',
  'cancelled',
])
const maxLoudLines = 6
const maxQuietNames = 8

export interface StageDetails {
  readonly lines: readonly Line[]
  /** Jobs that no line names. */
  readonly leftOutJobs: number
}

/** `running`, `passed`, …; `not run` for a stage that a finished pipeline never came to. */
export function stageWord(stage: Stage, isFinal: boolean): string {
  return isFinal && stage.state === 'pending' ? 'not run' : stateLooks[stage.state].word
}

/** What belongs behind a stage's state: how long it took or usually takes, and which attempt it is. */
export function stageFacts(stage: Stage, context: CardContext): readonly string[] {
  const facts: string[] = []
  const took = elapsedMs(stage.startedAt, stage.completedAt)
  const usual = context.usualMs.get(stage.name)
  if (took !== null && stage.state !== 'skipped') facts.push(formatDuration(took))
  else if (stage.state === 'running' && usual !== undefined) facts.push(`usually ${formatDuration(usual)}`)
  if (stage.attempt > 1) facts.push(`attempt ${stage.attempt}`)
  return facts
}

/** Lines on a stage's jobs, most urgent first, with every job that they do not name counted. */
export function stageDetails(stage: Stage): StageDetails {
  const sorted = byUrgency(stage.groups)
  const loudGroups = sorted.filter((group) => loud.has(group.state))
  const shown = loudGroups.slice(0, maxLoudLines)
  const lines: Line[] = shown.map(loudLine)
  let leftOutJobs = countJobs(loudGroups.slice(maxLoudLines))
  for (const state of statesByUrgency) {
    const quiet = sorted.filter((group) => group.state === state && !loud.has(state))
    if (quiet.length === 0) continue
    const { line, leftOut } = quietLine(quiet, state, quiet.length === stage.groups.length && state === stage.state)
    lines.push(line)
    leftOutJobs += leftOut
  }
  return { lines, leftOutJobs }
}

/** The shortest that can be said of a stage's jobs: `12 jobs: 3 failed, 9 passed`. */
export function jobTotals(jobs: readonly Job[]): string {
  const counts = stateCounts(jobs)
  return `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}: ${counts}`
}

/** Groups with the most urgent state first, otherwise in their own order. */
export function byUrgency(groups: readonly JobGroup[]): readonly JobGroup[] {
  return groups.toSorted((a, b) => statesByUrgency.indexOf(a.state) - statesByUrgency.indexOf(b.state))
}

function loudLine(group: JobGroup): Line {
  const look = stateLooks[group.state]
  const telling = mostTelling(group)
  const parts: Line[] = [[words(`${look.glyph} `), groupName(group, telling), words(`: ${groupState(group)}`)]]
  if (telling?.step != null && (group.state === 'running' || group.state === 'failed' || group.state === 'timed_out')) {
    parts.push([words(`step “${name(telling.step)}”`)])
  }
  if (group.state === 'running' && telling?.startedAt != null) {
    parts.push([words('since '), date(telling.startedAt, '{time}')])
  }
  if (telling?.isFromOlderAttempt) parts.push([words(`from attempt ${telling.attempt}`)])
  return joined(parts)
}

function quietLine(groups: readonly JobGroup[], state: JobState, isWhole: boolean): { line: Line; leftOut: number } {
  const look = stateLooks[state]
  const shown = groups.slice(0, maxQuietNames)
  const rest = groups.slice(maxQuietNames)
  const names = shown.map((group): Line => [groupName(group, group.jobs.length === 1 ? group.jobs[0] : undefined)])
  if (rest.length > 0) names.push([words(`and ${rest.length} more`)])
  // The stage's own title says the state already when all of it is in the same one.
  const start = isWhole ? [] : [words(`${look.glyph} ${look.word}: `)]
  return { line: [...start, ...joined(names, ', ')], leftOut: countJobs(rest) }
}

function groupName(group: JobGroup, job: Job | undefined): Span {
  const count = group.jobs.length > 1 ? ` ×${group.jobs.length}` : ''
  return link(`${name(group.name)}${count}`, job?.url ?? null)
}

function groupState(group: JobGroup): string {
  return group.jobs.length > 1 ? stateCounts(group.jobs) : stateLooks[group.state].word
}

/** The job that explains the group's state: the first one in that state. */
function mostTelling(group: JobGroup): Job | undefined {
  return group.jobs.find((job) => job.state === group.state) ?? group.jobs[0]
}

/** `5 passed, 1 failed`, what went well first, as people count. */
function stateCounts(jobs: readonly Job[]): string {
  const counts: string[] = []
  for (const state of statesByUrgency.toReversed()) {
    const count = jobs.filter((job) => job.state === state).length
    if (count > 0) counts.push(`${count} ${stateLooks[state].word}`)
  }
  return counts.join(', ')
}

function countJobs(groups: readonly JobGroup[]): number {
  return groups.reduce((sum, group) => sum + group.jobs.length, 0)
}
