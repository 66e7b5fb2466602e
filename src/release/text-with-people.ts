/**
 * Answers and thread lines are plain words in which a person known to Slack stands as `@{U123|Ada}` and a moment as
 * `@{time:1767225600000}`: a card turns them into a mention and into the reader's own time, the command line and the
 * audit log into words. Everything that people typed passes through `quote`, so that no text can make such a tag.
 */
import type { Identity } from '../policy/identity.ts'

export type TextPart =
  | { readonly type: 'words'; readonly text: string }
  | { readonly type: 'person'; readonly slackId: string; readonly name: string }
  /** UTC milliseconds. */
  | { readonly type: 'time'; readonly at: number }

const tag = /@\{(?:([A-Z][A-Z0-9]{1,30})\|([^{}|]*)|time:(\d{1,16}))\}/g

/** Somebody's name, with the Slack id where it is known. */
export function person(identity: Identity): string {
  const name = nameOf(identity)
  if (identity.slackId === null || !/^[A-Z][A-Z0-9]{1,30}$/.test(identity.slackId)) return name
  return `@{${identity.slackId}|${name.replace(/[{}|]/g, ' ')}}`
}

/** Several people: `Ada, Bob and Cyn`. */
export function people(identities: readonly Identity[]): string {
  return listed(identities.map(person))
}

/** `a, b and c`; empty for none. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** @param at - UTC milliseconds, not negative */
export function moment(at: number): string {
  return `@{time:${Math.max(0, Math.round(at))}}`
}

/** What somebody typed, or what comes from another service, made unable to look like a tag. */
export function quote(text: string): string {
  return text.replace(/@\{/g, '@ {')
}

/** Takes a text apart for a card. */
export function textParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(tag)) {
    if (match.index > end) parts.push({ type: 'words', text: text.slice(end, match.index) })
    const [whole, slackId, name, at] = match
    if (slackId !== undefined) parts.push({ type: 'person', slackId, name: name ?? slackId })
    else parts.push({ type: 'time', at: Number(at) })
    end = match.index + whole.length
  }
  if (end < text.length) parts.push({ type: 'words', text: text.slice(end) })
  return parts
}

/** The text with names and UTC times (`2026-01-31 09:05 UTC`) in place of the tags. */
export function plainWords(text: string): string {
  return textParts(text)
    .map((part) => {
      if (part.type === 'words') return part.text
      return part.type === 'person' ? part.name : utc(part.at)
    })
    .join('')
}

function nameOf({ name, logins, emails, slackId }: Identity): string {
  return quote(name ?? logins[0] ?? emails[0] ?? slackId ?? 'somebody')
}

/** Latest moment that a Date can hold. */
const lastMoment = 8.64e15

function utc(at: number): string {
  const iso = new Date(Math.min(at, lastMoment)).toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
