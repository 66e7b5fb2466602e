/** A configuration whose environment `production` has certain lines, and what is wrong with it. */
import type { EnvironmentConfig } from '../../src/config/config.ts'
import { formatProblems } from '../../src/config/config-problem.ts'
import { parseConfig } from '../../src/config/parse-config.ts'

/** @param top - lines above the repositories, each with its end */
function productionFile(lines: string, top = ''): string {
  const written = lines.split('\n').map((line) => `        ${line}\n`)
  const head = `${top}repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'\n    environments:\n`
  return `${head}      - name: production\n${written.join('')}`
}

export function production(lines: string, top = ''): EnvironmentConfig {
  const parsed = parseConfig(productionFile(lines, top), 'sluice.yml')
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems))
  const environment = parsed.config.repositories[0]?.environments[0]
  if (environment === undefined) throw new Error('production is configured above')
  return environment
}

/** The problems in short: `what is pointed at | key | what | how to mend it`. */
export function problems(lines: string): readonly string[] {
  const parsed = parseConfig(productionFile(lines), 'sluice.yml')
  if (parsed.ok) return []
  return parsed.problems.map(({ key, excerpt, what, mend }) => {
    const pointed = excerpt === null ? '' : excerpt.text.slice(excerpt.caret, excerpt.caret + excerpt.caretLength)
    return [pointed, key.replace('repositories[0].environments[0].', ''), what, mend].join(' | ')
  })
}
