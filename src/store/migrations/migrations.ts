import { first } from './0001-first.ts'
import { branchPlace } from './0002-branch-place.ts'
import { payloadBatches } from './0003-payload-batches.ts'
import { releases } from './0004-releases.ts'
import { snapshots } from './0005-snapshots.ts'
import { rollouts } from './0006-rollouts.ts'

/** Forward only. The position in the list (from 1) is the schema version, kept in SQLite's `user_version`. */
export const migrations: readonly string[] = [first, branchPlace, payloadBatches, releases, snapshots, rollouts]
