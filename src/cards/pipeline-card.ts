/**
 * The one card of a change. It is a function of the pipeline alone (no clock), so that the same pipeline always
 * gives the same blocks and an unchanged card needs no call to Slack.
 */
import type { KnownBlock, TaskCardBlock } from '@slack/types'
import type { Pipeline, Stage } from '../pipeline/pipeline.ts'
import { elapsedMs, formatDuration } from './durations.ts'
import { headline } from './headline.ts'
import { type ReleaseGlance, releaseOnPipeline } from './release-glance.ts'
import type { CardContext, CardLayout, Rendered } from './rendered.ts'
import {
  contextBlock,
  date,
  joined,
  type Line,
  mrkdwn,
  name,
  richText,
  sections,
  textBlocks,
  visibleLength,
  words,
} from './spans.ts'
import { jobTotals, stageDetails, stageFacts, stageWord } from './stage-details.ts'
import { stateLooks, statesByUrgency, verdictLooks } from './state-words.ts'
import { changeTitle, person, shortSha, subjectParts } from './subject.ts'

// Slack counts 50 blocks in a message and says nothing about the tasks in a plan, so these count as blocks too:
// 40 tasks, the plan itself, and at most four blocks around it.
const maxStages = 40
const maxReleases = 5
// Slack refuses messages whose blocks hold much more than ten thousand characters altogether. In mrkdwn the
// addresses of links count too.
const detailsBudget = { plan: 5000, classic: 8000 }

/**
 * The card of a pipeline in the layout that the workspace takes.
 *
 * @param releases - open and last releases of the commit, newest first; a line each, at most five
 * @returns a message of at most 50 blocks that keeps to every limit of Slack's, whatever the pipeline holds; what
 *   had to be left out is counted at its end, and failures are the last to be left out
 */
export function pipelineCard(
  pipeline: Pipeline,
  context: CardContext,
  releases: readonly ReleaseGlance[] = [],
): Rendered {
  const isFinal = pipeline.completedAt !== null && pipeline.verdict !== 'running' && pipeline.verdict !== 'waiting'
  const rows = stageRows(pipeline, isFinal, context.layout)
  const subject = [...subjectLines(pipeline, context), ...releaseLines(releases)]
  const blocks: KnownBlock[] = [titleBlock(pipeline), ...textBlocks(subject, context.layout)]
  if (rows.shown.length > 0) {
    if (context.layout === 'plan') blocks.push(planBlock(rows.shown, pipeline, isFinal, context))
    else blocks.push(...classicBlocks(rows.shown, isFinal, context))
  }
  const footer = footerLine(pipeline, rows, isFinal)
  if (footer.length > 0) blocks.push(contextBlock(footer))
  return { text: headline(pipeline), blocks }
}

interface StageRow {
  readonly stage: Stage
  readonly lines: readonly Line[]
}

interface StageRows {
  readonly shown: readonly StageRow[]
  readonly leftOutStages: readonly Stage[]
  readonly leftOutJobs: number
  readonly notRun: readonly Stage[]
}

/** Chooses what fits: stages by urgency, then the details of each, also by urgency; shown in the pipeline's order. */
function stageRows(pipeline: Pipeline, isFinal: boolean, layout: CardLayout): StageRows {
  const isNotRun = (stage: Stage) => isFinal && stage.state === 'pending' && stage.groups.length === 0
  const relevant = pipeline.stages.filter((stage) => !isNotRun(stage))
  const urgent = relevant.toSorted((a, b) => statesByUrgency.indexOf(a.state) - statesByUrgency.indexOf(b.state))
  const chosen = urgent.slice(0, maxStages)
  const leftOutStages = urgent.slice(maxStages)
  const details = new Map<Stage, readonly Line[]>()
  let room = detailsBudget[layout]
  let leftOutJobs = leftOutStages.reduce((sum, stage) => sum + jobsOf(stage).length, 0)
  for (const stage of chosen) {
    const jobs = jobsOf(stage)
    const whole = stageDetails(stage)
    const length = layout === 'plan' ? visibleLength(whole.lines) : mrkdwnLength(whole.lines)
    if (length <= room) {
      details.set(stage, whole.lines)
      leftOutJobs += whole.leftOutJobs
      room -= length
    } else {
      details.set(stage, [[words(jobTotals(jobs))]])
      leftOutJobs += jobs.length
    }
  }
  // Where everything fits people read in the pipeline's order; where it does not, failures come first.
  const order = leftOutStages.length === 0 ? relevant : chosen
  return {
    shown: order.map((stage) => ({ stage, lines: details.get(stage) ?? [] })),
    leftOutStages,
    leftOutJobs,
    notRun: pipeline.stages.filter(isNotRun),
  }
}

function titleBlock(pipeline: Pipeline): KnownBlock {
  const { symbol, word } = verdictLooks[pipeline.verdict]
  const title = name(changeTitle(pipeline) ?? shortSha(pipeline.sha), 120)
  return { type: 'header', text: { type: 'plain_text', text: `${symbol} ${word}: ${title}`, emoji: true } }
}

function subjectLines(pipeline: Pipeline, context: CardContext): readonly Line[] {
  const parts = [...subjectParts(pipeline, context)]
  const author = person(pipeline.authorLogin, pipeline.authorName, context)
  if (author !== null) parts.push([words('by '), author])
  const lines: Line[] = [joined(parts)]
  for (const rerun of pipeline.reruns.slice(0, 3)) {
    const by = person(rerun.actorLogin, null, context)
    const line: Line = [words(`↻ ${name(rerun.workflow)}: attempt ${rerun.attempt}`)]
    lines.push(by === null ? line : [...line, words(', re-run by '), by])
  }
  if (pipeline.reruns.length > 3) lines.push([words(`↻ and ${pipeline.reruns.length - 3} more re-runs`)])
  return lines
}

function releaseLines(releases: readonly ReleaseGlance[]): readonly Line[] {
  const lines = releases.slice(0, maxReleases).map(releaseOnPipeline)
  const rest = releases.length - maxReleases
  return rest > 0 ? [...lines, [words(`and ${rest} more ${rest === 1 ? 'release' : 'releases'}`)]] : lines
}

function planBlock(rows: readonly StageRow[], pipeline: Pipeline, isFinal: boolean, context: CardContext): KnownBlock {
  return {
    type: 'plan',
    title: progress(pipeline, isFinal),
    tasks: rows.map(({ stage, lines }, index): TaskCardBlock => {
      const { glyph, task } = stateLooks[stage.state]
      const word = stageWord(stage, isFinal)
      const title = [name(stage.name), `${glyph} ${word}`, ...stageFacts(stage, context)].join(' · ')
      const card = { type: 'task_card', task_id: `stage-${index + 1}`, title, status: task } as const
      return lines.length === 0 ? card : { ...card, details: richText(lines) }
    }),
  }
}

function classicBlocks(rows: readonly StageRow[], isFinal: boolean, context: CardContext): readonly KnownBlock[] {
  return sections(
    rows.flatMap(({ stage, lines }) => {
      const word = stageWord(stage, isFinal)
      const title: Line = [
        words(`${stateLooks[stage.state].symbol} `),
        words(name(stage.name), 'bold'),
        words([` ${word}`, ...stageFacts(stage, context)].join(' · ')),
      ]
      return [title, ...lines.map((line): Line => [words('      '), ...line])]
    }),
  )
}

function progress(pipeline: Pipeline, isFinal: boolean): string {
  const total = pipeline.stages.length
  const done = pipeline.stages.filter((stage) => ['complete', 'error'].includes(stateLooks[stage.state].task)).length
  const running = pipeline.stages.filter((stage) => stage.state === 'running').length
  const counted = `${done} of ${total} ${total === 1 ? 'stage' : 'stages'} done`
  return isFinal || running === 0 ? counted : `${counted}, ${running} running`
}

function footerLine(pipeline: Pipeline, rows: StageRows, isFinal: boolean): Line {
  const parts: Line[] = []
  if (pipeline.startedAt !== null) {
    parts.push([words('Started '), date(pipeline.startedAt, '{date_short_pretty} {time}')])
  }
  const took = elapsedMs(pipeline.startedAt, pipeline.completedAt)
  if (isFinal && took !== null) parts.push([words(`took ${formatDuration(took)}`)])
  if (rows.notRun.length > 0) {
    const names = rows.notRun.slice(0, 8).map((stage) => name(stage.name, 40))
    if (rows.notRun.length > 8) names.push(`${rows.notRun.length - 8} more`)
    parts.push([words(`Not run: ${names.join(', ')}`)])
  }
  const leftOut: string[] = []
  if (rows.leftOutStages.length > 0) leftOut.push(`${rows.leftOutStages.length} stages`)
  if (rows.leftOutJobs > 0) leftOut.push(`${rows.leftOutJobs} ${rows.leftOutJobs === 1 ? 'job' : 'jobs'}`)
  if (leftOut.length > 0) parts.push([words(`Left out for length: ${leftOut.join(' and ')}`)])
  return joined(parts)
}

function jobsOf(stage: Stage) {
  return stage.groups.flatMap((group) => group.jobs)
}

function mrkdwnLength(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + mrkdwn(line).length + 7, 0)
}
