import { compileGlob } from './glob.ts'
import { baseName } from './group-name.ts'
import type { StageDefinition } from './pipeline.ts'

/** What the patterns of the stages are compared with. */
export interface StageTarget {
  readonly name: string
  /** Workflow name or app, null where there is none. */
  readonly workflow: string | null
  /** Set for deployments and reviews. */
  readonly environment: string | null
  readonly isReview: boolean
}

type Glob = (text: string) => boolean

/** From the most to the least particular; a more particular pattern goes first whichever stage it is in. */
const ranks = ['approval', 'environment', 'workflow', 'name'] as const
type Rank = (typeof ranks)[number]

interface CompiledStage {
  readonly takes: Readonly<Record<Rank, readonly Glob[]>>
  readonly refuses: Readonly<Record<Rank, readonly Glob[]>>
}

const compiledStages = new WeakMap<StageDefinition, CompiledStage>()

/** Names that were looked up before, by list of stages: an event changes few jobs, a card shows up to hundreds. */
const remembered = new WeakMap<readonly StageDefinition[], Map<string, StageDefinition | null>>()
const maxRemembered = 5000

/** @returns the stage that takes the job as documented on `StageDefinition`, or null when none does */
export function matchStage(target: StageTarget, stages: readonly StageDefinition[]): StageDefinition | null {
  const known = remembered.get(stages) ?? new Map<string, StageDefinition | null>()
  remembered.set(stages, known)
  const key = JSON.stringify([target.workflow, target.name, target.environment, target.isReview])
  const found = known.get(key)
  if (found !== undefined) return found
  const stage = findStage(target, stages)
  if (known.size >= maxRemembered) known.clear()
  known.set(key, stage)
  return stage
}

function findStage(target: StageTarget, stages: readonly StageDefinition[]): StageDefinition | null {
  for (const rank of ranks) {
    for (const stage of stages) {
      const { takes, refuses } = compileStage(stage)
      if (!matchesAny(takes[rank], textsFor(rank, target))) continue
      if (!ranks.some((other) => matchesAny(refuses[other], textsFor(other, target)))) return stage
    }
  }
  return null
}

function textsFor(rank: Rank, { name, workflow, environment, isReview }: StageTarget): readonly string[] {
  switch (rank) {
    case 'approval':
      return isReview && environment !== null ? [environment] : []
    case 'environment':
      return environment === null ? [] : [environment]
    case 'workflow':
      // A reusable workflow's jobs have ` / ` in their own names, and people write them down as they see them.
      return withBase(name).flatMap((text) => [`${workflow ?? ''} / ${text}`, ...(text.includes(' / ') ? [text] : [])])
    case 'name':
      return withBase(name)
  }
}

function withBase(name: string): readonly string[] {
  const base = baseName(name)
  return base === name ? [name] : [name, base]
}

function matchesAny(globs: readonly Glob[], texts: readonly string[]): boolean {
  return globs.some((glob) => texts.some(glob))
}

function compileStage(stage: StageDefinition): CompiledStage {
  const known = compiledStages.get(stage)
  if (known !== undefined) return known
  const empty = (): Record<Rank, Glob[]> => ({ approval: [], environment: [], workflow: [], name: [] })
  const takes = empty()
  const refuses = empty()
  for (const pattern of stage.match) {
    const isRefusal = pattern.startsWith('!')
    const { rank, glob } = parsePattern(isRefusal ? pattern.slice(1) : pattern)
    const side = isRefusal ? refuses : takes
    side[rank].push(compileGlob(glob))
  }
  const compiled = { takes, refuses }
  compiledStages.set(stage, compiled)
  return compiled
}

function parsePattern(pattern: string): { readonly rank: Rank; readonly glob: string } {
  const prefixed = /^\s*(approval|environment)\s*:\s*(.+)$/is.exec(pattern)
  if (prefixed?.[1] !== undefined && prefixed[2] !== undefined) {
    return { rank: prefixed[1].toLowerCase() === 'approval' ? 'approval' : 'environment', glob: prefixed[2] }
  }
  return { rank: pattern.includes(' / ') ? 'workflow' : 'name', glob: pattern }
}
