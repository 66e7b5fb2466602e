import type { Release } from '../../release/release.ts'
import type { Store } from '../../store/open-store.ts'
import { auditHeadWords } from './audit-head-words.ts'

/**
 * What a workflow is told if it declares inputs for it; see docs/workflow-contract.md.
 *
 * @param pool - the one that gets the new version; null where traffic is not shifted
 */
export async function optionalInputs(
  { environment }: Pick<Release, 'environment'>,
  pool: string | null,
  store: Pick<Store, 'db'>,
) {
  return { environment, sluice_audit_head: await auditHeadWords(store), ...(pool === null ? {} : { pool }) }
}
