import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { projectFolder, spawnNode } from './spawn-node.ts'

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a program in a process of its own', () => {
  it('ends when the test run that started it is killed', async () => {
    const run = spawn(process.execPath, ['test/fixtures/parent.ts'], {
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(run, 'exit')
    const [line] = await once(createInterface(run.stdout), 'line')
    const pid = Number(line)
    expect(isAlive(pid)).toBe(true)
    run.kill('SIGKILL')
    await exited
    await expect.poll(() => isAlive(pid), { timeout: 10_000, interval: 20 }).toBe(false)
  })

  it('ends by itself when it has nothing more to do', async () => {
    const child = spawnNode({ script: 'test/fixtures/passer-by.ts', env: {} })
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })
})
