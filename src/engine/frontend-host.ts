import type { ServiceResult } from './service-failure.ts'

/** A deployment of the frontend, as the host names it. */
export interface FrontendDeployment {
  readonly id: string
  readonly url: string
  readonly sha: string | null
  readonly createdAt: number
}

export interface FrontendHost {
  /** The deployment that production traffic gets now; null when there has been none. */
  live(): Promise<ServiceResult<FrontendDeployment | null>>
  /** The newest deployment that was built of a commit for production and is ready; null when there is none. */
  find(sha: string): Promise<ServiceResult<FrontendDeployment | null>>
  /** Gives a deployment all production traffic, and says whether it has it by now. Safe to repeat. */
  promote(deploymentId: string): Promise<ServiceResult<{ readonly isLive: boolean }>>
  /** Puts an earlier deployment back at once, and says whether it has the traffic by now. Safe to repeat. */
  rollBack(deploymentId: string): Promise<ServiceResult<{ readonly isLive: boolean }>>
}
