import { compilePathGlobs } from '../../policy/path-globs.ts'
import type { ChangedFile } from '../evidence.ts'

/** Changed files by what they mean for a release; a file may be in more than one. */
export interface ClassifiedFiles {
  readonly migrations: readonly ChangedFile[]
  readonly configuration: readonly ChangedFile[]
  readonly dependencies: readonly ChangedFile[]
}

const dependencyFiles = compilePathGlobs([
  '**/{package.json,package-lock.json,npm-shrinkwrap.json,yarn.lock,pnpm-lock.yaml,bun.lock,bun.lockb,deno.lock}',
  '**/{go.mod,go.sum,Cargo.toml,Cargo.lock,Gemfile,Gemfile.lock,composer.json,composer.lock}',
  '**/{pyproject.toml,poetry.lock,uv.lock,Pipfile,Pipfile.lock,requirements*.txt,pom.xml,build.gradle,build.gradle.kts}',
])
const configurationFiles = compilePathGlobs([
  '**/*.{yml,yaml,toml,ini,conf,properties}',
  '**/.env*',
  '**/{Dockerfile*,*.Dockerfile,docker-compose*,wrangler.json*,vercel.json,*.config.{js,cjs,mjs,ts,mts,cts,json}}',
  '.github/**',
  '**/*.{tf,tfvars}',
])

/** @param policy.migrations - globs; a renamed file counts under both of its names */
export function classifyFiles(
  files: readonly ChangedFile[],
  policy: { readonly migrations: readonly string[] },
): ClassifiedFiles {
  const isMigration = compilePathGlobs(policy.migrations)
  const withEither = (matches: (path: string) => boolean) =>
    files.filter(({ path, previousPath }) => matches(path) || (previousPath !== null && matches(previousPath)))
  const dependencies = withEither(dependencyFiles)
  return {
    migrations: policy.migrations.length === 0 ? [] : withEither(isMigration),
    dependencies,
    configuration: withEither(configurationFiles).filter((file) => !dependencies.includes(file)),
  }
}
