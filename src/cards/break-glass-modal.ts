/** The modal behind Break glass: what is overridden, why, and the environment's name typed by hand. */
import type { ModalView } from '@slack/types'
import { z } from 'zod'
import type { GatePolicy } from '../policy/gate-policy.ts'
import { type GateValue, gateValue, readGateValue } from './button-values.ts'
import type { GateLine } from './gate-card-input.ts'
import { type ModalPlace, malformed, modal, readFields, readJson, type Submission, textField } from './modal.ts'
import { type Line, name, outside, sections, words } from './spans.ts'

export const breakGlassModalId = 'gate_break_glass_modal'

export interface BreakGlassSubmission {
  readonly gate: GateValue
  readonly place: ModalPlace | null
  readonly why: string
}

const metadataSchema = z.object({
  gate: z.string(),
  environment: z.string(),
  place: z.object({ channel: z.string(), ts: z.string() }).nullable(),
})

export interface BreakGlassInput {
  readonly gate: GateValue
  readonly place: ModalPlace | null
  /** `omnihub 1a2b3c4 to production (canary)`. */
  readonly label: string
  readonly policy: Pick<GatePolicy, 'environment' | 'breakGlass'>
  /** The gates that are closed now. */
  readonly overridden: readonly GateLine[]
}

export function breakGlassModal({ gate, place, label, policy, overridden }: BreakGlassInput): ModalView {
  const { environment } = policy
  const word = name(environment)
  const lines: Line[] = [
    [words('🚨 You release '), outside(label, 'bold', 150), words(' without what is usually asked for.')],
    [words('Overridden:', 'bold')],
    ...overridden
      .slice(0, 10)
      .map(
        (gate): Line => [words('• '), outside(gate.name, 'bold'), words(': '), outside(gate.detail, undefined, 150)],
      ),
  ]
  if (overridden.length === 0) lines.push([words('• nothing stands in the way: an ordinary approval is enough')])
  if (overridden.length > 10) lines.push([words(`• and ${overridden.length - 10} more`)])
  lines.push(
    [words('What follows:', 'bold')],
    [words('• It starts at once. The card says BREAK GLASS for all to see.')],
    [
      words('• Those on call are told'),
      ...(policy.breakGlass?.channel == null ? [] : [words(' and '), outside(policy.breakGlass.channel)]),
      words(', and the audit log says break_glass with your name.'),
    ],
    [words('• The next ordinary release waits until somebody else has signed this one off.')],
  )
  return modal({
    callbackId: breakGlassModalId,
    title: 'Break the glass',
    submit: 'Break the glass',
    metadata: JSON.stringify({ gate: gateValue(gate), environment: word, place }),
    blocks: [
      ...sections(lines),
      textField({
        id: 'reason',
        label: 'Why can it not wait?',
        multiline: true,
        placeholder: 'Incident, what is broken, what this mends',
      }),
      textField({ id: 'confirmation', label: `Type ${word} to confirm`, placeholder: word, max: 100 }),
    ],
  })
}

export function readBreakGlassModal(view: unknown): Submission<BreakGlassSubmission> {
  const fields = readFields(view, breakGlassModalId)
  const parsed = fields === null ? null : metadataSchema.safeParse(readJson(fields.metadata))
  if (fields === null || parsed === null || !parsed.success) return malformed
  const gate = readGateValue(parsed.data.gate)
  if (gate === null) return malformed
  const why = fields.text('reason')
  const errors: Record<string, string> = {}
  if (why === null) errors.reason = 'A reason is needed.'
  const { environment, place } = parsed.data
  if (fields.text('confirmation') !== environment) errors.confirmation = `Type exactly: ${environment}`
  if (why === null || Object.keys(errors).length > 0) return { type: 'mistakes', errors }
  return { type: 'submitted', value: { gate, place, why } }
}
