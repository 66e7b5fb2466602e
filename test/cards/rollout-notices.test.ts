import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderText } from '../../sandbox/slack/render/render-text.ts'
import { mia, releaseContext, sam } from '../../sandbox/slack/render/sample-releases.ts'
import { rollbackIncomplete, rolledBack, sampleCheck } from '../../sandbox/slack/render/sample-rollouts.ts'
import type { Rendered } from '../../src/cards/rendered.ts'
import {
  holdReminder,
  pageNotice,
  rollbackBegunNotice,
  rollbackEndedNotice,
  verdictNotice,
} from '../../src/cards/rollout-notices.ts'
import { quote } from '../../src/release/text-with-people.ts'
import { hostile } from './arbitrary-pipeline.ts'
import { arbitraryCheck, arbitraryRollout, environmentName } from './arbitrary-release.ts'
import { expectSafe } from './expect-safe.ts'

const names = new Map([
  ['U07MIA', 'Mia'],
  ['U07SAM', 'Sam'],
  ['S07ONCALL', 'oncall'],
])
const context = releaseContext()
const { release, rollout: glance } = rolledBack()
const about = { release, cardUrl: 'https://acme.slack.com/archives/C1/p1' }

function shown(message: Rendered): string {
  expectSafe(message)
  return renderText(message, { width: 400, names })
}

describe('what is said under the card', () => {
  it('calls those on call, with what is wrong and what to do by hand', () => {
    const phase = rollbackIncomplete().rollout?.rollout.phase
    if (phase?.name !== 'rollback_incomplete') throw new Error('The sample is another one.')
    const { manualSteps } = phase
    const text = shown(
      pageNotice({ ...about, text: 'The rollback is not complete.', onCall: 'S07ONCALL', manualSteps }, context),
    )
    expect(text).toContain('🚨 @oncall omnihub 1a2b3c4 to production (canary)')
    expect(text).toContain('The rollback is not complete.')
    for (const { command } of manualSteps.frontend ?? []) expect(text.replaceAll('\n', '')).toContain(command)
  })

  it('reminds whoever holds it', () => {
    const text = shown(holdReminder({ ...about, text: 'Still held at 10 %.', people: [mia], onCall: null }, context))
    expect(text).toContain('⏰ @Mia omnihub 1a2b3c4 to production (canary)')
    expect(text).toContain('Still held at 10 %.')
  })

  it('tells of a rollback by a verdict with the failing metric alone, to those on call and the authors, each once', () => {
    const rollback = glance?.rollout.rollback
    if (rollback == null) throw new Error('The sample is another one.')
    const { check } = glance ?? { check: null }
    const input = { ...about, rollback, check, onCall: 'S07ONCALL', people: [mia, { ...mia, name: 'M.' }, sam] }
    const message = rollbackBegunNotice(input, context)
    const text = shown(message)
    expect(text).toContain('The measurements show that the new version is worse.')
    expect(text).toContain('errors 0.31 % vs')
    expect(text).not.toContain('p95')
    expect(text).toContain('For @oncall @Mia @Sam')
    expect(text.split('@Mia')).toHaveLength(2)
    expect(message.text).toBe(
      'Rolling back omnihub 1a2b3c4 to production (canary): The measurements show that the new version is worse. - Failed: errors.',
    )
  })

  it('tells of a rollback by a person who did it and why, and leaves the measurements out', () => {
    const rollback = { reason: null, by: sam, why: 'Orders fail' }
    const text = shown(
      rollbackBegunNotice({ ...about, rollback, check: sampleCheck(), onCall: null, people: [] }, context),
    )
    expect(text).toContain('By @Sam')
    expect(text).toContain('“Orders fail”')
    expect(text).not.toContain('errors 0.15')
  })

  it('tells how the rollback went, that the environment is locked, and the ways on', () => {
    const { rollout } = glance ?? {}
    if (rollout === undefined) throw new Error('The sample is another one.')
    const { lock } = rolledBack()
    const message = rollbackEndedNotice({ ...about, rollout, objectiveMs: 60_000, lock }, context)
    const text = shown(message)
    expect(text).toContain('traffic verified back after 1.4 s (objective 60 s) · all of it after 6.2 s')
    expect(text).toContain('🔒 production is locked: 1a2b3c4 was rolled back.')
    expect(text).toMatch(/\[ Unlock \] {2}\[ Fix forward… \]/)
    expect(message.text).toContain('traffic verified back after 1.4 s, all of it after 6.2 s')
    const late = {
      ...rollout,
      stopwatch: { ...rollout.stopwatch, trafficAt: (rollout.stopwatch.rollbackAt ?? 0) + 61_000 },
    }
    expect(shown(rollbackEndedNotice({ ...about, rollout: late, objectiveMs: 60_000, lock }, context))).toContain(
      '(objective 60 s MISSED)',
    )
  })

  it('tells each verdict in one line a metric, and what follows', () => {
    const check = sampleCheck(undefined, {
      decision: { outcome: { type: 'extend', reason: 'undecided', byMs: 900_000 }, warnings: [] },
    })
    const text = shown(verdictNotice({ check, percent: 10 }, context))
    expect(text).toContain('Check at 10 %: undecided at the end of the window, which is now longer by 15 min.')
    expect(text).toContain('errors 0.15 % vs 0.10 %')
    expect(text).toContain('latency p95 186 ms vs 182 ms')
  })
})

it('whatever happened, Slack takes what is said of it, and nobody is paged by what was quoted', () => {
  fc.assert(
    fc.property(
      arbitraryRollout,
      arbitraryCheck,
      environmentName,
      hostile,
      fc.constantFrom('plan', 'classic'),
      (rollout, check, environment, said, layout) => {
        const look = releaseContext(layout)
        const of = { release: { ...release, environment }, cardUrl: null }
        const people = rollout.rollback?.by == null ? [mia] : [rollout.rollback.by, mia]
        const manualSteps = rollout.phase.name === 'rollback_incomplete' ? rollout.phase.manualSteps : {}
        const lock = { by: mia, why: said, expiresAt: null }
        const rollback = rollout.rollback ?? { reason: null, by: null, why: said }
        for (const message of [
          pageNotice({ ...of, text: quote(said), onCall: 'S07ONCALL', manualSteps }, look),
          holdReminder({ ...of, text: quote(said), people, onCall: null }, look),
          rollbackBegunNotice({ ...of, rollback, check, onCall: 'S07ONCALL', people }, look),
          rollbackEndedNotice({ ...of, rollout, objectiveMs: 60_000, lock }, look),
          verdictNotice({ check, percent: rollout.confirmed }, look),
        ]) {
          expectSafe(message)
        }
      },
    ),
    { numRuns: 200 },
  )
}, 60_000)
