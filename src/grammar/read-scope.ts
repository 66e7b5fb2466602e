import type { RolloutScope } from './deploy-command.ts'
import type { Names } from './names.ts'
import { type Outcome, oneOf, shown, trouble, understood } from './outcome.ts'
import { repositoriesOf } from './slips.ts'
import type { SortedWords } from './sort-words.ts'

type ScopeWords = Pick<SortedWords, 'repositories' | 'environments' | 'either'>

/** Which repositories and environments are meant; what was not named stays open. */
export function readScope(words: ScopeWords, names: Names): Outcome<RolloutScope> {
  const { repositories, environments, either } = words
  const [repository] = repositories
  const other = repositories.find(({ value }) => value !== repository?.value)
  if (other !== undefined) {
    return trouble('too_many', other.text, 'Two repositories are named: name one, or none for all of the channel.')
  }
  const among = repositoriesOf(words, names)
  const found = new Set<string>()
  for (const { text } of [...environments, ...either]) {
    const before = found.size
    const here = new Set<string>()
    for (const one of among) {
      const environment = names.environment(text, one)
      if (environment.type === 'many')
        return trouble('ambiguous', text, `Several environments are called ${shown(text)}.`)
      if (environment.type === 'one') here.add(environment.value.name)
    }
    if (here.size === 0) {
      const known = [...new Set(among.flatMap((one) => one.environments.map(({ name }) => name)))]
      return trouble('unknown_word', text, `There is no environment ${shown(text)} here, only ${oneOf(known, 'and')}.`)
    }
    if (here.size > 1) {
      const message = `${shown(text)} means ${oneOf([...here], 'and')} in different repositories: name the repository.`
      return trouble('ambiguous', text, message)
    }
    for (const name of here) found.add(name)
    if (before > 0 && found.size > 1) {
      return trouble(
        'too_many',
        text,
        `Two environments are named: ${oneOf([...found], 'and')}. Name one, or none for all.`,
      )
    }
  }
  const [environment = null] = found
  return understood({ repository: repository?.value.repo ?? null, environment })
}
