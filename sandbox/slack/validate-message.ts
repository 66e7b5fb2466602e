/**
 * What Slack accepts, as far as it is documented: the shapes and limits of the blocks and elements that Sluice uses
 * or may use. The simulated Slack answers `invalid_blocks` with it, and tests run every card through it. Where Slack
 * is silent (tasks in a plan, length of a task's title) it takes the smallest limit that is known to work, so it may
 * refuse what Slack would take, but not the other way round.
 */
import { checkBlock, type Surface } from './validation/blocks.ts'
import { asList, type BlockProblem, checkString, isObject, type Report } from './validation/problems.ts'
import { checkMetadata, checkMrkdwn } from './validation/text.ts'

export type { BlockProblem } from './validation/problems.ts'

/**
 * Finds everything that Slack would refuse in a message, a modal or a Home tab.
 *
 * @param message - `text` and `blocks` as they are sent (blocks already parsed), `metadata` for messages
 * @param surface - 50 blocks in a message, 100 in a modal or a Home tab; some blocks only stand in one of them
 * @returns the problems, each with a JSON pointer; empty when there are none
 */
export function validateMessage(
  message: { readonly text?: string; readonly blocks?: unknown; readonly metadata?: unknown },
  surface: Surface = 'message',
): readonly BlockProblem[] {
  const problems: BlockProblem[] = []
  const report: Report = (path, sentence) => problems.push({ path, sentence })
  const hasBlocks = message.blocks !== undefined && !(Array.isArray(message.blocks) && message.blocks.length === 0)

  if (surface === 'message') {
    if (!hasBlocks && (message.text ?? '').trim() === '')
      report('/text', 'must not be empty in a message without blocks')
    if (message.text !== undefined) {
      checkString(message.text, '/text', report, { min: 0, max: 40_000 })
      checkMrkdwn(message.text, '/text', report)
    }
    if (message.metadata !== undefined) checkMetadata(message.metadata, '/metadata', report)
  }
  if (hasBlocks) checkBlocks(message.blocks, surface, report)
  return problems
}

function checkBlocks(value: unknown, surface: Surface, report: Report): void {
  const max = surface === 'message' ? 50 : 100
  const blocks = asList(value, '/blocks', report, { min: 1, max })
  const ids = new Set<string>()
  blocks.forEach((block, index) => {
    checkBlock(block, `/blocks/${index}`, report, surface)
    if (!isObject(block) || typeof block.block_id !== 'string') return
    if (ids.has(block.block_id)) report(`/blocks/${index}/block_id`, `is used twice: ${block.block_id}`)
    ids.add(block.block_id)
  })
  const types = blocks.filter(isObject).map((block) => block.type)
  if (types.filter((type) => type === 'data_visualization').length > 2)
    report('/blocks', 'must have at most two charts')
  if (types.includes('plan') && types.includes('task_card')) {
    report('/blocks', 'must have a plan or task cards, not both')
  }
  if (types.filter((type) => type === 'plan').length > 1) report('/blocks', 'must have at most one plan')
}
