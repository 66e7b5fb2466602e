/** Finds the route of a request; paths are written as GitHub's documentation writes them. */
import type { Caller } from './access.ts'
import type { Answer } from './rest-answer.ts'

export interface RouteRequest {
  readonly method: string
  readonly url: URL
  /** Decoded parts of the path, by the names in the route. */
  readonly params: Readonly<Record<string, string>>
  readonly body: string
  readonly caller: Caller
}

export type RouteHandler = (request: RouteRequest) => Answer

export interface Route {
  /** `GET /repos/{owner}/{repo}/commits/{ref}/status`; a name with `+` in front may hold slashes. */
  readonly path: string
  readonly handle: RouteHandler
}

export interface FoundRoute<Handle> {
  readonly handle: Handle
  readonly params: Readonly<Record<string, string>>
}

export function createRouter<Handle>(
  routes: readonly { readonly path: string; readonly handle: Handle }[],
): (method: string, pathname: string) => FoundRoute<Handle> | null {
  const compiled = routes.map(({ path, handle }) => {
    const [method = '', template = ''] = path.split(' ')
    const names: string[] = []
    const source = template.replaceAll(/\{(\+?)(\w+)\}/g, (_, plus: string, name: string) => {
      names.push(name)
      return plus ? '(.+)' : '([^/]+)'
    })
    return { method, expression: new RegExp(`^${source}$`), names, handle }
  })
  return (method, pathname) => {
    for (const route of compiled) {
      const match = route.method === method ? route.expression.exec(pathname) : null
      if (match === null) continue
      const params = Object.fromEntries(
        route.names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]),
      )
      return { handle: route.handle, params }
    }
    return null
  }
}
