import type { ServiceResult } from './service-failure.ts'

/** One function as it was live at the moment of a snapshot. */
export interface FunctionVersion {
  readonly slug: string
  readonly version: number
  /** Digest of its bundle as the host gives it; null where the host gives none. */
  readonly digest: string | null
  /** What a rollback has to send back, as the host's API wants it; bundles are kept by `digest`, see `bundles`. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What was live before a release: enough to put it back without the workflow that deployed it. */
export interface FunctionsSnapshot {
  readonly takenAt: number
  readonly functions: readonly FunctionVersion[]
}

export interface Bundle {
  readonly slug: string
  readonly digest: string | null
  readonly bytes: Uint8Array
}

export interface FunctionsHost {
  /** Reads what is live now, without the bundles. */
  list(): Promise<ServiceResult<readonly FunctionVersion[]>>
  /** The bundle of the version that is live now. */
  bundle(slug: string): Promise<ServiceResult<Bundle>>
  /**
   * Makes exactly the functions of the snapshot live again, in as few calls as the host allows, and reads back what is
   * live. Safe to repeat. Functions that were added since stay: nothing of the old version calls them.
   */
  restore(snapshot: FunctionsSnapshot, bundles: readonly Bundle[]): Promise<ServiceResult<readonly FunctionVersion[]>>
}
