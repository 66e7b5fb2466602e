import { describe, expect, it } from 'vitest'
import { sizedPipeline } from '../../sandbox/github/sized-pipeline.ts'
import { validateMessage } from '../../sandbox/slack/validate-message.ts'
import { contentOf, expectedOf } from './expected-card.ts'
import { fastWorld, smallPipeline, wordsOf } from './fast-world.ts'

describe('a pipeline of 300 jobs', () => {
  it('is a card of at most 50 blocks that Slack takes, with the final state', { timeout: 90_000 }, async () => {
    const world = await fastWorld()
    const outcomes = { 17: ['failure'], 217: ['failure'] } as const
    const { sha } = await world.run(sizedPipeline({ jobs: 300, outcomes }))

    const [card] = world.cards()
    const { text, blocks } = contentOf(card ?? { text: '', blocks: [] })
    expect(validateMessage({ text, blocks })).toEqual([])
    expect(blocks.length).toBeLessThanOrEqual(50)
    expect(text).toMatch(/^Failed: .*Job 17/)
    const expected = await expectedOf(world, { repository: 'omnihub/app', sha })
    expect({ text, blocks }).toEqual(expected.card)
    const jobs = expected.pipeline.stages.flatMap((stage) => stage.groups.flatMap((group) => group.jobs))
    expect(jobs).toHaveLength(300)
    expect(world.slack.calls.filter(({ outcome }) => outcome === 'invalid_blocks')).toEqual([])
  })

  it('folds a matrix into one line with its count', { timeout: 90_000 }, async () => {
    const world = await fastWorld()
    const shards = Array.from({ length: 300 }, (_, index) => String(index + 1))
    const spec = smallPipeline()
    const matrix = {
      key: 'unit',
      name: 'Unit Tests',
      matrix: { shard: shards },
      matrixOutcomes: { '7': ['failure'] },
    } as const
    await world.run({ ...spec, workflows: [{ name: 'CI', on: ['push'], jobs: [matrix] }] })

    const [card] = world.cards()
    expect(card?.text).toContain('Unit tests: Unit Tests (1 failed)')
    expect(wordsOf(card ?? { text: '', blocks: [] })).toContain('Unit Tests ×300')
    expect(wordsOf(card ?? { text: '', blocks: [] })).toContain('299 passed, 1 failed')
    expect(card?.blocks.length).toBeLessThanOrEqual(50)
  })
})
