import type { Strategy } from '../policy/gate-policy.ts'

/** The words of the language besides the names that the configuration gives. All in lower case. */

export const subcommands = [
  'help',
  'status',
  'history',
  'show',
  'card',
  'lock',
  'unlock',
  'freeze',
  'unfreeze',
  'cancel',
  'who',
  'why',
  'plan',
  'hold',
  'resume',
  'advance',
  'promote',
  'extend',
  'adopt',
  'restore',
  'approve-step',
  'rollback',
] as const

export type Subcommand = (typeof subcommands)[number]

/** Those that steer a rollout. */
export const rolloutSubcommands = [
  'hold',
  'resume',
  'advance',
  'promote',
  'extend',
  'adopt',
  'restore',
  'approve-step',
  'rollback',
] as const satisfies readonly Subcommand[]

export type RolloutSubcommand = (typeof rolloutSubcommands)[number]

export function isRolloutSubcommand(subcommand: Subcommand): subcommand is RolloutSubcommand {
  return rolloutSubcommands.some((name) => name === subcommand)
}

/**
 * Those that have to come first: they end in free text, so that their words may stand in anybody's reason, or they move
 * traffic, which nobody should do who meant a branch of that name.
 */
export const leadingSubcommands: ReadonlySet<Subcommand> = new Set(['lock', 'freeze', 'cancel', ...rolloutSubcommands])

const otherSpellings: ReadonlyMap<string, Subcommand> = new Map([
  ['roll-back', 'rollback'],
  ['roll_back', 'rollback'],
  ['roll back', 'rollback'],
  ['approve_step', 'approve-step'],
  ['approvestep', 'approve-step'],
  ['approve step', 'approve-step'],
])

export function asSubcommand(word: string): Subcommand | null {
  const lower = word.toLowerCase()
  return subcommands.find((name) => name === lower) ?? otherSpellings.get(lower) ?? null
}

export const strategies: readonly Strategy[] = ['canary', 'blue-green', 'direct']

export const strategyWords: ReadonlyMap<string, Strategy> = new Map([
  ['canary', 'canary'],
  ['blue-green', 'blue-green'],
  ['bluegreen', 'blue-green'],
  ['blue_green', 'blue-green'],
  ['blue/green', 'blue-green'],
  ['blue green', 'blue-green'],
  ['direct', 'direct'],
])

export type OptionKey =
  | 'environment'
  | 'strategy'
  | 'ref'
  | 'pull'
  | 'run'
  | 'repository'
  | 'note'
  | 'reason'
  | 'for'
  | 'limit'
  | 'id'
  | 'help'

/** What may stand before `:` or `=`, or after `--`. */
export const optionKeys: ReadonlyMap<string, OptionKey> = new Map([
  ['env', 'environment'],
  ['environment', 'environment'],
  ['strategy', 'strategy'],
  ['ref', 'ref'],
  ['branch', 'ref'],
  ['tag', 'ref'],
  ['commit', 'ref'],
  ['sha', 'ref'],
  ['pr', 'pull'],
  ['pull', 'pull'],
  ['run', 'run'],
  ['repo', 'repository'],
  ['repository', 'repository'],
  ['note', 'note'],
  ['reason', 'reason'],
  ['for', 'for'],
  ['limit', 'limit'],
  ['id', 'id'],
  ['release', 'id'],
  ['help', 'help'],
  ['h', 'help'],
])

/** Options whose value is a text: without quotes it goes on to the next `--option` or to the end. */
export const textOptions: ReadonlySet<OptionKey> = new Set(['note', 'reason'])

/** Words that may stand between the others and say nothing: `v1.4.2 to prod with canary`. */
export const fillers: ReadonlySet<string> = new Set([
  ...['to', 'on', 'onto', 'into', 'with', 'using', 'via', 'from', 'at', 'of', 'the', 'please', 'as'],
  ...['branch', 'tag', 'commit', 'sha', 'ref', 'environment', 'env', 'strategy', 'repo', 'repository'],
])

/**
 * Words that somebody may type who wants another thing than a release of a branch of that name. A branch that is called
 * so has to be written `ref:rollback`.
 */
export const neverRefs: ReadonlySet<string> = new Set([
  ...['approve', 'reject', 'withdraw', 'refresh', 'evidence', 'break-glass', 'breakglass', 'sign-off', 'signoff'],
  ...['rollback', 'roll-back', 'revert', 'promote', 'hold', 'resume', 'advance', 'extend', 'adopt', 'restore'],
  ...['retry', 'rerun', 're-run', 'restart', 'undo', 'abort', 'stop', 'pause', 'list', 'ls', 'logs', 'info', 'version'],
  ...['not', 'no', 'dont', "don't", 'never', 'except', 'skip', 'force', 'dry-run', 'rolling'],
  ...['now', 'asap', 'today', 'tonight', 'tomorrow', 'later', 'until', 'after', 'before', 'all', 'both', 'everything'],
  ...['and', 'or', 'then', 'but', 'if', 'when', 'because', 'for', 'pr', 'pull', 'request', 'run', 'note', 'reason'],
])

/** True for words with a meaning of their own, so that a name which is spelt the same needs its option before it. */
export function isVocabulary(word: string): boolean {
  const lower = word.toLowerCase()
  return (
    asSubcommand(lower) !== null ||
    strategyWords.has(lower) ||
    optionKeys.has(lower) ||
    fillers.has(lower) ||
    neverRefs.has(lower) ||
    ['deploy', 'blue', 'green'].includes(lower)
  )
}
