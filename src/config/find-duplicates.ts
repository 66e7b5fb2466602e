import type { KeyPath } from './read-yaml.ts'
import { isObject, listAt } from './untyped.ts'

export interface Duplicate {
  readonly path: KeyPath
  /** The one that came first. */
  readonly first: KeyPath
  /** `repository`, `stage`, … */
  readonly noun: string
  readonly mend: string
}

/**
 * Finds what may be there only once. Looks at the file as it was read, before the schema had its say, so that other
 * mistakes hide none of these.
 */
export function findDuplicates(file: unknown): readonly Duplicate[] {
  const repositories = listAt(file, 'repositories')
  return [
    ...repeated(
      repositories.flatMap((repository, index) => names(repository, 'repo', ['repositories', index])),
      'repository',
      'Keep one entry; a repository with cards in several channels has a list under "channel".',
    ),
    ...repositories.flatMap((repository, index) => inRepository(repository, ['repositories', index])),
    ...repeated(
      repositories.flatMap((repository, index) => loadBalancers(repository, ['repositories', index])),
      'load balancer',
      'Each environment has one of its own: two releases at once would fight over the split.',
    ),
    ...repeated(
      repositories.flatMap((repository, index) => vercelProjects(repository, ['repositories', index])),
      'Vercel project',
      'Give each environment a project of its own: a project has one production.',
    ),
    ...repeated(
      Object.keys(isObject(file) && isObject(file.people) ? file.people : {}).map((login) => ({
        name: login,
        path: ['people', login],
      })),
      'GitHub login',
      'Keep one of the two: GitHub does not tell upper from lower case in logins.',
    ),
  ]
}

function inRepository(repository: unknown, path: KeyPath): readonly Duplicate[] {
  const environments = listAt(repository, 'environments').map((item) =>
    typeof item === 'string' ? { name: item } : item,
  )
  const channel = isObject(repository) ? repository.channel : undefined
  return [
    ...repeated(
      texts(channel, [...path, 'channel']),
      'channel',
      'Take one out: a commit has one card in each channel.',
    ),
    ...repeated(
      listAt(repository, 'stages').flatMap((stage, index) => names(stage, 'name', [...path, 'stages', index])),
      'stage',
      'Give it another name, or put the patterns of both into one stage.',
    ),
    ...repeated(
      environments.flatMap((environment, index) => [
        ...names(environment, 'name', [...path, 'environments', index]),
        ...(isObject(environment) ? texts(environment.aliases, [...path, 'environments', index, 'aliases']) : []),
      ]),
      'environment',
      'Each name and each alias must lead to one environment.',
    ),
    ...repeated(
      environments.flatMap((environment, index) =>
        hostOf(environment, ['functions', 'supabase'], [...path, 'environments', index]),
      ),
      'Supabase project',
      'Give each environment a project of its own: what is rolled back in one would be rolled back in the other.',
    ),
    ...environments.flatMap((environment, index) =>
      repeated(
        listAt(environment, 'risks').flatMap((rule, position) =>
          names(rule, 'name', [...path, 'environments', index, 'risks', position]),
        ),
        'risk rule',
        'Give it another name: the card and the audit log tell them apart by it.',
      ),
    ),
    ...environments.flatMap((environment, index) =>
      repeated(
        listAt(isObject(environment) ? environment.metrics : undefined, 'custom').flatMap((metric, position) =>
          names(metric, 'name', [...path, 'environments', index, 'metrics', 'custom', position]),
        ),
        'metric',
        'Give it another name: the card and the audit log tell them apart by it.',
      ),
    ),
  ]
}

function loadBalancers(repository: unknown, path: KeyPath): readonly Named[] {
  return listAt(repository, 'environments').flatMap((environment, index) => {
    const traffic = isObject(environment) ? environment.traffic : undefined
    const cloudflare = isObject(traffic) ? traffic.cloudflare : undefined
    return names(cloudflare, 'load_balancer', [...path, 'environments', index, 'traffic', 'cloudflare'])
  })
}

/** By team and name: teams may have projects of the same name. */
function vercelProjects(repository: unknown, path: KeyPath): readonly Named[] {
  return listAt(repository, 'environments').flatMap((environment, index) =>
    ['frontend', 'traffic'].flatMap((kind) => {
      const hosts = isObject(environment) ? environment[kind] : undefined
      const vercel = isObject(hosts) ? hosts.vercel : undefined
      const team = isObject(vercel) && typeof vercel.team === 'string' ? vercel.team : ''
      const found = names(vercel, 'project', [...path, 'environments', index, kind, 'vercel'])
      return found.map(({ name, path }) => ({ name: `${team}/${name}`, path }))
    }),
  )
}

interface Named {
  readonly name: string
  readonly path: KeyPath
}

function repeated(all: readonly Named[], noun: string, mend: string): readonly Duplicate[] {
  const firsts = new Map<string, KeyPath>()
  return all.flatMap(({ name, path }) => {
    const first = firsts.get(name.toLowerCase())
    if (first !== undefined) return [{ path, first, noun, mend }]
    firsts.set(name.toLowerCase(), path)
    return []
  })
}

/** The project of a host, by the keys that lead to it. */
function hostOf(environment: unknown, [kind, host]: readonly [string, string], path: KeyPath): readonly Named[] {
  const hosts = isObject(environment) ? environment[kind] : undefined
  return isObject(hosts) ? names(hosts[host], 'project', [...path, kind, host]) : []
}

function names(item: unknown, key: string, path: KeyPath): readonly Named[] {
  const name = isObject(item) ? item[key] : undefined
  return typeof name === 'string' ? [{ name, path: [...path, key] }] : []
}

function texts(value: unknown, path: KeyPath): readonly Named[] {
  if (typeof value === 'string') return [{ name: value, path }]
  if (!Array.isArray(value)) return []
  return value.flatMap((name, index) => (typeof name === 'string' ? [{ name, path: [...path, index] }] : []))
}
