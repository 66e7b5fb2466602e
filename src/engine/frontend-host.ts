import type { FrontendDeployment } from '../release/snapshot.ts'
import type { ServiceResult } from './service-failure.ts'

export type { FrontendDeployment } from '../release/snapshot.ts'

export interface FrontendHost {
  /** The deployment that production traffic gets now; null when there has been none. */
  live(): Promise<ServiceResult<FrontendDeployment | null>>
  /** The newest deployment that was built of a commit for production and is ready; null when there is none. */
  find(sha: string): Promise<ServiceResult<FrontendDeployment | null>>
  /**
   * Gives a deployment all production traffic, and says whether it has it by now: hosts take the order and carry it out
   * afterwards, so ask again until it has. Safe to repeat: what is live, or is being made so, is not ordered again.
   * `not_found` when the deployment was deleted or has expired.
   */
  promote(deploymentId: string): Promise<ServiceResult<{ readonly isLive: boolean }>>
  /** Puts an earlier deployment back, without a build; for the rest as `promote`. */
  rollBack(deploymentId: string): Promise<ServiceResult<{ readonly isLive: boolean }>>
}
