import {
  asList,
  asObject,
  checkKeys,
  checkOneOf,
  checkString,
  checkUrl,
  type JsonObject,
  type Report,
} from './problems.ts'
import { checkRichText } from './rich-text.ts'
import { checkConfirm, checkOption, checkText } from './text.ts'

/** What each place takes. */
export const actionsElements = [
  'button',
  'checkboxes',
  'datepicker',
  'datetimepicker',
  'overflow',
  'radio_buttons',
  'static_select',
  'external_select',
  'users_select',
  'conversations_select',
  'channels_select',
  'multi_static_select',
  'multi_external_select',
  'multi_users_select',
  'multi_conversations_select',
  'multi_channels_select',
  'timepicker',
  'workflow_button',
  'rich_text_input',
]
export const accessoryElements = [...actionsElements.filter((type) => type !== 'rich_text_input'), 'image']
export const inputElements = [
  ...actionsElements.filter((type) => !['button', 'overflow', 'workflow_button'].includes(type)),
  'plain_text_input',
  'email_text_input',
  'url_text_input',
  'number_input',
  'file_input',
]

/** Checks an interactive element or an image; `seen` holds the action ids of its block. */
export function checkElement(
  value: unknown,
  path: string,
  report: Report,
  rule: { readonly allowed: readonly string[]; readonly seen: Set<string> },
): void {
  const element = asObject(value, path, report)
  if (element === null) return
  const type = String(element.type)
  if (!rule.allowed.includes(type)) {
    report(`${path}/type`, `is not an element that may stand here: ${type}`)
    return
  }
  if (type === 'image') {
    checkImageElement(element, path, report)
    return
  }
  if ('action_id' in element) {
    checkString(element.action_id, `${path}/action_id`, report, { min: 1, max: 255 })
    const id = String(element.action_id)
    if (rule.seen.has(id)) report(`${path}/action_id`, `is used twice in this block: ${id}`)
    rule.seen.add(id)
  }
  if ('confirm' in element) checkConfirm(element.confirm, `${path}/confirm`, report)
  if ('placeholder' in element) {
    checkText(element.placeholder, `${path}/placeholder`, report, { max: 150, kinds: ['plain_text'] })
  }
  checkByType(type, element, path, report)
}

function checkByType(type: string, element: JsonObject, path: string, report: Report): void {
  switch (type) {
    case 'button':
      checkButton(element, path, report)
      return
    case 'static_select':
    case 'multi_static_select':
      checkStaticSelect(element, path, report)
      return
    case 'checkboxes':
    case 'radio_buttons':
      checkOptions(element.options, `${path}/options`, report, { min: 1, max: 10, mrkdwn: true, url: false })
      return
    case 'overflow':
      checkOptions(element.options, `${path}/options`, report, { min: 1, max: 5, mrkdwn: false, url: true })
      return
    case 'plain_text_input':
      checkPlainTextInput(element, path, report)
      return
    case 'rich_text_input':
      if ('initial_value' in element) checkRichText(element.initial_value, `${path}/initial_value`, report)
      return
    case 'number_input':
      if (typeof element.is_decimal_allowed !== 'boolean') {
        report(`${path}/is_decimal_allowed`, 'must be true or false')
      }
      return
    case 'workflow_button':
      checkText(element.text, `${path}/text`, report, { max: 75, kinds: ['plain_text'] })
      return
    default:
    // Pickers and the other menus have nothing besides what every element has.
  }
}

function checkButton(element: JsonObject, path: string, report: Report): void {
  checkKeys(element, path, report, [
    'type',
    'text',
    'action_id',
    'url',
    'value',
    'style',
    'confirm',
    'accessibility_label',
  ])
  checkText(element.text, `${path}/text`, report, { max: 75, kinds: ['plain_text'] })
  if ('value' in element) checkString(element.value, `${path}/value`, report, { min: 1, max: 2000 })
  if ('url' in element) checkUrl(element.url, `${path}/url`, report)
  if ('style' in element) checkOneOf(element.style, `${path}/style`, report, ['primary', 'danger'])
  if ('accessibility_label' in element) {
    checkString(element.accessibility_label, `${path}/accessibility_label`, report, { min: 1, max: 75 })
  }
}

function checkStaticSelect(element: JsonObject, path: string, report: Report): void {
  const plain = { min: 1, max: 100, mrkdwn: false, url: false }
  if ('options' in element === 'option_groups' in element) {
    report(path, 'must have either options or option_groups')
    return
  }
  if ('options' in element) checkOptions(element.options, `${path}/options`, report, plain)
  if (!('option_groups' in element)) return
  asList(element.option_groups, `${path}/option_groups`, report, { min: 1, max: 100 }).forEach((value, index) => {
    const here = `${path}/option_groups/${index}`
    const group = asObject(value, here, report)
    if (group === null) return
    checkText(group.label, `${here}/label`, report, { max: 75, kinds: ['plain_text'] })
    checkOptions(group.options, `${here}/options`, report, plain)
  })
}

function checkOptions(
  value: unknown,
  path: string,
  report: Report,
  rule: { readonly min: number; readonly max: number; readonly mrkdwn: boolean; readonly url: boolean },
): void {
  asList(value, path, report, rule).forEach((option, index) => {
    checkOption(option, `${path}/${index}`, report, rule)
  })
}

function checkPlainTextInput(element: JsonObject, path: string, report: Report): void {
  if ('initial_value' in element) {
    checkString(element.initial_value, `${path}/initial_value`, report, { min: 0, max: 3000 })
  }
  for (const key of ['min_length', 'max_length']) {
    const length = element[key]
    if (length === undefined) continue
    if (typeof length !== 'number' || !Number.isInteger(length) || length < 0 || length > 3000) {
      report(`${path}/${key}`, 'must be a whole number from 0 to 3000')
    }
  }
}

/** Checks an image inside a section, a context block, a card or a container. */
export function checkImageElement(value: unknown, path: string, report: Report): void {
  const image = asObject(value, path, report)
  if (image === null) return
  checkString(image.alt_text, `${path}/alt_text`, report, { min: 1, max: 2000 })
  if ('slack_file' in image) {
    const file = asObject(image.slack_file, `${path}/slack_file`, report)
    if (file !== null && 'id' in file && !/^F[A-Z0-9]{8,}$/.test(String(file.id))) {
      report(`${path}/slack_file/id`, 'input must match regex pattern: ^[F][A-Z0-9]{8,}$')
    }
  } else checkUrl(image.image_url, `${path}/image_url`, report)
}
