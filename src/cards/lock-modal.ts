import type { ModalView } from '@slack/types'
import { z } from 'zod'
import { type EnvironmentValue, environmentValue, readEnvironmentValue } from './button-values.ts'
import {
  inputBlock,
  type ModalPlace,
  malformed,
  modal,
  plain,
  readFields,
  readJson,
  type Submission,
  textField,
} from './modal.ts'
import { outside, sections, words } from './spans.ts'
import { repositoryName } from './subject.ts'

export const lockModalId = 'environment_lock_modal'

const minute = 60_000
const hour = 60 * minute
const forGood = 'none'
const durations: readonly { readonly value: string; readonly text: string; readonly ms: number | null }[] = [
  { value: '30m', text: '30 minutes', ms: 30 * minute },
  { value: '1h', text: '1 hour', ms: hour },
  { value: '4h', text: '4 hours', ms: 4 * hour },
  { value: '1d', text: '1 day', ms: 24 * hour },
  { value: '1w', text: '1 week', ms: 168 * hour },
  { value: forGood, text: 'Until it is taken off', ms: null },
]
const usual = '1h'

export interface LockSubmission {
  readonly environment: EnvironmentValue
  readonly place: ModalPlace | null
  readonly why: string
  /** Milliseconds from now; null until it is taken off. */
  readonly forMs: number | null
}

const metadataSchema = z.object({
  environment: z.string(),
  place: z.object({ channel: z.string(), ts: z.string() }).nullable(),
})

/** The modal that locks an environment: why, and for how long. */
export function lockModal(environment: EnvironmentValue, place: ModalPlace | null): ModalView {
  const options = durations.map(({ value, text }) => ({ text: plain(text, 75), value }))
  const initial = options.find(({ value }) => value === usual)
  return modal({
    callbackId: lockModalId,
    title: 'Lock an environment',
    submit: 'Lock',
    metadata: JSON.stringify({ environment: environmentValue(environment), place }),
    blocks: [
      ...sections([
        [
          words('While '),
          outside(environment.environment, 'bold'),
          words(` of ${repositoryName(environment.repository)} is locked nothing is started there.`),
        ],
        [words('What is under way goes on. You are reminded after 3 h.')],
      ]),
      textField({
        id: 'reason',
        label: 'Why?',
        placeholder: 'Incident 4711: checkout is slow',
        hint: 'Shown to everybody whose release waits for it.',
      }),
      inputBlock(
        { id: 'duration', label: 'For how long?' },
        {
          type: 'static_select',
          action_id: 'duration',
          options,
          ...(initial === undefined ? {} : { initial_option: initial }),
        },
      ),
    ],
  })
}

export function readLockModal(view: unknown): Submission<LockSubmission> {
  const fields = readFields(view, lockModalId)
  const parsed = fields === null ? null : metadataSchema.safeParse(readJson(fields.metadata))
  if (fields === null || parsed === null || !parsed.success) return malformed
  const environment = readEnvironmentValue(parsed.data.environment)
  if (environment === null) return malformed
  const why = fields.text('reason')
  const duration = durations.find(({ value }) => value === fields.choice('duration'))
  const errors: Record<string, string> = {}
  if (why === null) errors.reason = 'A reason is needed.'
  if (duration === undefined) errors.duration = 'Choose one of these.'
  if (why === null || duration === undefined) return { type: 'mistakes', errors }
  return { type: 'submitted', value: { environment, place: parsed.data.place, why, forMs: duration.ms } }
}
