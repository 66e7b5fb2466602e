import { expect } from 'vitest'
import { validateMessage } from '../../sandbox/slack/validate-message.ts'
import type { Rendered } from '../../src/cards/rendered.ts'

const bidi = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u
/** Slack's forms that page somebody or something. */
const paging = /<!(?!date\^|subteam\^S07(?:ONCALL|APPROVE)>)|<@(?!U07MIA>|U07SAM>)|<#/

const hidden: ReadonlySet<string> = new Set(['value', 'initial_value'])

/** Fails when Slack would refuse the message, or when something from outside got through in it. */
export function expectSafe(rendered: Rendered, surface: 'message' | 'home' | 'modal' = 'message'): void {
  expect(validateMessage(rendered, surface)).toEqual([])
  for (const text of [rendered.text, ...allStrings(shownPart(rendered.blocks))]) {
    expect(text).not.toMatch(bidi)
    expect(text).not.toMatch(paging)
    expect(text).not.toMatch(/@(channel|here|everyone)\b/)
  }
  expect(rendered.text.length).toBeLessThan(4000)
}

/** What people see: the value of a button or an option is data for us, and a field keeps what its owner typed. */
function shownPart(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part) => (hidden.has(key) ? undefined : part)))
}

/** Every string anywhere in a value. */
export function allStrings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(allStrings)
}

/** What people see and, in mrkdwn, the addresses of links: what Slack counts. */
export function textLength(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [key, part]) => {
    if (key === 'actions' || key === 'confirm') return sum
    if ((key === 'text' || key === 'title') && typeof part === 'string') return sum + part.length
    return sum + textLength(part)
  }, 0)
}
