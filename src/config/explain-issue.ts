import type { z } from 'zod'
import { examples, knownKeys } from './config-schema.ts'
import { spelledOut } from './places.ts'
import type { KeyPath } from './read-yaml.ts'
import { listOf, nearest } from './suggest.ts'

/** What zod found, said for a person. */
export interface Explanation {
  readonly path: KeyPath
  /** Which part of the entry the caret goes under. */
  readonly at: 'key' | 'value'
  readonly isMissing: boolean
  readonly what: string
  readonly mend: string
}

export interface IssueContext {
  /** The value in the file at a path; undefined where there is none. */
  valueAt(path: KeyPath): unknown
  /** Whether a comment begins where the value at a path would be. */
  isComment(path: KeyPath): boolean
  /** Quotes a text from the file with its secrets masked. */
  quote(text: string): string
  /** The same without the quotes. */
  plain(text: string): string
}

const required = new Set([
  '',
  'repositories',
  'repositories[]',
  'repositories[].repo',
  'repositories[].channel',
  'repositories[].stages[]',
  'repositories[].stages[].name',
  'repositories[].stages[].match',
  'repositories[].environments[].name',
  'repositories[].environments[].steps[].percent',
  'repositories[].environments[].risks[].approvers',
  'repositories[].environments[].metrics.source',
  'repositories[].environments[].metrics.custom[].name',
  'repositories[].environments[].health.canary',
  'repositories[].environments[].traffic.cloudflare.account',
  'repositories[].environments[].traffic.cloudflare.zone',
  'repositories[].environments[].traffic.cloudflare.load_balancer',
  'repositories[].environments[].traffic.cloudflare.pools',
  'repositories[].environments[].traffic.cloudflare.pools.*',
  'repositories[].environments[].traffic.vercel.project',
  'repositories[].environments[].traffic.vercel.domain',
])

/** @returns one explanation for each thing that is wrong; unknown keys come one by one */
export function explainIssue(issue: z.core.$ZodIssue, context: IssueContext): readonly Explanation[] {
  const path = spelledOut(
    issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
    context.valueAt,
  )
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainUnknownKey(path, key, context))
  const value = context.valueAt(path)
  if (value === null || (value === undefined && issue.code !== 'custom')) {
    return [explainNothing(path, value === undefined, context)]
  }
  return [{ path, at: 'value', isMissing: false, ...explainValue(issue, path, value, context) }]
}

function explainValue(
  issue: z.core.$ZodIssue,
  path: KeyPath,
  value: unknown,
  { quote, plain }: IssueContext,
): { readonly what: string; readonly mend: string } {
  const shown = textOf(value, quote, plain)
  switch (issue.code) {
    case 'custom': {
      // A check may quote a part of the value in how to mend it, and a part may be a secret.
      const mend = issue.params?.mend === undefined ? exampleFor(path) : plain(String(issue.params.mend))
      return { what: issue.params?.isSentence === true ? issue.message : `${shown} ${issue.message}`, mend }
    }
    case 'invalid_value':
      return explainChoice(shown, value, issue.values.map(String), path)
    case 'too_small':
      return issue.origin === 'array'
        ? { what: 'The list is empty.', mend: exampleFor(path) }
        : { what: `${shown} is too small: the least is ${issue.minimum}.`, mend: exampleFor(path) }
    case 'too_big':
      return { what: `${shown} is too large: the most is ${issue.maximum}.`, mend: exampleFor(path) }
    case 'invalid_type':
      return explainType(shown, value, issue.expected, path)
    default:
      return { what: `${shown} is not possible here.`, mend: exampleFor(path) }
  }
}

function explainType(shown: string, value: unknown, expected: string, path: KeyPath) {
  const wanted = { string: 'text', array: 'a list', int: 'a whole number', number: 'a whole number' }[expected]
  const what =
    typeof value === 'object'
      ? `This is ${kindOf(value)}, and ${wanted ?? 'a mapping (keys with values)'} is wanted here.`
      : `${shown} is ${kindOf(value)}, and ${wanted ?? 'a mapping (keys with values)'} is wanted here.`
  if (expected === 'string' && typeof value === 'object') {
    return { what, mend: `Text with {, [ or ": " in it must be quoted. ${exampleFor(path)}` }
  }
  if (expected === 'string') return { what, mend: `If it is meant as text, put it in quotes. ${exampleFor(path)}` }
  if ((expected === 'int' || expected === 'number') && typeof value === 'string' && /^\d+$/.test(value)) {
    return { what, mend: `Write the number without quotes: ${value}` }
  }
  return { what, mend: exampleFor(path) }
}

const otherWords: Readonly<Record<string, string>> = {
  yes: 'true',
  on: 'true',
  y: 'true',
  no: 'false',
  off: 'false',
  n: 'false',
}

function explainChoice(shown: string, value: unknown, choices: readonly string[], path: KeyPath) {
  const written = String(value)
  const meant = otherWords[written.toLowerCase()] ?? nearest(written, choices, 2)
  const key = path.findLast((part) => typeof part === 'string') ?? ''
  return {
    what: `${shown} is not one of the possible values: ${listOf(choices)}.`,
    mend: meant !== null && choices.includes(meant) ? `Did you mean "${key}: ${meant}"?` : exampleFor(path),
  }
}

function explainNothing(path: KeyPath, isMissing: boolean, context: IssueContext): Explanation {
  if (path.length === 0) {
    return {
      path,
      at: 'value',
      isMissing,
      what: 'The file is empty.',
      mend: `The least that works is:\n${example(path)}`,
    }
  }
  if (isMissing) {
    const key = path.at(-1)
    return {
      path: path.slice(0, -1),
      at: 'key',
      isMissing,
      what: `The key "${key}" is missing here.`,
      mend: exampleFor(path),
    }
  }
  if (context.isComment(path)) {
    const what = 'There is no value here: to YAML, a # after a space begins a comment.'
    return { path, at: 'key', isMissing, what, mend: `Put the value in quotes. ${exampleFor(path)}` }
  }
  return { path, at: 'key', isMissing, what: 'There is no value here.', mend: exampleFor(path) }
}

/** A key that is like none of those that are possible (`mendKeys` sees to those that are). */
function explainUnknownKey(parent: KeyPath, key: string, context: IssueContext): Explanation {
  const known = atPlace(knownKeys, parent) ?? []
  const elsewhere = [...knownKeys].find(([, keys]) => keys.includes(key))?.[0]
  const mend = elsewhere === undefined ? `Possible here: ${listOf(known)}.` : `It belongs ${placeInWords(elsewhere)}.`
  return { path: [...parent, key], at: 'key', isMissing: false, what: `Unknown key ${context.quote(key)}.`, mend }
}

function placeInWords(place: string): string {
  if (place === '') return 'at the top level of the file'
  const name = place.replace(/\[\]$/, '').split('.').at(-1)
  return place.endsWith('[]') ? `in an entry of "${name}"` : `under "${name}"`
}

/** `repositories[].stages[].name`: the path with any position in a list, and any name where people choose it. */
function placeOf(path: KeyPath): string {
  if (path[0] === 'people' && path.length > 1) return 'people.*'
  const pools = path[5] === 'cloudflare' && path[6] === 'pools' ? 7 : path.length
  if (path.length > pools) return `${placeOf(path.slice(0, pools))}.*`
  return path.map((part, index) => (typeof part === 'number' ? '[]' : index === 0 ? part : `.${part}`)).join('')
}

/** A list of one may be written without its brackets, and then the path does not have them either. */
function atPlace<T>(byPlace: ReadonlyMap<string, T>, path: KeyPath): T | undefined {
  const place = placeOf(path)
  const bare = place.replaceAll('[]', '')
  return byPlace.get(place) ?? [...byPlace].find(([other]) => other.replaceAll('[]', '') === bare)?.[1]
}

function example(path: KeyPath): string {
  return atPlace(examples, path) ?? ''
}

function exampleFor(path: KeyPath): string {
  const lines = example(path).split('\n')
  const orNothing =
    required.has(placeOf(path)) || placeOf(path).endsWith('[]') ? '' : 'Leave the key out for its default, or write'
  if (lines.length === 1) return `${orNothing === '' ? 'Write' : orNothing} it like this: ${lines[0]}`
  return [`${orNothing === '' ? 'Write' : orNothing} it like this:`, ...lines.map((line) => `  ${line}`)].join('\n')
}

function textOf(value: unknown, quote: IssueContext['quote'], plain: IssueContext['plain']): string {
  if (typeof value === 'string' || value === undefined) return quote(value ?? '')
  return typeof value === 'object' ? kindOf(value) : plain(String(value))
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'boolean') return 'true or false'
  return 'text'
}
