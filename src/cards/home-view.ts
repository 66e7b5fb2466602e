/** The Home tab: what is going on, and what is set up. */
import type { KnownBlock } from '@slack/types'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { isOpen as isReleaseOpen } from '../release/release.ts'
import { buttonRow } from './button.ts'
import { elapsedMs, formatDuration } from './durations.ts'
import { openDeployAction, queryActions } from './gate-actions.ts'
import { type ReleaseGlance, releaseInList } from './release-glance.ts'
import type { CardContext } from './rendered.ts'
import { contextBlock, date, joined, type Line, link, name, outside, sections, words } from './spans.ts'
import { verdictLooks } from './state-words.ts'
import { changeTitle, person, repositoryName, subjectParts } from './subject.ts'

const maxPipelines = 20
const maxRepositories = 30
const maxReleases = 10

export interface HomeHealth {
  readonly version: string
  /** False when SQLite's check of the file found damage. */
  readonly isStoreSound: boolean
  /** Effects that were given up and wait for a person (`sluice outbox list`). */
  readonly deadLetters: number
  /** When GitHub was last heard of, UTC ms; null when never. */
  readonly lastDeliveryAt: number | null
}

export interface HomeRepository {
  readonly repo: string
  /** Channel ids (`C…`) or names. */
  readonly channels: readonly string[]
  readonly stageCount: number
}

export interface HomeInput {
  /** Newest first; the first 20 are shown. `permalink` leads to the card. */
  readonly pipelines: readonly { readonly pipeline: Pipeline; readonly permalink: string | null }[]
  readonly repositories: readonly HomeRepository[]
  readonly health: HomeHealth
  /** Newest first; the first 10 open and the first 10 decided ones are shown. Absent: no gate is configured. */
  readonly releases?: readonly ReleaseGlance[]
  readonly context: Pick<CardContext, 'webUrl' | 'mentions'>
}

/**
 * The blocks of the Home tab.
 *
 * @returns at most 100 blocks, in classic ones only: they work in every workspace
 */
export function homeView(input: HomeInput): readonly KnownBlock[] {
  const context: CardContext = { ...input.context, layout: 'classic', usualMs: new Map() }
  const shown = input.pipelines.slice(0, maxPipelines)
  const open = shown.filter(({ pipeline }) => isOpen(pipeline))
  const done = shown.filter(({ pipeline }) => !isOpen(pipeline))
  return [
    ...(input.releases === undefined ? [] : gateBlocks(input.releases, context)),
    ...listBlocks('Under way', open, 'Nothing is running.', context),
    { type: 'divider' },
    ...listBlocks('Last finished', done, 'No pipeline has finished yet.', context),
    { type: 'divider' },
    ...setupBlocks(input.repositories),
    ...healthBlocks(input.health),
  ]
}

function gateBlocks(releases: readonly ReleaseGlance[], context: CardContext): readonly KnownBlock[] {
  const open = releases.filter(({ release }) => isReleaseOpen(release)).slice(0, maxReleases)
  const done = releases.filter(({ release }) => !isReleaseOpen(release)).slice(0, maxReleases)
  const rows = (some: readonly ReleaseGlance[], whenEmpty: string): readonly KnownBlock[] =>
    some.length === 0
      ? [contextBlock([words(whenEmpty)])]
      : sections(some.flatMap((one) => releaseInList(one, context)))
  return [
    { type: 'header', text: { type: 'plain_text', text: 'Open gates' } },
    ...rows(open, 'Nothing waits for a decision.'),
    ...buttonRow([
      { action: openDeployAction, text: 'Deploy…', style: 'primary', value: '-' },
      { action: queryActions.status, text: 'What is where?', value: '-' },
      { action: queryActions.history, text: 'History', value: '-' },
      { action: queryActions.help, text: 'All commands', value: '-' },
    ]),
    { type: 'header', text: { type: 'plain_text', text: 'Last releases' } },
    ...rows(done, 'Nothing has been released yet.'),
    { type: 'divider' },
  ]
}

function isOpen(pipeline: Pipeline): boolean {
  return pipeline.verdict === 'running' || pipeline.verdict === 'waiting'
}

function listBlocks(
  title: string,
  pipelines: HomeInput['pipelines'],
  whenEmpty: string,
  context: CardContext,
): readonly KnownBlock[] {
  const rows = pipelines.flatMap(({ pipeline, permalink }) => {
    const { symbol, word } = verdictLooks[pipeline.verdict]
    const heading: Line = [
      words(`${symbol} ${word}: `),
      link(changeTitle(pipeline) ?? repositoryName(pipeline.repository), permalink, 'bold', 100),
    ]
    return sections([heading, joined(factsOf(pipeline, context))])
  })
  return [
    { type: 'header', text: { type: 'plain_text', text: title } },
    ...(rows.length === 0 ? [contextBlock([words(whenEmpty)])] : rows),
  ]
}

function factsOf(pipeline: Pipeline, context: CardContext): readonly Line[] {
  const parts = [...subjectParts(pipeline, context)]
  const author = person(pipeline.authorLogin, pipeline.authorName, context)
  if (author !== null) parts.push([words('by '), author])
  const took = elapsedMs(pipeline.startedAt, pipeline.completedAt)
  if (took !== null) parts.push([words(`took ${formatDuration(took)}`)])
  else if (pipeline.startedAt !== null) {
    parts.push([words('since '), date(pipeline.startedAt, '{date_short_pretty} {time}')])
  }
  return parts
}

function setupBlocks(repositories: readonly HomeRepository[]): readonly KnownBlock[] {
  const lines = repositories.slice(0, maxRepositories).map(
    ({ repo, channels, stageCount }): Line => [
      outside(repo, 'bold'),
      words(
        ` → ${channels
          .slice(0, 5)
          .map((channel) => name(channel))
          .join(', ')}`,
      ),
      words(channels.length > 5 ? ` and ${channels.length - 5} more` : ''),
      words(` · ${stageCount} ${stageCount === 1 ? 'stage' : 'stages'}`),
    ],
  )
  const rest = repositories.length - maxRepositories
  if (rest > 0) lines.push([words(`and ${rest} more repositories`)])
  return [
    { type: 'header', text: { type: 'plain_text', text: 'Set up' } },
    ...(lines.length === 0
      ? [contextBlock([words('No repository is connected yet: add one under “repositories” in sluice.yml.')])]
      : sections(lines)),
  ]
}

function healthBlocks(health: HomeHealth): readonly KnownBlock[] {
  const parts: Line[] = [[words(`Sluice ${name(health.version)}`)]]
  if (health.lastDeliveryAt === null) parts.push([words('GitHub has sent nothing yet')])
  else parts.push([words('GitHub last heard of '), date(health.lastDeliveryAt, '{date_short_pretty} {time}')])
  const troubles: Line[] = []
  if (!health.isStoreSound) {
    troubles.push([words('❗ The data file is damaged: restore a backup (see docs/operate.md).')])
  }
  if (health.deadLetters > 0) {
    const count = `${health.deadLetters} ${health.deadLetters === 1 ? 'message was' : 'messages were'}`
    troubles.push([words(`❗ ${count} given up: run `), words('sluice outbox list', 'code'), words(' to see why.')])
  }
  return [...sections(troubles), contextBlock(joined(parts))]
}
