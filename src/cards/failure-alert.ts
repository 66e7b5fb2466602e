/**
 * The alert for a job that failed: what a person needs to decide in ten seconds whether it is theirs. Once it is
 * mended, the same message says so instead.
 */
import type { ActionsBlock, Button, KnownBlock } from '@slack/types'
import type { FailureDetails } from '../pipeline/failure-details.ts'
import type { Job, Pipeline } from '../pipeline/pipeline.ts'
import { formatDuration } from './durations.ts'
import { escapeLogLine, escapeMrkdwn, logLine, safeUrl, truncate } from './escape.ts'
import { changeLabel } from './headline.ts'
import type { CardContext, CardLayout, Rendered } from './rendered.ts'
import { contextBlock, group, joined, type Line, link, name, outside, section, textBlocks, words } from './spans.ts'
import { stateLooks } from './state-words.ts'
import { changeTitle, commitLink, person, runUrl, shortSha, subjectParts } from './subject.ts'

const maxLogLines = 15
const maxLogLine = 180

/** By whom and by what a failure was mended. */
export interface Fix {
  readonly byLogin: string | null
  readonly sha: string
  readonly how: 're-run' | 'newer commit'
  readonly url: string | null
  /** When it passed, UTC ms. */
  readonly at: number
  /** From the failure to the pass. */
  readonly afterMs: number
  readonly commitTitle: string | null
}

export interface FailureAlertInput {
  readonly pipeline: Pipeline
  readonly job: Job
  readonly stageName: string
  readonly context: CardContext
  /** Null when the code host could not be asked. */
  readonly details: FailureDetails | null
  /** How often this job failed on the default branch in its last (at most 20) runs before this one. */
  readonly history: { readonly failed: number; readonly runs: number } | null
  /** Slack user group to mention; null to mention none. */
  readonly onCall: string | null
  /** Value of the re-run button; null for no button (the run cannot be run again). */
  readonly rerunValue: string | null
  /** Link to the card; the alert is in its thread, so it may be left out. */
  readonly cardUrl?: string | null
  readonly fixed: Fix | null
}

/** The alert for a failed job, or, with `fixed`, what it is edited to when a later run passes. */
export function failureAlert(input: FailureAlertInput): Rendered {
  return input.fixed === null ? failedAlert(input) : fixedAlert(input, input.fixed)
}

function failedAlert(input: FailureAlertInput): Rendered {
  const { pipeline, job, stageName, context, details } = input
  const word = stateLooks[job.state].word
  const step = details?.step ?? job.step
  const what: Line[] = [
    [words('❌ '), link(job.name, job.url, 'bold', 80), words(` ${word}`)],
    [words(`stage ${name(stageName)}`)],
  ]
  if (step !== null) what.push([words('step '), outside(step, 'bold', 80)])
  const logLines = (details?.lines ?? []).slice(0, maxLogLines)
  const blocks: KnownBlock[] = [
    ...textBlocks([joined(what), ...subjectLines(input)], context.layout),
    ...logBlocks(logLines, context.layout),
    contextBlock(joined([[words(historyWords(input))], ...sourceWords(details)])),
  ]
  const mentions = mentionLine(input)
  if (mentions !== null) blocks.push(...textBlocks([mentions], context.layout))
  blocks.push(...buttons(input, input.rerunValue))
  const where = `${name(stageName, 40)}: ${name(job.name, 60)}${step === null ? '' : `, step "${name(step, 60)}"`}`
  const reason = tellingLine(logLines)
  const text = `Failed: ${changeLabel(pipeline)} - ${where}${reason === undefined ? '' : `: ${reason}`}`
  return { text: escapeMrkdwn(text), blocks }
}

const namesError = /\w(Error|Exception)\b|\b(error|fatal|panic)\b/i
const tellsOfFailure = /[✕✗✖×❌]|\b(fail\w*|expected|denied|refused|cannot|unable|timed out)\b/i

const tellsOfSuccess = /^\s*([✓✔√]|(ok|PASS)\b)/

/** The line for the lock screen: the first that names an error, else that tells of a failure, else the first one. */
function tellingLine(lines: readonly string[]): string | undefined {
  const shown = lines.map((line) => name(line, 100)).filter((line) => line !== '(no name)')
  const find = (pattern: RegExp) => shown.find((line) => pattern.test(line) && !tellsOfSuccess.test(line))
  return find(namesError) ?? find(tellsOfFailure) ?? shown[0]
}

function fixedAlert(input: FailureAlertInput, fix: Fix): Rendered {
  const { pipeline, job, stageName, context } = input
  const by = person(fix.byLogin, null, context)
  const how: Line =
    fix.how === 're-run'
      ? [link('a re-run', fix.url)]
      : [words('a newer commit '), commitLink(pipeline.repository, fix.sha, context), ...titleOf(fix)]
  const fixedBy: Line = [words('Fixed by '), ...how, ...(by === null ? [] : [words(' of '), by])]
  const lines: Line[] = [
    joined([
      [words('✅ '), link(job.name, fix.url ?? job.url, 'bold', 80), words(' passes again')],
      [words(`stage ${name(stageName)}`)],
    ]),
    [...fixedBy, words(` after ${formatDuration(fix.afterMs)}`)],
    ...subjectLines(input),
  ]
  const means = fix.how === 're-run' ? 'a re-run' : `newer commit ${shortSha(fix.sha)}`
  const who = fix.byLogin === null ? '' : ` of ${name(fix.byLogin)}`
  const text = `Fixed: ${changeLabel(pipeline)} - ${name(job.name)} passes again by ${means}${who} after ${formatDuration(fix.afterMs)}`
  return {
    text: escapeMrkdwn(text),
    blocks: [
      ...textBlocks(lines, context.layout),
      ...buttons({ ...input, job: { ...job, url: fix.url ?? job.url } }, null),
    ],
  }
}

/** Which change it is about, with the links that people follow from here. */
function subjectLines({ pipeline, context, job, cardUrl }: FailureAlertInput): readonly Line[] {
  const parts = [...subjectParts(pipeline, context)]
  const title = changeTitle(pipeline)
  const run = runUrl(pipeline.repository, job, context)
  if (safeUrl(run) !== null) parts.push([link('run', run)])
  if (safeUrl(job.url) !== null) parts.push([link('job', job.url)])
  if (cardUrl != null && safeUrl(cardUrl) !== null) parts.push([link('card', cardUrl)])
  return title === null ? [joined(parts)] : [[outside(title, undefined, 100)], joined(parts)]
}

function titleOf(fix: Fix): Line {
  return fix.commitTitle === null ? [] : [words(' “'), outside(fix.commitTitle, undefined, 80), words('”')]
}

function mentionLine({ pipeline, context, onCall }: FailureAlertInput): Line | null {
  const author = person(pipeline.authorLogin, pipeline.authorName, context)
  const onCallGroup = group(onCall)
  const parts: Line[] = []
  if (author !== null) parts.push([words('Author: '), author])
  if (onCallGroup !== null) parts.push([words('On call: '), onCallGroup])
  return parts.length === 0 ? null : joined(parts)
}

function historyWords({ pipeline, history, job }: FailureAlertInput): string {
  const branch = pipeline.isDefaultBranch && pipeline.branch !== null ? name(pipeline.branch, 40) : 'the default branch'
  if (history === null || history.runs === 0) return `No earlier runs of this job on ${branch} are known`
  const { failed, runs } = history
  const last = runs === 1 ? 'its last run' : `its last ${runs} runs`
  if (failed === 0) return `New failure: ${name(job.name)} did not fail in ${last} on ${branch}`
  if (failed >= runs * 0.8) return `Broken for longer: failed in ${failed} of ${last} on ${branch}`
  return `Flaky? Failed in ${failed} of ${last} on ${branch}`
}

function sourceWords(details: FailureDetails | null): readonly Line[] {
  if (details === null) return [[words('GitHub could not be asked for the failing lines')]]
  switch (details.source) {
    case 'annotations':
      return [[words('lines from the annotations')]]
    case 'log':
      return [[words('end of the failing step’s log')]]
    case 'none':
      return [[words('no failing lines could be read')]]
  }
}

function logBlocks(lines: readonly string[], layout: CardLayout): readonly KnownBlock[] {
  const shown = lines.map((line) => truncate(logLine(line), maxLogLine))
  if (shown.every((line) => line.trim() === '')) return []
  if (layout === 'plan') {
    const text = shown.join('\n')
    return [{ type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] }]
  }
  // Entities take up to five characters each, so what fits is counted after escaping.
  let fenced = ''
  for (const line of shown) {
    const escaped = truncate(escapeLogLine(line), 600)
    if (fenced.length + escaped.length > 2900) break
    fenced += `${escaped}\n`
  }
  return [section(`\`\`\`\n${fenced}\`\`\``)]
}

function buttons({ pipeline, job, context }: FailureAlertInput, rerunValue: string | null): readonly ActionsBlock[] {
  const elements: Button[] = []
  if (rerunValue !== null) elements.push(rerunButton(pipeline, job, rerunValue))
  const url = safeUrl(runUrl(pipeline.repository, job, context))
  if (url !== null) {
    elements.push({ type: 'button', action_id: 'open_run', text: { type: 'plain_text', text: 'Open run' }, url })
  }
  return elements.length === 0 ? [] : [{ type: 'actions', elements }]
}

function rerunButton(pipeline: Pipeline, job: Job, value: string): Button {
  const workflow = job.workflow === null ? 'this run' : name(job.workflow)
  const branch = pipeline.branch === null ? '' : ` on ${name(pipeline.branch, 40)}`
  return {
    type: 'button',
    action_id: 'rerun_failed_jobs',
    style: 'primary',
    value,
    text: { type: 'plain_text', text: 'Re-run failed jobs' },
    confirm: {
      title: { type: 'plain_text', text: 'Re-run the failed jobs?' },
      text: {
        type: 'plain_text',
        text: `GitHub runs the failed jobs of ${workflow} again, for ${shortSha(pipeline.sha)}${branch}.`,
      },
      confirm: { type: 'plain_text', text: 'Re-run' },
      deny: { type: 'plain_text', text: 'Cancel' },
    },
  }
}
