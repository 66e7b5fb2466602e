/** What a good answer is. */
export interface ProbeTarget {
  readonly url: string
  /** Null for any status from 200 to 299. */
  readonly statuses: readonly number[] | null
  /** A text that the body has to hold; null for any body. */
  readonly body: string | null
  /** For the whole answer, ms. */
  readonly timeoutMs: number
}

export type ProbeResult =
  | { readonly ok: true; readonly status: number; readonly latencyMs: number }
  | {
      readonly ok: false
      /** `no_answer`: no connection, or none in time. `answer`: not the status or the body that was expected. */
      readonly reason: 'no_answer' | 'answer'
      /** For a person, without anything of the body. */
      readonly detail: string
      readonly latencyMs: number
    }

/** One look at one arm. Sluice does it itself, so it works while the metrics source is away. */
export interface HealthProbe {
  /** Never rejects. */
  probe(target: ProbeTarget): Promise<ProbeResult>
}
