import { describe, expect, test } from 'vitest'
import { compilePathGlobs } from '../../../src/policy/path-globs.ts'
import { areasOf, classifyFiles, pathsOf } from '../../../src/release/evidence/classify-files.ts'
import { added, changedFile, removed, renamed } from './changed-file.ts'

const globs = { migrations: ['supabase/migrations/*.sql'] }

describe('files', () => {
  test.each([
    ...[
      'package.json',
      'apps/web/package-lock.json',
      'go.mod',
      'api/requirements-dev.txt',
      'Cargo.lock',
      'Gemfile',
    ].map((path) => [path, 'dependencies'] as const),
    ...['pnpm-lock.yaml', 'pyproject.toml', 'x/pom.xml', 'App.csproj'].map((path) => [path, 'dependencies'] as const),
    ...['.github/workflows/ci.yml', '.github/CODEOWNERS', 'Dockerfile', 'api/Dockerfile.worker', '.env.production'].map(
      (path) => [path, 'configuration'] as const,
    ),
    ...[
      'wrangler.toml',
      'wrangler.jsonc',
      'vercel.json',
      'supabase/config.toml',
      'infra/main.tf',
      'vite.config.ts',
    ].map((path) => [path, 'configuration'] as const),
    ...['src/main.ts', 'README.md', 'src/config/parse.ts', 'docs/package.md', 'src/dockerfile-parser.ts', 'a.sql'].map(
      (path) => [path, 'nothing'] as const,
    ),
  ])('%s is of %s', (path, kind) => {
    const { dependencies, configuration, migrations } = classifyFiles([changedFile(path)], globs)
    expect(migrations).toEqual([])
    expect(dependencies).toEqual(kind === 'dependencies' ? [path] : [])
    expect(configuration).toEqual(kind === 'configuration' ? [path] : [])
  })

  test('a renamed file counts for both of its paths', () => {
    const { migrations, configuration } = classifyFiles(
      [
        renamed('supabase/migrations/1.sql', 'supabase/migrations/2.sql'),
        renamed('supabase/migrations/3.sql', 'old/3.sql'),
        renamed('old/4.sql', 'supabase/migrations/4.sql'),
        renamed('src/a.ts', '.github/a.ts'),
        renamed('.github/b.ts', 'src/b.ts'),
      ],
      globs,
    )
    expect(migrations.map(({ path, change, readAt }) => `${path} ${change} ${readAt}`)).toEqual([
      'supabase/migrations/2.sql added target',
      'supabase/migrations/1.sql removed live',
      'supabase/migrations/3.sql removed live',
      'supabase/migrations/4.sql added target',
    ])
    expect(configuration).toEqual(['.github/a.ts', '.github/b.ts'])
    expect(pathsOf([renamed('a', 'b'), changedFile('a')])).toEqual(['b', 'a'])
  })

  test('a file is a migration, a dependency or configuration, and not two of them', () => {
    const migrations = ['db/**']
    const classified = classifyFiles([added('db/package.json'), removed('db/x.yml'), added('x.yml')], { migrations })
    expect(classified.migrations.map(({ path, blob }) => [path, blob])).toEqual([
      ['db/package.json', 'blob of db/package.json'],
      ['db/x.yml', null],
    ])
    expect(classified.dependencies).toEqual([])
    expect(classified.configuration).toEqual(['x.yml'])
  })
})

describe('areas', () => {
  test('are first folders, two for workspaces, most changed first', () => {
    const files = [
      changedFile('README.md', { additions: 2 }),
      changedFile('src/a.ts', { additions: 5, deletions: 5 }),
      changedFile('src/b/c.ts', { additions: 1 }),
      changedFile('packages/ui/src/x.ts', { additions: 30 }),
      changedFile('packages/api/src/x.ts', { additions: 20 }),
      changedFile('packages/README.md', { additions: 3 }),
    ]
    expect(areasOf(files)).toEqual([
      { name: 'packages/ui', files: 1, additions: 30, deletions: 0 },
      { name: 'packages/api', files: 1, additions: 20, deletions: 0 },
      { name: 'src', files: 2, additions: 6, deletions: 5 },
      { name: 'packages', files: 1, additions: 3, deletions: 0 },
      { name: '/', files: 1, additions: 2, deletions: 0 },
    ])
  })

  test('a file that moves between areas counts in both, its lines where it is now', () => {
    expect(areasOf([renamed('auth/a.ts', 'src/a.ts', { additions: 4 }), renamed('src/b.ts', 'src/c.ts')])).toEqual([
      { name: 'src', files: 2, additions: 4, deletions: 0 },
      { name: 'auth', files: 1, additions: 0, deletions: 0 },
    ])
  })
})

describe('globs for paths', () => {
  test.each<[readonly string[], string, boolean]>([
    [['supabase/migrations/*.sql'], 'supabase/migrations/1.sql', true],
    [['supabase/migrations/*.sql'], 'supabase/migrations/old/1.sql', false],
    [['**/migrations/*.sql'], 'migrations/1.sql', true],
    [['auth/**'], 'auth/a/b.ts', true],
    [['auth'], 'auth/a/b.ts', true],
    [['auth/'], 'auth/a.ts', true],
    [['./auth'], 'auth/a.ts', true],
    [['auth'], 'authors/a.ts', false],
    [['auth'], 'src/auth/a.ts', false],
    [['src/{auth,pay}/**'], 'src/pay/x.ts', true],
    [['**/*.tf'], '.infra/main.tf', true],
    [['app/(auth)/**'], 'app/(auth)/page.tsx', true],
    [['app/(auth)/**'], 'app/auth/page.tsx', false],
    [['app/[id]/*'], 'app/[id]/page.tsx', true],
    [['app/+page.ts', 'a|b', 'x$^'], 'a|b', true],
    [['db/**', '!db/seed/**'], 'db/seed/1.sql', false],
    [['!db/seed/**', 'db/**'], 'db/seed/1.sql', false],
    [['db/**', '!db/seed/**'], 'db/1.sql', true],
    [['!db/seed/**'], 'db/1.sql', false],
    [[], 'a', false],
    [[''], 'a', false],
    [['**'], '.a/b', true],
    [['Auth/**'], 'auth/x', false],
  ])('%j and %s: %j', (patterns, path, expected) => {
    expect(compilePathGlobs(patterns)(path)).toBe(expected)
  })
})
