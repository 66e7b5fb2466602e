/** Sluice itself as it runs in production, in a process of its own, between the services of a simulated world. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { World } from '../../sandbox/start-world.ts'
import { projectFolder } from '../spawn-node.ts'
import { type Child, startChild, untilAnswers } from './child.ts'

export interface App extends Child {
  /** Milliseconds from the start of the process to the first 200 of /readyz. */
  readonly readyAfterMs: number
  /** CPU time used so far, all threads, as the process itself counts it, in ms. */
  ownCpuMs(): Promise<number>
}

/** What `npm start` runs, but for npm itself: variables, `node` with its options, the program. */
const startWords = z
  .object({ scripts: z.object({ start: z.string() }) })
  .parse(JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')))
  .scripts.start.split(' ')
const nodeAt = startWords.indexOf('node')
const startEnv = Object.fromEntries(startWords.slice(0, nodeAt).map((word) => word.split('=', 2)))
const nodeOptions = startWords.slice(nodeAt + 1, -1)
const script = startWords.at(-1) ?? ''

/** Starts what `npm start` does with the world's configuration and waits until it is ready. */
export async function startApp(
  world: Pick<World, 'env' | 'sluiceUrl'>,
  env: Readonly<Record<string, string>> = {},
): Promise<App> {
  const child = startChild({
    script,
    nodeOptions,
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', LOG_LEVEL: 'warn', ...startEnv, ...world.env, ...env },
  })
  const readyAfterMs = await untilAnswers(child, `${world.sluiceUrl}/readyz`)
  return {
    ...child,
    readyAfterMs,
    async ownCpuMs() {
      const text = await (await fetch(`${world.sluiceUrl}/metrics`)).text()
      const seconds = Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1])
      if (!Number.isFinite(seconds)) throw new Error('/metrics says nothing of the CPU time.')
      return seconds * 1000
    },
  }
}

/** The store's file of the world's Sluice. */
export function storeFileOf(world: Pick<World, 'folder'>): string {
  return join(world.folder, 'data', 'sluice.db')
}
