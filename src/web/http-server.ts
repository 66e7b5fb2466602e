import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'

export type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

export interface HttpServer {
  readonly port: number
  /** Lets requests under way end, for five seconds at most. */
  close(): Promise<void>
}

/** How long a request may take to arrive whole, in ms; GitHub gives up on its side after ten seconds. */
const requestTimeoutMs = 15_000
const closeTimeoutMs = 5_000

/**
 * Listens for everything that Sluice answers over HTTP.
 *
 * @param options.routes - by `METHOD /path`; a path of another method is answered 405
 * @param options.port - 0 takes any free one
 */
export async function startHttpServer(options: {
  readonly host: string
  readonly port: number
  readonly routes: ReadonlyMap<string, Route>
  readonly log: Logger
}): Promise<HttpServer> {
  const { routes, log } = options
  const paths = new Set([...routes.keys()].map((key) => key.slice(key.indexOf(' ') + 1)))

  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const route = routes.get(`${request.method ?? 'GET'} ${path}`)
    if (route === undefined) {
      request.resume()
      respond(response, paths.has(path) ? 405 : 404, paths.has(path) ? 'method not allowed' : 'not found')
      return
    }
    // In a promise also when it throws at once: no request may bring the process down.
    new Promise<void>((resolve) => resolve(route(request, response))).catch((error: unknown) => {
      log.error({ err: error, path }, 'a request could not be answered')
      respond(response, 503, 'Sluice cannot answer now; try again')
    })
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        const hurry = setTimeout(() => server.closeAllConnections(), closeTimeoutMs)
        server.close(() => {
          clearTimeout(hurry)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/** Answers with a line of text, unless an answer is on its way already. */
export function respond(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.end()
    return
  }
  send(response, status, 'text/plain; charset=utf-8', `${text}\n`)
}

export function respondJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`)
}

/** With its length, so that head and body go out as one piece and not in chunks. */
function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
}
