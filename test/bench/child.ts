/**
 * Programs under measurement, each in a process of its own. Whatever becomes of the benchmark, none outlives it: they
 * are killed when this process ends for any reason that it hears of, and end by themselves when it hears of none.
 */
import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { spawnNode } from '../spawn-node.ts'

export interface Child {
  readonly pid: number
  /** `performance.now()` right before it was started. */
  readonly startedAt: number
  /** Whether it has not ended yet. */
  isRunning(): boolean
  /** Everything it printed so far, both streams. */
  output(): string
  /** CPU time that the process has used so far, all threads, in ms (in steps of 10). */
  cpuMs(): Promise<number>
  /** Memory of the process that is in RAM now, and the most it ever was, in bytes. */
  memory(): Promise<{ readonly residentBytes: number; readonly peakBytes: number }>
  /** Asks it to end, and makes it after ten seconds. */
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

const maxOutput = 20_000
const stopTimeoutMs = 10_000

/**
 * Starts a program of this project with this very Node.
 *
 * @param options.env - all of its environment
 */
export function startChild(options: {
  readonly script: string
  /** Node's own options. */
  readonly nodeOptions?: readonly string[]
  readonly args?: readonly string[]
  readonly env: Readonly<Record<string, string>>
}): Child {
  const startedAt = performance.now()
  const child = spawnNode(options)
  const { pid } = child
  if (pid === undefined) throw new Error(`${options.script} cannot be started.`)
  running.add(child)
  let output = ''
  const keep = (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-maxOutput)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child)
      resolve()
    })
  })

  return {
    pid,
    startedAt,
    isRunning: () => running.has(child),
    output: () => output,
    async cpuMs() {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      // The name in brackets may hold spaces; utime and stime are the 14th and 15th field, in ticks of 10 ms.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) * 10
    },
    async memory() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
      return { residentBytes: kilobytes('VmRSS') * 1024, peakBytes: kilobytes('VmHWM') * 1024 }
    },
    async stop() {
      child.kill('SIGTERM')
      const hurry = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await ended
      clearTimeout(hurry)
    },
  }
}

/**
 * Waits until `url` answers 200.
 *
 * @returns milliseconds since the child was started
 * @throws when the child ends first, or after `timeoutMs`
 */
export async function untilAnswers(child: Child, url: string, timeoutMs = 30_000): Promise<number> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    if (!child.isRunning()) throw new Error(`It ended before it was ready:\n${child.output()}`)
    const status = await fetch(url).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      // Nobody listens yet.
      () => 0,
    )
    if (status === 200) return performance.now() - child.startedAt
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`${url} was not ready after ${timeoutMs} ms:\n${child.output()}`)
}
