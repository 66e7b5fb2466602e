/** The server's entry. It imports nothing of ours at first: Node keeps compiled only what is loaded after this call. */
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { runServer } = await import('./run-server.ts')
await runServer()
