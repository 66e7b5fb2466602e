import type { FunctionsSnapshot, FunctionVersion } from '../release/snapshot.ts'
import type { ServiceResult } from './service-failure.ts'

export type { FunctionsSnapshot, FunctionVersion } from '../release/snapshot.ts'

export interface Bundle {
  readonly slug: string
  /**
   * Digest that the host gave right after the bytes were read. Another one than the list gave before means that a
   * deployment came between, and that these bytes are not of the listed version.
   */
  readonly digest: string | null
  readonly bytes: Uint8Array
}

export interface FunctionsHost {
  /** Reads what is live now, without the bundles. */
  list(): Promise<ServiceResult<readonly FunctionVersion[]>>
  /** The bundle of the version that is live now. `not_found` when there is no such function. */
  bundle(slug: string): Promise<ServiceResult<Bundle>>
  /**
   * Makes exactly the functions of the snapshot live again, in as few calls as the host allows, and reads back what is
   * live. Safe to repeat: what is as it was is left alone. Functions that were added since stay: nothing of the old
   * version calls them.
   *
   * @param bundles - kept bytes, by slug; needed where the host has none any more
   */
  restore(snapshot: FunctionsSnapshot, bundles: readonly Bundle[]): Promise<ServiceResult<readonly FunctionVersion[]>>
}
