/** Runs in a worker thread: see intake-writer.ts. It imports nothing of ours at first, as main.ts. */
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { serveIntake } = await import('./serve-intake.ts')
await serveIntake()
