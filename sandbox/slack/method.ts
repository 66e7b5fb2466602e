import type { WebAPICallResult } from '@slack/web-api'
import { z } from 'zod'
import { blockSchema } from './blocks.ts'
import type { Channel, Token } from './state.ts'
import type { World } from './world.ts'

/** Slack's answer to a call: `ok: false` comes with HTTP 200 as well. */
export type MethodAnswer = { readonly ok: true; readonly [key: string]: unknown } | Refusal

export interface Refusal {
  readonly ok: false
  readonly error: string
  readonly [key: string]: unknown
}

/** How often a method may be called; see rate-limits.ts. */
export type Tier = 'tier1' | 'tier2' | 'tier3' | 'tier4' | 'special' | 'posting'

export interface MethodCall {
  readonly world: World
  readonly args: Readonly<Record<string, unknown>>
  readonly token: Token
}

export interface Method {
  /** Scopes of which the token needs one; empty when any token will do. */
  readonly scopes: readonly string[]
  readonly tier: Tier
  /** Default `bot`. `none` needs no token at all. */
  readonly tokenType?: 'bot' | 'app' | 'none'
  readonly handler: (call: MethodCall) => MethodAnswer
}

export type MethodTable = Readonly<Record<string, Method>>

/**
 * An official response type with everything optional, enums as their strings, and blocks, views' states and metadata
 * left open: answers are checked against it with `satisfies`.
 */
export type Answer<T> = T extends WebAPICallResult ? { readonly [K in keyof T]?: Loose<T[K], K> | undefined } : never

type Loose<T, K = unknown> = K extends
  | 'blocks'
  | 'attachments'
  | 'event_payload'
  | 'title'
  | 'submit'
  | 'close'
  | 'state'
  ? unknown
  : T extends string
    ? string
    : T extends readonly (infer Item)[]
      ? readonly Loose<Item>[]
      : T extends object
        ? { readonly [P in keyof T]?: Loose<T[P], P> | undefined }
        : T

export function refuse(error: string, more: Readonly<Record<string, unknown>> = {}): Refusal {
  return { ok: false, error, ...more }
}

/** An argument that Slack takes as JSON text in a form, or as it is in a JSON body. */
export function jsonArgument<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => {
    if (typeof value !== 'string') return value
    if (value === '') return undefined
    try {
      return JSON.parse(value)
    } catch {
      context.addIssue('is not JSON')
      return z.NEVER
    }
  }, schema)
}

export const blocksArgument = jsonArgument(z.array(blockSchema).optional())

/** `true`, `"true"`, `1` and `"1"` are true; absent and everything else is false. */
export const booleanArgument = z.preprocess(
  (value) => value === true || value === 1 || value === 'true' || value === '1',
  z.boolean(),
)

/** A whole number, as a number or as text. */
export const integerArgument = z.coerce.number().int()

/** Checks a call's arguments; a fault becomes `invalid_arguments` with Slack's style of messages. */
export function parseArguments<T extends z.ZodType>(
  schema: T,
  args: Readonly<Record<string, unknown>>,
): { readonly ok: true; readonly value: z.infer<T> } | Refusal {
  const parsed = schema.safeParse(args)
  if (parsed.success) return { ok: true, value: parsed.data }
  const messages = parsed.error.issues.map(
    (issue) => `[ERROR] ${issue.message} [json-pointer:/${issue.path.join('/')}]`,
  )
  return refuse('invalid_arguments', { response_metadata: { messages } })
}

/** The channel as the app may see it: a private one that it is not in does not exist for it. */
export function visibleChannel(world: World, id: string): Channel | null {
  const channel = world.state.channels[id]
  if (channel === undefined) return null
  return channel.kind === 'public' || channel.members.includes(world.state.app.botUserId) ? channel : null
}

/** One page of a list: Slack's cursors are opaque text. */
export function page<T>(
  items: readonly T[],
  cursor: string | undefined,
  limit: number,
): { readonly ok: true; readonly items: readonly T[]; readonly nextCursor: string } | Refusal {
  const start = cursor === undefined || cursor === '' ? 0 : readCursor(cursor)
  if (start === null) return refuse('invalid_cursor')
  const end = start + limit
  return {
    ok: true,
    items: items.slice(start, end),
    nextCursor: end < items.length ? Buffer.from(`next:${end}`).toString('base64') : '',
  }
}

function readCursor(cursor: string): number | null {
  const match = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())
  return match === null ? null : Number(match[1])
}
