import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideNotices } from '../../src/pipeline/decide-notices.ts'
import { defaultStages } from '../../src/pipeline/default-stages.ts'
import type { Fact } from '../../src/pipeline/facts.ts'
import { applyFact, applyFacts, emptyPipelineState, type PipelineState } from '../../src/pipeline/fold.ts'
import { isFinal } from '../../src/pipeline/job-state.ts'
import type { Pipeline } from '../../src/pipeline/pipeline.ts'
import { viewPipeline } from '../../src/pipeline/view-pipeline.ts'
import { arbitraryPipeline, type ScriptedPipeline } from './arbitrary-pipeline.ts'
import { aJob, aPush, aRun, repository, sha } from './facts.ts'

const runs = { numRuns: 150 }

function fold(facts: readonly Fact[], from: PipelineState = emptyPipelineState(repository, sha)): PipelineState {
  return facts.reduce((state, fact) => applyFact(state, fact).state, from)
}

function view(facts: readonly Fact[]): Pipeline {
  return viewPipeline(fold(facts), defaultStages)
}

function allFacts(script: ScriptedPipeline): readonly Fact[] {
  return script.facts.map(({ fact }) => fact)
}

function finalFacts(script: ScriptedPipeline): readonly Fact[] {
  return script.facts.flatMap(({ fact, isFinal: isNeeded }) => (isNeeded ? fact : []))
}

/** Shuffles and repeats a script's facts by random numbers, one a fact and its copy. */
const shuffledPipeline = arbitraryPipeline.chain((script) =>
  fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: script.facts.length * 2,
      maxLength: script.facts.length * 2,
    })
    .map((numbers) => ({
      script,
      shuffled: [...script.facts, ...script.facts]
        .map(({ fact }, index) => ({
          fact,
          at: numbers[index] ?? 0,
          isKept: index % 2 === 0 || (numbers[index] ?? 0) < 0.7,
        }))
        .filter(({ isKept }, index) => isKept || index < script.facts.length)
        .sort((a, b) => a.at - b.at)
        .map(({ fact }) => fact),
      kept: script.facts.flatMap(({ fact, isFinal: isNeeded }, index) =>
        isNeeded || (numbers[index] ?? 0) < 0.5 ? fact : [],
      ),
    })),
)

describe('the pipeline is a fold that does not depend on the order of its inputs', () => {
  test('a played pipeline ends with the verdict that its script says', () => {
    fc.assert(
      fc.property(arbitraryPipeline, (script) => {
        const pipeline = view(allFacts(script))
        expect(pipeline.verdict).toBe(script.verdict)
        expect(pipeline.completedAt).not.toBeNull()
        for (const stage of pipeline.stages) {
          expect(stage.groups.length === 0 || isFinal(stage.state)).toBe(true)
        }
      }),
      runs,
    )
  })

  test('facts shuffled and repeated make the same pipeline', () => {
    fc.assert(
      fc.property(shuffledPipeline, ({ script, shuffled }) => {
        expect(view(shuffled)).toEqual(view(allFacts(script)))
      }),
      runs,
    )
  })

  test('losing facts that later ones replace changes neither the verdict nor any stage', () => {
    fc.assert(
      fc.property(shuffledPipeline, ({ script, kept }) => {
        const whole = view(allFacts(script))
        const partial = view(kept)
        expect(partial.verdict).toBe(whole.verdict)
        expect(partial.stages.map(({ name, state }) => [name, state])).toEqual(
          whole.stages.map(({ name, state }) => [name, state]),
        )
      }),
      runs,
    )
  })

  test('facts of older attempts and earlier states that come last change nothing at all', () => {
    fc.assert(
      fc.property(arbitraryPipeline, (script) => {
        const ended = fold(finalFacts(script))
        const outdated = script.facts.flatMap(({ fact, isFinal: isNeeded }) => (isNeeded ? [] : fact))
        expect(viewPipeline(fold(outdated, ended), defaultStages)).toEqual(viewPipeline(ended, defaultStages))
      }),
      runs,
    )
  })

  test('the notices that are due in the end do not depend on the order either', () => {
    fc.assert(
      fc.property(shuffledPipeline, ({ script, shuffled }) => {
        const keys = (facts: readonly Fact[]) => decideNotices(view(facts)).map((notice) => notice.key)
        expect(keys(shuffled)).toEqual(keys(allFacts(script)))
      }),
      runs,
    )
  })

  test('in whatever order facts come, only what failed is alerted to without making sure of a run’s end first', () => {
    fc.assert(
      fc.property(shuffledPipeline, ({ script, shuffled }) => {
        let state = emptyPipelineState(repository, sha)
        for (const fact of shuffled) {
          state = applyFact(state, fact).state
          for (const notice of decideNotices(viewPipeline(state, defaultStages))) {
            if (notice.type !== 'job_failed' || notice.inferredFrom.length > 0) continue
            expect(script.failedKeys).toContain(notice.job.key)
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  test('an alert is only ever raised about something that failed, and nothing that stays failed goes without', () => {
    fc.assert(
      fc.property(arbitraryPipeline, (script) => {
        const sent = new Set<string>()
        let state = emptyPipelineState(repository, sha)
        for (const { fact } of script.facts) {
          state = applyFact(state, fact).state
          for (const notice of decideNotices(viewPipeline(state, defaultStages))) sent.add(notice.key)
        }
        const alerts = [...sent].filter((key) => key.startsWith('failed:')).map((key) => key.slice('failed:'.length))
        expect(alerts.filter((key) => !script.failedKeys.has(key))).toEqual([])
        if (script.verdict === 'failed') expect(alerts.length).toBeGreaterThan(0)
      }),
      { numRuns: 40 },
    )
  })
})

describe('joining facts', () => {
  const low = aRun({ status: 'in_progress', at: 10 })
  const high = aRun({ conclusion: 'success', at: 20 })

  test('the greater order wins whichever comes first', () => {
    expect(fold([low, high]).facts.get('run:1')).toEqual(high)
    expect(fold([high, low]).facts.get('run:1')).toEqual(high)
  })

  test('a fact that is known already changes nothing and returns the same state', () => {
    const state = fold([high])
    const again = applyFact(state, structuredClone(high))
    expect(again.changed).toBe(false)
    expect(again.state).toBe(state)
  })

  test('two different facts of equal order are settled the same way in both orders', () => {
    const a = { ...aPush(), pusherLogin: 'ada' }
    const b = { ...aPush(), pusherLogin: 'bob' }
    expect(fold([a, b])).toEqual(fold([b, a]))
  })

  test('the order of members in an object, as a store may change it, makes no difference', () => {
    const fact = aPush()
    const reordered = Object.fromEntries(Object.entries(fact).reverse()) as unknown as Fact
    expect(applyFact(fold([fact]), reordered).changed).toBe(false)
  })

  test('the state that was passed in is not modified', () => {
    const state = fold([low])
    applyFact(state, high)
    expect(state.facts.get('run:1')).toBe(low)
  })

  test('joining many facts at once gives what joining them one by one gives', () => {
    fc.assert(
      fc.property(arbitraryPipeline, (script) => {
        const empty = emptyPipelineState(repository, sha)
        expect(applyFacts(empty, allFacts(script)).state).toEqual(fold(allFacts(script)))
      }),
      { numRuns: 20 },
    )
  })

  test('a pipeline of 300 jobs is folded and viewed in a few milliseconds', () => {
    const facts = Array.from({ length: 300 }, (_, index) => aJob({ id: index + 1, name: `test (${index})` }))
    const state = fold(facts)
    viewPipeline(state, defaultStages)
    const before = performance.now()
    for (let round = 0; round < 10; round++) {
      viewPipeline(
        applyFact(state, aJob({ id: round + 1, name: `test (${round})`, conclusion: 'success' })).state,
        defaultStages,
      )
    }
    expect((performance.now() - before) / 10).toBeLessThan(50)
  })
})
