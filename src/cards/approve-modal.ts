/** The modal behind Approve where the environment has a checklist: every point has to be ticked. */
import type { InputBlock, ModalView } from '@slack/types'
import type { GateValue } from './button-values.ts'
import { afterwards, approvalWarning } from './gate-buttons.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { releaseLabel } from './gate-headline.ts'
import {
  gateMetadataOf,
  inputBlock,
  type ModalPlace,
  malformed,
  modal,
  plain,
  readFields,
  readGateMetadata,
  type Submission,
  textField,
} from './modal.ts'
import { type Line, name, outside, sections, words } from './spans.ts'

export const approveModalId = 'gate_approve_modal'

/** Slack takes ten boxes in a group, and 75 characters in a box. */
const boxesInGroup = 10
const maxBox = 75
const maxItems = 50

export interface ApproveSubmission {
  readonly gate: GateValue
  readonly place: ModalPlace | null
  readonly comment: string | null
}

export function approveModal(input: GateCardInput, gate: GateValue, place: ModalPlace | null): ModalView {
  const { release, policy, title } = input
  const items = policy.checklist.slice(0, maxItems)
  const lines: Line[] = [[words('You approve '), words(releaseLabel(release), 'bold')]]
  if (title !== null) lines.push([outside(title, undefined, 120)])
  const warning = approvalWarning(release)
  if (warning !== '') lines.push([words(`❗ With ${warning}`, 'bold')])
  lines.push([words(afterwards(input))])
  const isLong = items.some((item) => name(item, 200).length > maxBox)
  // A box is too small for a long point, so that the list stands above in full and the boxes carry its numbers.
  if (isLong) lines.push(...items.map((item, index): Line => [words(`${index + 1}. `), outside(item, undefined, 300)]))
  return modal({
    callbackId: approveModalId,
    title: 'Approve this release',
    submit: 'Approve',
    metadata: gateMetadataOf(gate, place),
    blocks: [
      ...sections(lines),
      ...groups(items, isLong),
      textField({ id: 'comment', label: 'Comment', optional: true, multiline: true, placeholder: 'Shown on the card' }),
    ],
  })
}

/**
 * Reads what was submitted. Every point of the checklist has to be ticked: the one that the environment has now, not
 * the one that the modal was drawn with.
 */
export function readApproveModal(view: unknown, checklist: readonly string[]): Submission<ApproveSubmission> {
  const fields = readFields(view, approveModalId)
  const about = fields === null ? null : readGateMetadata(fields.metadata)
  if (fields === null || about === null) return malformed
  const items = checklist.slice(0, maxItems)
  const errors: Record<string, string> = {}
  for (let from = 0; from < items.length; from += boxesInGroup) {
    const id = groupId(from)
    const ticked = new Set(fields.choices(id))
    const inGroup = items.slice(from, from + boxesInGroup)
    if (!inGroup.every((_, index) => ticked.has(String(from + index)))) {
      errors[id] = 'Every point has to be ticked before you can approve.'
    }
  }
  if (Object.keys(errors).length > 0) return { type: 'mistakes', errors }
  return { type: 'submitted', value: { ...about, comment: fields.text('comment') } }
}

function groups(items: readonly string[], isLong: boolean): readonly InputBlock[] {
  const blocks: InputBlock[] = []
  for (let from = 0; from < items.length; from += boxesInGroup) {
    const id = groupId(from)
    const options = items.slice(from, from + boxesInGroup).map((item, index) => {
      const number = isLong ? `${from + index + 1}. ` : ''
      return { text: plain(`${number}${name(item, maxBox)}`, maxBox), value: String(from + index) }
    })
    const label = from === 0 ? 'I have done all of this' : 'And this'
    blocks.push(inputBlock({ id, label }, { type: 'checkboxes', action_id: id, options }))
  }
  return blocks
}

function groupId(from: number): string {
  return `checklist_${from}`
}
