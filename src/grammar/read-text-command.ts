import type { GrammarContext } from './deploy-command.ts'
import { asStrategy, candidatesOf, type Names } from './names.ts'
import { nearMiss } from './near-miss.ts'
import { type Outcome, shown, trouble, understood } from './outcome.ts'
import { readHead, withNamed } from './read-head.ts'
import type { Item } from './read-items.ts'
import { readTail } from './read-reason.ts'
import { looksLikeRef } from './read-ref.ts'
import { resolveEnvironment, resolveRepository } from './resolve.ts'

/**
 * Commands that end in free text: `lock [repository] environment reason [for 2h]`, `freeze`, `cancel [id] [reason]`.
 * Their order is fixed, because any word may stand in a reason; what is put into quotes is nothing but text.
 */

export interface Situation {
  /** What was typed, see `Source.text`. */
  readonly text: string
  /** Those behind the subcommand. */
  readonly items: readonly Item[]
  readonly names: Names
  readonly context: GrammarContext
}

export function readLock(type: 'lock' | 'freeze', situation: Situation): Outcome {
  const { items, names, context } = situation
  const before = readHead(items, names)
  const own = items.slice(0, before.length)
  const tail = readTail(type, items.slice(before.length), situation.text, [
    'environment',
    'repository',
    'for',
    'reason',
  ])
  if (!tail.ok) return tail
  const head = withNamed(before, [...own, ...tail.value.options], names)
  if (!head.ok) return head
  const { repositories, environments } = head.value
  const [first] = tail.value.words
  if (environments.length === 0 && first !== undefined) {
    const near = nearMiss(
      first.text,
      candidatesOf(context, repositories.length > 0 ? repositories.map(({ value }) => value) : names.meant),
    )
    const edits = near === null || near.only === null ? [] : [{ start: first.start, end: first.end, text: near.only }]
    const message = `${type} begins with the environment, then the reason; ${shown(first.text)} is no environment.`
    return trouble('unknown_word', first.text, message, edits)
  }
  const repository = resolveRepository(repositories, names)
  if (!repository.ok) return repository
  if (first !== undefined && !first.isQuoted && names.environment(first.text, repository.value).type !== 'none') {
    const way = 'If it belongs to the reason, put the reason into quotes.'
    return trouble('too_many', first.text, `${shown(first.text)} is a second environment. ${way}`)
  }
  const environment = resolveEnvironment(environments, repository.value, names)
  if (!environment.ok) return environment
  const { why, forMs } = tail.value
  const place = { repository: repository.value.repo, environment: environment.value.name }
  if (why === null) {
    return trouble('missing', null, `Say why, behind the environment: a ${type} shows its reason to everybody.`)
  }
  if (type === 'lock') return understood({ type, ...place, why, forMs })
  if (forMs === null) {
    return trouble('missing', null, 'Say for how long, at the end: “for 2h”. Without an end it would be a lock.')
  }
  return understood({ type, ...place, why, forMs })
}

export function readCancel({ items, text, names }: Situation): Outcome {
  const [first] = items
  const isIdFirst = first?.type === 'word' && !first.isQuoted && asReleaseId(first.text) !== null
  const tail = readTail('cancel', isIdFirst ? items.slice(1) : items, text, ['id', 'reason'])
  if (!tail.ok) return tail
  const { options, words, why } = tail.value
  const ids = options.filter(({ key }) => key === 'id').map(({ value }) => value ?? '')
  if (isIdFirst) ids.push(first.text)
  const [id = null, second] = ids
  if (second !== undefined) return trouble('too_many', second, 'One release at a time can be cancelled.')
  if (id !== null && asReleaseId(id) === null) return noReleaseId(id)
  const [word] = words
  if (id === null && word !== undefined && !word.isQuoted) {
    const other = words.find((one) => !one.isQuoted && asReleaseId(one.text) !== null)
    if (other !== undefined) {
      const edits = [
        { start: word.start, end: word.start, text: `${other.text} ` },
        { start: other.start, end: other.end, text: '' },
      ]
      return trouble('ambiguous', other.text, 'The id of the release goes before the reason.', edits)
    }
    if (/^0[0-9a-z]{15,}$/i.test(word.text)) return noReleaseId(word.text)
    // “cancel prod” would otherwise call off whatever release is open, with “prod” for a reason.
    const isPlace = names.isEnvironment(word.text) || names.repository(word.text).type !== 'none'
    if (isPlace || asStrategy(word.text) !== null || looksLikeRef(word.text)) {
      const way = 'Name the release by its id, or put the reason into quotes.'
      return trouble('unknown_word', word.text, `cancel takes no environment, strategy or commit. ${way}`)
    }
  }
  return understood({ type: 'cancel', releaseId: id === null ? null : asReleaseId(id), why })
}

/** A ULID in upper case, or null. */
export function asReleaseId(text: string): string | null {
  return /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i.test(text) ? text.toUpperCase() : null
}

export function noReleaseId(word: string): ReturnType<typeof trouble> {
  const message = `${shown(word)} is not the id of a release: 26 letters and digits, as history shows them.`
  return trouble('unknown_word', word, message)
}
