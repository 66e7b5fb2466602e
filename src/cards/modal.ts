/**
 * What all modals have in common. A modal's `private_metadata` says what it is about; what was filled in comes back as
 * a submission, which is read strictly: whoever forges one gets `malformed`, whoever forgot something is told at the
 * field.
 */
import type { InputBlock, ModalView, PlainTextElement, PlainTextInput } from '@slack/types'
import { z } from 'zod'
import { type GateValue, gateValue, readGateValue } from './button-values.ts'
import { name } from './spans.ts'

/** Characters of a reason or a comment. */
const maxReason = 1000

/** Where the button was pressed, so that the answer goes there. */
export interface ModalPlace {
  readonly channel: string
  /** Empty where it was a command; `ephemeral` for a message that one person sees. */
  readonly ts: string
}

export type Submission<T> =
  | { readonly type: 'submitted'; readonly value: T }
  /** Block id to what is wrong there: the answer `response_action: errors`. */
  | { readonly type: 'mistakes'; readonly errors: Readonly<Record<string, string>> }
  | { readonly type: 'malformed' }

export const malformed: Submission<never> = { type: 'malformed' }

const stateValue = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_options: z.array(z.object({ value: z.string() })).nullish(),
})

const submissionSchema = z.object({
  callback_id: z.string(),
  private_metadata: z.string(),
  state: z.object({ values: z.record(z.string(), z.record(z.string(), stateValue)) }),
})

/** A submitted modal's fields by `action_id`; a field's `action_id` is its own in the whole modal. */
export interface Fields {
  readonly metadata: string
  text(action: string): string | null
  choice(action: string): string | null
  choices(action: string): readonly string[]
}

/** Reads the `view` of a `view_submission`; null when it is none of this `callbackId`. */
export function readFields(view: unknown, callbackId: string): Fields | null {
  const parsed = submissionSchema.safeParse(view)
  if (!parsed.success || parsed.data.callback_id !== callbackId) return null
  const fields = new Map(Object.values(parsed.data.state.values).flatMap((block) => Object.entries(block)))
  return {
    metadata: parsed.data.private_metadata,
    text(action) {
      const text = fields.get(action)?.value?.trim() ?? ''
      return text === '' ? null : text
    },
    choice: (action) => fields.get(action)?.selected_option?.value ?? null,
    choices: (action) => (fields.get(action)?.selected_options ?? []).map(({ value }) => value),
  }
}

const gateMetadata = z.object({
  gate: z.string(),
  place: z.object({ channel: z.string(), ts: z.string() }).nullable(),
})

/** `private_metadata` of a modal about a gate: the value of the button, and where it was pressed. */
export function gateMetadataOf(gate: GateValue, place: ModalPlace | null): string {
  return JSON.stringify({ gate: gateValue(gate), place })
}

/** Null when it is not what `gateMetadataOf` wrote. */
export function readGateMetadata(
  metadata: string,
): { readonly gate: GateValue; readonly place: ModalPlace | null } | null {
  const parsed = gateMetadata.safeParse(readJson(metadata))
  if (!parsed.success) return null
  const gate = readGateValue(parsed.data.gate)
  return gate === null ? null : { gate, place: parsed.data.place }
}

/** Null for what is not JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Whoever forges metadata is told that it cannot be read.
    return null
  }
}

/** A modal with its texts cut to Slack's limits. */
export function modal(view: {
  readonly callbackId: string
  readonly title: string
  readonly submit: string
  readonly metadata: string
  readonly blocks: ModalView['blocks']
}): ModalView {
  return {
    type: 'modal',
    callback_id: view.callbackId,
    title: plain(view.title, 24),
    submit: plain(view.submit, 24),
    close: plain('Back', 24),
    private_metadata: view.metadata,
    blocks: view.blocks,
  }
}

/** A field for text. */
export function textField(field: {
  readonly id: string
  readonly label: string
  readonly hint?: string
  readonly placeholder?: string
  readonly initial?: string | null
  readonly optional?: boolean
  readonly multiline?: boolean
  readonly max?: number
}): InputBlock {
  const max = field.max ?? maxReason
  const initial = field.initial == null || field.initial === '' ? null : field.initial.toWellFormed().slice(0, max)
  const element: PlainTextInput = {
    type: 'plain_text_input',
    action_id: field.id,
    multiline: field.multiline ?? false,
    max_length: max,
    ...(field.placeholder === undefined ? {} : { placeholder: plain(field.placeholder, 150) }),
    ...(initial === null ? {} : { initial_value: initial.toWellFormed() }),
  }
  return inputBlock(field, element)
}

/** A labelled input; its block id is the element's action id, so that mistakes can be told at it. */
export function inputBlock(
  field: { readonly id: string; readonly label: string; readonly hint?: string; readonly optional?: boolean },
  element: InputBlock['element'],
): InputBlock {
  return {
    type: 'input',
    block_id: field.id,
    label: plain(field.label, 150),
    element,
    ...(field.hint === undefined ? {} : { hint: plain(field.hint, 300) }),
    ...(field.optional === true ? { optional: true } : {}),
  }
}

export function plain(text: string, max: number): PlainTextElement {
  return { type: 'plain_text', text: name(text, max) }
}
