import type { InputBlock } from '@slack/types'

/** A field of a modal as lines: its label, what is filled in or may be chosen, and its hint. */
export function inputText(block: InputBlock): readonly string[] {
  const label = `${block.label.text}${block.optional === true ? ' (optional)' : ''}:`
  return [label, ...elementText(block.element), ...(block.hint === undefined ? [] : [`  ${block.hint.text}`])]
}

function elementText(element: InputBlock['element']): readonly string[] {
  switch (element.type) {
    case 'plain_text_input':
      return [`  [${element.initial_value ?? element.placeholder?.text ?? ''}]`]
    case 'static_select':
    case 'external_select':
      return [`  [${element.initial_option?.text.text ?? element.placeholder?.text ?? ''} ▾]`]
    case 'checkboxes':
      return element.options.map(({ text }) => `  [ ] ${text.text}`)
    case 'radio_buttons':
      return element.options.map(({ text, value }) => {
        return `  (${element.initial_option?.value === value ? '•' : ' '}) ${text.text}`
      })
    default:
      return [`  [${element.type}]`]
  }
}
