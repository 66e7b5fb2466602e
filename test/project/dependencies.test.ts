import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = resolve(import.meta.dirname, '../..')
const packages = z.record(z.string(), z.string())
const manifest = z
  .object({ dependencies: packages, devDependencies: packages, allowScripts: z.record(z.string(), z.boolean()) })
  .parse(JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')))

/** Names of the packages that have a row of their own (`| \`name\` | …`) under a heading of docs/dependencies.md. */
function rowsUnder(heading: string): readonly string[] {
  const text = readFileSync(resolve(root, 'docs/dependencies.md'), 'utf8')
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\| `([^`]+)` \| .{20,} \|$/gm)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  )
}

describe('docs/dependencies.md', () => {
  test('has a row for each package that runs in production, in order, and for none that is gone', () => {
    expect(rowsUnder('In production')).toEqual(Object.keys(manifest.dependencies).sort())
  })

  test('has a row for each package of development, in order, and for none that is gone', () => {
    expect(rowsUnder('In development')).toEqual(Object.keys(manifest.devDependencies).sort())
  })

  test('has a row for each install script that is allowed or denied', () => {
    expect(rowsUnder('Install scripts')).toEqual(Object.keys(manifest.allowScripts).sort())
  })
})

describe('package.json', () => {
  test('fixes the tools whose releases change what passes: Biome and knip', () => {
    for (const tool of ['@biomejs/biome', 'knip']) expect(manifest.devDependencies[tool]).toMatch(/^\d+\.\d+\.\d+$/)
  })
})
