import type { Db } from '../store/open-store.ts'
import { releaseIdsLike } from '../store/releases.ts'
import { UsageError } from './usage-error.ts'

/** @throws UsageError when no release has this id or beginning of one, or more than one has */
export async function oneRelease(db: Db, given: string): Promise<string> {
  const prefix = given.trim().toUpperCase()
  if (!/^[0-9A-HJKMNP-TV-Z]{1,26}$/.test(prefix)) throw new UsageError(`${given} is no id of a release`)
  const [id, another] = await releaseIdsLike(db, prefix)
  if (id === undefined) throw new UsageError(`there is no release ${prefix} (see sluice release list --all)`)
  if (another !== undefined) throw new UsageError(`${prefix}… may be more than one release: write more of its id`)
  return id
}
