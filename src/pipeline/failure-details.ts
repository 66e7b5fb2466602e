/** Why a job failed, as far as the code host tells. Text is raw: the cards escape it. */
export interface FailureDetails {
  /** First failing step, or null when the job has none (it never started). */
  readonly step: string | null
  /** At most 15 lines, without timestamps and colour codes, secrets masked. Empty when nothing could be read. */
  readonly lines: readonly string[]
  readonly source: 'annotations' | 'log' | 'none'
}
