/** The forms behind Hold…, Extend… and Roll back…: what these have to be told, or to tell. */
import type { ModalView } from '@slack/types'
import { z } from 'zod'
import { parseDuration } from '../grammar/duration.ts'
import { longestExtensionMs } from '../policy/rollout-policy.ts'
import type { Release } from '../release/release.ts'
import { type RolloutValue, readRolloutValue, rolloutValue } from './button-values.ts'
import { releaseLabel } from './gate-headline.ts'
import {
  type Fields,
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
import { type Line, sections, words } from './spans.ts'
import { taggedLine } from './tagged-line.ts'

export const holdModalId = 'rollout_hold_modal'
export const extendModalId = 'rollout_extend_modal'
export const rollBackModalId = 'rollout_roll_back_modal'

const minute = 60_000
const extensions = [15, 30, 60].map((count) => ({ value: `${count}m`, text: `${count} minutes`, ms: count * minute }))

interface OnRollout {
  readonly rollout: RolloutValue
  readonly place: ModalPlace | null
}
type Named = Pick<Release, 'repository' | 'sha' | 'environment' | 'strategy'>

/** A hold stops the clock, and whoever looks next has to know why. */
export function holdModal(release: Named, about: OnRollout): ModalView {
  return modal({
    callbackId: holdModalId,
    title: 'Hold the rollout',
    submit: 'Hold',
    metadata: metadataOf(about),
    blocks: [
      ...sections([
        [words('You hold '), words(releaseLabel(release), 'bold')],
        [words('The traffic stays as it is split now, and no next step begins.')],
        [words('It is still watched: a metric that fails rolls it back all the same. You are reminded of it.')],
      ]),
      textField({
        id: 'reason',
        label: 'Why?',
        placeholder: 'What you are looking at, and what would let it go on',
        hint: 'Shown on the card and written to the audit log.',
      }),
    ],
  })
}

export function extendModal(release: Named, about: OnRollout): ModalView {
  const options = extensions.map(({ value, text }) => ({ text: plain(text, 75), value }))
  const [first] = options
  return modal({
    callbackId: extendModalId,
    title: 'Extend the window',
    submit: 'Extend',
    metadata: metadataOf(about),
    blocks: [
      ...sections([
        [
          words('You let '),
          words(releaseLabel(release), 'bold'),
          words(' be watched for longer before the next step.'),
        ],
      ]),
      inputBlock(
        { id: 'duration', label: 'By how much?' },
        {
          type: 'static_select',
          action_id: 'duration',
          options,
          ...(first === undefined ? {} : { initial_option: first }),
        },
      ),
      textField({
        id: 'typed',
        label: 'Or another duration',
        placeholder: '45m, 1h30m',
        hint: 'Counts instead of the choice above. At most 24 h at once.',
        optional: true,
        max: 60,
      }),
    ],
  })
}

/** @param words - what it will do, whole; see rollbackWords */
export function rollBackModal(release: Named, about: OnRollout, rollbackWords: string): ModalView {
  return modal({
    callbackId: rollBackModalId,
    title: 'Roll back',
    submit: 'Roll back',
    metadata: metadataOf(about),
    blocks: [
      ...sections([[words('You roll back '), words(releaseLabel(release), 'bold')], ...sentences(rollbackWords)]),
      textField({
        id: 'reason',
        label: 'Why?',
        optional: true,
        multiline: true,
        placeholder: 'What you have seen',
        hint: 'Shown on the card, in the lock of the environment and in the audit log. It can be left out.',
      }),
    ],
  })
}

/** A line each, so that none is lost in the others. */
function sentences(text: string): readonly Line[] {
  return text.split(/(?<=\.) (?=[A-Z0-9])/).map(taggedLine)
}

export function readHoldModal(view: unknown): Submission<OnRollout & { readonly why: string }> {
  const read = readAbout(view, holdModalId)
  if (read === null) return malformed
  const why = read.fields.text('reason')
  if (why === null) return { type: 'mistakes', errors: { reason: 'A reason is needed.' } }
  return { type: 'submitted', value: { ...read.about, why } }
}

export function readExtendModal(view: unknown): Submission<OnRollout & { readonly ms: number }> {
  const read = readAbout(view, extendModalId)
  if (read === null) return malformed
  const typed = read.fields.text('typed')
  if (typed !== null) {
    const ms = parseDuration(typed)
    if (ms === null || ms <= 0 || ms > longestExtensionMs) {
      return { type: 'mistakes', errors: { typed: 'Write it as 45m or 1h30m; at most 24 h.' } }
    }
    return { type: 'submitted', value: { ...read.about, ms } }
  }
  const chosen = extensions.find(({ value }) => value === read.fields.choice('duration'))
  if (chosen === undefined)
    return { type: 'mistakes', errors: { duration: 'Choose one of these, or write another below.' } }
  return { type: 'submitted', value: { ...read.about, ms: chosen.ms } }
}

export function readRollBackModal(view: unknown): Submission<OnRollout & { readonly why: string | null }> {
  const read = readAbout(view, rollBackModalId)
  return read === null ? malformed : { type: 'submitted', value: { ...read.about, why: read.fields.text('reason') } }
}

const metadataSchema = z.object({
  rollout: z.string(),
  place: z.object({ channel: z.string(), ts: z.string() }).nullable(),
})

function metadataOf({ rollout, place }: OnRollout): string {
  return JSON.stringify({ rollout: rolloutValue(rollout), place })
}

function readAbout(view: unknown, callbackId: string): { readonly fields: Fields; readonly about: OnRollout } | null {
  const fields = readFields(view, callbackId)
  const parsed = fields === null ? null : metadataSchema.safeParse(readJson(fields.metadata))
  const rollout = parsed?.success === true ? readRolloutValue(parsed.data.rollout) : null
  if (fields === null || parsed?.success !== true || rollout === null) return null
  return { fields, about: { rollout, place: parsed.data.place } }
}
