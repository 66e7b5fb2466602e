import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanLog, MAX_LINE_LENGTH, MAX_LINES } from '../../../src/providers/github/clean-log.ts'

const start = Date.parse('2026-01-01T10:00:00Z')

function logOf(lines: readonly (string | readonly [number, string])[]): string {
  return lines
    .map((line) => (typeof line === 'string' ? ([0, line] as const) : line))
    .map(([seconds, text]) => `${new Date(start + seconds * 1000).toISOString().replace('Z', '1234Z')} ${text}`)
    .join('\n')
}

describe('cleanLog', () => {
  test('shows the end of the failing step without timestamps, colours, groups and the echo of the command', () => {
    const raw = logOf([
      '##[group]Run npm ci',
      '##[endgroup]',
      'added 412 packages',
      '##[group]Run npm test',
      '\u001b[36;1mnpm test\u001b[0m',
      'shell: /usr/bin/bash -e {0}',
      '##[endgroup]',
      '\u001b[31m× fees > rounds half a cent up\u001b[39m',
      '',
      'AssertionError: expected 12.34 to be 12.35',
      '##[error]Process completed with exit code 1.',
      'Post job cleanup.',
      '[command]/usr/bin/git version',
    ])
    expect(cleanLog(`\uFEFF${raw}`)).toEqual([
      '× fees > rounds half a cent up',
      'AssertionError: expected 12.34 to be 12.35',
    ])
  })

  test('takes the step by its times when a later step has errors of its own', () => {
    const raw = logOf([
      [0, '##[group]Run npm test'],
      [0, '##[endgroup]'],
      [1, 'the real reason'],
      [1, '##[error]Process completed with exit code 1.'],
      [2, '##[group]Run upload-report'],
      [2, '##[endgroup]'],
      [3, '##[error]No files were found'],
    ])
    expect(cleanLog(raw, { startedAt: start, completedAt: start + 1000 })).toEqual(['the real reason'])
    expect(cleanLog(raw)).toEqual(['No files were found'])
  })

  test('reads the whole log when the times match nothing in it', () => {
    expect(cleanLog(logOf(['boom']), { startedAt: 5, completedAt: 6 })).toEqual(['boom'])
  })

  test('keeps the exit code when there is nothing else to say', () => {
    expect(
      cleanLog(logOf(['##[group]Run false', '##[endgroup]', '##[error]Process completed with exit code 1.'])),
    ).toEqual(['Process completed with exit code 1.'])
  })

  test('looks further up when the last lines are silent about the error', () => {
    const raw = logOf([
      'Error: it broke here',
      '  at one',
      ...Array.from({ length: 40 }, (_, index) => `progress ${index}`),
    ])
    const lines = cleanLog(raw)
    expect(lines[0]).toBe('Error: it broke here')
    expect(lines.length).toBeLessThanOrEqual(MAX_LINES)
  })

  test('shows what a progress bar said last', () => {
    expect(cleanLog(logOf(['10%\r50%\r100% done\r']))).toEqual(['100% done'])
  })

  test('is empty for an empty log', () => {
    expect(cleanLog('')).toEqual([])
  })

  test('masks a secret that the cut to 300 characters would go through', () => {
    const token = `ghp_${'a1'.repeat(18)}`
    const [line = ''] = cleanLog(logOf([`error ${'x'.repeat(270)} ${token}`]))
    expect(line).not.toContain('ghp_a1')
    expect(line.length).toBeLessThanOrEqual(MAX_LINE_LENGTH)
  })

  test('masks a secret in a line that is longer than anybody would read', () => {
    const token = `ghp_${'a1'.repeat(18)}`
    const raw = logOf([`${`${token} `.repeat(500)}`])
    expect(cleanLog(raw).join()).not.toContain('a1a1')
  })

  test('never gives more than 15 lines of 300 characters, never a control character, never a planted secret', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 500 }),
      fc.constantFrom(
        '##[error]failed',
        '##[group]Run x',
        '##[endgroup]',
        '\u001b[31mred\u001b[0m',
        '-----BEGIN PRIVATE KEY-----',
      ),
      fc.constant('password=Zq8Wv7Tr5Yp3'),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.boolean(), (lines, hasTimes) => {
        const times = hasTimes ? { startedAt: start, completedAt: start } : {}
        const shown = cleanLog(logOf(lines), times)
        expect(shown.length).toBeLessThanOrEqual(MAX_LINES)
        for (const text of shown) {
          expect(text.length).toBeLessThanOrEqual(MAX_LINE_LENGTH)
          // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is shown
          expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
          expect(text).not.toContain('Zq8Wv7Tr5Yp3')
        }
      }),
      { numRuns: 300 },
    )
  })
})
