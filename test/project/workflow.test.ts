import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = resolve(import.meta.dirname, '../..')
const folder = join(root, '.github/workflows')
const workflowSchema = z.object({
  permissions: z.record(z.string(), z.string()),
  concurrency: z.object({ group: z.string() }),
  jobs: z.record(
    z.string(),
    z.object({ 'timeout-minutes': z.number(), steps: z.array(z.object({ run: z.string().optional() })) }),
  ),
})

describe.each(readdirSync(folder))('.github/workflows/%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  const workflow = workflowSchema.parse(parse(text))

  test('uses actions by the hash of a commit, with the version in a comment', () => {
    const uses = text.split('\n').filter((line) => /\buses:/.test(line))
    expect(uses).not.toEqual([])
    expect(uses.filter((line) => !/uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([])
  })

  test('may only read, ends by itself, and does not run twice for one branch', () => {
    expect(Object.values(workflow.permissions).filter((access) => access !== 'read')).toEqual([])
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(90)
    expect(workflow.concurrency.group).toContain('github.ref')
  })

  test('runs what a person runs: .ci/run, which is executable and ends in npm ci && npm test', () => {
    const commands = Object.values(workflow.jobs).flatMap((job) => job.steps.flatMap((step) => step.run ?? []))
    expect(commands).toContain('bash .ci/run')
    expect(statSync(join(root, '.ci/run')).mode & 0o111).not.toBe(0)
    expect(readFileSync(join(root, '.ci/run'), 'utf8')).toMatch(/^npm ci && npm test$/m)
    // It counts the tests from vitest's report, which the configuration has to write for it.
    expect(readFileSync(join(root, 'vitest.config.ts'), 'utf8')).toContain('SLUICE_TEST_REPORT')
  })
})
