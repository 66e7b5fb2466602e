/** The keys of a project, and what its gateway and PostgREST make of those that a request brings. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

export interface ProjectKeys {
  readonly publishableKey: string
  /** A token that names this role, as the project's owner makes one. @param expiresAt - UTC milliseconds */
  tokenFor(role: string, expiresAt?: number): string
  /** Tokens that were made before are no longer good. */
  rotate(): void
  /** Who a request is from, or how it is turned away. */
  check(request: { readonly apikey: string | undefined; readonly authorization: string | undefined }): KeyCheck
}

export type KeyCheck =
  | { readonly ok: true; readonly role: string }
  | { readonly ok: false; readonly status: 401; readonly body: Readonly<Record<string, string | null>> }

const Claims = z.object({ role: z.string(), exp: z.number().optional() })

export function createProjectKeys(clock: { now(): number }): ProjectKeys {
  let generation = 1
  const publishableKey = 'sb_publishable_simulated'
  const sign = (content: string) =>
    createHmac('sha256', `simulated-jwt-secret-${generation}`).update(content).digest('base64url')
  const turnAway = (body: Readonly<Record<string, string | null>>): KeyCheck => ({ ok: false, status: 401, body })

  return {
    publishableKey,
    tokenFor(role, expiresAt) {
      const claims = expiresAt === undefined ? { role } : { role, exp: Math.floor(expiresAt / 1000) }
      const content = [{ alg: 'HS256', typ: 'JWT' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
      return `${content}.${sign(content)}`
    },
    rotate() {
      generation += 1
    },
    check({ apikey, authorization }) {
      if (apikey === undefined) {
        const hint = 'No `apikey` request header or url param was found.'
        return turnAway({ message: 'No API key found in request', hint })
      }
      if (apikey !== publishableKey) return turnAway({ message: 'Invalid API key', hint: 'Double check your API key.' })
      const token = authorization?.replace(/^Bearer /, '') ?? apikey
      if (token === publishableKey) return { ok: true, role: 'anon' }
      const [header = '', payload = '', signature = ''] = token.split('.')
      const expected = Buffer.from(sign(`${header}.${payload}`))
      const given = Buffer.from(signature)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        return turnAway({
          code: 'PGRST301',
          message: 'No suitable key or wrong key type',
          details: 'None of the keys was able to decode the JWT',
          hint: null,
        })
      }
      const claims = Claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
      if (claims.exp !== undefined && claims.exp * 1000 < clock.now()) {
        return turnAway({ code: 'PGRST303', message: 'JWT expired', details: null, hint: null })
      }
      return { ok: true, role: claims.role }
    },
  }
}
