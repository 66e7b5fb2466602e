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
export const freezeModalId = 'environment_freeze_modal'

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

export interface FreezeSubmission {
  readonly environment: EnvironmentValue
  readonly place: ModalPlace | null
  readonly why: string
  /** Milliseconds from now. */
  readonly forMs: number
}

export interface LockSubmission extends Omit<FreezeSubmission, 'forMs'> {
  /** Milliseconds from now; null until it is taken off. */
  readonly forMs: number | null
}

const metadataSchema = z.object({
  environment: z.string(),
  place: z.object({ channel: z.string(), ts: z.string() }).nullable(),
})

/** The modal that locks an environment: why, and for how long. */
export function lockModal(environment: EnvironmentValue, place: ModalPlace | null): ModalView {
  return reasonModal(environment, place, {
    callbackId: lockModalId,
    title: 'Lock an environment',
    submit: 'Lock',
    state: 'locked',
    lines: ['What is under way goes on. You are reminded after 3 h.'],
    reasonPlaceholder: 'Incident 4711: checkout is slow',
    durations,
  })
}

/** The modal that declares a freeze, which is a lock that is nobody's and always ends. */
export function freezeModal(environment: EnvironmentValue, place: ModalPlace | null): ModalView {
  return reasonModal(environment, place, {
    callbackId: freezeModalId,
    title: 'Freeze an environment',
    submit: 'Freeze',
    state: 'frozen',
    lines: ['What is under way goes on. Everybody who may approve can end the freeze before its time.'],
    reasonPlaceholder: 'Load test, sale, holidays',
    durations: durations.filter(({ ms }) => ms !== null),
  })
}

function reasonModal(
  environment: EnvironmentValue,
  place: ModalPlace | null,
  look: {
    readonly callbackId: string
    readonly title: string
    readonly submit: string
    readonly state: string
    readonly lines: readonly string[]
    readonly reasonPlaceholder: string
    readonly durations: typeof durations
  },
): ModalView {
  const options = look.durations.map(({ value, text }) => ({ text: plain(text, 75), value }))
  const initial = options.find(({ value }) => value === usual)
  return modal({
    callbackId: look.callbackId,
    title: look.title,
    submit: look.submit,
    metadata: JSON.stringify({ environment: environmentValue(environment), place }),
    blocks: [
      ...sections([
        [
          words('While '),
          outside(environment.environment, 'bold'),
          words(` of ${repositoryName(environment.repository)} is ${look.state} nothing is started there.`),
        ],
        ...look.lines.map((line) => [words(line)]),
      ]),
      textField({
        id: 'reason',
        label: 'Why?',
        placeholder: look.reasonPlaceholder,
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
  return readReasonModal(view, lockModalId)
}

export function readFreezeModal(view: unknown): Submission<FreezeSubmission> {
  const read = readReasonModal(view, freezeModalId)
  if (read.type !== 'submitted') return read
  const { forMs } = read.value
  if (forMs === null) return { type: 'mistakes', errors: { duration: 'A freeze needs an end: lock it otherwise.' } }
  return { type: 'submitted', value: { ...read.value, forMs } }
}

function readReasonModal(view: unknown, callbackId: string): Submission<LockSubmission> {
  const fields = readFields(view, callbackId)
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
