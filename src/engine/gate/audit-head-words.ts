import { auditHead } from '../../store/audit.ts'
import type { Store } from '../../store/open-store.ts'

/**
 * Where the audit log ends, in the words of the line that is posted daily, for GitHub to keep: the rows up to it, a
 * release's approvals among them, cannot be written anew unseen by whoever owns only the database.
 */
export async function auditHeadWords({ db }: Pick<Store, 'db'>): Promise<string> {
  const { rows, hash } = await auditHead(db)
  return `row ${rows}, hash ${hash}`
}
