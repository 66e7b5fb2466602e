import { wantReleaseRevision, wantRevision } from '../../store/cards.ts'
import type { Db } from '../../store/open-store.ts'
import { findPipeline } from '../../store/pipelines.ts'
import {
  openReleases,
  type Place,
  type ReleaseRecord,
  releaseRecord,
  supersededByRelease,
} from '../../store/releases.ts'

/** Something beside these releases changed that their cards show (a lock, a freeze, the queue): draws them again. */
export async function touchCards(tx: Db, releases: readonly ReleaseRecord[], at: number): Promise<void> {
  for (const release of releases) await wantReleaseRevision(tx, release.id, release.revision, at)
}

/** The same for all releases of an environment that are not over. */
export async function touchOpenCards(tx: Db, place: Place, at: number): Promise<void> {
  await touchCards(tx, await openReleases(tx, place), at)
}

/** A release has a card now, so that others can lead to it: those that wait for it, that it replaced, and its commit's. */
export async function touchCardsThatLeadTo(tx: Db, releaseId: string, at: number): Promise<void> {
  const release = await releaseRecord(tx, releaseId)
  if (release === null) return
  const waiting = (await openReleases(tx, release)).filter(({ id }) => id !== releaseId)
  await touchCards(tx, [...waiting, ...(await supersededByRelease(tx, release))], at)
  const pipeline = await findPipeline(tx, release)
  if (pipeline !== null) await wantRevision(tx, pipeline.id, pipeline.revision, at)
}
