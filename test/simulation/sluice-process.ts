import { once } from 'node:events'
import { join } from 'node:path'
import { spawnNode } from '../spawn-node.ts'

/** The server in a process of its own, as production runs it, so that it can be killed. */
export interface SluiceProcess {
  /** Resolves when it takes requests; rejects when it ended before. */
  readonly ready: Promise<void>
  /** Whether it has not ended yet. */
  isRunning(): boolean
  /** SIGKILL: the process has no say in it. Takes effect at once; resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
  /** What it logged as errors, one JSON line each. */
  errors(): readonly string[]
}

export function startSluiceProcess(world: {
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
}): SluiceProcess {
  const child = spawnNode({
    script: 'src/main.ts',
    env: {
      PATH: process.env.PATH,
      ...world.env,
      LOG_LEVEL: 'info',
      // Compiled code outlives the kills: what is being tested is not how fast modules load.
      NODE_COMPILE_CACHE: join(world.folder, 'compile-cache'),
    },
  })
  const exited = once(child, 'exit')
  const errors: string[] = []
  let rest = ''
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      const lines = `${rest}${data.toString()}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line.includes('"msg":"Sluice is ready"')) resolve()
        if (/"level":[56]0/.test(line)) errors.push(line)
      }
    })
    child.stderr.on('data', (data: Buffer) => errors.push(data.toString()))
    exited.then(
      () => reject(new Error(`Sluice ended before it was ready: ${errors.join('\n') || 'it was killed'}`)),
      reject,
    )
  })
  // Who kills it while it starts does not wait for it.
  ready.catch(() => {})

  return {
    ready,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
      return child.exitCode
    },
    errors: () => errors,
  }
}
