/**
 * The other host that GitHub sends people to for logs. Its addresses live for a minute and are good without a token;
 * like the blob storage behind GitHub it refuses a request that brings one.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { Clock } from './clock.ts'
import { listen, type RunningServer } from './listen.ts'

const LIFETIME_MS = 60_000

export interface LogHost extends Pick<RunningServer, 'close'> {
  /** An address where the text can be read for a minute. */
  addressOf(name: string, text: string): string
  /** Requests that brought an `Authorization` header: a leak of somebody's token. */
  readonly leakedAuthorizations: readonly string[]
}

export async function startLogHost(clock: Pick<Clock, 'now'>): Promise<LogHost> {
  const texts = new Map<string, { readonly text: string; readonly expiresAt: number }>()
  const leakedAuthorizations: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://logs')
    const found = texts.get(`${url.pathname}?${url.searchParams}`)
    if (request.headers.authorization !== undefined) {
      leakedAuthorizations.push(request.headers.authorization)
      response.writeHead(400).end('<Error><Code>InvalidAuthenticationInfo</Code></Error>')
    } else if (found === undefined || found.expiresAt <= clock.now()) {
      response.writeHead(403).end('<Error><Code>AuthenticationFailed</Code></Error>')
    } else {
      const bytes = Buffer.from(found.text)
      const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '')
      const from = asked?.[1] ? Number(asked[1]) : Math.max(0, bytes.length - Number(asked?.[2] || bytes.length))
      const isRange = asked !== null && from < bytes.length
      const sent = isRange ? bytes.subarray(from) : bytes
      const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }
      response
        .writeHead(isRange ? 206 : 200, {
          'content-type': 'text/plain',
          'content-length': sent.length,
          ...(isRange ? range : {}),
        })
        .end(sent)
    }
  })
  const running = await listen(server)
  return {
    close: running.close,
    leakedAuthorizations,
    addressOf(name, text) {
      const expiresAt = clock.now() + LIFETIME_MS
      const sig = createHash('sha256').update(`${name} ${expiresAt} ${texts.size}`).digest('hex').slice(0, 32)
      const path = `/logs/${encodeURIComponent(name)}.txt`
      const query = new URLSearchParams({ se: new Date(expiresAt).toISOString(), sig })
      for (const [key, old] of texts) if (old.expiresAt <= clock.now()) texts.delete(key)
      texts.set(`${path}?${query}`, { text, expiresAt })
      return `${running.url}${path}?${query}`
    },
  }
}
