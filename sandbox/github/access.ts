/** Who asks: a personal token, an App by its JWT, or an installation of the App by the token that it was given. */
import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from './clock.ts'
import { httpError } from './rest-answer.ts'

/** What a credential may be without. */
export type Permission = 'administration' | 'actions' | 'contents' | 'deployments' | 'members'

export interface TokenOptions {
  readonly token: string
  readonly login: string
  /** What it may not do; it may do all else. */
  readonly lacks?: readonly Permission[]
}

export interface InstallationOptions {
  readonly id: number
  /** The owner of the repositories. */
  readonly account: string
}

export interface AppOptions {
  readonly id: number
  readonly slug: string
  /** PEM; what is signed with it is believed. */
  readonly privateKey: string
  readonly installations: readonly InstallationOptions[]
  /** What its installations may not do; they may do all else. */
  readonly lacks?: readonly Permission[]
  readonly webhook?: { readonly url: string; readonly secret: string; readonly events?: readonly string[] }
}

export type Caller =
  | {
      readonly type: 'user'
      readonly login: string
      readonly token: string
      readonly lacks: readonly Permission[]
    }
  | {
      readonly type: 'installation'
      readonly login: string
      readonly token: string
      readonly account: string
      readonly lacks: readonly Permission[]
    }
  | { readonly type: 'app'; readonly token: string }

const JwtHeader = z.object({ alg: z.literal('RS256') })
const JwtPayload = z.object({ iss: z.union([z.string(), z.number()]), iat: z.number(), exp: z.number() })

export interface Access {
  /** @throws an HTTP 401 when nobody, or nobody known, asks */
  callerOf(authorization: string | undefined): Caller
  createInstallationToken(installationId: number): { readonly token: string; readonly expiresAt: number } | null
  /** Makes every token of installations worthless, as after a leak. */
  revokeInstallationTokens(): void
}

export function createAccess(options: {
  readonly tokens: readonly TokenOptions[]
  readonly app: AppOptions | null
  readonly clock: Pick<Clock, 'now'>
}): Access {
  const { app, clock } = options
  const issued = new Map<string, { readonly account: string; readonly expiresAt: number }>()
  return {
    callerOf(authorization) {
      const credential = /^(?:bearer|token)\s+(\S+)$/i.exec(authorization ?? '')?.[1]
      if (credential === undefined) throw httpError(401, 'Requires authentication')
      if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(credential)) {
        if (app === null) throw httpError(401, 'Bad credentials')
        checkJwt(credential, app, clock.now())
        return { type: 'app', token: credential }
      }
      const user = options.tokens.find(({ token }) => token === credential)
      if (user !== undefined) return { type: 'user', login: user.login, token: credential, lacks: user.lacks ?? [] }
      const installation = issued.get(credential)
      if (app === null || installation === undefined || installation.expiresAt <= clock.now()) {
        throw httpError(401, 'Bad credentials')
      }
      const { account } = installation
      return { type: 'installation', login: `${app.slug}[bot]`, token: credential, account, lacks: app.lacks ?? [] }
    },
    createInstallationToken(installationId) {
      const installation = app?.installations.find(({ id }) => id === installationId)
      if (installation === undefined) return null
      const token = `ghs_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`
      const expiresAt = clock.now() + 3_600_000
      issued.set(token, { account: installation.account, expiresAt })
      return { token, expiresAt }
    },
    revokeInstallationTokens: () => issued.clear(),
  }
}

/** @throws an HTTP 403 when the caller's credential is without it */
export function demand(caller: Caller, permission: Permission): void {
  if (caller.type === 'app' || !caller.lacks.includes(permission)) return
  const kind = caller.type === 'user' ? 'personal access token' : 'integration'
  throw httpError(403, `Resource not accessible by ${kind}`)
}

/** GitHub's rules: RS256, our App's id, not expired, and no more than ten minutes to live. */
function checkJwt(jwt: string, app: AppOptions, now: number): void {
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const parsedHeader = JwtHeader.safeParse(decode(header))
  const parsed = JwtPayload.safeParse(decode(payload))
  if (!parsedHeader.success || !parsed.success) throw httpError(401, 'A JSON web token could not be decoded')
  const { iss, iat, exp } = parsed.data
  const nowSeconds = now / 1000
  if (String(iss) !== String(app.id)) throw httpError(401, 'Integration not found')
  if (exp <= nowSeconds)
    throw httpError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    )
  if (exp - iat > 660 || exp > nowSeconds + 660)
    throw httpError(401, "'Expiration time' claim ('exp') is too far in the future")
  const isGenuine = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${payload}`),
    createPublicKey(app.privateKey),
    Buffer.from(signature, 'base64url'),
  )
  if (!isGenuine) throw httpError(401, 'A JSON web token could not be decoded')
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    // Not JSON: the schema refuses it.
    return null
  }
}
