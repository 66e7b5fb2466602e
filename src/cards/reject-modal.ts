import type { ModalView } from '@slack/types'
import type { Release } from '../release/release.ts'
import type { GateValue } from './button-values.ts'
import { releaseLabel } from './gate-headline.ts'
import {
  gateMetadataOf,
  type ModalPlace,
  malformed,
  modal,
  readFields,
  readGateMetadata,
  type Submission,
  textField,
} from './modal.ts'
import { sections, words } from './spans.ts'

export const rejectModalId = 'gate_reject_modal'

export interface RejectSubmission {
  readonly gate: GateValue
  readonly place: ModalPlace | null
  readonly why: string
}

/** The modal behind Reject: a reason is needed, because the requester has to do something with it. */
export function rejectModal(release: Release, gate: GateValue, place: ModalPlace | null): ModalView {
  return modal({
    callbackId: rejectModalId,
    title: 'Reject this release',
    submit: 'Reject',
    metadata: gateMetadataOf(gate, place),
    blocks: [
      ...sections([
        [words('You reject '), words(releaseLabel(release), 'bold')],
        [words('Nothing is deployed and the card is closed. To have it after all it has to be asked for again.')],
      ]),
      textField({
        id: 'reason',
        label: 'Why?',
        multiline: true,
        placeholder: 'What has to change before you would approve it',
        hint: 'Shown on the card and written to the audit log.',
      }),
    ],
  })
}

export function readRejectModal(view: unknown): Submission<RejectSubmission> {
  const fields = readFields(view, rejectModalId)
  const about = fields === null ? null : readGateMetadata(fields.metadata)
  if (fields === null || about === null) return malformed
  const why = fields.text('reason')
  if (why === null) return { type: 'mistakes', errors: { reason: 'A reason is needed.' } }
  return { type: 'submitted', value: { ...about, why } }
}
