import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import type { Clock } from './clock.ts'
import type { AttemptOutcome, Outgoing } from './deliveries.ts'

/** Why Slack ends a Socket Mode connection (https://docs.slack.dev/apis/events-api/using-socket-mode). */
export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled'

export interface SocketMode {
  /** A one-time address to connect to. */
  openUrl(): string
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  readonly connectionCount: number
  /** Sends one envelope and waits for its acknowledgement, at most `timeoutMs`. */
  send(outgoing: Outgoing, retry: Retry | null, timeoutMs: number): Promise<AttemptOutcome>
  /** Asks every client to go; who is still there after ten seconds is cut off. */
  disconnect(reason: DisconnectReason): void
  /** Cuts every connection without a word. */
  drop(): void
}

export interface Retry {
  readonly number: number
  readonly reason: string
}

const acknowledgement = z.object({ envelope_id: z.string(), payload: z.unknown().optional() })

const pingEveryMs = 10_000
const goodbyeMs = 10_000
const host = 'applink-simulated-1'

/**
 * @param wsOrigin - `ws://127.0.0.1:PORT`
 * @param newId - gives ids for tickets and envelopes
 */
export function createSocketMode(parts: {
  readonly clock: Clock
  readonly wsOrigin: string
  readonly appId: string
  readonly newId: () => string
  readonly onConnect: () => void
}): SocketMode {
  const { clock } = parts
  const server = new WebSocketServer({ noServer: true })
  const tickets = new Set<string>()
  const connections = new Set<WebSocket>()
  const waiting = new Map<string, { connection: WebSocket; settle: (outcome: AttemptOutcome) => void }>()
  let turn = 0

  const welcome = (connection: WebSocket): void => {
    connections.add(connection)
    let cancelPing = (): void => {}
    const ping = (): void => {
      connection.ping()
      cancelPing = clock.after(pingEveryMs, ping)
    }
    cancelPing = clock.after(pingEveryMs, ping)
    connection.on('message', (data) => acknowledge(waiting, data.toString()))
    connection.on('close', () => {
      cancelPing()
      connections.delete(connection)
      for (const entry of [...waiting.values()]) {
        if (entry.connection === connection) entry.settle({ type: 'failed', reason: 'connection_failed' })
      }
    })
    connection.send(
      JSON.stringify({
        type: 'hello',
        num_connections: connections.size,
        debug_info: { host, build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: parts.appId },
      }),
    )
    parts.onConnect()
  }

  return {
    openUrl() {
      const ticket = parts.newId()
      tickets.add(ticket)
      return `${parts.wsOrigin}/link/?ticket=${ticket}&app_id=${parts.appId}`
    },
    handleUpgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', parts.wsOrigin).searchParams.get('ticket') ?? ''
      if (!tickets.delete(ticket)) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
        return
      }
      server.handleUpgrade(request, socket, head, welcome)
    },
    get connectionCount() {
      return connections.size
    },
    send(outgoing, retry, timeoutMs) {
      const open = [...connections].filter((connection) => connection.readyState === connection.OPEN)
      const connection = open[turn++ % Math.max(1, open.length)]
      if (connection === undefined) return Promise.resolve({ type: 'failed', reason: 'connection_failed' })
      const envelopeId = parts.newId()
      return new Promise((resolve) => {
        const cancel = clock.after(timeoutMs, () => settle({ type: 'failed', reason: 'timeout' }))
        const settle = (outcome: AttemptOutcome): void => {
          cancel()
          waiting.delete(envelopeId)
          resolve(outcome)
        }
        waiting.set(envelopeId, { connection, settle })
        connection.send(
          JSON.stringify({
            envelope_id: envelopeId,
            type: outgoing.kind,
            payload: outgoing.payload,
            accepts_response_payload: outgoing.kind !== 'events_api',
            ...(outgoing.kind === 'events_api'
              ? { retry_attempt: retry?.number ?? 0, retry_reason: retry?.reason ?? '' }
              : {}),
          }),
        )
      })
    },
    disconnect(reason) {
      for (const connection of connections) {
        connection.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host } }))
        clock.after(goodbyeMs, () => connection.terminate())
      }
    },
    drop() {
      for (const connection of connections) connection.terminate()
    },
  }
}

function acknowledge(
  waiting: ReadonlyMap<string, { readonly settle: (outcome: AttemptOutcome) => void }>,
  text: string,
): void {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    // What is not JSON acknowledges nothing; the envelope runs into its time limit.
    return
  }
  const parsed = acknowledgement.safeParse(message)
  if (!parsed.success) return
  waiting.get(parsed.data.envelope_id)?.settle({ type: 'acknowledged', status: 200, body: parsed.data.payload })
}
