import type { RefInput } from './deploy-command.ts'
import { isRef, pullOf, runOf } from './read-ref.ts'

/** What the address of a page says. */
export type Address =
  | { readonly type: 'page'; readonly repo: string; readonly ref: RefInput | null }
  /** A page of the repository that names no commit (an issue, a file, a comparison). */
  | { readonly type: 'other_page'; readonly repo: string }
  /** Of another site, or of no repository. */
  | { readonly type: 'elsewhere' }

/** @returns null when the word is no address at all */
export function readAddress(word: string, webUrl: string): Address | null {
  const site = /^https?:\/\/(.*)$/i.exec(webUrl)?.[1]?.replace(/\/+$/, '') ?? ''
  const hasScheme = /^https?:\/\//i.test(word)
  if (!hasScheme && (site === '' || !word.toLowerCase().startsWith(`${site.toLowerCase()}/`))) return null
  const address = word.replace(/^https?:\/\//i, '').replace(/^www\./i, '')
  if (site === '' || !address.toLowerCase().startsWith(`${site.toLowerCase()}/`)) return { type: 'elsewhere' }
  const path = address.slice(site.length + 1).replace(/[?#].*$/s, '')
  const [owner, name, ...rest] = path.split('/').filter((part) => part !== '')
  if (owner === undefined || name === undefined) return { type: 'elsewhere' }
  const repo = `${owner}/${name.replace(/\.git$/i, '')}`
  if (rest.length === 0) return { type: 'page', repo, ref: null }
  const ref = refOfPath(rest.map(decode))
  return ref === null ? { type: 'other_page', repo } : { type: 'page', repo, ref }
}

function refOfPath([kind, ...rest]: readonly string[]): RefInput | null {
  const [first, second, third] = rest
  switch (kind) {
    case 'pull':
      if (second === 'commits' && third !== undefined) return named(third)
      return first === undefined ? null : pullOf(first)
    case 'commit':
      return named(first ?? '')
    // A branch may have slashes in it; a folder behind it cannot be told from them, and no branch of that name is found.
    case 'commits':
    case 'tree':
      return named(rest.join('/'))
    case 'releases':
      return first === 'tag' ? named(rest.slice(1).join('/')) : null
    case 'actions':
      return first === 'runs' && second !== undefined ? runOf(second) : null
    default:
      return null
  }
}

function named(text: string): RefInput | null {
  const ref = text.replace(/^refs\/(?:heads|tags)\//, '')
  return isRef(ref) ? { type: 'ref', ref } : null
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A stray % is no reason to lose the rest: the part is taken as it stands.
    return part
  }
}
