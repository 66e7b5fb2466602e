import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { moment, people, person, plainWords, quote, textParts } from '../../src/release/text-with-people.ts'
import { ada, aPerson, bob, t0 } from './fixtures.ts'

describe('a text with people in it', () => {
  test('is taken apart for a card', () => {
    expect(textParts(`${people([ada, bob])} approved at ${moment(t0)}.`)).toEqual([
      { type: 'person', slackId: 'UADA', name: 'ada' },
      { type: 'words', text: ' and ' },
      { type: 'person', slackId: 'UBOB', name: 'bob' },
      { type: 'words', text: ' approved at ' },
      { type: 'time', at: t0 },
      { type: 'words', text: '.' },
    ])
  })

  test('is plain words elsewhere', () => {
    expect(plainWords(`${person(ada)} at ${moment(t0)}`)).toBe('ada at 2026-01-05 10:00 UTC')
  })

  test('names somebody who is not known to Slack by what is known', () => {
    const unknown = { slackId: null, teamId: null, name: null, logins: ['octocat'], emails: ['o@x.dev'] }
    expect(person(unknown)).toBe('octocat')
    expect(person({ ...unknown, logins: [] })).toBe('o@x.dev')
    expect(person({ ...unknown, logins: [], emails: [] })).toBe('somebody')
  })

  test('does not take a mention out of what somebody typed, or out of a name', () => {
    expect(textParts(quote('look @{UEVIL|here} @{time:1}'))).toEqual([
      { type: 'words', text: 'look @ {UEVIL|here} @ {time:1}' },
    ])
    expect(textParts(person(aPerson('@{UEVIL|x}', { slackId: 'U1' })))).toMatchObject([
      { type: 'person', slackId: 'U1' },
    ])
    expect(textParts(person(aPerson('x', { slackId: 'U1|x} @{UEVIL' })))).toEqual([{ type: 'words', text: 'x' }])
  })
})

test('whatever people type and are called, only the core’s own tags are tags', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom('@', '{', '}', '|', 'U1', 'time:', '9', ' ')).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(hostile, hostile, (typed, name) => {
      const parts = textParts(`${person(aPerson(name, { slackId: 'U7' }))} said: ${quote(typed)}`)
      expect(parts.filter(({ type }) => type !== 'words')).toMatchObject([{ type: 'person', slackId: 'U7' }])
    }),
    { numRuns: 500, seed: 4 },
  )
})

test('a moment of any size can be shown', () => {
  for (const at of [-1, 0, 1e15, 8.64e15, 9e15]) expect(plainWords(moment(at))).toMatch(/UTC$/)
})
