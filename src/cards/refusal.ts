/** What somebody is told whose request was refused: why, what would make it work, and the button that does it. */
import { type ButtonInput, buttonRow } from './button.ts'
import { environmentValue, type GateValue, gateValue, type RequestValue, requestValue } from './button-values.ts'
import { escapeMrkdwn } from './escape.ts'
import { environmentActions, gateActions, openDeployAction, queryActions, requestActions } from './gate-actions.ts'
import type { LockGlance } from './gate-card-input.ts'
import { identityName } from './people-words.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { date, type Line, link, name, outside, textBlocks, words } from './spans.ts'
import { unfreezeButton, unlockButton } from './status-view.ts'

/** Something that would make it work and that a button can do. */
export type Remedy =
  | {
      readonly type: 'unlock' | 'take_over_lock'
      readonly repository: string
      readonly environment: string
      readonly lock: LockGlance
    }
  | { readonly type: 'unfreeze' | 'who' | 'open_form'; readonly repository: string; readonly environment: string }
  /** Asks again in another way: another strategy, a commit that is green. `label` says what it does. */
  | { readonly type: 'request'; readonly label: string; readonly request: RequestValue }
  | { readonly type: 'why'; readonly request: RequestValue }
  | { readonly type: 'break_glass'; readonly gate: GateValue }
  | { readonly type: 'status' }

export interface RefusalInput {
  /** The sentence of the reason, see reason-codes.ts. */
  readonly reason: string
  /** What is particular about this case; null when there is nothing to add. */
  readonly detail: string | null
  /** What would make it work, each one sentence; at most four are shown. */
  readonly hints: readonly string[]
  /** A command that would work; null when there is none. */
  readonly command: string | null
  /** When it works by itself, UTC milliseconds; null when it does not. */
  readonly worksAt: number | null
  /** A card to look at: the release that is open already, say. */
  readonly card: { readonly label: string; readonly url: string | null } | null
  readonly remedies: readonly Remedy[]
  readonly context: ReleaseCardContext
}

export function refusal(input: RefusalInput): Rendered {
  const { reason, detail, hints, command, worksAt, card, context } = input
  const lines: Line[] = [[words('⛔ '), outside(reason, 'bold', 300)]]
  if (detail !== null) lines.push([outside(detail, undefined, 500)])
  for (const hint of hints.slice(0, 4)) lines.push([words('→ '), outside(hint, undefined, 300)])
  if (worksAt !== null) lines.push([words('→ It works again '), date(worksAt, '{date_short_pretty} {time}')])
  if (card !== null) lines.push([words('→ '), link(card.label, card.url, undefined, 100)])
  if (command !== null) lines.push([words('→ Try '), outside(command, 'code', 200)])
  const text = [reason, detail, hints[0] ?? null].filter((part) => part !== null).map((part) => name(part, 200))
  return {
    text: escapeMrkdwn(text.join(' ')),
    blocks: [...textBlocks(lines, context.layout), ...buttonRow(input.remedies.slice(0, 5).map(remedyButton))],
  }
}

function remedyButton(remedy: Remedy): ButtonInput {
  switch (remedy.type) {
    case 'unlock':
      return unlockButton(remedy)
    case 'take_over_lock':
      return {
        action: environmentActions.takeOverLock,
        text: 'Take the lock over',
        value: environmentValue(remedy),
        confirm: {
          title: `Take the lock of ${name(remedy.environment, 40)} over?`,
          text: `${identityName(remedy.lock.by)} holds it: ${name(remedy.lock.why, 120)}. It is yours then, and they are told.`,
          yes: 'Take it over',
          style: 'danger',
        },
      }
    case 'unfreeze':
      return unfreezeButton(remedy)
    case 'why':
      return { action: requestActions.why, text: 'What stands in the way?', value: requestValue(remedy.request) }
    case 'who':
      return { action: queryActions.who, text: 'Who may?', value: environmentValue(remedy) }
    case 'open_form':
      return { action: openDeployAction, text: 'Ask for something else…', value: environmentValue(remedy) }
    case 'status':
      return { action: queryActions.status, text: 'What is where?', value: '-' }
    case 'request':
      return { action: requestActions.request, text: remedy.label, value: requestValue(remedy.request) }
    case 'break_glass':
      return { action: gateActions.breakGlass, text: '🚨 Break glass…', value: gateValue(remedy.gate) }
  }
}
