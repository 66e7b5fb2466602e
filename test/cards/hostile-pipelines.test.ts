import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { context, job, pipeline, stage } from '../../sandbox/slack/render/sample-pipelines.ts'
import { failureAlert } from '../../src/cards/failure-alert.ts'
import { homeView } from '../../src/cards/home-view.ts'
import { pipelineCard } from '../../src/cards/pipeline-card.ts'
import { stageLine } from '../../src/cards/stage-line.ts'
import { arbitraryAlert, arbitraryContext, arbitraryPipeline, hostile } from './arbitrary-pipeline.ts'
import { allStrings, expectSafe } from './expect-safe.ts'

const layouts = ['plan', 'classic'] as const

describe('whatever comes from outside', () => {
  it('gives a card that Slack takes and that pages nobody', () => {
    fc.assert(
      fc.property(arbitraryPipeline, arbitraryContext, (anyPipeline, anyContext) => {
        const card = pipelineCard(anyPipeline, anyContext)
        expectSafe(card)
        expect(JSON.stringify(pipelineCard(structuredClone(anyPipeline), anyContext))).toBe(JSON.stringify(card))
        for (const anyStage of anyPipeline.stages.slice(0, 2)) expectSafe(stageLine(anyStage, anyPipeline, anyContext))
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  it('gives an alert that Slack takes and that pages nobody but the author and those on call', () => {
    fc.assert(
      fc.property(arbitraryAlert, (input) => expectSafe(failureAlert(input))),
      { numRuns: 150 },
    )
  }, 60_000)

  it('gives a Home tab that Slack takes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ pipeline: arbitraryPipeline, permalink: fc.option(hostile, { nil: null }) }), {
          maxLength: 25,
        }),
        fc.array(fc.record({ repo: hostile, channels: fc.array(hostile), stageCount: fc.nat(40) }), { maxLength: 60 }),
        (pipelines, repositories) => {
          const health = { version: '0.1.0', isStoreSound: false, deadLetters: 3, lastDeliveryAt: 1.75e12 }
          const blocks = homeView({ pipelines, repositories, health, context: context() })
          expectSafe({ text: '', blocks }, 'home')
        },
      ),
      { numRuns: 20 },
    )
  }, 60_000)
})

describe.each(layouts)('a pipeline of 300 jobs in 40 stages with names of 300 characters (%s)', (layout) => {
  const huge = (stageCount: number, failing: number, letter = 'n') =>
    pipeline(
      Array.from({ length: stageCount }, (_, index) =>
        stage(
          `${index} ${letter.repeat(300)}`,
          index === failing ? 'failed' : 'passed',
          Array.from({ length: 8 }, (_, part) =>
            job(`${index}.${part} ${letter.repeat(300)}`, index === failing && part === 5 ? 'failed' : 'passed', {
              step: letter.repeat(300),
            }),
          ),
          index,
          index + 60,
        ),
      ),
      { verdict: 'failed', title: letter.repeat(300), branch: letter.repeat(300) },
    )

  it.each(['n', '&', '*', '_', '🚀', '\u202E', 'é'])('is a valid card of at most 50 blocks (of %s)', (letter) => {
    const card = pipelineCard(huge(40, 37, letter), context(layout))
    expectSafe(card)
    const tasks = card.blocks.flatMap((block) => (block.type === 'plan' ? (block.tasks ?? []) : []))
    expect(card.blocks.length + tasks.length).toBeLessThanOrEqual(50)
  })

  it('names the failing job and counts the jobs that it leaves out', () => {
    const strings = allStrings(pipelineCard(huge(40, 37), context(layout)).blocks)
    expect(strings.some((text) => text.includes('37.5 '))).toBe(true)
    expect(strings.some((text) => /Left out for length: \d+ jobs/.test(text))).toBe(true)
  })

  it('leaves stages out beyond 40, failures last, and says how many', () => {
    const strings = allStrings(pipelineCard(huge(60, 59), context(layout)).blocks)
    expect(strings.some((text) => text.includes('59.5 '))).toBe(true)
    expect(strings.some((text) => /Left out for length: 20 stages and \d+ jobs/.test(text))).toBe(true)
  })
})
