/** Cloudflare's answers: everything in one envelope, and errors by numbers. */
import type { ApiAnswer, ApiRequest } from '../json-api/serve-api.ts'

export function result(value: unknown, info?: Readonly<Record<string, number>>): ApiAnswer {
  const more = info === undefined ? {} : { result_info: info }
  return { status: 200, body: { success: true, errors: [], messages: [], result: value, ...more } }
}

/** @param code - as the real API numbers it */
export function refused(status: number, code: number, message: string): ApiAnswer {
  return { status, body: errorEnvelope([{ code, message }]) }
}

export function errorEnvelope(errors: readonly { readonly code: number; readonly message: string }[]): unknown {
  return { success: false, errors, messages: [], result: null }
}

export function notFound(what: string): ApiAnswer {
  return refused(404, 1001, `${what}: not found`)
}

export function invalid(what: string): ApiAnswer {
  return refused(400, 1002, `${what}: validation failed`)
}

/** An id in the path that is none of this account's or zone's. */
export function noRoute(path: string): ApiAnswer {
  return refused(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`)
}

/** A page of a list, by `page` and `per_page`. */
export function page({ url }: ApiRequest, items: readonly unknown[], perPageDefault: number, most: number): ApiAnswer {
  const asked = Number(url.searchParams.get('per_page') ?? perPageDefault)
  const perPage = Number.isInteger(asked) && asked > 0 ? Math.min(asked, most) : perPageDefault
  const number = Math.max(1, Number(url.searchParams.get('page') ?? 1) || 1)
  const shown = items.slice((number - 1) * perPage, number * perPage)
  return result(shown, {
    page: number,
    per_page: perPage,
    count: shown.length,
    total_count: items.length,
    total_pages: Math.ceil(items.length / perPage),
  })
}
