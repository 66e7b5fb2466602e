import { compilePathGlobs } from '../../policy/path-globs.ts'
import type { ChangedArea, ChangedFile, EvidenceMigration } from '../evidence.ts'

/** Files that say which code of others is used. */
const dependencies = compilePathGlobs(
  [
    ...[
      'package.json',
      'package-lock.json',
      'npm-shrinkwrap.json',
      'yarn.lock',
      'pnpm-lock.yaml',
      'pnpm-workspace.yaml',
    ],
    ...['bun.lock', 'bun.lockb', 'deno.json', 'deno.jsonc', 'deno.lock', 'import_map.json'],
    ...['go.mod', 'go.sum', 'go.work', 'cargo.toml', 'cargo.lock', 'gemfile', 'gemfile.lock', '*.gemspec'],
    ...[
      'requirements*.txt',
      'requirements/*.txt',
      'constraints*.txt',
      'pipfile',
      'pipfile.lock',
      'poetry.lock',
      'uv.lock',
    ],
    ...['pyproject.toml', 'setup.py', 'setup.cfg', 'composer.json', 'composer.lock', 'pom.xml', 'build.gradle'],
    ...['build.gradle.kts', 'gradle.lockfile', 'libs.versions.toml', '*.csproj', '*.fsproj', 'packages.lock.json'],
    ...['directory.packages.props', 'mix.exs', 'mix.lock', 'pubspec.yaml', 'pubspec.lock', 'package.swift'],
    ...['package.resolved', 'podfile', 'podfile.lock', 'flake.lock', '.gitmodules'],
  ].map((name) => `**/${name}`),
)

/** Files that say how it is built and run. */
const configuration = compilePathGlobs([
  '.github/**',
  ...[
    ...[
      '*.yml',
      '*.yaml',
      '*.toml',
      '*.ini',
      '*.conf',
      '*.cfg',
      '*.properties',
      '*.env',
      '.env*',
      '*.tf',
      '*.tfvars',
      '*.hcl',
    ],
    ...[
      'dockerfile',
      'dockerfile.*',
      '*.dockerfile',
      'containerfile',
      'containerfile.*',
      '.dockerignore',
      'procfile',
      'nginx*.conf',
    ],
    ...['wrangler.json', 'wrangler.jsonc', 'vercel.json', 'now.json', 'firebase.json', 'cdk.json', 'serverless.*'],
    ...['*.config.{js,cjs,mjs,ts,cts,mts,json}', 'tsconfig*.json', 'turbo.json', 'nx.json', '.npmrc', '.nvmrc'],
    ...['.node-version', '.python-version', '.tool-versions', 'appsettings*.json', '_headers', '_redirects'],
  ].map((name) => `**/${name}`),
])

export interface ClassifiedFiles {
  readonly migrations: readonly ChangedMigration[]
  /** Paths, once each, in the order of the list. A file is in one of the three lists only. */
  readonly configuration: readonly string[]
  readonly dependencies: readonly string[]
}

/** A migration file and where its text is: a removed one only at the commit that is live. */
export interface ChangedMigration {
  readonly path: string
  readonly blob: string | null
  readonly change: EvidenceMigration['change']
  readonly readAt: 'target' | 'live'
}

/**
 * Tells migrations, dependency manifests and configuration from the rest. A renamed file counts for both of its paths: a
 * migration that is renamed is one that goes and one that comes, since tools run migrations by their names.
 *
 * @param globs - of migration files, see `compilePathGlobs`
 */
export function classifyFiles(
  files: readonly ChangedFile[],
  { migrations: globs }: { readonly migrations: readonly string[] },
): ClassifiedFiles {
  const isMigration = compilePathGlobs(globs)
  const migrations = files.flatMap((file) => changedPaths(file).filter(({ path }) => isMigration(path)))
  const others = pathsOf(files).filter((path) => !isMigration(path))
  // Names like Dockerfile and Gemfile are the same in every spelling.
  const isDependency = (path: string) => dependencies(path.toLowerCase())
  return {
    migrations,
    dependencies: others.filter(isDependency),
    configuration: others.filter((path) => !isDependency(path) && configuration(path.toLowerCase())),
  }
}

/** Every path that the files have or had, once each. */
export function pathsOf(files: readonly ChangedFile[]): readonly string[] {
  return [...new Set(files.flatMap((file) => changedPaths(file).map(({ path }) => path)))]
}

function changedPaths({ path, previousPath, change, blob }: ChangedFile): readonly ChangedMigration[] {
  const removed = { blob: null, change: 'removed', readAt: 'live' } as const
  if (change === 'removed') return [{ path, ...removed }]
  if (change !== 'renamed') return [{ path, blob, change, readAt: 'target' }]
  const added = { path, blob, change: 'added', readAt: 'target' } as const
  return previousPath === null || previousPath === path ? [added] : [added, { path: previousPath, ...removed }]
}

/** Folders of workspaces, whose members are areas of their own. */
const workspaces = new Set(['packages', 'apps', 'services', 'libs', 'modules', 'crates'])

/**
 * Files by area, most changed lines first. A file that was moved from one area to another counts in both, its lines
 * where it is now. Files in no folder are in the area `/`.
 */
export function areasOf(files: readonly ChangedFile[]): readonly ChangedArea[] {
  const areas = new Map<string, ChangedArea>()
  const add = (name: string, additions: number, deletions: number) => {
    const area = areas.get(name) ?? { name, files: 0, additions: 0, deletions: 0 }
    areas.set(name, {
      name,
      files: area.files + 1,
      additions: area.additions + additions,
      deletions: area.deletions + deletions,
    })
  }
  for (const { path, previousPath, additions, deletions } of files) {
    add(areaOf(path), additions, deletions)
    if (previousPath !== null && areaOf(previousPath) !== areaOf(path)) add(areaOf(previousPath), 0, 0)
  }
  const lines = ({ additions, deletions }: ChangedArea) => additions + deletions
  return [...areas.values()].sort(
    (a, b) => lines(b) - lines(a) || b.files - a.files || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
}

function areaOf(path: string): string {
  const [first = '', second, third] = path.split('/')
  if (second === undefined) return '/'
  return workspaces.has(first) && third !== undefined ? `${first}/${second}` : first
}
