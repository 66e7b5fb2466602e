/**
 * The Data API of a Supabase project with the audit mirror's table in it, over real HTTP on 127.0.0.1: its gateway wants a
 * key that it knows, PostgREST takes the role from the token, and that role may insert and nothing else.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { createConditions } from '../conditions.ts'
import { listen } from '../github/listen.ts'
import { createAuditTable, denied, refuse, type StoredRow, type TableAnswer } from './audit-table.ts'
import { createProjectKeys } from './keys.ts'

export interface SupabaseFault {
  /**
   * `reset` cuts the connection before anything is done, `reset_after` when it is done; `hang` never answers;
   * `bad_gateway` and `not_found_empty` answer as a front end does that never asked PostgREST.
   */
  readonly kind:
    | 'rate_limited'
    | 'internal_error'
    | 'unavailable'
    | 'bad_gateway'
    | 'not_found_empty'
    | 'reset'
    | 'reset_after'
    | 'hang'
  /** Default 1. */
  readonly times?: number
  /** For `rate_limited`; no header when left out. */
  readonly retryAfterSeconds?: number
}

export interface SimulatedSupabase {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly publishableKey: string
  /** Token of the role that may only insert. */
  readonly auditKey: string
  /** A token that is good until then, UTC milliseconds. */
  keyUntil(expiresAt: number): string
  /** The mirrored rows, in order. */
  rows(): readonly StoredRow[]
  /** Every request so far; `status` is null for one that got no answer. */
  readonly calls: readonly { readonly method: string; readonly status: number | null; readonly rows: number }[]
  failNext(fault: SupabaseFault): void
  /** While it is out everything is answered with 503. */
  outage(isOut: boolean): void
  /** From now on every token made so far is a wrong one. */
  rotateKeys(): void
  /** What somebody with the owner's rights does to the table. */
  overwrite(row: StoredRow): void
  remove(seq: number): void
  /** Resolves when the condition holds, looked at after each request; rejects after so many real ms. */
  until(condition: () => boolean, what: string, timeoutMs?: number): Promise<void>
  stop(): Promise<void>
}

export interface SimulatedSupabaseOptions {
  readonly clock?: { now(): number }
  readonly table?: string
  /** False: somebody's own table, with a unique `seq` and without the migration's trigger. Default true. */
  readonly hasTrigger?: boolean
}

const role = 'sluice_audit'
const Body = z.array(z.record(z.string(), z.unknown()))

export async function startSimulatedSupabase(options: SimulatedSupabaseOptions = {}): Promise<SimulatedSupabase> {
  const { clock = { now: () => Date.now() }, table: name = 'sluice_audit', hasTrigger = true } = options
  const keys = createProjectKeys(clock)
  const auditKey = keys.tokenFor(role)
  const table = createAuditTable({ name, hasTrigger })
  const calls: { readonly method: string; readonly status: number | null; readonly rows: number }[] = []
  const faults: { readonly fault: SupabaseFault; left: number }[] = []
  const conditions = createConditions()
  let isOut = false

  function takeFault(): SupabaseFault | null {
    if (isOut) return { kind: 'unavailable' }
    const [next] = faults
    if (next === undefined) return null
    next.left -= 1
    if (next.left <= 0) faults.shift()
    return next.fault
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    const fault = takeFault()
    const method = request.method ?? 'GET'
    const note = (status: number | null, rows = 0) => {
      calls.push({ method, status, rows })
      conditions.changed()
    }
    if (fault?.kind === 'hang') return note(null)
    if (fault?.kind === 'reset') {
      response.destroy()
      return note(null)
    }
    if (fault !== null && fault.kind !== 'reset_after') {
      const status = answerFault(fault, response)
      return note(status)
    }
    const { apikey, authorization } = request.headers
    const caller = keys.check({ apikey: typeof apikey === 'string' ? apikey : undefined, authorization })
    if (!caller.ok) {
      respond(response, caller.status, caller.body)
      return note(caller.status)
    }
    const prefer = [request.headers.prefer ?? ''].flat().join(',')
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
    const answer = answerTable({ path, method, prefer, body, isAnonymous: caller.role === 'anon', role: caller.role })
    if (fault?.kind === 'reset_after') {
      response.destroy()
      return note(null, answer.rows)
    }
    respond(response, answer.status, answer.error)
    note(answer.status, answer.rows)
  }

  function answerTable(request: {
    readonly path: string
    readonly method: string
    readonly prefer: string
    readonly body: string
    readonly isAnonymous: boolean
    readonly role: string
  }): TableAnswer & { readonly rows: number } {
    const asked = /^\/rest\/v1\/(\w+)$/.exec(request.path)?.[1]
    if (asked !== name) {
      const message = `Could not find the table 'public.${asked ?? ''}' in the schema cache`
      return { ...refuse(404, 'PGRST205', message), rows: 0 }
    }
    // Whoever has no role of its own is asked to sign in instead of being refused.
    if (request.isAnonymous) return { ...refuse(401, '42501', `permission denied for table ${name}`), rows: 0 }
    const wantsToRead = /return=representation|resolution=/.test(request.prefer)
    if (request.role !== role || request.method !== 'POST' || wantsToRead) return { ...denied(name), rows: 0 }
    const parsed = Body.safeParse(readJson(request.body))
    if (!parsed.success) return { ...refuse(400, 'PGRST102', 'Empty or invalid json'), rows: 0 }
    return { ...table.insert(parsed.data), rows: parsed.data.length }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      console.error('The simulated Supabase failed to answer a request:', error)
      response.destroy()
    })
  })
  const running = await listen(server)

  return {
    url: running.url,
    publishableKey: keys.publishableKey,
    auditKey,
    keyUntil: (expiresAt) => keys.tokenFor(role, expiresAt),
    rows: () => [...table.rows.values()].sort((a, b) => a.seq - b.seq),
    calls,
    failNext: (fault) => {
      faults.push({ fault, left: fault.times ?? 1 })
    },
    outage: (out) => {
      isOut = out
    },
    rotateKeys: keys.rotate,
    overwrite: table.overwrite,
    remove: table.remove,
    until: conditions.until,
    stop: running.close,
  }
}

function answerFault(fault: SupabaseFault, response: ServerResponse): number {
  switch (fault.kind) {
    case 'rate_limited': {
      const { retryAfterSeconds } = fault
      if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds))
      return respond(response, 429, { message: 'Too many requests' })
    }
    case 'internal_error':
      return respond(response, 500, { code: 'XX000', message: 'internal error', details: null, hint: null })
    case 'unavailable':
      return respond(response, 503, {
        code: 'PGRST000',
        message: 'Database connection error',
        details: null,
        hint: null,
      })
    case 'bad_gateway':
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>502 Bad Gateway</h1></html>')
      return 502
    case 'not_found_empty':
      response.writeHead(404).end()
      return 404
    case 'reset':
    case 'reset_after':
    case 'hang':
      throw new Error(`${fault.kind} is no answer`)
    default:
      return fault.kind satisfies never
  }
}

function respond(response: ServerResponse, status: number, body: unknown): number {
  if (body === null) response.writeHead(status).end()
  else response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
  return status
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // Not JSON: whoever asks sees that it is no list of rows.
    return null
  }
}
