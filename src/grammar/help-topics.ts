import { asSubcommand, strategyWords, subcommands } from './vocabulary.ts'

/** What `/deploy help` knows besides its overview. */
export const helpTopics = [...subcommands.filter((name) => name !== 'help'), 'request', 'refs', 'strategies'] as const

export type HelpTopic = (typeof helpTopics)[number]

const otherWords: ReadonlyMap<string, HelpTopic> = new Map([
  ...['deploy', 'note', 'note:', '--note'].map((word) => [word, 'request'] as const),
  ...['ref', 'branch', 'tag', 'commit', 'sha', 'pr', 'pull', 'run', '--ref', 'ref:'].map(
    (word) => [word, 'refs'] as const,
  ),
  ...['strategy', '--strategy', 'strategy:', ...strategyWords.keys()].map((word) => [word, 'strategies'] as const),
])

/** @returns null when there is no help on that */
export function asHelpTopic(word: string): HelpTopic | null {
  const lower = word.toLowerCase()
  const name = asSubcommand(lower) ?? lower
  return helpTopics.find((topic) => topic === name) ?? otherWords.get(lower) ?? null
}
