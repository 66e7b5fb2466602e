import type { WriteStream } from 'node:tty'
import type { KnownBlock } from '@slack/types'
import { renderText } from './slack/render/render-text.ts'
import type { Message } from './slack/state.ts'

export interface DemoScreen {
  /** Something changed in Slack: shows it. */
  refresh(): void
  /** Shows the end. */
  finish(): void
}

/**
 * Shows the threads of a channel in the terminal: drawn again in place where the output is a terminal, otherwise each
 * version of a card and each reply below the one before.
 */
export function createDemoScreen(options: {
  readonly output: WriteStream
  readonly userNames: ReadonlyMap<string, string>
  /** The channel's threads, each with its card first. */
  readonly read: () => readonly (readonly Message[])[]
}): DemoScreen {
  const { output, read } = options
  const isTerminal = output.isTTY === true
  const color = isTerminal && process.env.NO_COLOR === undefined
  const width = Math.min(output.columns ?? 100, 110)
  const shown = new Map<string, string>()
  let drawnLines = 0

  const render = (message: Message): string => {
    const text = renderText(
      { text: message.text, blocks: message.blocks as readonly KnownBlock[] },
      { width, color, names: options.userNames },
    )
    return message.isBroadcast ? `(also sent to the channel)\n${text}` : text
  }

  function draw(): void {
    const lines = read().flatMap(([card, ...replies]) =>
      card === undefined
        ? []
        : [render(card), '', ...replies.map((reply) => indent(render(reply))), ''].join('\n').split('\n'),
    )
    // A card taller than the window would scroll away from under itself: its end is what is being worked on.
    const visible = lines.slice(-(output.rows ?? 60) + 1)
    const up = drawnLines > 0 ? `\u001B[${drawnLines}A\u001B[0J` : ''
    output.write(`${up}${visible.join('\n')}\n`)
    drawnLines = visible.length
  }

  function append(): void {
    for (const message of read().flat()) {
      const text = render(message)
      if (shown.get(message.ts) === text) continue
      const isReply = message.threadTs !== null && message.threadTs !== message.ts
      const heading = isReply
        ? shown.has(message.ts)
          ? '↳ edited'
          : '↳ in the thread'
        : '── the card '.padEnd(width, '─')
      output.write(`${isReply ? indent(`${heading}\n${text}`) : `${heading}\n${text}`}\n\n`)
      shown.set(message.ts, text)
    }
  }

  return { refresh: isTerminal ? draw : append, finish: isTerminal ? draw : append }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
