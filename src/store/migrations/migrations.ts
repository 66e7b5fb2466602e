import { first } from './0001-first.ts'
import { payloadBatches } from './0002-payload-batches.ts'

/** Forward only. The position in the list (from 1) is the schema version, kept in SQLite's `user_version`. */
export const migrations: readonly string[] = [first, payloadBatches]
