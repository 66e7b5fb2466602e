/** What a REST route answers with: data, a page of a list, a redirect, or an error in GitHub's form. */
import type { z } from 'zod'

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** Thrown by routes, and turned into an answer by the server. */
export class HttpError extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** What GitHub puts beside the message, in the form of each endpoint's own. */
  readonly errors: unknown

  constructor(status: number, message: string, headers: Readonly<Record<string, string>>, errors?: unknown) {
    super(message)
    this.status = status
    this.headers = headers
    this.errors = errors
  }
}

export function httpError(status: number, message: string, headers: Readonly<Record<string, string>> = {}): HttpError {
  return new HttpError(status, message, headers)
}

/** 422 with what is wrong in `errors`. */
export function invalid(errors: unknown): HttpError {
  return new HttpError(422, 'Validation Failed', {}, errors)
}

export function notFound(): HttpError {
  return httpError(404, 'Not Found')
}

/** Nothing to say: 204. */
export function noContent(): Answer {
  return { status: 204, body: null, headers: {} }
}

export function answer(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body, headers }
}

export function errorBody(status: number, message: string, errors?: unknown): unknown {
  return {
    message,
    ...(errors === undefined ? {} : { errors }),
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  }
}

export function linkTo(url: URL, parameters: Readonly<Record<string, string>>, rel: string): string {
  const target = new URL(url)
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value)
  return `<${target.href}>; rel="${rel}"`
}

/** The body of a request, checked. @throws an HTTP 400 or 422 as GitHub answers them */
export function bodyOf<Body>(schema: z.ZodType<Body>, body: string): Body {
  let json: unknown
  try {
    json = body === '' ? {} : JSON.parse(body)
  } catch {
    throw httpError(400, 'Problems parsing JSON')
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw httpError(422, `Invalid request.\n\n${issue?.path.join('/') ?? ''}: ${issue?.message ?? ''}`)
}

export function perPageOf(url: URL): number {
  const asked = Number(url.searchParams.get('per_page') ?? 30)
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, 100) : 30
}

/**
 * The page that `page` and `per_page` ask for, with the addresses of the others in `Link`.
 *
 * @param show - makes an object; only called for those on the page
 * @param key - wraps the list into `{ total_count, [key]: [...] }`, as the Actions and Checks APIs do
 */
export function pageOf<Item>(url: URL, items: readonly Item[], show: (item: Item) => unknown, key?: string): Answer {
  const perPage = perPageOf(url)
  const page = Math.max(1, Number(url.searchParams.get('page') ?? 1) || 1)
  const pages = Math.max(1, Math.ceil(items.length / perPage))
  const shown = items.slice((page - 1) * perPage, page * perPage).map(show)
  const links = [
    ...(page > 1 ? [linkTo(url, { page: String(page - 1) }, 'prev')] : []),
    ...(page < pages
      ? [linkTo(url, { page: String(page + 1) }, 'next'), linkTo(url, { page: String(pages) }, 'last')]
      : []),
    ...(page > 1 ? [linkTo(url, { page: '1' }, 'first')] : []),
  ]
  const body = key === undefined ? shown : { total_count: items.length, [key]: shown }
  return answer(body, 200, links.length > 0 ? { link: links.join(', ') } : {})
}

/** Pages by cursor, as lists of deliveries have them: the cursor names the first item of the page. */
export function cursorPageOf<Item extends { readonly id: number }>(
  url: URL,
  items: readonly Item[],
  show: (item: Item) => unknown,
): Answer {
  const perPage = perPageOf(url)
  const cursor = url.searchParams.get('cursor')
  const start = cursor === null ? 0 : items.findIndex((item) => `v1_${item.id}` === cursor)
  if (start === -1) throw httpError(422, 'Invalid cursor')
  const next = items[start + perPage]
  const headers = next === undefined ? {} : { link: linkTo(url, { cursor: `v1_${next.id}` }, 'next') }
  return answer(items.slice(start, start + perPage).map(show), 200, headers)
}
