import type { Strategy } from '../policy/gate-policy.ts'
import type { GrammarContext, RefInput } from './deploy-command.ts'
import { joinWords } from './join-words.ts'
import {
  asStrategy,
  environmentCandidates,
  environmentNames,
  type Names,
  type Repository,
  strategyCandidates,
} from './names.ts'
import { type Candidate, nearMiss } from './near-miss.ts'
import { type Edit, type Outcome, oneOf, shown, trouble, understood, withoutWord } from './outcome.ts'
import { readAddress } from './read-address.ts'
import type { Item, NamedItem, WordItem } from './read-items.ts'
import { asPull, isRef, pullOf, refOf, runOf } from './read-ref.ts'
import { fillers, type OptionKey, optionKeys, strategies } from './vocabulary.ts'

type Place = Pick<Edit, 'start' | 'end'>
type Refusal = ReturnType<typeof trouble>

export interface Placed<T> {
  readonly value: T
  /** As typed. */
  readonly text: string
  readonly place: Place
}

export interface PlacedRepository extends Placed<Repository> {
  /** Named without its owner. */
  readonly isBare: boolean
}

/** The words of a command by what they can be. What they are together is decided after that. */
export interface SortedWords {
  readonly repositories: readonly PlacedRepository[]
  /** Names or aliases of an environment of some repository, as typed. */
  readonly environments: readonly Placed<string>[]
  readonly strategies: readonly Placed<Strategy>[]
  /** Spelt like a strategy and like an environment of some repository. */
  readonly either: readonly Placed<Strategy>[]
  readonly refs: readonly Placed<RefInput>[]
  /** May be a ref or a slip. */
  readonly rest: readonly WordItem[]
  /** Options besides those that say one of the above. */
  readonly named: ReadonlyMap<OptionKey, NamedItem>
}

interface Sorting {
  readonly names: Names
  readonly context: GrammarContext
  readonly repositories: PlacedRepository[]
  readonly environments: Placed<string>[]
  readonly strategies: Placed<Strategy>[]
  readonly either: Placed<Strategy>[]
  readonly refs: Placed<RefInput>[]
  readonly rest: WordItem[]
  readonly named: Map<OptionKey, NamedItem>
}

export function sortWords(items: readonly Item[], names: Names, context: GrammarContext): Outcome<SortedWords> {
  const sorting: Sorting = {
    names,
    context,
    repositories: [],
    environments: [],
    strategies: [],
    either: [],
    refs: [],
    rest: [],
    named: new Map(),
  }
  for (const item of joinWords(items, names)) {
    const refusal = item.type === 'named' ? takeNamed(item, sorting) : takeWord(item, sorting)
    if (refusal !== null) return refusal
  }
  return understood(sorting)
}

function takeWord(item: WordItem, sorting: Sorting): Refusal | null {
  const { text, start, end, isFlag } = item
  const { names } = sorting
  const place = { start, end }
  if (item.mark === 'person') {
    return trouble('unknown_word', `@${text}`, `A person has no place in this command (${shown(`@${text}`)}).`, [
      withoutWord(item),
    ])
  }
  if (item.isUnknownOption) return unknownOption(item)
  const address = isFlag ? null : readAddress(text, sorting.context.webUrl)
  if (address !== null) return takeAddress(text, place, sorting)
  const strategy = asStrategy(text)
  const isEnvironment = names.isEnvironment(text)
  if (strategy !== null) {
    const list = isEnvironment ? sorting.either : sorting.strategies
    list.push({ value: strategy, text, place })
    return null
  }
  if (isEnvironment) {
    sorting.environments.push({ value: text, text, place })
    return null
  }
  if (!isFlag) {
    const taken = takeRepository(item, sorting)
    if (taken !== 'not_one') return taken
  }
  if (item.mark === 'channel') {
    return trouble('unknown_word', `#${text}`, `The channel ${shown(`#${text}`)} has no place in this command.`, [
      withoutWord(item),
    ])
  }
  if (!item.isQuoted && !isFlag && fillers.has(text.toLowerCase())) return null
  const pull = isFlag ? null : asPull(text)
  if (pull === null) sorting.rest.push(item)
  else sorting.refs.push({ value: pull, text, place })
  return null
}

function takeAddress(text: string, place: Place, sorting: Sorting): Refusal | null {
  const { names, context } = sorting
  const address = readAddress(text, context.webUrl)
  if (address === null || address.type === 'elsewhere') {
    return trouble('unknown_word', text, `${shown(text)} is no page of a repository on ${context.webUrl}.`)
  }
  const found = names.repository(address.repo)
  if (found.type !== 'one') return unknownRepository(address.repo, text, sorting)
  if (address.type === 'other_page') {
    const kinds = 'Paste the address of a pull request, commit, branch, tag or run.'
    return trouble('unknown_word', text, `${shown(text)} says no commit. ${kinds}`)
  }
  sorting.repositories.push({ value: found.value, text, place, isBare: false })
  if (address.ref !== null) sorting.refs.push({ value: address.ref, text, place })
  return null
}

function takeRepository({ text, start, end }: WordItem, sorting: Sorting): Refusal | null | 'not_one' {
  const { names, context } = sorting
  const place = { start, end }
  // `omnihub#123`, `omnihub@v1.4.2`
  const [, repo = text, mark, refText = ''] = /^([\w.-]+(?:\/[\w.-]+)?)([#@])(.+)$/.exec(text) ?? []
  const found = names.repository(repo)
  if (found.type === 'many') return ambiguousRepository(repo, context)
  if (found.type === 'none') {
    const owner = /^([^/]+)\/[^/]+$/.exec(repo)?.[1]?.toLowerCase()
    const isOurs = context.repositories.some((one) => one.repo.slice(0, one.repo.indexOf('/')).toLowerCase() === owner)
    return isOurs ? unknownRepository(repo, text, sorting, mark === undefined ? place : null) : 'not_one'
  }
  const ref = mark === undefined ? null : mark === '#' ? pullOf(refText) : refOf(refText)
  if (mark !== undefined && ref === null) return 'not_one'
  const isBare = !repo.includes('/') && mark === undefined
  sorting.repositories.push({ value: found.value, text: repo, place, isBare })
  if (ref !== null) sorting.refs.push({ value: ref, text, place })
  return null
}

function takeNamed(item: NamedItem, sorting: Sorting): Refusal | null {
  const { key, name, value, start, end } = item
  const place = { start, end }
  if (value === null) return trouble('missing', name, `Something is missing behind ${shown(name)}.`)
  switch (key) {
    case 'environment': {
      const { names } = sorting
      if (!names.isEnvironment(value)) {
        const known = environmentNames(names.meant)
        return badValue(item, value, 'an environment', known, environmentCandidates(names.meant))
      }
      sorting.environments.push({ value, text: value, place })
      return null
    }
    case 'strategy': {
      const strategy = asStrategy(value)
      if (strategy === null) return badValue(item, value, 'a strategy', strategies, strategyCandidates)
      sorting.strategies.push({ value: strategy, text: value, place })
      return null
    }
    case 'repository': {
      const found = sorting.names.repository(value)
      if (found.type === 'many') return ambiguousRepository(value, sorting.context)
      if (found.type === 'none') return unknownRepository(value, value, sorting)
      sorting.repositories.push({ value: found.value, text: value, place, isBare: false })
      return null
    }
    case 'ref':
    case 'pull':
    case 'run': {
      if (key === 'ref' && readAddress(value, sorting.context.webUrl) !== null) {
        return takeAddress(value, place, sorting)
      }
      const ref = key === 'ref' ? refOf(value) : key === 'pull' ? pullOf(value) : runOf(value)
      const kind = { ref: 'a branch, tag or commit', pull: 'the number of a pull request', run: 'the id of a run' }
      if (ref === null) return trouble('unknown_word', value, `${shown(value)} cannot be ${kind[key]}.`)
      sorting.refs.push({ value: ref, text: value, place })
      return null
    }
    default:
      if (sorting.named.has(key)) return trouble('too_many', name, `${shown(name)} stands there twice.`)
      sorting.named.set(key, item)
      return null
  }
}

function badValue(
  item: NamedItem,
  value: string,
  kind: string,
  known: readonly string[],
  candidates: readonly Candidate[],
): Refusal {
  const only = nearMiss(value, candidates)?.only ?? null
  const text = only !== null && /\s/.test(only) ? `"${only}"` : only
  const edits = text === null ? [] : [{ start: item.valueStart, end: item.end, text }]
  return trouble('unknown_word', value, `${shown(value)} is not ${kind}: there is ${oneOf(known, 'and')}.`, edits)
}

function ambiguousRepository(word: string, { repositories }: GrammarContext): Refusal {
  const called = repositories.filter(({ repo }) => repo.toLowerCase().endsWith(`/${word.toLowerCase()}`))
  const all = oneOf(called.map(({ repo }) => repo))
  return trouble('ambiguous', word, `Several repositories are called ${shown(word)}: write ${all}.`)
}

/** @param place - where the word stands, when it can be mended or be a branch instead */
function unknownRepository(repo: string, word: string, { context }: Sorting, place: Place | null = null): Refusal {
  const known = context.repositories.map((one) => one.repo)
  const only = nearMiss(
    repo,
    known.map((one) => ({ word: one, meaning: one, hasShortForms: false })),
  )?.only
  const edits = only == null || place === null ? [] : [{ ...place, text: only }]
  const wayOut = place !== null && isRef(repo) ? ` If it is a branch, write ref:${repo}` : ''
  const message = `Sluice is not configured for ${shown(repo)}, only for ${oneOf(known, 'and')}.${wayOut}`
  return trouble('unknown_repository', word, message, edits)
}

function unknownOption({ text, start }: WordItem): Refusal {
  const [, dashes = '', key = '', separator = ''] = /^([-—–―]*)([^:=]*)([:=])/.exec(text) ?? []
  const candidates = [...optionKeys].map(([word, meaning]) => ({ word, meaning, hasShortForms: false }))
  const only = nearMiss(key, candidates)?.only ?? null
  const typed = `${dashes}${key}${separator}`
  const edits = only === null ? [] : [{ start, end: start + typed.length, text: `${dashes}${only}${separator}` }]
  const wayOut = 'If it belongs to the name of a branch or tag, write ref: before it.'
  return trouble('unknown_word', text, `There is no option ${shown(typed)}. ${wayOut}`, edits)
}
