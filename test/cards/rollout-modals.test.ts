import type { ModalView } from '@slack/types'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderText } from '../../sandbox/slack/render/render-text.ts'
import { sampleRelease } from '../../sandbox/slack/render/sample-releases.ts'
import { sampleRollout } from '../../sandbox/slack/render/sample-rollouts.ts'
import { readRolloutValue, rolloutValue } from '../../src/cards/button-values.ts'
import {
  extendModal,
  holdModal,
  readExtendModal,
  readHoldModal,
  readRollBackModal,
  rollBackModal,
} from '../../src/cards/rollout-modals.ts'
import { rollbackWords } from '../../src/release/rollout/say-rollout.ts'
import { hostile } from './arbitrary-pipeline.ts'
import { arbitraryRollout, environmentName } from './arbitrary-release.ts'
import { expectSafe } from './expect-safe.ts'

const release = sampleRelease()
const about = {
  rollout: { releaseId: release.id, generation: 9, step: 1 },
  place: { channel: 'C07DEPLOYS', ts: '1772474530.000100' },
}

function submitted(view: ModalView, values: Readonly<Record<string, unknown>>): unknown {
  const state = Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { [id]: value }]))
  return { callback_id: view.callback_id, private_metadata: view.private_metadata, state: { values: state } }
}
const text = (value: string | null) => ({ value })
const option = (value: string) => ({ selected_option: { value } })
const shown = (view: ModalView) => renderText({ blocks: JSON.parse(JSON.stringify(view.blocks)) }, { width: 300 })

describe('the form behind Hold…', () => {
  const view = holdModal(release, about)

  it('says that a hold stops the clock and not the watching, and wants a reason', () => {
    expect(shown(view)).toContain('You hold omnihub 1a2b3c4 to production (canary)')
    expect(shown(view)).toContain('It is still watched')
    expect(readHoldModal(submitted(view, { reason: text('  ') }))).toMatchObject({
      type: 'mistakes',
      errors: { reason: expect.any(String) },
    })
    const value = { ...about, why: 'Slow searches' }
    expect(readHoldModal(submitted(view, { reason: text('Slow searches') }))).toEqual({ type: 'submitted', value })
  })
})

describe('the form behind Extend…', () => {
  const view = extendModal(release, about)
  const read = (typed: string | null, chosen = '30m') =>
    readExtendModal(submitted(view, { duration: option(chosen), typed: text(typed) }))

  it.each([
    [null, 30 * 60_000],
    ['45m', 45 * 60_000],
    ['1h30m', 90 * 60_000],
    ['24 h', 24 * 3_600_000],
  ])('%s typed makes the window longer by %d ms', (typed, ms) => {
    expect(read(typed)).toEqual({ type: 'submitted', value: { ...about, ms } })
  })

  it.each(['soon', '0m', '25h', '-5m'])('“%s” is told at its field', (typed) => {
    expect(read(typed)).toMatchObject({ type: 'mistakes', errors: { typed: expect.any(String) } })
  })

  it('takes no choice that it does not offer', () => {
    expect(read(null, '9w')).toMatchObject({ type: 'mistakes', errors: { duration: expect.any(String) } })
  })
})

describe('the form behind Roll back…', () => {
  const migrations = {
    count: 2,
    isSafeToRollBack: false,
    why: 'x.sql:12 ALTER TABLE sessions DROP COLUMN refresh_token;',
  }
  const view = rollBackModal(release, about, rollbackWords(sampleRollout({ migrations }), 'omnihub-1405'))

  it('says all of what will happen, also what may be lost', () => {
    const lines = shown(view)
    expect(lines).toContain('All traffic goes to blue.')
    expect(lines).toContain('2 migrations stay in the database, and the old version may fail on what they made')
    expect(lines).toContain('If it fails, restore the backup omnihub-1405; what was written since is lost then.')
  })

  it('wants no reason, and takes one', () => {
    const read = (reason: string | null) => readRollBackModal(submitted(view, { reason: text(reason) }))
    expect(read(null)).toEqual({ type: 'submitted', value: { ...about, why: null } })
    expect(read('Orders fail')).toEqual({ type: 'submitted', value: { ...about, why: 'Orders fail' } })
  })
})

it('a form for something else, or with forged metadata, is malformed', () => {
  const hold = holdModal(release, about)
  const values = { reason: text('Why not') }
  expect(readRollBackModal(submitted(hold, values)).type).toBe('malformed')
  for (const private_metadata of [
    '',
    '{}',
    '{"rollout":"x","place":null}',
    JSON.stringify({ rollout: rolloutValue(about.rollout) }),
  ]) {
    expect(readHoldModal(submitted({ ...hold, private_metadata }, values)).type).toBe('malformed')
  }
})

it('what a button carries is read back, and nothing else is', () => {
  expect(readRolloutValue(rolloutValue(about.rollout))).toEqual(about.rollout)
  const forged = [
    '',
    `${release.id} 9`,
    `${release.id} 9 step -1`,
    `${release.id} 9 step 1 `,
    `x 9 step 1`,
    `${release.id} 1e3 step 1`,
  ]
  for (const value of forged) expect(readRolloutValue(value)).toBeNull()
})

it('whatever stands in them, Slack takes the forms, and they page nobody', () => {
  fc.assert(
    fc.property(arbitraryRollout, environmentName, hostile, (rollout, environment, backup) => {
      const named = { ...release, environment }
      const words = rollbackWords(rollout, backup)
      for (const view of [holdModal(named, about), extendModal(named, about), rollBackModal(named, about, words)]) {
        expectSafe({ text: '', blocks: JSON.parse(JSON.stringify(view.blocks)) }, 'modal')
      }
    }),
    { numRuns: 150 },
  )
})
