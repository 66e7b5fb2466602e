import type { Rendered } from '../src/cards/rendered.ts'
import type { RawPress } from '../src/engine/gate/acts.ts'
import type { ChannelPlace } from '../src/engine/gate/desk.ts'
import type { GrammarContext } from '../src/grammar/deploy-command.ts'

/** Where and by whom a command was typed. */
export interface Typed {
  readonly press: RawPress
  readonly channel: ChannelPlace
  readonly context: GrammarContext
  readonly triggerId: string
}

/** How a command is answered: at once, and with what has to be looked up first. */
export interface CommandAnswer {
  readonly now: Rendered | null
  readonly later: (() => Promise<Rendered>) | null
}

export function now(rendered: Rendered): CommandAnswer {
  return { now: rendered, later: null }
}

export function later(find: () => Promise<Rendered>): CommandAnswer {
  return { now: null, later: find }
}

export function said(text: string): Rendered {
  return { text, blocks: [] }
}
