// Preloaded into programs that tests and benchmarks start in processes of their own; see spawn-node.ts. Their input is a
// pipe from the process that started them. When that one ends the pipe closes, and they end too. Waiting for it keeps
// no program going. Threads of the program load this as well, and have no such pipe.
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  const end = () => process.kill(process.pid, 'SIGKILL')
  process.stdin.on('close', end)
  process.stdin.on('error', end)
  process.stdin.resume()
  process.stdin.unref()
}
