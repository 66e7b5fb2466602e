/** One step of a rollout as the judge sees it: a share of the traffic for a time. */
export interface StepWindow {
  /** The first step is 0. */
  readonly index: number
  /** How many steps of less than 100 % the plan has. Fixed when the rollout begins. */
  readonly steps: number
  /** The canary's share of the traffic in percent, above 0. At 100 there is nothing to compare with: only the guard watches. */
  readonly percent: number
  /** When this share was confirmed, UTC milliseconds. */
  readonly startedAt: number
  /** How long it is to be observed, in ms. */
  readonly windowMs: number
  /** What has been added to it since, in ms. */
  readonly extensionMs: number
  /** Time from check to check, in ms. */
  readonly intervalMs: number
  /** Established sessions stay where they are, so that the share of requests follows the weight slowly. */
  readonly hasSessionAffinity: boolean
  /** Somebody holds the rollout: the window's clock stands, the watching goes on. */
  readonly isHeld: boolean
}

/** What is known of the step while one check is taken in. */
export interface CheckContext {
  readonly from: number
  readonly to: number
  readonly step: StepWindow
  readonly isNewStep: boolean
  /** Whether the check belongs to the step's warm-up. */
  readonly isWarmUp: boolean
}

/** What a verdict on a step depends on besides the counts. */
export interface JudgedStep {
  readonly percent: number
  readonly steps: number
  /** Whether nothing after the warm-up has been taken in yet. */
  readonly isWarmUp: boolean
}
