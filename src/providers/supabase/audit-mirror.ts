import { createClient } from '@supabase/supabase-js'
import type { Secret } from '../../config/secret.ts'
import type { AuditMirror, MirrorFailure } from '../../engine/audit-mirror.ts'

export interface SupabaseAuditMirrorOptions {
  /** The project's address, `https://….supabase.co`. */
  readonly url: string
  readonly table: string
  /** A token for the role that may only insert. */
  readonly key: Secret
  /** What the gateway asks for besides; without one it gets the key. */
  readonly publishableKey: Secret | null
  /** Longest time for one call, milliseconds. */
  readonly timeoutMs?: number
  readonly onCall?: (call: SupabaseCall) => void
}

interface SupabaseCall {
  readonly service: 'supabase'
  readonly method: string
  /** `ok` or the type of the failure. */
  readonly outcome: string
  readonly seconds: number
}

/** How long to wait when Supabase says that it was too much but not for how long. */
const defaultRetryAfterMs = 30_000

/** Codes that the table's trigger raises: see supabase/migrations. */
const differs = 'SL409'
const gap = 'SL404'
/** PostgreSQL's unique_violation: two senders at once, or a table without the trigger. */
const uniqueViolation = '23505'

/**
 * The mirror in a table of a Supabase project, through its Data API. A plain insert: an upsert that ignores what is there
 * says "on conflict", for which PostgreSQL asks for the right to read, and the role has none
 * (https://www.postgresql.org/docs/current/sql-createpolicy.html).
 */
export function supabaseAuditMirror(options: SupabaseAuditMirrorOptions): AuditMirror {
  const { url, table, timeoutMs = 10_000, onCall } = options
  const key = options.key.reveal()
  const publishableKey = options.publishableKey?.reveal() ?? key
  const withoutSecrets = (text: string) => text.replaceAll(key, '[secret]').replaceAll(publishableKey, '[secret]')

  let answer: Response | null = null
  // The client tells neither headers nor, for some answers, the real status.
  const fetchAndNote: typeof fetch = async (input, init) => {
    answer = null
    answer = await fetch(input, init)
    return answer
  }
  const client = createClient(url, publishableKey, {
    accessToken: async () => key,
    global: { fetch: fetchAndNote },
  })

  return {
    place: `${new URL(url).host}/${table}`,
    async append(rows, signal) {
      const startedAt = performance.now()
      const { error } = await client
        .from(table)
        .insert([...rows])
        .retry(false)
        .abortSignal(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))
      const failure = failureOf(answer, error, withoutSecrets)
      const seconds = (performance.now() - startedAt) / 1000
      onCall?.({ service: 'supabase', method: 'insert', outcome: failure?.type ?? 'ok', seconds })
      return failure === null ? { ok: true } : { ok: false, failure }
    },
  }
}

function failureOf(
  answer: Response | null,
  error: { readonly code?: string; readonly message: string } | null,
  withoutSecrets: (text: string) => string,
): MirrorFailure | null {
  const status = answer?.status ?? 0
  if (error === null && (status === 200 || status === 201)) return null
  const { code = '', message = '' } = error ?? {}
  const said = [code, message].filter((part) => part !== '').join(': ')
  // What PostgREST calls details may quote the row, and a proxy's page is long.
  const detail = withoutSecrets(status === 0 ? message : `HTTP ${status} ${said}`)
    .trim()
    .slice(0, 300)
  if (code === differs) return { type: 'differs', detail: withoutSecrets(message).slice(0, 300) }
  if (code === gap) return { type: 'gap', detail: withoutSecrets(message).slice(0, 300) }
  if (status === 409 && code === uniqueViolation) return { type: 'exists' }
  if (status === 429) return { type: 'rate_limited', retryAfterMs: retryAfterMs(answer) }
  if (status === 401 || status === 403) return { type: 'unauthorized', detail }
  if (status === 0 || status === 408 || status >= 500) return { type: 'unavailable', detail }
  return { type: 'rejected', detail }
}

function retryAfterMs(answer: Response | null): number {
  const seconds = Number(answer?.headers.get('retry-after') ?? Number.NaN)
  return seconds > 0 ? Math.min(seconds, 3600) * 1000 : defaultRetryAfterMs
}
