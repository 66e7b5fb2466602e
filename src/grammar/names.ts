import type { Strategy } from '../policy/gate-policy.ts'
import type { GrammarContext } from './deploy-command.ts'
import type { Candidate } from './near-miss.ts'
import { isRolloutSubcommand, rolloutSubcommands, strategyWords, subcommands } from './vocabulary.ts'

export type Repository = GrammarContext['repositories'][number]
export type Environment = Repository['environments'][number]

export type Found<T> =
  | { readonly type: 'none' }
  | { readonly type: 'one'; readonly value: T }
  | { readonly type: 'many' }

/** The names that the configuration gives, looked up without regard to case. */
export interface Names {
  /** The one that need not be named; null when there is none. */
  readonly defaultRepository: Repository | null
  /** By `owner/name`, or by name: of the channel first, of all otherwise. */
  repository(word: string): Found<Repository>
  /** True when any repository has an environment that is called so. */
  isEnvironment(word: string): boolean
  environment(word: string, repository: Repository): Found<Environment>
  /** Repositories that a command without one is about. */
  readonly meant: readonly Repository[]
}

/**
 * The repository that a command means when it names none: the channel's only one, or the only one that there is.
 *
 * @returns null when it has to be named
 */
export function defaultRepository(context: GrammarContext): string | null {
  return onlyOne(meantRepositories(context))?.repo ?? null
}

export function namesOf(context: GrammarContext): Names {
  const meant = meantRepositories(context)
  const environmentNames = new Set(
    context.repositories.flatMap(({ environments }) => environments.flatMap(namesOfEnvironment).map(lower)),
  )
  return {
    meant,
    defaultRepository: onlyOne(meant),
    repository(word) {
      const name = lower(word)
      const full = context.repositories.filter(({ repo }) => lower(repo) === name)
      if (full.length > 0) return found(full)
      const byName = ({ repo }: Repository) => lower(repo.slice(repo.indexOf('/') + 1)) === name
      const ofChannel = meant.filter(byName)
      return found(ofChannel.length > 0 ? ofChannel : context.repositories.filter(byName))
    },
    isEnvironment: (word) => environmentNames.has(lower(word)),
    environment(word, { environments }) {
      const name = lower(word)
      const exact = environments.filter((environment) => environment.name === word)
      if (exact.length === 1) return found(exact)
      const named = environments.filter((environment) => lower(environment.name) === name)
      if (named.length > 0) return found(named)
      return found(environments.filter(({ aliases }) => aliases.some((alias) => lower(alias) === name)))
    },
  }
}

/** The environments that a word can be a slip of. */
export function environmentCandidates(among: readonly Repository[]): readonly Candidate[] {
  return among.flatMap(({ environments }) =>
    environments.flatMap((environment) =>
      namesOfEnvironment(environment).map((word) => ({
        word,
        meaning: `environment ${environment.name}`,
        hasShortForms: true,
      })),
    ),
  )
}

/**
 * Everything that a word can be a slip of.
 *
 * @param among - the repositories that the command can be about
 */
export function candidatesOf({ repositories }: GrammarContext, among: readonly Repository[]): readonly Candidate[] {
  return [
    ...environmentCandidates(among),
    ...strategyCandidates,
    ...subcommands
      .filter((word) => !isRolloutSubcommand(word))
      .map((word) => ({ word, meaning: `subcommand ${word}`, hasShortForms: true })),
    ...repositories.flatMap(({ repo }) =>
      [repo, repo.slice(repo.indexOf('/') + 1)].map((word) => ({
        word,
        meaning: `repository ${repo}`,
        hasShortForms: false,
      })),
    ),
  ]
}

/**
 * What steers a rollout, for the first word of a command only: a suggestion to move traffic has to be very near to what
 * was typed.
 */
export const rolloutCandidates: readonly Candidate[] = rolloutSubcommands.map((word) => ({
  word,
  meaning: `subcommand ${word}`,
  hasShortForms: false,
  maxSlips: 1,
}))

export const strategyCandidates: readonly Candidate[] = [...strategyWords].map(([word, strategy]) => ({
  word,
  meaning: `strategy ${strategy}`,
  hasShortForms: true,
}))

/** Each name once, in the order of the configuration. */
export function environmentNames(among: readonly Repository[]): readonly string[] {
  return [...new Set(among.flatMap(({ environments }) => environments.map(({ name }) => name)))]
}

export function asStrategy(word: string): Strategy | null {
  return strategyWords.get(lower(word)) ?? null
}

function meantRepositories({ repositories, ofChannel }: GrammarContext): readonly Repository[] {
  const channel = new Set(ofChannel.map(lower))
  const own = repositories.filter(({ repo }) => channel.has(lower(repo)))
  return own.length > 0 ? own : repositories
}

function namesOfEnvironment({ name, aliases }: Environment): readonly string[] {
  return [name, ...aliases]
}

function found<T>(values: readonly T[]): Found<T> {
  const [value, ...others] = values
  if (value === undefined) return { type: 'none' }
  return others.length === 0 ? { type: 'one', value } : { type: 'many' }
}

function onlyOne<T>(values: readonly T[]): T | null {
  return values.length === 1 ? (values[0] ?? null) : null
}

function lower(text: string): string {
  return text.toLowerCase()
}
