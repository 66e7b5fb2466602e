/** What went wrong in a call to GitHub, in the terms that decide what happens next. Never with a secret in it. */
import { ZodError, z } from 'zod'
import type { CodeHostFailure } from '../../engine/code-host.ts'
import { GithubProblem } from './github-problem.ts'
import { maskSecrets } from './mask-secrets.ts'

/** GitHub asks for a minute when it does not say how long. */
const DEFAULT_RETRY_AFTER_MS = 60_000

export interface CallDescription {
  /** Name of the call in GitHub's API: `actions.reRunWorkflowFailedJobs`. */
  readonly method: string
  /** What it was about: `run 12 of owner/name`. */
  readonly object: string
}

/** Errors of connections that were never made: nothing can have happened. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Octokit's error for an answer that is none of success. */
const Answered = z.object({
  status: z.number(),
  response: z.object({
    data: z.unknown(),
    headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()),
  }),
})
/** With 422 GitHub often says in `errors` what is wrong, in one of several forms. */
const Message = z.object({
  message: z.string(),
  errors: z
    .union([
      z.string().transform((text) => [text]),
      z.array(z.union([z.string(), z.object({ message: z.string() }).transform((one) => one.message), z.unknown()])),
    ])
    .nullish()
    .catch(null),
})

/**
 * @param now - UTC milliseconds, to work out how long a used-up limit lasts
 * @param secrets - our own credentials, masked wherever they turn up
 * @throws the error itself when it is none of GitHub's or the network's, but a bug
 */
export function githubFailure(
  error: unknown,
  call: CallDescription,
  now: number,
  secrets: readonly string[],
): CodeHostFailure {
  const tell = (what: string) => maskSecrets(`GitHub ${call.method} (${call.object}): ${what}`, secrets).slice(0, 500)
  if (error instanceof GithubProblem) return { type: error.type, detail: tell(error.message) }
  if (error instanceof ZodError) {
    const [issue] = error.issues
    const where = issue === undefined ? 'something' : `${issue.path.join('.') || 'the body'}: ${issue.message}`
    return { type: 'unavailable', detail: tell(`the answer was not understood (${where})`), mayHaveHappened: true }
  }
  const answered = Answered.safeParse(error)
  if (error instanceof Error && answered.success) return answeredFailure(answered.data, tell, now)
  const code = connectionErrorOf(error)
  if (code === null) throw error
  return { type: 'unavailable', detail: tell(`no answer (${code})`), mayHaveHappened: !NOT_SENT.has(code) }
}

function answeredFailure(
  { status, response }: z.infer<typeof Answered>,
  tell: (what: string) => string,
  now: number,
): CodeHostFailure {
  const { headers } = response
  const parsed = Message.safeParse(response.data)
  // The front end answers with an HTML page when GitHub is down; its text says nothing.
  const more = parsed.success ? (parsed.data.errors ?? []).filter((one) => typeof one === 'string') : []
  const message = parsed.success ? [parsed.data.message, ...more].join(': ') : 'no message'
  const detail = tell(`${status} ${message}`)
  if (status === 403 || status === 429) {
    const retryAfterMs = retryAfter(headers, message, status, now)
    if (retryAfterMs !== null) return { type: 'rate_limited', retryAfterMs }
    const isPermission = /not accessible|permission|must have|SAML|SSO|suspended|forbidden|IP allow list/i.test(message)
    return isPermission
      ? {
          type: 'unauthorized',
          detail: `${detail}. Give the token or the App the permission that docs/configure.md lists.`,
        }
      : { type: 'rejected', detail }
  }
  if (status === 401)
    return { type: 'unauthorized', detail: `${detail}. Check the GitHub credential in the environment.` }
  if (status === 404 || status === 410) return { type: 'not_found', detail }
  if (status === 422 && /No commit found/i.test(message)) return { type: 'not_found', detail }
  if (status >= 500) return { type: 'unavailable', detail, mayHaveHappened: true }
  return { type: 'rejected', detail }
}

function retryAfter(
  headers: Readonly<Record<string, string | number | undefined>>,
  message: string,
  status: number,
  now: number,
): number | null {
  const seconds = Number(headers['retry-after'])
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000
  if (String(headers['x-ratelimit-remaining']) === '0') {
    const resetMs = Number(headers['x-ratelimit-reset']) * 1000 - now
    // A clock that is ahead of GitHub's must not make us ask again at once, over and over.
    return Number.isFinite(resetMs) ? Math.max(resetMs, 1000) : DEFAULT_RETRY_AFTER_MS
  }
  return status === 429 || /rate limit|abuse/i.test(message) ? DEFAULT_RETRY_AFTER_MS : null
}

/** The system's code for a broken connection, `timeout` for our own time-out, or null when it is neither. */
function connectionErrorOf(error: unknown): string | null {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'timeout'
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  }
  const isOctokits = error instanceof Error && error.name === 'HttpError'
  return isOctokits || (error instanceof TypeError && error.message === 'fetch failed') ? 'connection failed' : null
}
