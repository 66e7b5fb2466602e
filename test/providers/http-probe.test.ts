import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ProbeTarget } from '../../src/engine/health-probe.ts'
import { httpProbe } from '../../src/providers/http-probe.ts'

let stop: (() => Promise<void>) | null = null
afterEach(async () => {
  await stop?.()
  stop = null
})

async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}/health`
}

async function probe(answer: (response: ServerResponse) => void, expected: Partial<ProbeTarget> = {}) {
  const url = await serve(answer)
  return httpProbe().probe({ url, statuses: null, body: null, timeoutMs: 2000, ...expected })
}

const latencyMs = expect.any(Number)

describe('httpProbe', () => {
  it.each<[string, number, string, Partial<ProbeTarget>]>([
    ['any status of success', 204, '', {}],
    ['the status that is expected', 503, 'busy', { statuses: [200, 503] }],
    ['a body that holds the text', 200, '{"status":"ok"}', { body: '"ok"' }],
  ])('takes %s for healthy', async (_, status, body, expected) => {
    const result = await probe((response) => response.writeHead(status).end(body), expected)
    expect(result).toEqual({ ok: true, status, latencyMs })
  })

  it.each<[string, number, string, Partial<ProbeTarget>, string]>([
    ['an error', 500, 'secret stack', {}, 'HTTP 500, and 200 to 299 is expected'],
    ['a status that is not expected', 200, '', { statuses: [201, 204] }, 'HTTP 200, and 201 or 204 is expected'],
    ['a redirect', 302, '', {}, 'HTTP 302, and 200 to 299 is expected'],
    ['another body', 200, 'no', { body: 'ok' }, 'HTTP 200, and the body does not hold "ok"'],
  ])('takes %s for unhealthy', async (_, status, body, expected, detail) => {
    const result = await probe(
      (response) => response.writeHead(status, { location: 'https://login.example' }).end(body),
      expected,
    )
    expect(result).toEqual({ ok: false, reason: 'answer', detail, latencyMs })
  })

  it('takes an answer that does not come, or does not end, in time for none', async () => {
    const never = { ok: false, reason: 'no_answer', detail: 'no whole answer within 100 ms', latencyMs }
    expect(await probe(() => {}, { timeoutMs: 100 })).toEqual(never)
    await stop?.()
    expect(await probe((response) => response.writeHead(200).write('o'), { timeoutMs: 100 })).toEqual(never)
  })

  it('reads no more of a body than a health page has', async () => {
    const result = await probe((response) => {
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    expect(result).toEqual({ ok: true, status: 200, latencyMs })
  })

  it('makes a connection of its own each time', async () => {
    const ports = new Set<number | undefined>()
    const url = await serve((response) => {
      ports.add(response.socket?.remotePort)
      response.end('ok')
    })
    const target = { url, statuses: null, body: null, timeoutMs: 2000 }
    for (let time = 0; time < 3; time += 1) await httpProbe().probe(target)
    expect(ports.size).toBe(3)
  })

  it('tells that nobody is there', async () => {
    const url = await serve((response) => response.end())
    await stop?.()
    stop = null
    const result = await httpProbe().probe({ url, statuses: null, body: null, timeoutMs: 2000 })
    expect(result).toEqual({ ok: false, reason: 'no_answer', detail: 'no answer (ECONNREFUSED)', latencyMs })
  })
})
