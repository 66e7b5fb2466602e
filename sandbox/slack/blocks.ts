import { z } from 'zod'
import { newId, type SlackState } from './state.ts'

/** A block as it came in: the kinds and limits are checked by `validateMessage`, not by this type. */
export const blockSchema = z.looseObject({ type: z.string(), block_id: z.string().optional() })
export type Block = z.infer<typeof blockSchema>

/** An element that can be pressed or changed, with the block that it sits in. */
export interface FoundElement {
  readonly blockId: string
  readonly element: Record<string, unknown>
}

const interactive = new Set([
  'button',
  'workflow_button',
  'icon_button',
  'feedback_buttons',
  'overflow',
  'static_select',
  'external_select',
  'users_select',
  'conversations_select',
  'channels_select',
  'multi_static_select',
  'multi_users_select',
  'radio_buttons',
  'checkboxes',
  'datepicker',
  'timepicker',
  'datetimepicker',
  'plain_text_input',
  'number_input',
  'email_text_input',
  'url_text_input',
  'rich_text_input',
])

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Blocks as Slack keeps them: whatever lacks a `block_id` or an `action_id` is given one. */
export function withIds(state: SlackState, blocks: readonly Block[]): Block[] {
  return blocks.map((block) => {
    const copy = structuredClone(block)
    copy.block_id ??= newId(state, '', 5)
    for (const element of elementsOf(copy)) {
      if (element.action_id === undefined) element.action_id = newId(state, '', 5)
    }
    return copy
  })
}

/** The interactive element with this `action_id` (and, when several share it, this `value`), or null. */
export function findElement(
  blocks: readonly Block[],
  query: { readonly actionId: string; readonly blockId?: string | undefined; readonly value?: string | undefined },
): FoundElement | null {
  for (const block of blocks) {
    if (query.blockId !== undefined && block.block_id !== query.blockId) continue
    for (const element of elementsOf(block)) {
      if (element.action_id !== query.actionId) continue
      if (query.value !== undefined && element.value !== query.value) continue
      return { blockId: block.block_id ?? '', element }
    }
  }
  return null
}

/** Every `action_id` in the blocks, for the message of an error. */
export function actionIds(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => [...elementsOf(block)].map((element) => String(element.action_id)))
}

/** The JSON pointer of the first block of one of these types, also inside other blocks, or null. */
export function pointerToType(blocks: readonly unknown[], types: ReadonlySet<string>): string | null {
  const search = (value: unknown, path: string): string | null => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        const found = search(item, `${path}/${index}`)
        if (found !== null) return found
      }
      return null
    }
    if (!isRecord(value)) return null
    if (typeof value.type === 'string' && types.has(value.type)) return `${path}/type`
    for (const [key, item] of Object.entries(value)) {
      const found = search(item, `${path}/${key}`)
      if (found !== null) return found
    }
    return null
  }
  return search(blocks, '/blocks')
}

function* elementsOf(value: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(value)) {
    for (const item of value) yield* elementsOf(item)
    return
  }
  if (!isRecord(value)) return
  if (typeof value.type === 'string' && interactive.has(value.type)) yield value
  for (const item of Object.values(value)) yield* elementsOf(item)
}
