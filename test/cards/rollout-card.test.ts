import type { ActionsBlock, Button } from '@slack/types'
import { describe, expect, it } from 'vitest'
import { renderText } from '../../sandbox/slack/render/render-text.ts'
import {
  heldByPerson,
  heldForDrift,
  rollbackIncomplete,
  rolledBack,
  rollingOut,
  rolloutComplete,
  sampleGlance,
  sampleRollout,
} from '../../sandbox/slack/render/sample-rollouts.ts'
import { gateCard } from '../../src/cards/gate-card.ts'
import type { GateCardInput } from '../../src/cards/gate-card-input.ts'
import { meter } from '../../src/cards/meter.ts'
import { releaseOnPipeline } from '../../src/cards/release-glance.ts'
import { mrkdwn } from '../../src/cards/spans.ts'
import { stepsBar } from '../../src/cards/steps-bar.ts'
import type { Rollout } from '../../src/release/rollout/rollout.ts'
import { expectSafe } from './expect-safe.ts'

const layouts = ['plan', 'classic'] as const
const names = new Map([
  ['U07MIA', 'Mia'],
  ['U07SAM', 'Sam'],
])

function shown(input: GateCardInput): string {
  const card = gateCard(input)
  expectSafe(card)
  return renderText(card, { width: 300, names })
}

function buttons(input: GateCardInput): readonly Button[] {
  return gateCard(input)
    .blocks.filter((block): block is ActionsBlock => block.type === 'actions')
    .flatMap(({ elements }) => elements.filter((element): element is Button => element.type === 'button'))
}
const labels = (input: GateCardInput) => buttons(input).map(({ text }) => text.text)

function withMore(input: GateCardInput, more: Partial<Rollout>): GateCardInput {
  return input.rollout === null
    ? input
    : { ...input, rollout: { ...input.rollout, rollout: { ...input.rollout.rollout, ...more } } }
}

describe.each(layouts)('the card of a rollout (%s)', (layout) => {
  it('says where the traffic is, until when it is watched, what was measured, and that the database is safe', () => {
    const text = shown(rollingOut(layout))
    expect(text).toContain('Rolling out, 10 %: omnihub → production')
    expect(text).toContain('✅ 5 % · 🔵 10 % · ⚪ 25 % · ⚪ 50 % ✋ · ⚪ 100 %')
    expect(text).toContain('▰▱▱▱▱▱▱▱▱▱ green 10 % (new, 1a2b3c4) · blue 90 % (old, 9f8e7d6)')
    expect(text).toMatch(/Watched until 2026-03-02 18:53 UTC|Watched until 18:53/)
    expect(text).toContain(
      'errors 0.15 % vs 0.10 %, ratio 1.5 [0.60–3.4], 5 of 3,412 requests, evidence 1.4 of 83: undecided',
    )
    expect(text).toContain('2 migrations: the old version can run on them. Backup: omnihub-20260301-1405')
    expect(text).not.toContain('What happens next')
    expect(labels(rollingOut(layout))).toEqual(['Hold…', 'Advance now', 'Extend…', 'Roll back'])
  })

  it('says which page a step waits for, in the pool with the new version', () => {
    const input = rollingOut(layout)
    const before = [{ type: 'http', url: 'https://$pool.acme.example/smoke' }] as const
    const steps = sampleRollout().steps.map((step) => ({ ...step, before }))
    const text = shown(withMore(input, { steps, phase: { name: 'before_check', index: 0, since: 0 } }))
    expect(text).toContain('Check 1 of 1 before 10 %')
    expect(text).toContain('https://green.acme.example/smoke')
  })

  it('held by a person: who, why, how much of the window is left, and what becomes of it', () => {
    const text = shown(heldByPerson(layout))
    expect(text).toContain('⏸️ 10 %')
    expect(text).toMatch(
      /Held by @Mia since .*\. The clock stands, it is still watched\. 6 min 40 s of the window are left\./,
    )
    expect(text).toContain('“Support reports slow searches, looking at the traces”')
    expect(text).toMatch(/Next: people are reminded at .*; it is rolled back at .* unless somebody decides\./)
    expect(labels(heldByPerson(layout))).toEqual(['Resume', 'Advance now', 'Extend…', 'Roll back'])
  })

  it('changed by somebody else: what is there, who did it, and the three ways on', () => {
    const text = shown(heldForDrift(layout))
    expect(text).toContain('Somebody else changed the split: blue 60 %, green 40 % instead of 10 %.')
    expect(text).toMatch(/By ops@acme\.example .*\. Adopt it, restore it, or roll back\./)
    expect(labels(heldForDrift(layout))).toEqual(['Adopt', 'Restore', 'Roll back'])
  })

  it('not rolled back entirely: which part, why, and commands that can be copied as they are', () => {
    const input = rollbackIncomplete(layout)
    const text = shown(input)
    expect(text).toContain('Rollback NOT complete')
    expect(text).toContain('traffic verified back after 1.4 s (objective 60 s)')
    expect(text).toMatch(
      /❌ Frontend: NOT back, 6 attempts failed, tried again by .*: Vercel answered 503 three times\./,
    )
    const phase = input.rollout?.rollout.phase
    if (phase?.name !== 'rollback_incomplete') throw new Error('The sample is another one.')
    const blocks = JSON.stringify(gateCard(input).blocks).replaceAll('&gt;', '>').replaceAll('&amp;', '&')
    for (const { command } of phase.manualSteps.frontend ?? []) {
      expect(blocks).toContain(JSON.stringify(command).slice(1, -1))
    }
    expect(labels(input)).toEqual(['Done by hand', 'Try again now'])
  })

  it('rolled back: the reason first, how long it took, why, and the two ways on', () => {
    const text = shown(rolledBack(layout))
    const order = [
      'The measurements show that the new version is worse.',
      'traffic verified back after 1.4 s (objective 60 s) · all of it after 6.2 s',
      '✅ 10 % · ⏪ 25 % · ⚪ 50 %',
      'errors 0.31 % vs 0.100 %, ratio 3.1 [2.2–4.4], 54 of 17,500 requests, evidence 61 of 50: FAIL',
    ].map((part) => text.indexOf(part))
    expect(order).not.toContain(-1)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(text).not.toContain('latency p95')
    expect(labels(rolledBack(layout))).toEqual(['Unlock', 'Fix forward…'])
    expect(labels({ ...rolledBack(layout), lock: null })).toEqual(['Fix forward…'])
  })

  it('complete: how long it took, and for how long one press brings the old version back', () => {
    const input = rolloutComplete(layout)
    expect(shown(input)).toMatch(
      /The rollout took 1 h 15 min\. It can be rolled back by one press until .*, if nothing newer begins\./,
    )
    expect(labels(input)).toEqual(['Roll back'])
    const closed = { ...input, rollout: sampleGlance({ ...input.rollout, isRollbackOpen: false }) }
    expect(shown(closed)).not.toContain('rolled back')
    expect(labels(closed)).toEqual([])
  })
})

describe('Roll back', () => {
  it('is one press and a dialog that says what will happen', () => {
    const button = buttons(rollingOut()).at(-1)
    expect(button?.action_id).toBe('rollout_roll_back')
    expect(button?.confirm?.text.text).toContain(
      'All traffic goes to blue. At the same time the edge functions and the frontend',
    )
  })

  it('is a form where a dialog would cut what will happen', () => {
    const migrations = {
      count: 2,
      isSafeToRollBack: false,
      why: 'x.sql:12 ALTER TABLE sessions DROP COLUMN refresh_token;',
    }
    const rollout = sampleRollout({ migrations })
    const input = { ...rollingOut(), rollout: sampleGlance({ rollout }) }
    const button = buttons(input).at(-1)
    expect(button).toMatchObject({ action_id: 'rollout_roll_back_form', text: { text: 'Roll back…' }, style: 'danger' })
    expect(button?.confirm).toBeUndefined()
    expect(shown(input)).toContain('2 migrations: NOT safe to roll back over (x.sql:12')
  })
})

it('a command that Slack would change, or cut, is not shown at all, and no later one either', () => {
  const step = (command: string) => ({ what: 'Do it.', command })
  const long = `echo ${'x'.repeat(3000)}`
  for (const bad of [long, 'echo "<!channel>" @here', 'echo \u202eabc']) {
    const manualSteps = { traffic: [step('echo one'), step(bad), step('echo three')] }
    for (const layout of layouts) {
      const text = shown(
        withMore(rollbackIncomplete(layout), { phase: { name: 'rollback_incomplete', since: 1, manualSteps } }),
      )
      expect(text).toContain('echo one')
      expect(text).not.toContain('echo three')
      expect(text).toContain('2 steps cannot be shown here.')
    }
  }
})

it('of many steps those around the present one are shown, and the last', () => {
  const [step] = sampleRollout().steps
  if (step === undefined) throw new Error('The sample has steps.')
  const steps = Array.from({ length: 20 }, (_, index) => ({ ...step, percent: (index + 1) * 5 }))
  const bar = (stepIndex: number) => mrkdwn(stepsBar({ steps, stepIndex, phase: { name: 'observing', since: 1 } }))
  expect(bar(0)).toBe('*🔵 5 %* · ⚪ 10 % · ⚪ 15 % · ⚪ 20 % · ⚪ 25 % · ⚪ 30 % · 13 more · ⚪ 100 %')
  expect(bar(9)).toBe('✅ 7 steps · ✅ 40 % · ✅ 45 % · *🔵 50 %* · ⚪ 55 % · ⚪ 60 % · ⚪ 65 % · 6 more · ⚪ 100 %')
  expect(bar(19)).toBe('✅ 13 steps · ✅ 70 % · ✅ 75 % · ✅ 80 % · ✅ 85 % · ✅ 90 % · ✅ 95 % · *🔵 100 %*')
})

it.each([
  [0, '▱▱▱▱▱▱▱▱▱▱'],
  [0.001, '▰▱▱▱▱▱▱▱▱▱'],
  [0.5, '▰▰▰▰▰▱▱▱▱▱'],
  [0.999, '▰▰▰▰▰▰▰▰▰▱'],
  [1, '▰▰▰▰▰▰▰▰▰▰'],
  [7, '▰▰▰▰▰▰▰▰▰▰'],
  [Number.NaN, '▱▱▱▱▱▱▱▱▱▱'],
])('a share of %d looks like %s', (share, expected) => {
  expect(meter(share)).toBe(expected)
})

it('the card of the commit says how far its release is', () => {
  const { release, rollout } = heldByPerson()
  const line = (more: object) => mrkdwn(releaseOnPipeline({ release, title: null, url: null, ...more }))
  expect(line({ rollout: rollout?.rollout })).toContain('⏸️ *production* (canary): Held at 10 %')
  expect(line({})).toContain('🚦 *production* (canary): Rolling out')
  const over = rolledBack()
  expect(mrkdwn(releaseOnPipeline({ release: over.release, title: null, url: null }))).toContain(
    '⏪ *production* (canary): Rolled back',
  )
})
