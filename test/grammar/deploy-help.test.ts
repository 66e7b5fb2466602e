import { describe, expect, test } from 'vitest'
import { deployHelp } from '../../src/grammar/deploy-help.ts'
import { helpTopics } from '../../src/grammar/help-topics.ts'
import { parseDeployCommand } from '../../src/grammar/parse-deploy-command.ts'
import { contexts, ofGateway, ofNone, ofOmnihub } from './grammar-contexts.ts'

/** `/deploy status – …` and lines that are nothing but an example; those with [brackets] or CAPITALS show a form. */
function examplesIn(lines: readonly string[]): readonly string[] {
  return lines
    .flatMap((line) => /^\/deploy(.*?)(?: – .*)?$/.exec(line)?.[1]?.trim() ?? [])
    .filter((example) => !/\[|\bID\b|\bTOPIC\b|shows|asks|tells|lists|calls|lets|takes|ends/.test(example))
}

describe('help', () => {
  test('every example works in the channel in which it is read', () => {
    for (const context of contexts) {
      for (const topic of [null, ...helpTopics]) {
        for (const example of examplesIn(deployHelp(topic, context))) {
          expect(parseDeployCommand(example, context), example).toMatchObject({ ok: true })
        }
      }
    }
  })

  test('examples use the names of the configuration and name the repository only where it has to be', () => {
    expect(deployHelp(null, ofOmnihub).join('\n')).toContain('/deploy production canary v1.4.2')
    expect(deployHelp(null, ofNone).join('\n')).toContain('/deploy acme/omnihub production canary')
    expect(deployHelp('lock', ofGateway).at(-1)).toContain('/deploy lock sandbox')
  })

  test('every topic has its lines, and a topic that there is not gets the overview', () => {
    for (const topic of helpTopics) expect(deployHelp(topic, ofOmnihub).length).toBeGreaterThan(0)
    expect(deployHelp('nonsense', ofOmnihub)).toEqual(deployHelp(null, ofOmnihub))
  })
})
