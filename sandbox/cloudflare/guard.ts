/** Who may ask, and how often: bearer tokens with permissions, and the limit that all requests of a token share. */
import type { ApiAnswer, ApiRequest } from '../json-api/serve-api.ts'
import { refused } from './envelope.ts'
import type { ApiToken, CloudflareState, Permission } from './state.ts'

/** https://developers.cloudflare.com/fundamentals/api/reference/limits */
const LIMIT = 1_200
const WINDOW_MS = 300_000

export interface Guard {
  check(request: ApiRequest): ApiAnswer | null
  headers(request: ApiRequest): Readonly<Record<string, string>>
  /** The token of a request that was let through. */
  tokenOf(request: ApiRequest): ApiToken
  /** Uses up what a token has left. */
  exhaust(token: string): void
}

export function createGuard(state: CloudflareState, now: () => number, limit = LIMIT): Guard {
  const windows = new Map<string, { used: number; endsAt: number }>()

  const windowOf = (token: string) => {
    const known = windows.get(token)
    if (known !== undefined && known.endsAt > now()) return known
    const fresh = { used: 0, endsAt: now() + WINDOW_MS }
    windows.set(token, fresh)
    return fresh
  }
  const secondsLeft = (token: string) => Math.max(1, Math.ceil((windowOf(token).endsAt - now()) / 1000))

  return {
    check(request) {
      const { authorization } = request.headers
      if (authorization === undefined) {
        return refused(400, 9106, 'Missing X-Auth-Key, X-Auth-Email or Authorization headers')
      }
      const secret = secretOf(request)
      if (secret === null) return refused(400, 6003, 'Invalid request headers')
      const token = state.tokens.get(secret)
      if (token === undefined) return refused(403, 9109, 'Invalid access token')
      const window = windowOf(secret)
      window.used += 1
      if (window.used > limit) {
        // One request too many, and everything is refused for the next five minutes.
        if (window.used === limit + 1) window.endsAt = now() + WINDOW_MS
        const answer = refused(429, 971, 'Please wait and consider throttling your request speed')
        return { ...answer, headers: { 'retry-after': String(secondsLeft(secret)) } }
      }
      const needed = permissionFor(request.url.pathname)
      return needed !== null && !token.permissions.includes(needed)
        ? refused(403, 10_000, 'Authentication error')
        : null
    },
    headers(request) {
      const secret = secretOf(request) ?? ''
      const left = Math.max(0, limit - windowOf(secret).used)
      return {
        ratelimit: `"default";r=${left};t=${secondsLeft(secret)}`,
        'ratelimit-policy': `"default";q=${limit};w=${WINDOW_MS / 1000}`,
      }
    },
    tokenOf(request) {
      const token = state.tokens.get(secretOf(request) ?? '')
      if (token === undefined) throw new Error('A request without a token has got past the guard.')
      return token
    },
    exhaust(token) {
      windows.set(token, { used: limit, endsAt: now() + WINDOW_MS })
    },
  }
}

function secretOf({ headers }: ApiRequest): string | null {
  return /^Bearer ([\w-]+)$/.exec(headers.authorization ?? '')?.[1] ?? null
}

function permissionFor(path: string): Permission | null {
  if (path.includes('/audit_logs')) return 'audit_logs'
  if (path.includes('/load_balancers/pools')) return 'pools'
  return path.includes('/load_balancers') ? 'load_balancers' : null
}
