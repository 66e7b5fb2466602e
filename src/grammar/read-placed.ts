import type { Strategy } from '../policy/gate-policy.ts'
import type { DeployCommand, GrammarContext, RefInput } from './deploy-command.ts'
import type { Names } from './names.ts'
import { type Outcome, oneOf, shown, trouble, understood, withoutWord } from './outcome.ts'
import type { WordItem } from './read-items.ts'
import { checkText } from './read-reason.ts'
import { isSameRef, looksLikeRef } from './read-ref.ts'
import { resolveEnvironment, resolveRepository } from './resolve.ts'
import { noPlace, refuseAsRef, repositoriesOf, titleOf } from './slips.ts'
import type { Placed, SortedWords } from './sort-words.ts'

/** Commands about one environment whose words may come in any order. */
export type PlacedType = Extract<DeployCommand['type'], 'request' | 'plan' | 'why' | 'who' | 'unlock' | 'unfreeze'>

const takesRef: ReadonlySet<PlacedType> = new Set(['request', 'plan', 'why'])
const takesStrategy: ReadonlySet<PlacedType> = new Set(['request', 'plan'])

export function readPlaced(type: PlacedType, words: SortedWords, names: Names, context: GrammarContext): Outcome {
  const stray = findStray(type, words, names, context)
  if (stray !== null) return stray
  const ref = readRef(words, names, takesRef.has(type))
  if (!ref.ok) return ref
  const split = splitEither(words, names, takesStrategy.has(type))
  if (!split.ok) return split
  const { environments, strategies } = split.value
  const [strategyWord] = strategies
  if (strategyWord !== undefined && !takesStrategy.has(type)) {
    const { text, place } = strategyWord
    return trouble('unknown_word', text, `${titleOf(type)} takes no strategy.`, [withoutWord(place)])
  }
  const named = words.named.get('note')
  const saysNothing = environments.length + strategies.length === 0 && ref.value === null && named === undefined
  const [repositoryWord, otherRepository] = words.repositories
  if (type === 'request' && saysNothing && otherRepository === undefined) {
    return understood({ type: 'open_modal', repository: repositoryWord?.value.repo ?? null })
  }

  const repository = resolveRepository(words.repositories, names)
  if (!repository.ok) return repository
  const { repo } = repository.value
  const known = oneOf(repository.value.environments.map(({ name }) => name))
  const [word] = words.rest
  if (environments.length === 0 && word !== undefined && !looksLikeRef(word.text)) {
    const message = `${shown(word.text)} is no environment of ${repo} (${known}). If it is a branch or tag, say where to as well.`
    return trouble('unknown_word', word.text, message)
  }
  const environment = resolveEnvironment(environments, repository.value, names)
  if (!environment.ok) return environment
  const place = { repository: repo, environment: environment.value.name }
  const strategy = readStrategy(strategies, repo, environment.value)
  if (!strategy.ok) return strategy
  const chosen = { strategy: strategy.value, ref: ref.value }
  switch (type) {
    case 'request': {
      const note = named?.value == null ? understood(null) : checkText('note', named.value)
      return note.ok ? understood({ type, ...place, ...chosen, note: note.value }) : note
    }
    case 'plan':
      return understood({ type, ...place, ...chosen })
    case 'why':
      return understood({ type, ...place, ref: ref.value })
    case 'who':
    case 'unlock':
    case 'unfreeze':
      return understood({ type, ...place })
  }
}

/** The first word that has no place in such a command. */
function findStray(
  type: PlacedType,
  words: SortedWords,
  names: Names,
  context: GrammarContext,
): ReturnType<typeof trouble> | null {
  const { named, rest, refs } = words
  const among = repositoriesOf(words, names)
  for (const [key, item] of named) {
    if (type === 'request' && key === 'note') continue
    return trouble('unknown_word', item.name, `${titleOf(type)} has no option ${shown(item.name)}.`, [
      withoutWord(item),
    ])
  }
  const [word] = rest
  if (!takesRef.has(type)) {
    if (word !== undefined) return noPlace(type, word, among, context)
    const [ref] = refs
    if (ref !== undefined) {
      return trouble('unknown_word', ref.text, `${titleOf(type)} takes no commit.`, [withoutWord(ref.place)])
    }
  }
  for (const one of rest) {
    const refusal = refuseAsRef(one, words, among, context)
    if (refusal !== null) return refusal
  }
  return null
}

/** The one ref, out of those that are certain and the words that can be nothing else. */
function readRef(
  { refs, rest, repositories, environments, either }: SortedWords,
  names: Names,
  mayHaveRef: boolean,
): Outcome<RefInput | null> {
  const environmentCount = environments.length + either.length
  const all = [...refs, ...rest.map(asRef)]
  const [first, ...others] = all
  const other = first === undefined ? undefined : others.find(({ value }) => !isSameRef(value, first.value))
  if (first !== undefined && other !== undefined) {
    const message = `${shown(first.text)} and ${shown(other.text)} could both be what to release: name one.`
    return trouble('too_many', other.text, message)
  }
  // “prod docs” in the channel of another repository: the repository docs, or its own branch docs?
  const bare = repositories.find(({ isBare, value }) => isBare && value !== names.defaultRepository)
  const isUnclear = first === undefined && environmentCount > 0 && names.defaultRepository !== null
  if (isUnclear && bare !== undefined && mayHaveRef) {
    const message = `${shown(bare.text)} is a repository and could be a branch: write ${bare.value.repo} or ref:${bare.text}`
    return trouble('ambiguous', bare.text, message)
  }
  return understood(first?.value ?? null)
}

function asRef({ text, start, end }: WordItem): Placed<RefInput> {
  return { value: { type: 'ref', ref: text }, text, place: { start, end } }
}

/** A word that is spelt like an environment and like a strategy is whichever of the two is still missing. */
function splitEither(
  words: SortedWords,
  names: Names,
  mayHaveStrategy: boolean,
): Outcome<Pick<SortedWords, 'environments' | 'strategies'>> {
  const among = repositoriesOf(words, names)
  const isHere = ({ text }: Placed<Strategy>) => among.some((one) => names.environment(text, one).type !== 'none')
  const either = words.either.filter(isHere)
  const { environments } = words
  const strategies = inOrder([...words.strategies, ...words.either.filter((one) => !isHere(one))])
  const [word] = either
  if (word === undefined) return understood({ environments, strategies })
  const asEnvironments = either.map(({ text, place }) => ({ value: text, text, place }))
  if (!mayHaveStrategy) return understood({ environments: [...environments, ...asEnvironments], strategies })
  if (environments.length > 0) return understood({ environments, strategies: inOrder([...strategies, ...either]) })
  if (strategies.length > 0) return understood({ environments: asEnvironments, strategies })
  const message = `${shown(word.text)} is an environment and a strategy: write env:${word.text} or strategy:${word.text}`
  return trouble('ambiguous', word.text, message)
}

function readStrategy(
  strategies: readonly Placed<Strategy>[],
  repo: string,
  { name, strategies: allowed }: GrammarContext['repositories'][number]['environments'][number],
): Outcome<Strategy | null> {
  const [first] = strategies
  if (first === undefined) return understood(null)
  const other = strategies.find(({ value }) => value !== first.value)
  if (other !== undefined) {
    return trouble('too_many', other.text, `Two strategies are named, ${first.value} and ${other.value}: choose one.`)
  }
  if (allowed.includes(first.value)) return understood(first.value)
  const message = `${name} of ${repo} allows ${oneOf(allowed, 'and')}, not ${first.value}.`
  return trouble('not_allowed', first.text, message)
}

function inOrder<T>(words: readonly Placed<T>[]): readonly Placed<T>[] {
  return words.toSorted((a, b) => a.place.start - b.place.start)
}
