import type { JobState, PipelineVerdict } from '../pipeline/pipeline.ts'

interface StateLook {
  readonly word: string
  /** Emoji, for the start of a line. */
  readonly symbol: string
  /** One narrow character, for inside a line; differs in shape, not only in colour. */
  readonly glyph: string
  /** What Slack's task card shows for it. */
  readonly task: 'pending' | 'in_progress' | 'complete' | 'error'
}

/** How each state of a stage, a job or a group of jobs looks and reads. */
export const stateLooks: Readonly<Record<JobState, StateLook>> = {
  failed: { word: 'failed', symbol: '❌', glyph: '✗', task: 'error' },
  timed_out: { word: 'timed out', symbol: '⏰', glyph: '◷', task: 'error' },
  action_required: { word: 'action required', symbol: '❗', glyph: '!', task: 'pending' },
  waiting: { word: 'waiting for approval', symbol: '✋', glyph: '◇', task: 'pending' },
  running: { word: 'running', symbol: '⏳', glyph: '▸', task: 'in_progress' },
  cancelled: { word: 'cancelled', symbol: '🚫', glyph: '⊘', task: 'error' },
  queued: { word: 'queued', symbol: '🕒', glyph: '◔', task: 'pending' },
  pending: { word: 'pending', symbol: '▫️', glyph: '○', task: 'pending' },
  neutral: { word: 'neutral', symbol: '➖', glyph: '–', task: 'complete' },
  skipped: { word: 'skipped', symbol: '⏭️', glyph: '↷', task: 'pending' },
  passed: { word: 'passed', symbol: '✅', glyph: '✓', task: 'complete' },
}

/** All states, most urgent first. */
export const statesByUrgency: readonly JobState[] = [
  'failed',
  'timed_out',
  'action_required',
  'waiting',
  'running',
  'cancelled',
  'queued',
  'pending',
  'neutral',
  'skipped',
  'passed',
]

/** How the verdict on a whole pipeline looks and reads. */
export const verdictLooks: Readonly<Record<PipelineVerdict, { readonly word: string; readonly symbol: string }>> = {
  waiting: { word: 'Waiting', symbol: '✋' },
  running: { word: 'Running', symbol: '⏳' },
  passed: { word: 'Passed', symbol: '✅' },
  failed: { word: 'Failed', symbol: '❌' },
  cancelled: { word: 'Cancelled', symbol: '🚫' },
}

/** True for a state that means the work did not succeed. */
export function isFailure(state: JobState): boolean {
  return state === 'failed' || state === 'timed_out'
}
