import type { ActionsBlock, Button } from '@slack/types'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEnvironmentValue, readGateValue, readRolloutValue } from '../../src/cards/button-values.ts'
import { gateCard } from '../../src/cards/gate-card.ts'
import { isOpen } from '../../src/release/release.ts'
import { arbitraryGate } from './arbitrary-release.ts'
import { expectSafe, textLength } from './expect-safe.ts'

describe('whatever a release holds', () => {
  it('its card is taken by Slack, pages nobody who is not meant, and every button says which plan it is for', () => {
    fc.assert(
      fc.property(arbitraryGate, (input) => {
        const card = gateCard(input)
        expectSafe(card)
        const tasks = card.blocks.flatMap((block) => (block.type === 'plan' ? (block.tasks ?? []) : []))
        expect(card.blocks.length + tasks.length).toBeLessThanOrEqual(30)
        expect(textLength(card.blocks)).toBeLessThanOrEqual(10_500)
        expect(JSON.stringify(gateCard(structuredClone(input)))).toBe(JSON.stringify(card))
        const { id, generation, planDigest } = input.release
        for (const { value = '', action_id: action } of buttonsOf(card.blocks)) {
          if (action?.startsWith('gate_')) {
            expect(readGateValue(value)).toEqual({ releaseId: id, generation, planDigest })
          } else if (action?.startsWith('rollout_')) {
            const rollout = input.rollout?.rollout
            const seen = { releaseId: id, generation: rollout?.generation, step: rollout?.stepIndex }
            expect(readRolloutValue(value)).toEqual(seen)
          } else {
            const { repository } = input.release
            const environment = input.release.environment.toWellFormed()
            // No configuration has longer names than that, or none.
            if (environment !== '' && environment.length <= 255)
              expect(readEnvironmentValue(value)).toEqual({ repository, environment })
          }
        }
      }),
      { numRuns: 500 },
    )
  }, 120_000)

  it('a decided release has no button but the sign-off that is owed, and what is left of its rollout', () => {
    fc.assert(
      fc.property(arbitraryGate, (input) => {
        const actions = buttonsOf(gateCard(input).blocks).map(({ action_id }) => action_id)
        const isOwed = input.release.breakGlass !== null && input.review !== null && input.review.signedOffBy === null
        if (isOpen(input.release)) expect(actions).not.toContain('gate_sign_off')
        else {
          const { rollout } = input
          const isBack = rollout?.rollout.phase.name === 'rolled_back'
          const canGoBack = rollout !== null && !isBack && rollout.isRollbackOpen
          expect(actions.filter((action) => action === 'gate_sign_off')).toHaveLength(isOwed ? 1 : 0)
          expect(actions.some((action) => action?.startsWith('rollout_roll_back'))).toBe(canGoBack)
          expect(actions.length).toBeLessThanOrEqual((isOwed ? 1 : 0) + (isBack ? 2 : canGoBack ? 1 : 0))
        }
      }),
      { numRuns: 100 },
    )
  }, 60_000)
})

function buttonsOf(blocks: readonly { readonly type: string }[]): readonly Button[] {
  return blocks
    .filter((block): block is ActionsBlock => block.type === 'actions')
    .flatMap(({ elements }) => elements.filter((element): element is Button => element.type === 'button'))
}
