import type { GrammarContext } from './deploy-command.ts'
import type { Names } from './names.ts'
import { type Outcome, oneOf, shown, trouble, understood } from './outcome.ts'
import type { Placed, PlacedRepository } from './sort-words.ts'

type Repository = GrammarContext['repositories'][number]
type Environment = Repository['environments'][number]

/** The one repository that was named, or the one that need not be. */
export function resolveRepository(named: readonly PlacedRepository[], names: Names): Outcome<Repository> {
  const [first] = named
  if (first === undefined) {
    if (names.defaultRepository !== null) return understood(names.defaultRepository)
    const known = names.meant.map(({ repo }) => repo)
    return trouble(
      'missing',
      null,
      known.length === 0 ? 'No repository is configured.' : `Say which repository: ${oneOf(known)}.`,
    )
  }
  const other = named.find(({ value }) => value !== first.value)
  if (other === undefined) return understood(first.value)
  const both = `${first.value.repo} and ${other.value.repo}`
  return trouble('too_many', other.text, `Two repositories are named: ${both}. One command is about one.`)
}

/** The environment of the repository that was named; `missing` when none was. */
export function resolveEnvironment(
  named: readonly Placed<string>[],
  repository: Repository,
  names: Names,
): Outcome<Environment> {
  const [first] = named
  const known = oneOf(repository.environments.map(({ name }) => name))
  if (first === undefined) {
    return trouble(
      'missing',
      null,
      known === ''
        ? `${repository.repo} has no environment.`
        : `Say which environment of ${repository.repo}: ${known}.`,
    )
  }
  const found: Environment[] = []
  for (const { text } of named) {
    const environment = names.environment(text, repository)
    if (environment.type === 'many') {
      return trouble(
        'ambiguous',
        text,
        `Several environments of ${repository.repo} are called ${shown(text)}: write one of ${known}.`,
      )
    }
    if (environment.type === 'none') {
      const message = `${repository.repo} has no environment ${shown(text)}, only ${known}. If it is a branch or tag, write ref:${text.slice(0, 60)}`
      return trouble('unknown_word', text, message)
    }
    if (!found.includes(environment.value)) found.push(environment.value)
    if (found.length > 1) {
      const both = oneOf(
        found.map(({ name }) => name),
        'and',
      )
      return trouble(
        'too_many',
        text,
        `Two environments are named, ${both}: one at a time. A branch of that name is ref:${text.slice(0, 60)}`,
      )
    }
  }
  const [environment] = found
  return environment === undefined
    ? trouble('missing', null, `Say which environment: ${known}.`)
    : understood(environment)
}
