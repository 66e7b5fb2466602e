import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMrkdwn } from '../../sandbox/slack/render/inline.ts'
import { escapeMrkdwn, logLine, plainText, safeUrl, truncate } from '../../src/cards/escape.ts'
import { hostile } from './arbitrary-pipeline.ts'

describe('escapeMrkdwn', () => {
  it.each([
    ['<!channel>', '&lt;\u2060!channel&gt;'],
    ['<http://evil|text>', '&lt;http://evil|text&gt;'],
    ['a & b', 'a &amp; b'],
    ['&lt;', '&amp;lt;'],
    ['*_~', '∗ˍ∼'],
    ['my_job_name', 'my_job_name'],
    ['_private_', 'ˍprivateˍ'],
    ['`code`', 'ˋcodeˋ'],
    ['> quoted', '› quoted'],
    ['@here and @Channel, not a@b', '@\u2060here and @\u2060Channel, not a@b'],
    ['gnp\u202Eexe\u2066.\u2069', 'gnpexe.'],
    ['one\r\ntwo\tthree\u2028four\u0000', 'one two three four'],
  ])('turns %j into %j', (text, expected) => {
    expect(escapeMrkdwn(text)).toBe(expected)
  })

  it('leaves nothing that Slack would format, link or page with', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const pieces = readMrkdwn(`*before* ${escapeMrkdwn(text)} *after*`, {})
        const styles = pieces.map((piece) => [piece.kind, piece.bold === true])
        expect(styles.slice(0, 2)).toEqual([
          ['text', true],
          ['text', false],
        ])
        expect(styles.at(-1)).toEqual(['text', true])
        expect(pieces.every((piece) => piece.kind === 'text')).toBe(true)
        expect(pieces.some((piece) => piece.italic || piece.strike || piece.code)).toBe(false)
      }),
    )
  })
})

describe('plainText and logLine', () => {
  it('keep what is harmless, and logs keep their indentation', () => {
    expect(plainText('  Fix <b> & *that*  ')).toBe('Fix <b> & *that*')
    expect(logLine('\tat  renew (a.ts:1)  ')).toBe('  at  renew (a.ts:1)')
  })

  it('cut a pile of marks on one letter down', () => {
    expect(plainText(`Z${'\u0335'.repeat(400)}`)).toHaveLength(7)
  })
})

describe('truncate', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly ten', 11, 'exactly ten'],
    ['a long sentence', 7, 'a long…'],
    ['a b c', 3, 'a…'],
    ['x &amp; y and more', 6, 'x…'],
    ['x &amp; y and more', 8, 'x &amp;…'],
    ['👩‍👩‍👧‍👦 family', 6, '…'],
    ['🚀🚀🚀🚀', 6, '🚀🚀…'],
  ])('cuts %j at %i to %j', (text, max, expected) => {
    expect(truncate(text, max)).toBe(expected)
  })

  it('never passes the limit and never cuts an entity or a surrogate pair', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, max) => {
        const cut = truncate(escapeMrkdwn(text), max)
        expect(cut.length).toBeLessThanOrEqual(max)
        expect(cut.isWellFormed()).toBe(true)
        expect(cut).not.toMatch(/&(?!amp;|lt;|gt;)/)
      }),
    )
  })
})

describe('safeUrl', () => {
  it.each([
    ['https://github.com/a/b?c=1&d=2', 'https://github.com/a/b?c=1&d=2'],
    ['https://x.example/|<!channel>', 'https://x.example/%7C%3C!channel%3E'],
    ['https://x.example/\u202Egnp', 'https://x.example/%E2%80%AEgnp'],
    ['javascript:alert(1)', null],
    ['//x.example', null],
    ['', null],
  ])('reads %j as %j', (url, expected) => {
    expect(safeUrl(url)).toBe(expected)
  })
})
