import { wantReleaseRevision, wantRevision } from '../../store/cards.ts'
import type { Db } from '../../store/open-store.ts'
import { findPipeline, pipelineById } from '../../store/pipelines.ts'
import {
  lastEnded,
  openReleases,
  type Place,
  type ReleaseRecord,
  recentReleases,
  releaseRecord,
  releasesOfCommit,
  supersededByRelease,
} from '../../store/releases.ts'

/** Something beside these releases changed that their cards show (a lock, a freeze, the queue): draws them again. */
export async function touchCards(tx: Db, releases: readonly ReleaseRecord[], at: number): Promise<void> {
  for (const release of releases) await wantReleaseRevision(tx, release.id, release.revision, at)
}

/**
 * The same for all releases of an environment that are not over, and for those that ended last: whether they can be rolled
 * back, or the lock after a rollback be taken off, depends on what comes after.
 */
export async function touchOpenCards(tx: Db, place: Place, at: number): Promise<void> {
  const ended = await Promise.all(
    (['completed', 'failed', 'rolled_back'] as const).map((state) => lastEnded(tx, place, state)),
  )
  await touchCards(tx, [...(await openReleases(tx, place)), ...ended.filter((release) => release !== null)], at)
}

/** The card of a release's commit, which names the release. */
export async function touchPipelineCard(
  tx: Db,
  release: Pick<ReleaseRecord, 'repository' | 'sha'>,
  at: number,
): Promise<void> {
  const pipeline = await findPipeline(tx, release)
  if (pipeline !== null) await wantRevision(tx, pipeline.id, pipeline.revision, at)
}

/** As many releases as somebody may still be looking at. */
const recent = 50

/** The same for the newest releases, open or not: how somebody is called on them changed. */
export async function touchRecentCards(tx: Db, at: number): Promise<void> {
  await touchCards(tx, await recentReleases(tx, { repository: null, environment: null, limit: recent }), at)
}

/** There is a card now that others can lead to: of a release, or of a commit's pipeline. */
export async function touchCardsThatLeadTo(
  tx: Db,
  card: { readonly releaseId: string | null; readonly pipelineId: string | null },
  at: number,
): Promise<void> {
  if (card.releaseId !== null) await touchAround(tx, card.releaseId, at)
  const pipeline = card.pipelineId === null ? null : await pipelineById(tx, card.pipelineId)
  if (pipeline !== null) await touchCards(tx, await releasesOfCommit(tx, pipeline), at)
}

/** The cards of the releases that wait behind one, of those that it replaced, and of its commit. */
async function touchAround(tx: Db, releaseId: string, at: number): Promise<void> {
  const release = await releaseRecord(tx, releaseId)
  if (release === null) return
  const waiting = (await openReleases(tx, release)).filter(({ id }) => id !== releaseId)
  await touchCards(tx, [...waiting, ...(await supersededByRelease(tx, release))], at)
  await touchPipelineCard(tx, release, at)
}
