/** What a person can do with the app: each becomes a payload of Slack's. */
import type { Delivery } from './deliveries.ts'

export interface Press {
  readonly user: string
  /** Where the button is: a message (also an ephemeral one), or a view with `view`. */
  readonly channel?: string
  readonly ts?: string
  /** Id of an open modal or of a published Home view. */
  readonly view?: string
  readonly actionId: string
  /** When several elements share the `action_id`. */
  readonly blockId?: string
  readonly value?: string
  /** What was picked, for anything but a button: `{ selected_option: … }`, `{ selected_user: … }`. */
  readonly selected?: Readonly<Record<string, unknown>>
}

export interface Command {
  readonly user: string
  readonly channel: string
  /** With the slash: `/deploy`. */
  readonly command: string
  readonly text?: string
}

export interface Submit {
  readonly user: string
  readonly view: string
  /** `block_id` to `action_id` to the value as Slack sends it, or text for a plain text input. */
  readonly values?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export interface Typing {
  readonly user: string
  /** The open view that the menu is in. */
  readonly view: string
  /** Of a menu whose options the app gives. */
  readonly actionId: string
  readonly typed: string
  /** As for `Submit`: what the fields of the view hold. */
  readonly values?: Submit['values']
}

export interface Shortcut {
  readonly user: string
  readonly callbackId: string
  /** A message shortcut when it names a message, otherwise a global one. */
  readonly channel?: string
  readonly ts?: string
}

export interface Interactions {
  press(press: Press): Promise<Delivery>
  command(command: Command): Promise<Delivery>
  submit(submit: Submit): Promise<Delivery>
  /** Types into a menu; the app's options are the body of the answer. */
  type(typing: Typing): Promise<Delivery>
  closeView(query: { readonly user: string; readonly view: string }): Promise<Delivery | null>
  shortcut(shortcut: Shortcut): Promise<Delivery>
  /** A person's message; with the app's mention in it the app hears `app_mention`. Returns its `ts`. */
  say(message: {
    readonly user: string
    readonly channel: string
    readonly text: string
    readonly threadTs?: string
  }): string
}
