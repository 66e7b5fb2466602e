/**
 * Acts from the command line. They go into the inbox of the installation, as a press in Slack does: a running Sluice finds
 * them within seconds, decides by the same rules, writes the audit row and draws the cards; a stopped one does it at its
 * next start.
 */
import { userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { ulid } from 'ulid'
import type { NewEvent } from '../engine/events.ts'
import type { GateAct, RawPress } from '../engine/gate/acts.ts'
import { environmentObject } from '../engine/gate/environment-object.ts'
import { isReasonCode, reasons } from '../policy/reason-codes.ts'
import { auditHead, auditRowsAfter, releaseObject } from '../store/audit.ts'
import { addEvent, outcomeOf } from '../store/inbox.ts'
import type { Store } from '../store/open-store.ts'
import { harmless } from './harmless.ts'

/** So long does the command wait for the running Sluice, and so often does it look, in ms. */
const patienceMs = 10_000
const lookEveryMs = 100

export interface PressOutcome {
  readonly text: string
  /** False when it was refused. */
  readonly isDone: boolean
}

/**
 * Hands an act in and waits for what came of it.
 *
 * @param options.waitMs - how long; 10 s unless told
 * @returns also when nothing came of it in time: the act is written down then and is carried out later
 */
export async function pressOnCommandLine(
  store: Store,
  act: GateAct,
  options: { readonly waitMs?: number } = {},
): Promise<PressOutcome> {
  const handedIn = await handIn(store, act)
  const { id } = handedIn.press
  const deadline = Date.now() + (options.waitMs ?? patienceMs)
  while ((await outcomeOf(store.db, `effect:press:${id}`)) === null) {
    if (Date.now() >= deadline) {
      const text =
        'Written down. Sluice has not taken it up yet: it does as soon as it runs, and the audit log says what came of it.'
      return { text, isDone: true }
    }
    await sleep(lookEveryMs)
  }
  return await answerIn(store, act, handedIn)
}

/** An act in the inbox. */
export interface HandedIn {
  readonly press: RawPress
  /** Rows of the audit log before it. */
  readonly before: number
}

/** Puts an act into the inbox, as the account that runs this process. */
export async function handIn(store: Store, act: GateAct): Promise<HandedIn> {
  const press = pressOfAccount()
  const event: NewEvent = { id: press.id, type: 'gate.pressed', body: { press, act } }
  const before = await store.transaction(async (tx) => {
    await addEvent(tx, { ...event, at: press.at })
    return (await auditHead(tx)).rows
  })
  return { press, before }
}

/** A press by the account that runs this process. */
export function pressOfAccount(): RawPress {
  return {
    id: `cli:${ulid()}`,
    client: 'cli',
    userId: userInfo().username,
    teamId: '',
    channelId: null,
    threadTs: null,
    messageTs: null,
    at: Date.now(),
  }
}

/** What the audit log says of an act that was decided: its row is written with the decision. */
export async function answerIn(store: Store, act: GateAct, { before, press }: HandedIn): Promise<PressOutcome> {
  const username = press.userId
  const object = 'releaseId' in act ? releaseObject(act.releaseId) : environmentObject(act)
  const rows = await auditRowsAfter(store.db, before, 1000)
  const row = rows.findLast((one) => one.client === 'cli' && one.actor_name === username && one.object === object)
  if (row === undefined) return { text: 'Sluice took it up, and found nothing to decide.', isDone: false }
  const text = harmless(row.reason_text ?? '')
  const { reason_code: code } = row
  if (code === null) return { text: doneText(act, text), isDone: true }
  const sentence = isReasonCode(code) ? reasons[code] : code
  return { text: text.startsWith(sentence) || text === '' ? text || sentence : `${sentence} ${text}`, isDone: false }
}

function doneText(act: GateAct, said: string): string {
  switch (act.type) {
    case 'reject':
      return `Release ${act.releaseId} is rejected.`
    case 'cancel':
      return `Release ${act.releaseId} is called off.`
    case 'hold':
      return `The rollout is held: ${said}`
    default:
      return said
  }
}
