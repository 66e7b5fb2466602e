import type { WriteStream } from 'node:tty'
import type { KnownBlock } from '@slack/types'
import { renderText } from './slack/render/render-text.ts'
import type { Message } from './slack/state.ts'

export interface DemoScreen {
  /** Something changed in Slack: shows it. */
  refresh(): void
  /** Says what happens next. What is shown stays above it for good, and only what changes from now on is drawn below. */
  say(text: string): void
  /** Like `say`, for a message that only one person sees, in Slack's own format. */
  whisper(to: string, text: string): void
}

/**
 * Shows the threads of a channel in the terminal: drawn again in place where the output is a terminal, otherwise each
 * version of a card and each reply below the one before.
 */
export function createDemoScreen(options: {
  readonly output: Pick<WriteStream, 'write' | 'isTTY' | 'columns' | 'rows'>
  readonly userNames: ReadonlyMap<string, string>
  /** The channel's threads, each with its card first. */
  readonly read: () => readonly (readonly Message[])[]
}): DemoScreen {
  const { output, read } = options
  const isTerminal = output.isTTY === true
  const color = isTerminal && process.env.NO_COLOR === undefined
  const width = Math.min(output.columns ?? 100, 110)
  /** What each message looked like when it was shown for good. */
  const shown = new Map<string, string>()
  let drawnLines = 0

  const renderBlocks = (message: { readonly text: string; readonly blocks?: readonly KnownBlock[] }) =>
    renderText(message, { width, color, names: options.userNames })
  const render = (message: Message): string => {
    // The simulated Slack has checked them.
    const text = renderBlocks({ text: message.text, blocks: message.blocks as readonly KnownBlock[] })
    return message.isBroadcast ? `(also sent to the channel)\n${text}` : text
  }

  function draw(isForGood = false): void {
    const lines = read().flatMap((thread) =>
      thread.flatMap((message) => {
        const text = render(message)
        return text === shown.get(message.ts) ? [] : [...place(message, text).split('\n'), '']
      }),
    )
    // A card taller than the window would scroll away from under itself: its end is what is being worked on.
    const visible = isForGood ? lines : lines.slice(-(output.rows ?? 60) + 1)
    if (visible.length === 0 && drawnLines === 0) return
    const up = drawnLines > 0 ? `\u001B[${drawnLines}A\u001B[0J` : ''
    output.write(`${up}${visible.join('\n')}\n`)
    drawnLines = visible.length
  }

  function append(): void {
    for (const message of read().flat()) {
      const text = render(message)
      if (shown.get(message.ts) === text) continue
      const heading = isReply(message) ? (shown.has(message.ts) ? '↳ edited' : '↳ in the thread') : rule('the card')
      output.write(`${place(message, `${heading}\n${text}`)}\n\n`)
      shown.set(message.ts, text)
    }
  }

  const rule = (title: string) => `── ${title} `.padEnd(width, '─')

  function say(text: string): void {
    if (isTerminal) draw(true)
    else append()
    for (const message of read().flat()) shown.set(message.ts, render(message))
    drawnLines = 0
    output.write(`${color ? `\u001B[1;36m${text}\u001B[0m` : text}\n\n`)
  }

  return {
    refresh: () => (isTerminal ? draw() : append()),
    say,
    whisper: (to, text) => say(`Only ${to} sees:\n${indent(renderBlocks({ text }))}`),
  }
}

function isReply({ ts, threadTs }: Message): boolean {
  return threadTs !== null && threadTs !== ts
}

function place(message: Message, text: string): string {
  return isReply(message) ? indent(text) : text
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
