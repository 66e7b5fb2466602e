/** The one sentence that a lock screen shows: verdict, change, and what there is to know about it. */
import type { JobGroup, Pipeline, Stage } from '../pipeline/pipeline.ts'
import { elapsedMs, formatDuration } from './durations.ts'
import { escapeMrkdwn } from './escape.ts'
import { name } from './spans.ts'
import { byUrgency } from './stage-details.ts'
import { isFailure, stateLooks, verdictLooks } from './state-words.ts'
import { changeTitle, repositoryName, shortSha } from './subject.ts'

/** `omnihub main 1a2b3c4 "Fix login"`, not escaped. */
export function changeLabel(pipeline: Pipeline): string {
  const title = changeTitle(pipeline)
  const parts = [repositoryName(pipeline.repository)]
  if (pipeline.branch !== null) parts.push(name(pipeline.branch, 40))
  parts.push(shortSha(pipeline.sha))
  if (title !== null) parts.push(`"${name(title, 80)}"`)
  return parts.join(' ')
}

/** The notification text of a pipeline's card, escaped. */
export function headline(pipeline: Pipeline): string {
  const story = pipelineStory(pipeline)
  const start = `${verdictLooks[pipeline.verdict].word}: ${changeLabel(pipeline)}`
  return escapeMrkdwn(story === '' ? start : `${start} - ${story}`)
}

/** What failed in a stage, for the lock screen: `vitest (2 failed), lint`; empty when nothing did. */
export function failedJobs(stage: Stage): string {
  return listed(
    byUrgency(stage.groups).filter((group) => isFailure(group.state) || group.jobs.some((job) => isFailure(job.state))),
    (group) => {
      const failed = group.jobs.filter((job) => isFailure(job.state)).length
      return group.jobs.length > 1 ? `${name(group.name, 40)} (${failed} failed)` : name(group.name, 40)
    },
  )
}

function pipelineStory(pipeline: Pipeline): string {
  switch (pipeline.verdict) {
    case 'failed':
      return listed(
        pipeline.stages.filter((stage) => isFailure(stage.state)),
        (stage) => labelled(stage, failedJobs(stage), stateLooks[stage.state].word),
      )
    case 'running':
      return listed(
        pipeline.stages.filter((stage) => stage.state === 'running'),
        (stage) =>
          labelled(
            stage,
            listed(stage.groups.filter(isRunning), (group) => name(group.name, 40)),
            'running',
          ),
      )
    case 'waiting':
      return listed(
        pipeline.stages.filter((stage) => stage.state === 'waiting' || stage.state === 'action_required'),
        (stage) => `${name(stage.name, 40)}: ${stateLooks[stage.state].word}`,
      )
    case 'cancelled':
      return listed(
        pipeline.stages.filter((stage) => stage.state === 'cancelled'),
        (stage) => name(stage.name, 40),
      )
    case 'passed':
      return passedStory(pipeline)
  }
}

function passedStory(pipeline: Pipeline): string {
  const passed = pipeline.stages.filter((stage) => stage.state === 'passed').length
  const took = elapsedMs(pipeline.startedAt, pipeline.completedAt)
  const count = `${passed} ${passed === 1 ? 'stage' : 'stages'}`
  return took === null ? count : `${count} in ${formatDuration(took)}`
}

function labelled(stage: Stage, what: string, word: string): string {
  return `${name(stage.name, 40)}: ${what === '' ? word : what}`
}

function isRunning(group: JobGroup): boolean {
  return group.state === 'running'
}

/** The first three, and how many more there are. */
function listed<T>(items: readonly T[], show: (item: T) => string): string {
  const shown = items.slice(0, 3).map(show)
  if (items.length > 3) shown.push(`${items.length - 3} more`)
  return shown.join(', ')
}
