import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { freePort } from '../free-port.ts'

export interface ScrapeTarget {
  /** `host:port`; its metrics are at `/metrics`. */
  readonly address: string
  /** Set on every series of it. */
  readonly labels: Readonly<Record<string, string>>
}

export interface RealPrometheus {
  /** Without a slash at the end; the same after a restart. */
  readonly url: string
  /** Starts it, again with what it has stored, and waits until it answers. */
  start(): Promise<void>
  /** Stops it as a service manager does; what it has stored stays. */
  stop(): Promise<void>
  /** Stops it and takes everything away that it has written. */
  remove(): Promise<void>
}

/** How long to wait for it to answer or to end, ms. */
const patienceMs = 20_000

/** Whether the program `prometheus` is installed (Debian's package of that name has it). */
export function isPrometheusInstalled(): boolean {
  return spawnSync('prometheus', ['--version'], { stdio: 'ignore' }).status === 0
}

/**
 * A real Prometheus on a port of its own, with its data in a temporary folder. It ends when this process does, however
 * hard. It finds its targets about five seconds after its start (Prometheus looks for them so often); wait for a scrape
 * and not for a time.
 *
 * @param options.scrapeIntervalMs - at least 100
 */
export async function startRealPrometheus(options: {
  readonly targets: readonly ScrapeTarget[]
  readonly scrapeIntervalMs?: number
}): Promise<RealPrometheus> {
  const { targets, scrapeIntervalMs = 1000 } = options
  const folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const config = join(folder, 'prometheus.yml')
  // JSON is YAML.
  const content = {
    global: { scrape_interval: `${scrapeIntervalMs}ms`, scrape_timeout: `${scrapeIntervalMs}ms` },
    scrape_configs: [
      { job_name: 'service', static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })) },
    ],
  }
  await writeFile(config, JSON.stringify(content))

  let running: ChildProcess | null = null
  let said = ''

  async function start(): Promise<void> {
    if (running !== null) return
    said = ''
    const arguments_ = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ]
    // The shell's input is a pipe from this process: when it closes, for whatever reason, Prometheus is told to end.
    const untilInputCloses = `prometheus "$@" </dev/null & p=$!
      exec 3<&0; { cat <&3 >/dev/null; kill -TERM $p 2>/dev/null; } & wait $p`
    const child = spawn('sh', ['-c', untilInputCloses, 'sh', ...arguments_], { stdio: ['pipe', 'ignore', 'pipe'] })
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2000)
    })
    child.once('exit', () => {
      child.stdin.destroy()
      running = null
    })
    running = child
    const deadline = performance.now() + patienceMs
    while (!(await isReady(url))) {
      if (running === null || performance.now() > deadline) throw new Error(`Prometheus does not answer: ${said}`)
      await after(50)
    }
  }

  async function stop(): Promise<void> {
    const child = running
    if (child === null) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.stdin?.end()
    await ended
  }

  try {
    await start()
  } catch (error) {
    await stop()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return {
    url,
    start,
    stop,
    async remove() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    // Not there yet; whoever waits for it has a deadline.
    return false
  }
}
