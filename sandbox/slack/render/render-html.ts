/** Shows messages on a page that looks like a channel in Slack's light theme, for pictures in the documentation. */
import type { AnyBlock, KnownBlock, ModalView, RichTextBlock, RichTextBlockElement, TaskCardBlock } from '@slack/types'
import { escapeHtml } from './escape-html.ts'
import { type Inline, type Reader, readMrkdwn, readRichText } from './inline.ts'
import { inputHtml } from './input-html.ts'
import { isTaskCard } from './plan-tasks.ts'
import { pageStyle, statusIcons } from './slack-look.ts'

export interface ShownMessage {
  readonly text?: string
  readonly blocks?: readonly KnownBlock[]
}

export interface HtmlOptions extends Reader {
  readonly sender?: string
  /** Shown beside the sender's name. */
  readonly at?: string
  /** Messages in the thread, shown below. */
  readonly replies?: readonly ShownMessage[]
  /** Messages that come after it in the channel. */
  readonly next?: readonly ShownMessage[]
}

/** A whole HTML page with the message, and its replies if there are any. Nothing is loaded from elsewhere. */
export function renderHtml(message: ShownMessage, options: HtmlOptions = {}): string {
  const replies = (options.replies ?? []).map((reply) => messageHtml(reply, options)).join('')
  const next = (options.next ?? []).map((later) => messageHtml(later, options)).join('')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Slack message</title><style>${pageStyle}</style>
<main>${messageHtml(message, options)}${replies === '' ? '' : `<div class="thread">${replies}</div>`}${next}</main></html>`
}

/** A whole HTML page with modals beside each other, as they stand open before somebody fills them in. */
export function renderModalsHtml(views: readonly ModalView[], reader: Reader = {}): string {
  const shown = views.map((view) => {
    const submit =
      view.submit === undefined ? '' : `<span class="button primary">${escapeHtml(view.submit.text)}</span>`
    const close = `<span class="button">${escapeHtml(view.close?.text ?? 'Close')}</span>`
    const body = view.blocks
      .filter(isKnown)
      .map((block) => blockHtml(block, reader))
      .join('')
    return `<section class="modal"><h2>${escapeHtml(view.title.text)}</h2>${body}<footer>${close}${submit}</footer></section>`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Slack modals</title><style>${pageStyle}</style>
<main class="modals">${shown.join('')}</main></html>`
}

/** A view's blocks are typed loosely; what is of a kind that we do not draw is shown by its name. */
function isKnown(block: AnyBlock): block is KnownBlock {
  return block.type !== ''
}

function messageHtml(message: ShownMessage, options: HtmlOptions): string {
  const sender = escapeHtml(options.sender ?? 'Sluice')
  const blocks = message.blocks ?? []
  const body =
    blocks.length === 0
      ? `<p>${inlineHtml(readMrkdwn(message.text ?? '', options))}</p>`
      : blocks.map((block) => blockHtml(block, options)).join('')
  return `<article><div class="avatar">${sender.slice(0, 1)}</div><div class="body"><div class="from"><b>${sender}</b><span class="app">APP</span><time>${escapeHtml(options.at ?? '')}</time></div>${body}</div></article>`
}

function blockHtml(block: KnownBlock, reader: Reader): string {
  switch (block.type) {
    case 'header':
      return `<h3>${escapeHtml(block.text.text)}</h3>`
    case 'section': {
      const texts = [...(block.text === undefined ? [] : [block.text]), ...(block.fields ?? [])]
      return texts.map((text) => `<div class="section">${textHtml(text, reader)}</div>`).join('')
    }
    case 'context': {
      const parts = block.elements.map((element) => ('text' in element ? textHtml(element, reader) : ''))
      return `<div class="context">${parts.join(' ')}</div>`
    }
    case 'divider':
      return '<hr>'
    case 'input':
      return inputHtml(block)
    case 'rich_text':
      return richTextHtml(block, reader)
    case 'plan':
      return `<div class="plan"><div class="plan-title">${escapeHtml(block.title)}</div>${(block.tasks ?? [])
        .filter(isTaskCard)
        .map((task) => taskHtml(task, reader))
        .join('')}</div>`
    case 'task_card':
      return `<div class="plan">${taskHtml(block, reader)}</div>`
    case 'actions': {
      const buttons = block.elements.map((element) =>
        element.type === 'button'
          ? `<span class="button ${element.style ?? ''}">${escapeHtml(element.text.text)}</span>`
          : '',
      )
      return `<div class="actions">${buttons.join('')}</div>`
    }
    default:
      return `<div class="context">(${escapeHtml(block.type)})</div>`
  }
}

function taskHtml(task: TaskCardBlock, reader: Reader): string {
  const details = task.details === undefined ? '' : `<div class="details">${richTextHtml(task.details, reader)}</div>`
  return `<div class="task ${task.status}"><span class="icon">${statusIcons[task.status]}</span><div><div class="task-title">${escapeHtml(task.title)}</div>${details}</div></div>`
}

function textHtml(text: { readonly type: string; readonly text: string }, reader: Reader): string {
  if (text.type !== 'mrkdwn') return escapeHtml(text.text)
  return text.text
    .split('```')
    .map((part, index) => {
      const html = inlineHtml(readMrkdwn(index % 2 === 1 ? part.trim() : part, reader))
      return index % 2 === 1 ? `<pre>${html}</pre>` : html.replaceAll('\n', '<br>')
    })
    .join('')
}

function richTextHtml(block: RichTextBlock, reader: Reader): string {
  return block.elements.map((element) => richTextPartHtml(element, reader)).join('')
}

function richTextPartHtml(part: RichTextBlockElement, reader: Reader): string {
  switch (part.type) {
    case 'rich_text_section':
      return `<div class="section">${inlineHtml(readRichText(part.elements, reader)).replaceAll('\n', '<br>')}</div>`
    case 'rich_text_quote':
      return `<blockquote>${inlineHtml(readRichText(part.elements, reader))}</blockquote>`
    case 'rich_text_preformatted':
      return `<pre>${inlineHtml(readRichText(part.elements, reader))}</pre>`
    case 'rich_text_list': {
      const items = part.elements.map((item) => `<li>${inlineHtml(readRichText(item.elements, reader))}</li>`)
      return `<ul>${items.join('')}</ul>`
    }
  }
}

function inlineHtml(pieces: readonly Inline[]): string {
  return pieces.map(pieceHtml).join('')
}

function pieceHtml(piece: Inline): string {
  let html = escapeHtml(piece.text)
  if (piece.code) html = `<code>${html}</code>`
  if (piece.bold) html = `<b>${html}</b>`
  if (piece.italic) html = `<i>${html}</i>`
  if (piece.strike) html = `<s>${html}</s>`
  if (piece.kind === 'mention') return `<span class="mention">${html}</span>`
  return piece.kind === 'link' ? `<a href="${escapeHtml(piece.url ?? '')}">${html}</a>` : html
}
