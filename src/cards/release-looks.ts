import type { Release, ReleaseState } from '../release/release.ts'

export interface ReleaseLook {
  /** Emoji, for the start of a line. */
  readonly symbol: string
  /** Begins a sentence. */
  readonly word: string
  /** What Slack's task card shows for it. */
  readonly task: 'pending' | 'in_progress' | 'complete' | 'error'
}

/** How the state of a release looks and reads. */
export function releaseLook(release: Pick<Release, 'state' | 'breakGlass'>): ReleaseLook {
  const { state } = release
  switch (state.name) {
    case 'awaiting_approval':
      return { symbol: '✋', word: 'Waiting for approval', task: 'pending' }
    case 'queued':
      return {
        symbol: '🕒',
        word: `${approvedWord(release)}, waits for ${waitWords.get(state.waitsFor) ?? 'its turn'}`,
        task: 'pending',
      }
    case 'preparing':
      return { symbol: '⏳', word: preparingWords(state.phase, approvedWord(release)), task: 'in_progress' }
    case 'rolling_out':
      return { symbol: '🚦', word: 'Rolling out', task: 'in_progress' }
    default:
      return finalLooks[state.name]
  }
}

const finalLooks: Readonly<
  Record<Exclude<ReleaseState['name'], 'awaiting_approval' | 'queued' | 'preparing' | 'rolling_out'>, ReleaseLook>
> = {
  completed: { symbol: '✅', word: 'Released', task: 'complete' },
  rolled_back: { symbol: '⏪', word: 'Rolled back', task: 'error' },
  failed: { symbol: '❌', word: 'Failed', task: 'error' },
  refused: { symbol: '⛔', word: 'Refused', task: 'error' },
  rejected: { symbol: '🚫', word: 'Rejected', task: 'error' },
  expired: { symbol: '⌛', word: 'Expired', task: 'error' },
  superseded: { symbol: '⏭️', word: 'Superseded', task: 'error' },
  cancelled: { symbol: '🚫', word: 'Cancelled', task: 'error' },
}

/** What an approved release waits for. */
const waitWords: ReadonlyMap<string, string> = new Map([
  ['turn', 'its turn'],
  ['review', 'a sign-off'],
  ['lock', 'the lock'],
  ['freeze', 'the end of the freeze'],
])

function approvedWord({ breakGlass }: Pick<Release, 'breakGlass'>): string {
  return breakGlass === null ? 'Approved' : 'Glass broken'
}

function preparingWords(phase: 'checking' | 'starting' | 'running', approved: string): string {
  switch (phase) {
    case 'checking':
      return `${approved}, everything is read once more`
    case 'starting':
      return `${approved}, the workflow is being started`
    case 'running':
      return 'Under way'
  }
}
