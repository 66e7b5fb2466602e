import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { formatProblems } from '../../src/config/config-problem.ts'
import { knownKeys } from '../../src/config/config-schema.ts'
import { parseFreezeText } from '../../src/config/freeze-text.ts'
import { parseConfig } from '../../src/config/parse-config.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { defaultStages } from '../../src/pipeline/default-stages.ts'

const page = readFileSync(new URL('../../docs/configure.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text: text ?? '',
}))
const leastFile = "repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'\n"
const folder = mkdtempSync(join(tmpdir(), 'sluice-doc-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('docs/configure.md', () => {
  it('begins with a file that works', () => {
    expect(parseConfig(blocks[0]?.text ?? '', 'sluice.yml').ok).toBe(true)
  })

  it('names every key', () => {
    for (const [place, keys] of knownKeys) {
      for (const key of keys) expect(page, `${place} ${key}`).toMatch(new RegExp(`^(?:### |\\| )\`${key}\``, 'm'))
    }
  })

  it('names the default stages', () => {
    expect(page.replaceAll('\n', ' ')).toContain(defaultStages.map(({ name }) => name).join(', '))
  })

  it('shows gates that work, whole or in part', () => {
    const good = blocks.filter(({ language, text }) => language === 'yaml' && !text.includes('chanel'))
    expect(good.length).toBeGreaterThanOrEqual(4)
    for (const { text } of good) {
      const inside = text.replaceAll(/^/gm, '        ')
      const file = text.includes('repositories:') ? text : `${leastFile}    environments:\n      - name: qa\n${inside}`
      const parsed = parseConfig(file, 'sluice.yml')
      expect(parsed.ok ? '' : formatProblems(parsed.problems), text).toBe('')
    }
  })

  it('shows freeze windows that work', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (?:Sat|Fri|Mon|from)/gm)].map(([, text]) => text ?? '')
    expect(rows).toHaveLength(5)
    for (const row of rows) expect(parseFreezeText(row), row).not.toBeNull()
  })

  it('shows an error as it is really printed', async () => {
    const [file, shown] = [blocks.findLast(({ language }) => language === 'yaml'), blocks.at(-1)]
    const path = join(folder, 'sluice.yml')
    const token = ['xoxb', '1234567890', 'abcdef'].join('-')
    writeFileSync(path, (file?.text ?? '').replace('xoxb-…', token))
    const result = await readConfiguration({
      path,
      env: { SLACK_BOT_TOKEN: `${token}ghij`, SLACK_SIGNING_SECRET: '0123456789abcdef'.repeat(2) },
    })
    expect(result.ok ? '' : result.message.replaceAll(path, 'sluice.yml')).toBe(shown?.text.trimEnd())
  })
})
