import { addressIn, namesPool } from '../policy/pool-address.ts'
import type { GateConflict } from './find-gate-conflicts.ts'
import type { KeyPath } from './read-yaml.ts'
import { checkPoolName } from './traffic-schema.ts'
import { isObject, listAt } from './untyped.ts'
import { checkAddress, type ValueFault } from './value-checks.ts'

interface Address {
  /** Within the environment. */
  readonly path: KeyPath
  readonly written: string
}

/**
 * Addresses with `$pool` in them. What stands for it is said under `traffic`, so the two are looked at together: whether
 * there are pools at all, and whether each of their names makes an address.
 *
 * @param quote - shows a text from the file without its secrets
 */
export function findPoolConflicts(file: unknown, quote: (text: string) => string): readonly GateConflict[] {
  return listAt(file, 'repositories').flatMap((repository, index) =>
    listAt(repository, 'environments').flatMap((environment, position) => {
      if (!isObject(environment)) return []
      return addressesOf(environment).flatMap(({ path, written }) => {
        const fault = namesPool(written) ? faultOf(written, environment.traffic, quote) : null
        if (fault === null) return []
        return [{ path: ['repositories', index, 'environments', position, ...path], ...fault }]
      })
    }),
  )
}

function faultOf(written: string, traffic: unknown, quote: (text: string) => string): ValueFault | null {
  const cloudflare = isObject(traffic) ? traffic.cloudflare : undefined
  if (cloudflare === undefined || cloudflare === null) {
    return isObject(traffic) && isObject(traffic.vercel)
      ? {
          what: "$pool stands for a load balancer's pool, and the rolling releases of Vercel have no pools.",
          mend: 'Write an address without $pool.',
        }
      : {
          what: "$pool stands for a load balancer's pool, and no load balancer splits the traffic here.",
          mend: 'Name it under "traffic", as "cloudflare", or write an address without $pool.',
        }
  }
  const pools = isObject(cloudflare) && isObject(cloudflare.pools) ? Object.keys(cloudflare.pools) : []
  for (const pool of pools.filter((name) => checkPoolName(name) === null)) {
    const fault = checkAddress('anywhere')(addressIn(written, pool) ?? written)
    if (fault !== null) return { ...fault, what: `With ${quote(pool)} for $pool this ${fault.what}` }
  }
  return null
}

function addressesOf({ health, steps, blue_green: blueGreen }: Readonly<Record<string, unknown>>): readonly Address[] {
  const probed = isObject(health)
    ? ['canary', 'baseline'].flatMap((key) => texts(health[key], ['health', key]))
    : texts(health, ['health'])
  return [
    ...probed,
    ...items(steps, ['steps']).flatMap(({ item, path }) =>
      isObject(item) ? ['before', 'after'].flatMap((key) => checked(item[key], [...path, key])) : [],
    ),
    ...(isObject(blueGreen) ? checked(blueGreen.before, ['blue_green', 'before']) : []),
  ]
}

function checked(checks: unknown, at: KeyPath): readonly Address[] {
  return items(checks, at).flatMap(({ item, path }) => (isObject(item) ? texts(item.http, [...path, 'http']) : []))
}

/** One item may be written without the list around it. */
function items(value: unknown, at: KeyPath): readonly { readonly item: unknown; readonly path: KeyPath }[] {
  return Array.isArray(value)
    ? value.map((item, index) => ({ item, path: [...at, index] }))
    : [{ item: value, path: at }]
}

function texts(value: unknown, path: KeyPath): readonly Address[] {
  return typeof value === 'string' ? [{ path, written: value }] : []
}
