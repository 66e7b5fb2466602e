import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type {
  DeployCommand,
  GrammarContext,
  RefInput,
  RolloutCommand,
  RolloutScope,
} from '../../src/grammar/deploy-command.ts'
import { formatCommand } from '../../src/grammar/format-command.ts'
import { helpTopics } from '../../src/grammar/help-topics.ts'
import { defaultRepository } from '../../src/grammar/names.ts'
import { parseDeployCommand } from '../../src/grammar/parse-deploy-command.ts'
import { isRef } from '../../src/grammar/read-ref.ts'
import { asPlainText, readText } from '../../src/grammar/read-text.ts'
import { contexts, ofGateway, ofNone, ofOmnihub } from './grammar-contexts.ts'

const anyContext = fc.constantFrom(...contexts)

/** Words that mean something, nearly mean something, or look like what people and Slack put around words. */
const word = fc.oneof(
  fc.constantFrom(
    ...['prod', 'production', 'live', 'staging', 'dev', 'eu', 'Prod EU', 'sandbox', 'PROD', 'prodd', 'stagin'],
    ...['canary', 'blue-green', 'blue', 'green', 'direct', 'cannary', '--canary', '—direct', '--prod'],
    ...[
      'omnihub',
      'acme/omnihub',
      'omnihub-docs',
      'gateway',
      'acme/gateway',
      'globex/gateway',
      'acme/other',
      'omnihbu',
    ],
    ...['main', 'v1.4.2', 'main~1', '#12', 'PR', '12', 'run', '17423342', 'ref:prodd', '--ref', 'env:', '--env=prod'],
    ...['status', 'history', 'lock', 'unlock', 'freeze', 'cancel', 'who', 'why', 'plan', 'show', 'help', 'hlep'],
    ...['hold', 'resume', 'promote', 'extend', '15 min', '15', 'rollback', 'roll', 'back', 'restore', 'approve-step'],
    ...[
      'to',
      'for',
      '2h',
      'because',
      'not',
      'note:',
      '--note',
      'reason:',
      '"',
      "'",
      '`',
      '“',
      '”',
      '--',
      '—',
      '?',
      '.',
    ],
    ...['<@U1>', '<@U1|jane>', '<#C1|production>', '<#C1|x>', '<!here>', '&amp;', '&lt;', '\u00A0', '\u200B', '\\'],
    ...['https://github.com/acme/omnihub/pull/3', '<https://github.com/acme/omnihub-docs/tree/prod|x>', 'foo:bar'],
    ...['01J8Z3N5V7XQ2M4K6P8R0T1W3Y', '01J8Z3N5V7XQ2M4K6P8R0T1W3YZ'],
  ),
  fc.string({ maxLength: 8 }),
)
const text = fc.oneof(
  fc.array(word, { maxLength: 8 }).map((words) => words.join(' ')),
  fc.array(word, { maxLength: 6 }).map((words) => words.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
)

describe('for any text', () => {
  test('the parser answers, and what it suggests works', () => {
    fc.assert(
      fc.property(text, anyContext, (typed, context) => {
        const parsed = parseDeployCommand(typed, context)
        if (parsed.ok) return
        const { message, suggestion } = parsed.problem
        expect(message).not.toBe('')
        if (suggestion !== null) expect(parseDeployCommand(suggestion, context)).toMatchObject({ ok: true })
      }),
      { numRuns: 5000 },
    )
  })

  test('nothing is meant that no word names', () => {
    fc.assert(
      fc.property(text, anyContext, (typed, context) => {
        const parsed = parseDeployCommand(typed, context)
        if (parsed.ok) expectNamed(parsed.command, typed, context)
      }),
      { numRuns: 5000 },
    )
  })

  test('a suggestion names no environment, strategy or repository but those typed and the near misses of words typed', () => {
    fc.assert(
      fc.property(text, anyContext, (typed, context) => {
        const parsed = parseDeployCommand(typed, context)
        if (parsed.ok || parsed.problem.suggestion === null) return
        const own = typed.toLowerCase()
        const known = [
          'prod',
          'production',
          'staging',
          'canary',
          'direct',
          'sandbox',
          'live',
          'omnihub-docs',
          'gateway',
        ]
        for (const name of known.filter((one) => hasWord(parsed.problem.suggestion ?? '', one))) {
          // The first three letters of a slip are never all wrong.
          const letters = [...name.slice(0, 3)].filter((letter) => own.includes(letter))
          expect(letters.length, `${typed} → ${parsed.problem.suggestion}`).toBeGreaterThanOrEqual(2)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

function hasWord(sentence: string, name: string): boolean {
  return sentence
    .toLowerCase()
    .split(/[\s:="]+/)
    .includes(name)
}

function expectNamed(command: DeployCommand, typed: string, context: GrammarContext): void {
  const said = plain(typed)
  const names = (word: string) => said.includes(plain(word))
  if ('repository' in command && command.repository !== null && command.repository !== defaultRepository(context)) {
    expect(names(command.repository.slice(command.repository.indexOf('/') + 1)), said).toBe(true)
  }
  if ('environment' in command && command.environment !== null) {
    const all = context.repositories.flatMap(({ environments }) => environments)
    const called = all.filter(({ name }) => name === command.environment)
    expect(
      called.some(({ name, aliases }) => [name, ...aliases].some(names)),
      said,
    ).toBe(true)
  }
  if ('strategy' in command && command.strategy !== null) expect(names(command.strategy), said).toBe(true)
}

/** Letters and digits alone: how a name was spaced, quoted and decorated does not matter here. */
function plain(typed: string): string {
  return readText(typed)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}

const freeText = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
    text,
    fc.array(word).map((all) => all.join(' ')),
  )
  .map((typed) => asPlainText(readText(typed)))
  .filter((typed) => typed !== '' && typed.length <= 500)
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null })
const ref: fc.Arbitrary<RefInput> = fc.oneof(
  fc.record({ type: fc.constant('pull' as const), number: fc.integer({ min: 1, max: 999_999_999 }) }),
  fc.record({ type: fc.constant('run' as const), runId: fc.integer({ min: 1, max: 999_999_999_999_999 }) }),
  fc.record({
    type: fc.constant('ref' as const),
    ref: fc
      .oneof(
        word,
        fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
        fc.stringMatching(/^[a-z]+\/[a-z0-9.~^-]+$/),
      )
      .filter((name) => isRef(name) && !/^(?:pr|pull)?#\d+$/i.test(name) && asPlainText(readText(name)) === name),
  }),
)
const minutes = fc.integer({ min: 1, max: 366 * 24 * 60 }).map((count) => count * 60_000)
const releaseId = fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)

function rolloutCommand(scope: fc.Arbitrary<RolloutScope>): fc.Arbitrary<DeployCommand> {
  const longest = 24 * 60 * 60
  return fc.oneof(
    fc.tuple(scope, freeText).map(([part, why]): DeployCommand => ({ type: 'hold', ...part, why })),
    fc.tuple(scope, orNull(freeText)).map(([part, why]): DeployCommand => ({ type: 'rollback', ...part, why })),
    fc
      .tuple(scope, fc.integer({ min: 1, max: longest }))
      .map(([part, seconds]): DeployCommand => ({ type: 'extend', ...part, ms: seconds * 1000 })),
    fc
      .tuple(scope, fc.constantFrom('resume', 'advance', 'promote', 'adopt', 'restore', 'approve_step'))
      .map(([part, type]): DeployCommand => ({ type, ...part })),
  )
}

function commandIn(context: GrammarContext): fc.Arbitrary<DeployCommand> {
  const places = context.repositories.flatMap(({ repo, environments }) =>
    environments.map(({ name, strategies }) => ({ repository: repo, environment: name, strategies })),
  )
  const place = fc.constantFrom(...places).map(({ repository, environment }) => ({ repository, environment }))
  const target = fc.constantFrom(...places).chain(({ repository, environment, strategies }) =>
    fc.record({
      repository: fc.constant(repository),
      environment: fc.constant(environment),
      strategy: orNull(fc.constantFrom(...strategies)),
      ref: orNull(ref),
    }),
  )
  return fc.oneof(
    orNull(fc.constantFrom(...helpTopics)).map((topic): DeployCommand => ({ type: 'help', topic })),
    fc
      .constantFrom(null, ...context.repositories.map(({ repo }) => repo))
      .map((repository): DeployCommand => ({ type: 'open_modal', repository })),
    fc.tuple(target, orNull(freeText)).map(([part, note]): DeployCommand => ({ type: 'request', ...part, note })),
    target.map((part): DeployCommand => ({ type: 'plan', ...part })),
    fc.tuple(place, orNull(ref)).map(([part, commit]): DeployCommand => ({ type: 'why', ...part, ref: commit })),
    place.map((part): DeployCommand => ({ type: 'status', ...part })),
    fc
      .tuple(place, fc.integer({ min: 1, max: 50 }))
      .map(([part, limit]): DeployCommand => ({ type: 'history', ...part, limit })),
    releaseId.map((id): DeployCommand => ({ type: 'show', releaseId: id })),
    fc
      .tuple(place, freeText, orNull(minutes))
      .map(([part, why, forMs]): DeployCommand => ({ type: 'lock', ...part, why, forMs })),
    fc
      .tuple(place, freeText, minutes)
      .map(([part, why, forMs]): DeployCommand => ({ type: 'freeze', ...part, why, forMs })),
    fc
      .tuple(place, fc.constantFrom('unlock' as const, 'unfreeze' as const, 'who' as const))
      .map(([part, type]): DeployCommand => ({ type, ...part })),
    fc
      .tuple(orNull(releaseId), orNull(freeText))
      .map(([id, why]): DeployCommand => ({ type: 'cancel', releaseId: id, why })),
    rolloutCommand(
      fc.oneof(
        place,
        place.map(({ repository }) => ({ repository, environment: null })),
        fc.constant({ repository: null, environment: null }),
      ),
    ),
  )
}

describe('a command', () => {
  test.each([
    ['omnihub', ofOmnihub],
    ['gateway', ofGateway],
    ['no repository', ofNone],
  ])('comes back from its canonical form, in the channel of %s', (_name, context) => {
    fc.assert(
      fc.property(commandIn(context), (command) => {
        expect(parseDeployCommand(formatCommand(command), context)).toEqual({ ok: true, command })
      }),
      { numRuns: 3000 },
    )
  })

  test('is the same in whatever order its words stand', () => {
    const units = fc.record({
      place: fc.constantFrom('prod', '--env=prod', 'env:production', '"live"', '<#C1|production>'),
      strategy: fc.constantFrom('canary', '--canary', 'blue green', '--strategy blue-green', ''),
      ref: fc.constantFrom(
        'v1.4.2',
        '#12',
        'PR 12',
        'main~1',
        'ref:staging',
        'https://github.com/acme/omnihub/pull/3',
        '',
      ),
      repository: fc.constantFrom('omnihub', 'acme/omnihub', 'repo:acme/omnihub', ''),
      note: fc.constantFrom('note:"to staging now"', '--note "x"', ''),
      // A text command has its order, see read-text-command.ts.
      filler: fc.constantFrom('to', 'please', '', ''),
    })
    const shuffled = units.chain((unit) => {
      const said = Object.values(unit).filter((one) => one !== '')
      return fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length }))
    })
    fc.assert(
      fc.property(shuffled, ([said, other]) => {
        const parsed = parseDeployCommand(said.join(' '), ofOmnihub)
        expect(parsed.ok).toBe(true)
        expect(parseDeployCommand(other.join(' '), ofOmnihub)).toEqual(parsed)
      }),
      { numRuns: 2000 },
    )
  })
})

/** What moves traffic, and the words that say it. */
const steering: Readonly<Record<RolloutCommand['type'], RegExp>> = {
  hold: /hold/i,
  resume: /resume/i,
  advance: /advance/i,
  promote: /promote/i,
  extend: /extend/i,
  adopt: /adopt/i,
  restore: /restore/i,
  approve_step: /approve[\W_]*step/i,
  rollback: /roll[\W_]*back/i,
}

test('nothing steers a rollout, and no suggestion does, where the word for it was not typed', () => {
  const words = new Map<string, RegExp>(Object.entries(steering))
  fc.assert(
    fc.property(text, anyContext, (typed, context) => {
      const parsed = parseDeployCommand(typed, context)
      const suggestion = parsed.ok ? null : parsed.problem.suggestion
      for (const one of [parsed, ...(suggestion === null ? [] : [parseDeployCommand(suggestion, context)])]) {
        const word = one.ok ? words.get(one.command.type) : undefined
        if (word !== undefined) expect(typed).toMatch(word)
      }
    }),
    { numRuns: 5000 },
  )
})

describe('hostile lengths', () => {
  const length = 10_000
  const times = (part: string) => part.repeat(Math.ceil(length / part.length))
  test.each([
    ...[
      'a',
      ' ',
      'a ',
      'prod ',
      'prodd ',
      '"',
      '"a ',
      "'a ",
      '\\',
      '"\\',
      '<',
      '<@',
      '<@U',
      '<https://',
      '&',
      '&amp;',
      '&lt;@U1&gt; ',
    ],
    ...[
      ',',
      ',.',
      ',a',
      '.a ',
      '-',
      '--',
      '--a ',
      '--note ',
      'note:',
      'for ',
      'for 2h ',
      '2h',
      'env:',
      'lock ',
      'PR ',
      'blue ',
    ],
    ...['acme/', 'https://github.com/acme/omnihub/', '~1', '^', '#1', '\u200B', '\uE000', '(', '*', 'é', '👩‍👩‍👧', '%'],
  ])('%j ten thousand characters long is answered within half a second, behind any command', (part) => {
    for (const before of [
      '',
      'prod ',
      'lock prod ',
      'cancel ',
      'rollback ',
      'hold prod because ',
      'extend prod ',
      'status ',
      'help ',
      'prod note:',
      'ref:"',
    ]) {
      const begin = performance.now()
      parseDeployCommand(`${before}${times(part)}`, ofOmnihub)
      expect(performance.now() - begin, before).toBeLessThan(500)
    }
  })
})
