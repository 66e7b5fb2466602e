import type { SlackHandlerDeps } from '../handlers/slack/deps.ts'
import type { Rendered } from '../src/cards/rendered.ts'
import type { GateAct, RawPress } from '../src/engine/gate/acts.ts'
import type { ChannelPlace } from '../src/engine/gate/desk.ts'
import type { GrammarContext } from '../src/grammar/deploy-command.ts'

/** Where and by whom a command was typed. */
export interface Typed {
  readonly press: RawPress
  readonly channel: ChannelPlace
  readonly context: GrammarContext
  readonly triggerId: string
}

/** How a command is answered, once it is known that its writer may look. */
export interface CommandAnswer {
  /** What they are told, null for nothing: a form is open, say. Left out: what comes of it is told by itself. */
  readonly tell?: () => Promise<Rendered | null>
  /** Whether it is in the inbox: who may not do it is told so from there, and nothing else. */
  readonly isHandedOver: boolean
}

export function told(tell: () => Promise<Rendered | null>): CommandAnswer {
  return { tell, isHandedOver: false }
}

export function said(text: string): Rendered {
  return { text, blocks: [] }
}

/** Hands an act over. */
export async function press(act: GateAct, typed: Typed, { engine }: SlackHandlerDeps): Promise<CommandAnswer> {
  const { press: by } = typed
  await engine.submit({ id: `slack:${by.id}`, type: 'gate.pressed', body: { press: by, act } })
  return { isHandedOver: true }
}
