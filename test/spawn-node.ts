import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export const projectFolder = fileURLToPath(new URL('..', import.meta.url))

const endWithParent = fileURLToPath(new URL('end-with-parent.mjs', import.meta.url))

/**
 * Starts a program with this very Node, in a process of its own that ends when this one does, however hard: a test that
 * is killed leaves no server behind.
 *
 * @param options.script - from the project's folder
 * @param options.env - all of its environment
 */
export function spawnNode(options: {
  readonly script: string
  /** Node's own options. */
  readonly nodeOptions?: readonly string[]
  readonly args?: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}): ChildProcessByStdio<Writable, Readable, Readable> {
  const { script, nodeOptions = [], args = [], env } = options
  return spawn(process.execPath, [...nodeOptions, '--import', endWithParent, script, ...args], {
    cwd: projectFolder,
    env,
    // Nothing is ever written to its input: that it is closed says that this process is gone.
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}
