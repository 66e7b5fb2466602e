import { wantReleaseRevision } from '../../store/cards.ts'
import type { Db } from '../../store/open-store.ts'
import type { ReleaseRecord } from '../../store/releases.ts'

/** Something beside these releases changed that their cards show (a lock, a freeze, the queue): draws them again. */
export async function touchCards(tx: Db, releases: readonly ReleaseRecord[], at: number): Promise<void> {
  for (const release of releases) await wantReleaseRevision(tx, release.id, release.revision, at)
}
