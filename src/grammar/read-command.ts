import type { GrammarContext } from './deploy-command.ts'
import { asHelpTopic, helpTopics } from './help-topics.ts'
import { type Names, namesOf } from './names.ts'
import { nearMiss } from './near-miss.ts'
import { type Outcome, oneOf, shown, trouble, understood, withoutWord } from './outcome.ts'
import { isCardVerb, readCard } from './read-card.ts'
import { type Item, readItems } from './read-items.ts'
import { readHistory, readShow, readStatus } from './read-lists.ts'
import { readPlaced } from './read-placed.ts'
import { readExtend, readRolloutWords, readStop } from './read-rollout.ts'
import { readCancel, readLock } from './read-text-command.ts'
import { sortWords } from './sort-words.ts'
import type { Source } from './tokenize.ts'
import { asSubcommand, isRolloutSubcommand, leadingSubcommands, type Subcommand } from './vocabulary.ts'

/** More words are no command; text belongs behind an option. */
const maxItems = 60

/** Understands one command, or says what stands in the way. */
export function readCommand(source: Source, context: GrammarContext): Outcome {
  const items = withoutAddress(readItems(source))
  const names = namesOf(context)
  const [first, ...behind] = items
  const isCard = first?.type === 'word' && isCardVerb(first) && !names.isEnvironment(first.text)
  if (isCard && openingOf(items) === null) return readCard(behind)
  const head = findSubcommand(items, names)
  if (!head.ok) return head
  const { subcommand, rest } = head.value
  const situation = { text: source.text, items: rest, names, context }
  if (subcommand === 'help') return readHelp(rest)
  if (subcommand === 'lock' || subcommand === 'freeze') return readLock(subcommand, situation)
  if (subcommand === 'cancel') return readCancel(situation)
  if (subcommand === 'hold' || subcommand === 'rollback') return readStop(subcommand, situation)
  if (subcommand === 'card') return readCard(rest)
  if (items.length > maxItems) {
    return trouble('too_many', null, 'That is too long for a command. Text for the card goes behind note:')
  }
  const sorted = sortWords(rest, names, context)
  if (!sorted.ok) return sorted
  const words = sorted.value
  if (subcommand === 'status') return readStatus(words, names, context)
  if (subcommand === 'history') return readHistory(words, names, context)
  if (subcommand === 'show') return readShow(words)
  if (subcommand === 'extend') return readExtend(words, names, context)
  if (subcommand !== null && isRolloutSubcommand(subcommand)) return readRolloutWords(subcommand, words, names, context)
  return readPlaced(subcommand ?? 'request', words, names, context)
}

/** Without the mention of the bot and `/deploy` before the command. */
function withoutAddress(items: readonly Item[]): readonly Item[] {
  const first = items.findIndex(
    (item) => !(item.type === 'word' && (item.mark === 'person' || /^(?:\/deploy|deploy|please)$/i.test(item.text))),
  )
  return first === -1
    ? items.filter((item) => item.type === 'word' && item.mark === 'person').slice(1)
    : items.slice(first)
}

/** The subcommand that a command begins with, which may be two words: `roll back`. */
function openingOf(items: readonly Item[]): { readonly subcommand: Subcommand; readonly count: number } | null {
  const plain = items.slice(0, 2).map((item) => {
    return item.type === 'word' && item.mark === null && !item.isQuoted ? item.text : null
  })
  const [first = null, second = null] = plain
  if (first === null) return null
  const both = second === null ? null : asSubcommand(`${first} ${second}`)
  if (both !== null) return { subcommand: both, count: 2 }
  const one = asSubcommand(first)
  return one === null ? null : { subcommand: one, count: 1 }
}

function findSubcommand(
  items: readonly Item[],
  names: Names,
): Outcome<{ readonly subcommand: Subcommand | null; readonly rest: readonly Item[] }> {
  const [first] = items
  const { subcommand: opening, count } = openingOf(items) ?? { subcommand: null, count: 0 }
  const wantsHelp = items.some((item) => item.type === 'named' && item.key === 'help' && item.isDashed)
  if (wantsHelp || (first?.type === 'word' && first.text === '?')) {
    const topic = opening === null || opening === 'help' ? [] : items.slice(0, 1)
    return understood({ subcommand: 'help', rest: topic })
  }
  if (opening !== null) {
    const rest = items.slice(count)
    const [second, third] = rest
    const isHelp = second?.type === 'word' && asSubcommand(second.text) === 'help' && third === undefined
    return understood(isHelp ? { subcommand: 'help', rest: items.slice(0, 1) } : { subcommand: opening, rest })
  }
  const later = items.flatMap((item, index) => {
    if (item.type !== 'word' || item.isQuoted || item.isFlag || item.mark !== null) return []
    const subcommand = names.isEnvironment(item.text) ? null : asSubcommand(item.text)
    return subcommand === null ? [] : [{ subcommand, item, index }]
  })
  const [one, other] = later
  if (one === undefined) return understood({ subcommand: null, rest: items })
  const { item, index, subcommand } = one
  if (leadingSubcommands.has(subcommand)) {
    const start = items[0]?.start ?? 0
    const edits = [{ start, end: start, text: `${subcommand} ` }, withoutWord(item)]
    const way = `A branch of that name is ref:${item.text}`
    return trouble('unknown_word', item.text, `${shown(item.text)} has to come first. ${way}`, edits)
  }
  if (other !== undefined) {
    return trouble('too_many', other.item.text, `${shown(item.text)} and ${shown(other.item.text)} are two commands.`)
  }
  return understood({ subcommand, rest: items.toSpliced(index, 1) })
}

function readHelp(items: readonly Item[]): Outcome {
  const [first, second] = items
  if (first === undefined) return understood({ type: 'help', topic: null })
  const typed = first.type === 'word' ? first.text : first.name
  const topic = asHelpTopic(typed)
  if (topic !== null && second === undefined) return understood({ type: 'help', topic })
  const candidates = helpTopics.map((word) => ({ word, meaning: word, hasShortForms: true }))
  const only = nearMiss(typed, candidates)?.only ?? null
  const end = items.at(-1)?.end ?? first.end
  const edits =
    topic === null && only !== null
      ? [{ start: first.start, end: first.end, text: only }]
      : [withoutWord({ start: first.start, end })]
  const extra = topic === null ? first : (second ?? first)
  const word = extra.type === 'word' ? extra.text : extra.name
  return trouble('unknown_word', word, `There is help on ${oneOf(helpTopics, 'and')}.`, edits)
}
