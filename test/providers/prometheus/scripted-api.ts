import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ScriptedApi {
  readonly url: string
  /** Parameters of every query so far, with the header that it was authorized by. */
  readonly asked: { readonly query: string; readonly time: string | null; readonly authorization: string | null }[]
  stop(): Promise<void>
}

export interface ApiAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object goes out as JSON. */
  readonly body: unknown
}

/**
 * What a real Prometheus cannot be brought to answer on demand: over real HTTP, in the form that its documentation gives.
 *
 * @param answer - null: never answers
 */
export async function startScriptedApi(
  answer: (query: string, response: ServerResponse, request: IncomingMessage) => ApiAnswer | null,
): Promise<ScriptedApi> {
  const asked: ScriptedApi['asked'] = []
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const query = searchParams.get('query') ?? ''
    asked.push({ query, time: searchParams.get('time'), authorization: request.headers.authorization ?? null })
    if (pathname !== '/api/v1/query') {
      response.writeHead(404).end('404 page not found\n')
      return
    }
    const given = answer(query, response, request)
    if (given === null) return
    const { status = 200, headers = {}, body } = given
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Labels = Readonly<Record<string, string>>

/** The answer to `last_over_time(…)`. */
export function vector(series: readonly (readonly [Labels, string])[], more: object = {}): ApiAnswer {
  const result = series.map(([metric, value]) => ({ metric, value: [1, value] }))
  return { body: { status: 'success', data: { resultType: 'vector', result }, ...more } }
}

/** The answer to a range of raw samples: `[seconds, value]`. */
export function matrix(
  series: readonly (readonly [Labels, readonly (readonly [number, string])[]])[],
  more: object = {},
): ApiAnswer {
  const result = series.map(([metric, values]) => ({ metric, values }))
  return { body: { status: 'success', data: { resultType: 'matrix', result }, ...more } }
}

export function isEarlier(query: string): boolean {
  return query.startsWith('last_over_time(')
}
