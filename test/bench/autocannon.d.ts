/** The part of autocannon that the benchmarks use; the package brings no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  interface Request {
    method?: string
    path?: string
    headers?: Record<string, string>
    body?: string | Buffer
  }

  interface Options {
    url: string
    connections: number
    /** Requests in all, instead of a duration. */
    amount: number
    /** Seconds. */
    timeout?: number
    requests: readonly {
      /** Called for each request of each connection. */
      setupRequest: (request: Request) => Request
    }[]
  }

  interface Result {
    readonly errors: number
    readonly timeouts: number
    readonly non2xx: number
  }

  interface Run extends EventEmitter, PromiseLike<Result> {
    on(event: 'response', listener: (client: unknown, status: number, bytes: number, responseMs: number) => void): this
  }

  export default function autocannon(options: Options): Run
}
