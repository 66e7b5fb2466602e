import type { InputBlock } from '@slack/types'
import { escapeHtml } from './escape-html.ts'

/** A field of a modal as it looks before somebody fills it in. */
export function inputHtml(block: InputBlock): string {
  const optional = block.optional === true ? ' <span class="optional">(optional)</span>' : ''
  const hint = block.hint === undefined ? '' : `<div class="hint">${escapeHtml(block.hint.text)}</div>`
  return `<div class="input"><label>${escapeHtml(block.label.text)}${optional}</label>${elementHtml(block.element)}${hint}</div>`
}

function elementHtml(element: InputBlock['element']): string {
  switch (element.type) {
    case 'plain_text_input': {
      const shown = element.initial_value ?? element.placeholder?.text ?? ''
      const style = `field${element.multiline === true ? ' tall' : ''}${element.initial_value === undefined ? ' empty' : ''}`
      return `<div class="${style}">${escapeHtml(shown)}</div>`
    }
    case 'static_select':
    case 'external_select': {
      const { initial_option: chosen } = element
      const text = chosen?.text.text ?? element.placeholder?.text ?? 'Choose'
      return `<div class="field menu${chosen === undefined ? ' empty' : ''}">${escapeHtml(text)}</div>`
    }
    case 'checkboxes':
    case 'radio_buttons': {
      const chosen =
        element.type === 'checkboxes'
          ? (element.initial_options ?? []).map(({ value }) => value)
          : [element.initial_option?.value]
      const kind = element.type === 'checkboxes' ? 'box' : 'dot'
      return element.options
        .map(({ text, value, description }) => {
          const about = description === undefined ? '' : `<div class="hint">${escapeHtml(description.text)}</div>`
          const mark = `<span class="${kind}${chosen.includes(value) ? ' on' : ''}"></span>`
          return `<div class="choice">${mark}<div>${escapeHtml(text.text)}${about}</div></div>`
        })
        .join('')
    }
    default:
      return `<div class="field empty">(${escapeHtml(element.type)})</div>`
  }
}
