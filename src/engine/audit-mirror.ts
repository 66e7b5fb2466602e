import type { AuditRecord } from '../store/audit.ts'

/** A copy of the audit log somewhere else, that Sluice can add to and do nothing else with. */
export interface AuditMirror {
  /** Where it is, without anything secret; two places are never called the same. */
  readonly place: string
  /** Adds rows that follow those that are there, in one go: all of them or none. */
  append(rows: readonly AuditRecord[], signal: AbortSignal): Promise<MirrorResult>
}

export type MirrorResult = { readonly ok: true } | { readonly ok: false; readonly failure: MirrorFailure }

export type MirrorFailure =
  /** One of the rows is there already, so none was added. */
  | { readonly type: 'exists' }
  /** A row before these is not there. */
  | { readonly type: 'gap'; readonly detail: string }
  /** Another row is there than the log has, or these do not follow what is there. */
  | { readonly type: 'differs'; readonly detail: string }
  | { readonly type: 'rate_limited'; readonly retryAfterMs: number }
  /** The key is wrong, has expired, or may not do this. */
  | { readonly type: 'unauthorized'; readonly detail: string }
  /** No answer, or one that says to come again; the rows may have been added. */
  | { readonly type: 'unavailable'; readonly detail: string }
  | { readonly type: 'rejected'; readonly detail: string }
