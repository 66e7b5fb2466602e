import type { FreezeWindow } from './gate-policy.ts'

/** A freeze that is in force. `untilMs` is when it ends (UTC milliseconds), over windows that follow each other without a gap. */
export interface Freeze {
  readonly reason: string
  readonly untilMs: number
}

export type FreezeAt = (windows: readonly FreezeWindow[], at: number) => Freeze | null
