import { auditedReleases } from '../store/audit.ts'
import type { Db } from '../store/open-store.ts'
import { UsageError } from './usage-error.ts'

/** How many of the releases that were meant perhaps are named. */
const shown = 5

/**
 * The id of the one release in the audit log that somebody means.
 *
 * @param given - the id or its beginning, in upper or lower case, also as `release:…`
 * @throws UsageError when there is none, or more than one
 */
export async function findRelease(db: Db, given: string): Promise<string> {
  const prefix = given
    .trim()
    .replace(/^release:/i, '')
    .toUpperCase()
  if (!/^[0-9A-HJKMNP-TV-Z]{1,26}$/.test(prefix)) {
    throw new UsageError(`${given} is no id of a release, like 01JDB6Z0Q5T4K3M2N1P0R9S8V7, nor the beginning of one`)
  }
  const ids = await auditedReleases(db, prefix, shown + 1)
  const [id] = ids
  if (id === undefined) throw new UsageError(`the audit log has no release ${prefix}${prefix.length < 26 ? '…' : ''}`)
  if (id === prefix || ids.length === 1) return id
  const more = ids.length > shown ? ', …' : ''
  throw new UsageError(`${prefix}… may be more than one release: ${ids.slice(0, shown).join(', ')}${more}`)
}
