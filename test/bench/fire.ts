import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { SignedDelivery } from './deliveries.ts'

export interface Fired {
  /** Answers with a 2xx a second. */
  readonly rate: number
  /** From the first byte sent to the last received, in ms. */
  readonly latenciesMs: readonly number[]
  /** When each answer with a 2xx had come, in ms from the start, in the order in which they came. */
  readonly acceptedAtMs: readonly number[]
  readonly failed: number
  /** CPU time of this process, which sends, as a share of the time it took, in percent of one core. */
  readonly ownCpuPercent: number
}

const timeoutMs = 20_000

/**
 * Sends each delivery once, over so many connections that are kept open, each waiting for its answer. Requests are laid out
 * before the clock starts and go straight to the sockets: on a machine of few cores an HTTP client takes more of them than
 * some of the servers do.
 */
export async function fire(options: {
  readonly url: string
  readonly deliveries: readonly SignedDelivery[]
  readonly connections: number
}): Promise<Fired> {
  const { host, hostname, port, pathname } = new URL(options.url)
  const requests = options.deliveries.map(({ headers, body }) => {
    const lines = Object.entries({ ...headers, Host: host, 'Content-Length': body.length })
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    return Buffer.concat([Buffer.from(`POST ${pathname} HTTP/1.1\r\n${head}\r\n`, 'latin1'), body])
  })
  const latenciesMs: number[] = []
  const acceptedAtMs: number[] = []
  let lastAnswerAt = Number.NaN
  let next = 0

  /** One connection, until there is nothing more to send or it breaks; what it was waiting for then has failed. */
  const converse = () =>
    new Promise<void>((resolve) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true, timeout: timeoutMs })
      let sentAt = 0
      let heard = ''
      const send = () => {
        const request = requests[next]
        if (request === undefined) {
          socket.end()
          return
        }
        next += 1
        sentAt = performance.now()
        socket.write(request)
      }
      socket.once('connect', send)
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.toString('latin1')
        const status = statusOf(heard)
        if (status === null) return
        heard = ''
        lastAnswerAt = performance.now()
        latenciesMs.push(lastAnswerAt - sentAt)
        if (status >= 200 && status < 300) acceptedAtMs.push(lastAnswerAt - startedAt)
        send()
      })
      socket.once('timeout', () => socket.destroy())
      // That it has ended tells enough: what has no answer counts as failed.
      socket.on('error', () => {})
      socket.once('close', () => resolve())
    })

  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: options.connections }, converse))
  const tookMs = lastAnswerAt - startedAt
  const cpu = process.cpuUsage(cpuBefore)
  return {
    rate: (acceptedAtMs.length / tookMs) * 1000,
    latenciesMs,
    acceptedAtMs,
    failed: requests.length - acceptedAtMs.length,
    ownCpuPercent: ((cpu.user + cpu.system) / 1000 / tookMs) * 100,
  }
}

/** The status of an answer that is all there; null while some of it is missing. */
function statusOf(heard: string): number | null {
  const end = heard.indexOf('\r\n\r\n')
  if (end === -1) return null
  const head = heard.slice(0, end)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  const isWhole = length === undefined ? heard.endsWith('\r\n0\r\n\r\n') : heard.length - end - 4 >= Number(length)
  return isWhole ? Number(heard.slice(9, 12)) : null
}
