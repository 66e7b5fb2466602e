/** Why a call to an outside service did not succeed, in the terms that decide what happens next. */
export type ServiceFailure =
  /** Wait this long; nothing happened. */
  | { readonly type: 'rate_limited'; readonly retryAfterMs: number }
  /** The token is wrong or lacks a permission. */
  | { readonly type: 'unauthorized'; readonly detail: string }
  | { readonly type: 'not_found'; readonly detail: string }
  /** Refused for a reason that waiting does not mend. */
  | { readonly type: 'rejected'; readonly detail: string }
  /** No usable answer: time-out, reset connection, 5xx. `mayHaveHappened` when the request was sent. */
  | { readonly type: 'unavailable'; readonly detail: string; readonly mayHaveHappened: boolean }

export type ServiceResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ServiceFailure }
