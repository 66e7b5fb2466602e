import type { EvidenceCommit } from '../evidence.ts'

/** People beyond these are in no honest commit. */
const maxCoAuthors = 100
const maxLineLength = 500

/**
 * People that `Co-authored-by` trailers of a commit message name, once for each address. Lines anywhere in the message
 * count: somebody who is named as an author by mistake is asked to let another one approve, and not the other way round.
 *
 * @returns addresses in lower case, in the order of the message
 */
export function parseCoAuthors(message: string): EvidenceCommit['coAuthors'] {
  const people = new Map<string, { readonly name: string; readonly email: string }>()
  for (const line of message.split(/\r\n|\r|\n/)) {
    if (people.size >= maxCoAuthors) break
    const trimmed = line.slice(0, maxLineLength).trim()
    const [, value] = /^co-authored-by\s*:(.*)$/i.exec(trimmed) ?? []
    if (value === undefined || !value.endsWith('>')) continue
    const opens = value.lastIndexOf('<')
    const email = value
      .slice(opens + 1, -1)
      .trim()
      .toLowerCase()
    if (opens === -1 || email === '' || /[\s<>]/.test(email) || people.has(email)) continue
    people.set(email, { name: value.slice(0, opens).trim(), email })
  }
  return [...people.values()]
}
