import type { ModalView } from '@slack/types'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderModalsHtml } from '../../sandbox/slack/render/render-html.ts'
import { renderText } from '../../sandbox/slack/render/render-text.ts'
import {
  gateForPicture,
  sampleDigest,
  samplePolicy,
  sampleRelease,
} from '../../sandbox/slack/render/sample-releases.ts'
import { validateMessage } from '../../sandbox/slack/validate-message.ts'
import { approveModal, approveModalId, readApproveModal } from '../../src/cards/approve-modal.ts'
import { breakGlassModal, breakGlassModalId, readBreakGlassModal } from '../../src/cards/break-glass-modal.ts'
import type { GateValue } from '../../src/cards/button-values.ts'
import {
  type DeployPlace,
  deployEnvironmentAction,
  deployMistake,
  deployModal,
  deployModalId,
  deployRefAction,
  readDeployChoice,
  readDeployModal,
  refOptions,
} from '../../src/cards/deploy-modal.ts'
import { freezeModal, lockModal, lockModalId, readLockModal } from '../../src/cards/lock-modal.ts'
import { readRejectModal, rejectModal, rejectModalId } from '../../src/cards/reject-modal.ts'
import { hostile } from './arbitrary-pipeline.ts'
import { arbitraryGate, arbitraryGates, environmentName } from './arbitrary-release.ts'
import { allStrings, expectSafe } from './expect-safe.ts'

const gate: GateValue = { releaseId: sampleRelease().id, generation: 3, planDigest: sampleDigest }
const place = { channel: 'C07DEPLOYS', ts: '1772474530.000100' }
const checklist = ['Smoke results reviewed', 'Changed files reviewed', 'Migrations reviewed']
const withChecklist = { ...gateForPicture(), policy: samplePolicy({ checklist }) }

type Values = Readonly<Record<string, unknown>>

/** What Slack sends when the modal is submitted with these values, by `action_id`; menus send what is chosen at first. */
function submitted(view: ModalView, callback_id: string, values: Values): unknown {
  const state: Record<string, Record<string, unknown>> = {}
  for (const block of view.blocks) {
    if (block.type !== 'input' || !('element' in block)) continue
    const { element } = block
    if (!('action_id' in element) || element.action_id === undefined) continue
    const given = values[element.action_id]
    const initial = 'initial_option' in element ? { selected_option: element.initial_option } : { value: null }
    state[block.block_id ?? ''] = { [element.action_id]: { type: element.type, ...(given ?? initial) } }
  }
  return { callback_id, private_metadata: view.private_metadata, state: { values: state } }
}
const text = (value: string) => ({ value })
const option = (value: string) => ({ selected_option: { value } })
const ticks = (...values: readonly string[]) => ({ selected_options: values.map((value) => ({ value })) })

function expectTaken(view: ModalView): void {
  expect(view.title.text.length).toBeLessThanOrEqual(24)
  expect(view.submit?.text.length ?? 1).toBeLessThanOrEqual(24)
  expect((view.private_metadata ?? '').length).toBeLessThanOrEqual(3000)
  expect(validateMessage({ blocks: view.blocks }, 'modal')).toEqual([])
}

function shown(view: ModalView): string {
  return renderText({ blocks: JSON.parse(JSON.stringify(view.blocks)) }, { width: 200 })
}

describe('the modal behind Approve', () => {
  const view = approveModal(withChecklist, gate, place)

  it('says what is approved, what must not be overlooked and what follows, and lists what has to be done', () => {
    expectTaken(view)
    const lines = shown(view)
    expect(lines).toContain('You approve omnihub 1a2b3c4 to production (canary)')
    expect(lines).toContain('❗ With 1 destructive migration statement')
    expect(lines).toContain('It is the last approval needed: the release starts at once.')
    for (const item of checklist) expect(lines).toContain(`[ ] ${item}`)
  })

  it('is read back with the gate that it was opened for', () => {
    const values = { checklist_0: ticks('0', '1', '2'), comment: text('  fine  ') }
    expect(readApproveModal(submitted(view, approveModalId, values), checklist)).toEqual({
      type: 'submitted',
      value: { gate, place, comment: 'fine' },
    })
  })

  it('is not accepted before every point is ticked', () => {
    const values = { checklist_0: ticks('0', '2') }
    const mistakes = {
      type: 'mistakes',
      errors: { checklist_0: 'Every point has to be ticked before you can approve.' },
    }
    expect(readApproveModal(submitted(view, approveModalId, values), checklist)).toEqual(mistakes)
    const none = submitted(view, approveModalId, {})
    expect(readApproveModal(none, checklist)).toEqual(mistakes)
  })

  it('is not accepted when the checklist has grown since it was opened', () => {
    const values = { checklist_0: ticks('0', '1', '2') }
    const answer = readApproveModal(submitted(view, approveModalId, values), [...checklist, 'Database backup checked'])
    expect(answer.type).toBe('mistakes')
  })

  it('shows points that are too long for a box in full above the boxes', () => {
    const long = `Look at ${'every single one of '.repeat(8)}the changed files`
    const many = [long, ...Array.from({ length: 24 }, (_, index) => `point ${index}`)]
    const modal = approveModal({ ...withChecklist, policy: samplePolicy({ checklist: many }) }, gate, place)
    expectTaken(modal)
    expect(allStrings(modal.blocks).some((one) => one.includes(long))).toBe(true)
    const all = Object.fromEntries(
      [0, 10, 20].map((from) => [
        `checklist_${from}`,
        ticks(...Array.from({ length: 10 }, (_, i) => String(from + i))),
      ]),
    )
    expect(readApproveModal(submitted(modal, approveModalId, all), many).type).toBe('submitted')
  })
})

describe('the modal behind Reject', () => {
  const view = rejectModal(sampleRelease(), gate, place)

  it('needs a reason, and white space is none', () => {
    expectTaken(view)
    const errors = { reason: 'A reason is needed.' }
    for (const reason of ['', '   \n']) {
      const answer = readRejectModal(submitted(view, rejectModalId, { reason: text(reason) }))
      expect(answer).toEqual({ type: 'mistakes', errors })
    }
    expect(readRejectModal(submitted(view, rejectModalId, { reason: text('Not today') }))).toEqual({
      type: 'submitted',
      value: { gate, place, why: 'Not today' },
    })
  })
})

describe('the modal behind Break glass', () => {
  const overridden = [
    { id: 'freeze', name: 'Freeze', state: 'closed', detail: 'No production after 16:00 on Friday', action: null },
  ] as const
  const view = breakGlassModal({
    gate,
    place,
    label: 'omnihub 1a2b3c4 to production (canary)',
    policy: samplePolicy(),
    overridden,
  })

  it('says what is overridden and what follows', () => {
    expectTaken(view)
    const lines = shown(view)
    expect(lines).toContain('• Freeze: No production after 16:00 on Friday')
    expect(lines).toContain(
      '• Those on call are told and #security, and the audit log says break_glass with your name.',
    )
    expect(lines).toContain('Type production to confirm:')
  })

  it('needs a reason and the environment’s name, exactly', () => {
    const read = (reason: string, confirmation: string) =>
      readBreakGlassModal(
        submitted(view, breakGlassModalId, { reason: text(reason), confirmation: text(confirmation) }),
      )
    expect(read('Checkout is down', 'production')).toEqual({
      type: 'submitted',
      value: { gate, place, why: 'Checkout is down' },
    })
    expect(read('Checkout is down', 'Production')).toEqual({
      type: 'mistakes',
      errors: { confirmation: 'Type exactly: production' },
    })
    expect(read('', 'prod')).toEqual({
      type: 'mistakes',
      errors: { reason: 'A reason is needed.', confirmation: 'Type exactly: production' },
    })
  })
})

describe('the modal that locks', () => {
  const environment = { repository: 'acme/omnihub', environment: 'production' }
  const view = lockModal(environment, place)

  it('takes a reason, and an hour unless told otherwise', () => {
    expectTaken(view)
    const read = (values: Values) => readLockModal(submitted(view, lockModalId, values))
    expect(read({ reason: text('Incident 4711') })).toEqual({
      type: 'submitted',
      value: { environment, place, why: 'Incident 4711', forMs: 3_600_000 },
    })
    expect(read({ reason: text('x'), duration: option('none') })).toMatchObject({ value: { forMs: null } })
    expect(read({ reason: text(''), duration: option('a year') })).toEqual({
      type: 'mistakes',
      errors: { reason: 'A reason is needed.', duration: 'Choose one of these.' },
    })
  })
})

describe('the modal of /deploy', () => {
  const production: DeployPlace = {
    repository: 'acme/omnihub',
    environment: 'production',
    strategies: ['canary', 'blue-green'],
  }
  const staging: DeployPlace = { repository: 'acme/omnihub', environment: 'staging', strategies: ['direct'] }
  const places = [production, staging]

  it('begins with the first environment and its first strategy, and asks for nothing else', () => {
    const view = deployModal({ places, initial: {}, place })
    expectTaken(view)
    expect(shown(view)).toContain('(•) canary')
    expect(readDeployModal(submitted(view, deployModalId, {}), places)).toEqual({
      type: 'submitted',
      value: {
        choice: { repository: 'acme/omnihub', environment: 'production', strategy: 'canary', ref: null, note: null },
        place,
      },
    })
  })

  it('has what is known already filled in', () => {
    const choice = {
      repository: 'acme/omnihub',
      environment: 'production',
      strategy: 'blue-green',
      ref: 'v1.4.2',
      note: 'before the sale',
    } as const
    const view = deployModal({ places, initial: choice, place: null })
    const values = { note: text('before the sale') }
    expect(shown(view)).toContain('[v1.4.2 ▾]')
    expect(shown(view)).toContain('[before the sale]')
    expect(readDeployModal(submitted(view, deployModalId, values), places)).toEqual({
      type: 'submitted',
      value: { choice, place: null },
    })
  })

  it('takes no environment and no strategy that is not allowed now, and says so at the field', () => {
    const view = deployModal({ places, initial: {}, place })
    const answer = readDeployModal(submitted(view, deployModalId, {}), [staging])
    expect(answer).toEqual({
      type: 'mistakes',
      errors: { [deployEnvironmentAction]: 'Choose one of these environments.' },
    })
    const changed = readDeployModal(submitted(view, deployModalId, {}), [{ ...production, strategies: ['direct'] }])
    expect(changed).toEqual({
      type: 'mistakes',
      errors: deployMistake('strategy', 'This environment takes: direct.', production),
    })
    expect(deployMistake('ref', 'There is no such branch.', production)).toEqual({
      [deployRefAction]: 'There is no such branch.',
    })
  })

  it('shows the strategies of the environment that is chosen in it', () => {
    const view = deployModal({ places, initial: { repository: 'acme/omnihub', environment: 'staging' }, place })
    const chosen = JSON.stringify(view.blocks).match(/"initial_option":\{[^}]*\},"value":"([0-9a-f]{16})"/)?.[1]
    expect(readDeployChoice(chosen ?? '', places)).toEqual(staging)
    expect(shown(view)).toContain('(•) direct')
    expect(shown(view)).not.toContain('canary')
    expect(readDeployChoice('nonsense', places)).toBeNull()
  })

  it('says that there is nothing to ask for when there is not', () => {
    const view = deployModal({ places: [], initial: {}, place })
    expectTaken(view)
    expect(shown(view)).toBe('There is no environment that you may ask a release for.')
  })

  it('suggests what was typed first, and of a commit whether it is green', () => {
    const found = [
      { type: 'branch', ref: 'main', title: 'default branch', isGreen: null },
      { type: 'commit', ref: sampleRelease().sha, title: 'Keep people signed in', isGreen: true },
      { type: 'branch', ref: 'b'.repeat(76), title: 'too long for a menu', isGreen: null },
    ] as const
    const options = refOptions(' main~1 ', found)
    expect(options.map(({ value }) => value)).toEqual(['main~1', 'main', sampleRelease().sha])
    expect(options.map(({ text: shownText }) => shownText.text)).toEqual(['main~1 (as typed)', 'main', '1a2b3c4'])
    expect(options[2]?.description?.text).toBe('commit · ✓ green · Keep people signed in')
    expect(refOptions('main', found).map(({ value }) => value)).toEqual(['main', sampleRelease().sha])
  })
})

describe('whatever stands in a modal', () => {
  it('can be drawn with its fields, and nothing in it becomes markup', () => {
    const where = { repository: 'acme/omnihub', environment: '<script>alert(1)</script>' }
    const html = renderModalsHtml([approveModal(withChecklist, gate, place), lockModal(where, place)])
    expect(html.match(/class="box"/g)).toHaveLength(checklist.length)
    expect(html).toContain('<h2>Lock an environment</h2>')
    expect(html).toContain('<span class="button primary">Approve</span>')
    expect(html).not.toContain('<script>')
  })

  it('is taken by Slack, and can be read back', () => {
    fc.assert(
      fc.property(arbitraryGate, arbitraryGates, environmentName, hostile, (input, gates, environment, ref) => {
        const where = { repository: 'acme/omnihub', environment }
        const views = [
          approveModal(input, gate, place),
          rejectModal(input.release, gate, place),
          breakGlassModal({ gate, place, label: ref, policy: { ...samplePolicy(), environment }, overridden: gates }),
          lockModal(where, place),
          freezeModal(where, place),
          deployModal({ places: [{ ...where, strategies: ['direct'] }], initial: { ref, note: ref }, place }),
        ]
        for (const view of views) {
          expectTaken(view)
          expectSafe({ text: '', blocks: JSON.parse(JSON.stringify(view.blocks)) }, 'modal')
        }
        for (const { text: shownText, value } of refOptions(ref, [{ type: 'tag', ref, title: ref, isGreen: false }])) {
          expect(shownText.text.length).toBeLessThanOrEqual(75)
          expect(value?.length).toBeLessThanOrEqual(75)
        }
      }),
      { numRuns: 100 },
    )
  }, 60_000)

  it('is malformed when it comes from somewhere else', () => {
    const view = rejectModal(sampleRelease(), gate, place)
    const good = submitted(view, rejectModalId, { reason: text('x') })
    for (const forged of [
      null,
      {},
      [],
      { ...Object(good), callback_id: approveModalId },
      { ...Object(good), private_metadata: '' },
      { ...Object(good), private_metadata: '{"gate":"x 1 y","place":null}' },
      { ...Object(good), state: { values: { a: { b: { value: { deep: 1 } } } } } },
    ]) {
      expect(readRejectModal(forged)).toEqual({ type: 'malformed' })
      expect(readApproveModal(forged, checklist).type).not.toBe('submitted')
      expect(readBreakGlassModal(forged)).toEqual({ type: 'malformed' })
      expect(readLockModal(forged)).toEqual({ type: 'malformed' })
      expect(readDeployModal(forged, [])).toEqual({ type: 'malformed' })
    }
  })
})
