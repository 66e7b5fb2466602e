/** Runs in a worker thread: see verify-audit-in-background.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { type AuditAnchor, verifyAudit } from './audit.ts'
import { openStore } from './open-store.ts'

const { file, anchor } = workerData as { readonly file: string; readonly anchor: AuditAnchor | null }

const store = openStore({ file, readonly: true })
try {
  parentPort?.postMessage(await verifyAudit(store.db, anchor))
} finally {
  await store.close()
}
