import { z } from 'zod'
import { type Block, isRecord, pointerToType } from './blocks.ts'
import { jsonArgument, type Refusal, refuse } from './method.ts'
import type { Metadata } from './state.ts'
import { validateMessage } from './validate-message.ts'
import type { World } from './world.ts'

/** Slack allows 16 KB of metadata in a message. */
const longestMetadataBytes = 16_384

const planBlocks = new Set(['plan', 'task_card'])
const chartBlocks = new Set(['data_visualization'])

const metadataSchema = z.object({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.unknown()).default({}),
})

/** Metadata as it comes in; `readMetadata` says what it means. */
export const metadataArgument = jsonArgument(z.unknown())

/** Undefined when there is none, null for `{}` (which takes it away in an update), or the metadata itself. */
export function readMetadata(
  value: unknown,
): { readonly ok: true; readonly value: Metadata | null | undefined } | Refusal {
  if (value === undefined) return { ok: true, value: undefined }
  if (isRecord(value) && Object.keys(value).length === 0) return { ok: true, value: null }
  const parsed = metadataSchema.safeParse(value)
  if (!parsed.success) return refuse('invalid_metadata_format')
  if (JSON.stringify(parsed.data).length > longestMetadataBytes) return refuse('metadata_too_large')
  return { ok: true, value: parsed.data }
}

/** What is wrong with a message's content, as Slack would say it, or null. */
export function checkContent(
  world: World,
  content: {
    readonly text?: string | undefined
    readonly blocks?: readonly Block[] | undefined
    readonly attachments?: readonly unknown[] | undefined
  },
  longestText: number,
): Refusal | null {
  const { text = '', blocks = [], attachments = [] } = content
  if (text === '' && blocks.length === 0 && attachments.length === 0) return refuse('no_text')
  if (text.length > longestText) return refuse('msg_too_long')
  const messages = blockFaults(world, blocks, 'message')
  return messages.length === 0 ? null : refuse('invalid_blocks', { errors: messages, response_metadata: { messages } })
}

/** What is wrong with blocks, in the style of Slack's `response_metadata.messages`. */
export function blockFaults(
  world: World,
  blocks: readonly Block[],
  surface: 'message' | 'modal' | 'home',
): readonly string[] {
  if (blocks.length === 0) return []
  if (!world.takesPlanBlocks) {
    const pointer = pointerToType(blocks, planBlocks)
    if (pointer !== null) return [`[ERROR] unsupported type [json-pointer:${pointer}]`]
  }
  if (!world.takesCharts) {
    const pointer = pointerToType(blocks, chartBlocks)
    if (pointer !== null) return [`[ERROR] unsupported type [json-pointer:${pointer}]`]
  }
  const problems = validateMessage({ blocks }, surface).map(
    ({ path, sentence }) => `[ERROR] ${sentence} [json-pointer:${path}]`,
  )
  return [...problems, ...fileFaults(world, blocks)]
}

/** Files that are not there, or that Slack still works on. */
function fileFaults(world: World, blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap((block, index) => {
    if (block.type !== 'image' || !isRecord(block.slack_file)) return []
    const file = world.state.files[String(block.slack_file.id)]
    const isReady = file?.isComplete === true && world.clock.now() >= (file.readyAt ?? 0)
    return isReady ? [] : [`[ERROR] invalid slack file [json-pointer:/blocks/${index}/slack_file]`]
  })
}
