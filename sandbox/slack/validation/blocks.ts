import { checkDataVisualization } from './data-visualization.ts'
import { accessoryElements, actionsElements, checkElement, checkImageElement, inputElements } from './elements.ts'
import {
  asList,
  asObject,
  checkBoolean,
  checkKeys,
  checkOneOf,
  checkString,
  checkUrl,
  type JsonObject,
  type Report,
} from './problems.ts'
import { checkRichText } from './rich-text.ts'
import { checkText } from './text.ts'

export type Surface = 'message' | 'modal' | 'home'
type Check = (block: JsonObject, path: string, report: Report) => void

interface Rule {
  readonly keys: readonly string[]
  readonly surfaces: readonly Surface[]
  readonly check: Check
}

const everywhere: readonly Surface[] = ['message', 'modal', 'home']
const messagesOnly: readonly Surface[] = ['message']

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['divider', { keys: [], surfaces: everywhere, check: () => {} }],
  ['header', { keys: ['text', 'level'], surfaces: everywhere, check: checkHeader }],
  ['section', { keys: ['text', 'fields', 'accessory', 'expand'], surfaces: everywhere, check: checkSection }],
  ['context', { keys: ['elements'], surfaces: everywhere, check: checkContext }],
  ['actions', { keys: ['elements'], surfaces: everywhere, check: checkActions }],
  ['image', { keys: ['alt_text', 'title', 'image_url', 'slack_file'], surfaces: everywhere, check: checkImage }],
  [
    'input',
    { keys: ['label', 'hint', 'optional', 'element', 'dispatch_action'], surfaces: everywhere, check: checkInput },
  ],
  ['rich_text', { keys: ['elements'], surfaces: everywhere, check: checkRichText }],
  ['markdown', { keys: ['text'], surfaces: messagesOnly, check: checkMarkdown }],
  ['table', { keys: ['rows', 'column_settings'], surfaces: messagesOnly, check: checkTable }],
  ['plan', { keys: ['title', 'tasks'], surfaces: messagesOnly, check: checkPlan }],
  [
    'task_card',
    {
      keys: ['task_id', 'title', 'details', 'output', 'sources', 'status'],
      surfaces: messagesOnly,
      check: checkTaskCard,
    },
  ],
  ['data_visualization', { keys: ['title', 'chart'], surfaces: messagesOnly, check: checkDataVisualization }],
  ['alert', { keys: ['text', 'level'], surfaces: ['modal'], check: checkAlert }],
  [
    'card',
    {
      keys: ['hero_image', 'icon', 'title', 'subtitle', 'body', 'actions'],
      surfaces: messagesOnly,
      check: checkCard,
    },
  ],
])

/** Checks one block on its surface, whatever it is. */
export function checkBlock(value: unknown, path: string, report: Report, surface: Surface): void {
  const block = asObject(value, path, report)
  if (block === null) return
  const type = String(block.type)
  const rule = rules.get(type)
  if (rule === undefined) {
    report(`${path}/type`, `is not a block that the simulated Slack knows: ${type}`)
    return
  }
  if (!rule.surfaces.includes(surface)) report(`${path}/type`, `may not stand in a ${surface}: ${type}`)
  checkKeys(block, path, report, ['type', 'block_id', ...rule.keys])
  if ('block_id' in block) checkString(block.block_id, `${path}/block_id`, report, { min: 1, max: 255 })
  rule.check(block, path, report)
}

function checkHeader(block: JsonObject, path: string, report: Report): void {
  checkText(block.text, `${path}/text`, report, { max: 150, kinds: ['plain_text'] })
}

function checkSection(block: JsonObject, path: string, report: Report): void {
  if (!('text' in block) && !('fields' in block)) report(path, 'must have text or fields')
  if ('text' in block) checkText(block.text, `${path}/text`, report, { max: 3000 })
  if ('fields' in block) {
    asList(block.fields, `${path}/fields`, report, { min: 1, max: 10 }).forEach((field, index) => {
      checkText(field, `${path}/fields/${index}`, report, { max: 2000 })
    })
  }
  if ('accessory' in block) {
    checkElement(block.accessory, `${path}/accessory`, report, { allowed: accessoryElements, seen: new Set() })
  }
  if ('expand' in block) checkBoolean(block.expand, `${path}/expand`, report)
}

function checkContext(block: JsonObject, path: string, report: Report): void {
  asList(block.elements, `${path}/elements`, report, { min: 1, max: 10 }).forEach((value, index) => {
    const here = `${path}/elements/${index}`
    const element = asObject(value, here, report)
    if (element === null) return
    if (element.type === 'image') checkImageElement(element, here, report)
    else checkText(element, here, report, { max: 3000 })
  })
}

function checkActions(block: JsonObject, path: string, report: Report): void {
  const seen = new Set<string>()
  asList(block.elements, `${path}/elements`, report, { min: 1, max: 25 }).forEach((element, index) => {
    checkElement(element, `${path}/elements/${index}`, report, { allowed: actionsElements, seen })
  })
}

function checkImage(block: JsonObject, path: string, report: Report): void {
  checkImageElement(block, path, report)
  if ('title' in block) checkText(block.title, `${path}/title`, report, { max: 2000, kinds: ['plain_text'] })
}

function checkInput(block: JsonObject, path: string, report: Report): void {
  checkText(block.label, `${path}/label`, report, { max: 2000, kinds: ['plain_text'] })
  if ('hint' in block) checkText(block.hint, `${path}/hint`, report, { max: 2000, kinds: ['plain_text'] })
  checkElement(block.element, `${path}/element`, report, { allowed: inputElements, seen: new Set() })
}

function checkMarkdown(block: JsonObject, path: string, report: Report): void {
  checkString(block.text, `${path}/text`, report, { min: 1, max: 12_000 })
}

function checkTable(block: JsonObject, path: string, report: Report): void {
  asList(block.rows, `${path}/rows`, report, { min: 1, max: 100 }).forEach((row, rowIndex) => {
    asList(row, `${path}/rows/${rowIndex}`, report, { min: 1, max: 20 }).forEach((value, index) => {
      const here = `${path}/rows/${rowIndex}/${index}`
      const cell = asObject(value, here, report)
      if (cell === null) return
      if (cell.type === 'rich_text') checkRichText(cell, here, report)
      else {
        checkOneOf(cell.type, `${here}/type`, report, ['raw_text', 'raw_number', 'rich_text'])
        checkString(cell.text, `${here}/text`, report, { min: 1, max: 3000 })
      }
    })
  })
}

function checkPlan(block: JsonObject, path: string, report: Report): void {
  checkString(block.title, `${path}/title`, report, { min: 1, max: 256 })
  if (!('tasks' in block)) return
  const ids = new Set<string>()
  // Slack names no limit for the tasks of a plan; other people's bots keep to that of blocks in a message.
  asList(block.tasks, `${path}/tasks`, report, { min: 1, max: 50 }).forEach((value, index) => {
    const here = `${path}/tasks/${index}`
    const task = asObject(value, here, report)
    if (task === null) return
    if (task.type !== 'task_card') report(`${here}/type`, 'must be task_card')
    else checkBlock(task, here, report, 'message')
    const id = String(task.task_id)
    if (ids.has(id)) report(`${here}/task_id`, `is used twice in this plan: ${id}`)
    ids.add(id)
  })
}

function checkTaskCard(block: JsonObject, path: string, report: Report): void {
  checkString(block.task_id, `${path}/task_id`, report, { min: 1, max: 255 })
  // A plain string here, not a text object.
  checkString(block.title, `${path}/title`, report, { min: 1, max: 256 })
  if ('status' in block) {
    checkOneOf(block.status, `${path}/status`, report, ['pending', 'in_progress', 'complete', 'error'])
  }
  for (const key of ['details', 'output']) {
    if (key in block) checkRichText(block[key], `${path}/${key}`, report)
  }
  if (!('sources' in block)) return
  asList(block.sources, `${path}/sources`, report, { min: 1, max: 20 }).forEach((value, index) => {
    const here = `${path}/sources/${index}`
    const source = asObject(value, here, report)
    if (source === null) return
    checkOneOf(source.type, `${here}/type`, report, ['url'])
    checkUrl(source.url, `${here}/url`, report)
    checkString(source.text, `${here}/text`, report, { min: 1, max: 256 })
  })
}

function checkAlert(block: JsonObject, path: string, report: Report): void {
  checkText(block.text, `${path}/text`, report, { max: 3000 })
  if ('level' in block) {
    checkOneOf(block.level, `${path}/level`, report, ['default', 'info', 'warning', 'error', 'success'])
  }
}

function checkCard(block: JsonObject, path: string, report: Report): void {
  if (!['hero_image', 'title', 'actions', 'body'].some((key) => key in block)) {
    report(path, 'must have at least one of hero_image, title, actions, body')
  }
  for (const [key, max] of [
    ['title', 150],
    ['subtitle', 150],
    ['body', 200],
  ] as const) {
    if (key in block) checkText(block[key], `${path}/${key}`, report, { max })
  }
  for (const key of ['hero_image', 'icon']) {
    if (key in block) checkImageElement(block[key], `${path}/${key}`, report)
  }
  if ('actions' in block) {
    const seen = new Set<string>()
    asList(block.actions, `${path}/actions`, report, { min: 1, max: 25 }).forEach((element, index) => {
      checkElement(element, `${path}/actions/${index}`, report, { allowed: ['button'], seen })
    })
  }
}
