import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config/parse-config.ts'
import { matchStage } from '../../src/pipeline/match-stage.ts'

function stageOf(environment: string, isReview: boolean, more: string): string | null {
  const parsed = parseConfig(`repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'\n${more}`, 'sluice.yml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const stages = parsed.config.repositories[0]?.stages ?? []
  return (
    matchStage({ name: `deployment to ${environment}`, workflow: null, environment, isReview }, stages)?.name ?? null
  )
}

const aliased =
  '    environments:\n      - { name: production, aliases: [eu-main] }\n      - { name: staging, aliases: [rehearsal] }\n'
const ownStages = '    stages:\n      - { name: Rehearse, match: ["environment: staging"] }\n'

describe('an alias of an environment', () => {
  test.each([
    ['goes where the environment goes', 'eu-main', false, aliased, 'Production'],
    ['is nothing without being named', 'eu-main', false, '', null],
    ['brings its approvals to the gate', 'eu-main', true, aliased, 'Production gate'],
    ['works with stages of one’s own', 'rehearsal', false, aliased + ownStages, 'Rehearse'],
  ])('%s', (_, environment, isReview, more, stage) => {
    expect(stageOf(environment, isReview, more)).toBe(stage)
  })
})
