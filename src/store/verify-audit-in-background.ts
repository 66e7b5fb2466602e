import { Worker } from 'node:worker_threads'
import type { AuditAnchor, AuditCheck } from './audit.ts'

/** `verifyAudit` in a thread of its own with a connection of its own: a million rows are seconds of work. */
export async function verifyAuditInBackground(file: string, anchor: AuditAnchor | null = null): Promise<AuditCheck> {
  return await new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./verify-audit-worker.ts', import.meta.url), { workerData: { file, anchor } })
    worker.once('message', (check: AuditCheck) => resolve(check))
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the check of the audit log ended early (exit code ${code})`)))
    worker.unref()
  })
}
