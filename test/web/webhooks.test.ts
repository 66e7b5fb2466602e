import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { payloadExamples } from '../handlers/github/payload-examples.ts'
import { maxBodyBytes, oldSecret, type Running, sign, startRunning } from './running-sluice.ts'

const push = {
  ref: 'refs/heads/main',
  before: '0'.repeat(40),
  after: 'a'.repeat(40),
  deleted: false,
  forced: false,
  compare: 'https://github.com/acme/shop/compare/a...b',
  pusher: { name: 'mona' },
  repository: { full_name: 'acme/shop', default_branch: 'main' },
  head_commit: {
    id: 'a'.repeat(40),
    message: 'Take the lift',
    timestamp: '2026-01-05T09:00:00Z',
    author: { name: 'Mona', email: 'mona@example.com', username: 'mona' },
  },
}

const inbox = (running: Running) => Number(running.raw.prepare('SELECT count(*) FROM inbox').pluck().get())

/** Sends bytes as they are and gives what comes back until the other side closes. */
function sendBytes(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.setEncoding('latin1')
    const timer = setTimeout(() => socket.end(), 300)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
  })
}

describe('POST /github/webhooks', () => {
  it('takes a delivery that is signed with the newest secret or the one before, and has it on disk when it says so', async () => {
    const running = await startRunning()
    expect(await running.deliver('push', push, { guid: 'one' })).toMatchObject({ status: 202 })
    expect(running.raw.prepare("SELECT id FROM inbox WHERE id = 'github:one'").all()).toHaveLength(1)
    expect(await running.deliver('push', push, { secret: oldSecret })).toMatchObject({ status: 202 })
    expect(inbox(running)).toBeGreaterThanOrEqual(2)
  })

  it.each([
    ['another secret', { secret: 'wrong' }],
    ['no signature', { headers: { 'x-hub-signature-256': undefined } }],
    [
      'only the old kind of signature',
      { headers: { 'x-hub-signature-256': undefined, 'x-hub-signature': 'sha1=abc' } },
    ],
    ['a signature that is none', { headers: { 'x-hub-signature-256': 'sha256=zzz' } }],
    ['a signature of other bytes', { headers: { 'x-hub-signature-256': sign('{}') } }],
    [
      'a signature of what its bytes would be if they were text',
      { body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), headers: { 'x-hub-signature-256': sign('{\ufffd\ufffd}') } },
    ],
  ])('refuses one with %s: 401', async (_name, given) => {
    const running = await startRunning()
    expect(await running.deliver('push', push, given)).toMatchObject({ status: 401 })
    expect(inbox(running)).toBe(0)
  })

  it.each([
    ['no event', { headers: { 'x-github-event': undefined } }, /X-GitHub-Event/],
    ['no delivery id', { headers: { 'x-github-delivery': undefined } }, /X-GitHub-Delivery/],
    ['a delivery id that is none', { headers: { 'x-github-delivery': 'a b/../c' } }, /X-GitHub-Delivery/],
    ['a body that is no JSON', { body: 'payload=%7B%7D' }, /application\/json/],
    ['a body that is not what GitHub sends', { body: '{"repository":{"full_name":7}}' }, /full_name/],
    ['JSON that is no object', { body: '[]' }, /./],
  ])('refuses a signed one with %s: 400, and says why', async (_name, given, why) => {
    const running = await startRunning()
    expect(await running.deliver('push', push, given)).toEqual({ status: 400, text: expect.stringMatching(why) })
    expect(inbox(running)).toBe(0)
  })

  it.each([
    ['just over the limit', maxBodyBytes + 1, false],
    ['far over the limit', 20 * maxBodyBytes, false],
    ['just over the limit without saying so beforehand', maxBodyBytes + 1, true],
    ['over the limit by half without saying so beforehand', 1.5 * maxBodyBytes, true],
  ])('refuses a body that is %s: 413, and the sender gets to read it', async (_name, size, isChunked) => {
    const running = await startRunning()
    for (let attempt = 0; attempt < 5; attempt++) {
      const answer = await running.deliver('push', null, { body: 'x'.repeat(size), isChunked })
      expect(answer).toEqual({ status: 413, text: expect.stringMatching(/200000 bytes/) })
    }
  })

  it('takes a body of exactly the limit', async () => {
    const running = await startRunning()
    const text = JSON.stringify(push)
    expect(await running.deliver('push', null, { body: text + ' '.repeat(maxBodyBytes - text.length) })).toMatchObject({
      status: 202,
    })
  })

  it('takes note of an unknown repository and of an event that it has no use for: 202, nothing kept, counted', async () => {
    const running = await startRunning()
    const elsewhere = { ...push, repository: { ...push.repository, full_name: 'acme/other' } }
    expect(await running.deliver('push', elsewhere)).toMatchObject({
      status: 202,
      text: expect.stringMatching(/ignored/),
    })
    expect(await running.deliver('star', { action: 'created', repository: push.repository })).toMatchObject({
      status: 202,
    })
    expect(await running.deliver('an_event_of_next_year', {})).toMatchObject({ status: 202 })
    expect(inbox(running)).toBe(0)
    const { text } = await running.get('/metrics')
    expect(text).toContain('sluice_webhooks_total{event="push",outcome="ignored"} 1')
    expect(text).toContain('sluice_webhooks_total{event="other",outcome="ignored"} 2')
  })

  it('counts a delivery once, however often it comes and even all at once', async () => {
    const running = await startRunning()
    const answers = await Promise.all([1, 2, 3, 4].map(() => running.deliver('push', push, { guid: 'same' })))
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202])
    expect(answers.filter(({ text }) => /accepted/.test(text))).toHaveLength(1)
    expect(running.raw.prepare("SELECT count(*) FROM inbox WHERE id = 'github:same'").pluck().get()).toBe(1)
  })

  it('answers 405 to other methods and 404 to other paths', async () => {
    const { get } = await startRunning()
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect(await get('/github/webhooks', method)).toMatchObject({ status: 405 })
    }
    expect(await get('/')).toMatchObject({ status: 404 })
    expect(await get('/github/webhooks/more', 'POST')).toMatchObject({ status: 404 })
  })

  it('asks the sender to come again when the store cannot be written, and takes it then', async () => {
    const running = await startRunning()
    running.raw.exec("CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    expect(await running.deliver('push', push, { guid: 'one' })).toMatchObject({ status: 503 })
    running.raw.exec('DROP TRIGGER full')
    expect(await running.deliver('push', push, { guid: 'one' })).toMatchObject({ status: 202, text: 'accepted\n' })
  })

  it('takes every payload that GitHub documents, of github.com and of each GitHub Enterprise Server', {
    timeout: 60_000,
  }, async () => {
    const repositories = payloadExamples.flatMap(({ payload }) => {
      const { repository } = payload as { readonly repository?: { readonly full_name?: string } }
      return repository?.full_name === undefined ? [] : [repository.full_name]
    })
    const running = await startRunning({ repositories: [...new Set(repositories)] })
    const waiting = [...payloadExamples]
    const refused: unknown[] = []
    const work = async (): Promise<void> => {
      for (let example = waiting.pop(); example !== undefined; example = waiting.pop()) {
        const { host, event, index, payload } = example
        const answer = await running.deliver(event, payload)
        if (answer.status !== 202) refused.push({ host, event, index, ...answer })
      }
    }
    await Promise.all(Array.from({ length: 8 }, work))
    await running.sluice.engine.idle()
    expect(payloadExamples.length).toBeGreaterThan(700)
    expect(refused).toEqual([])
    expect(running.raw.prepare("SELECT count(*) FROM inbox WHERE outcome = 'failed'").pluck().get()).toBe(0)
    expect(running.raw.prepare('SELECT count(*) FROM pipelines').pluck().get()).toBeGreaterThan(0)
  })
})

describe('whatever a stranger sends', () => {
  const headerText = fc.string({ unit: fc.constantFrom(...'abc019-_ /%<>"\'=;:,.\t~é'), maxLength: 40 })
  const hostile = fc.record({
    event: fc.oneof(fc.constantFrom('push', 'status', 'workflow_job', 'ping', '__proto__', 'constructor'), headerText),
    guid: fc.oneof(fc.constant('0f'), headerText),
    signature: fc.oneof(fc.constant(null), fc.constant('sha256='), headerText),
    body: fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        '',
        'null',
        '0',
        '[',
        '{"__proto__":{"x":1}}',
        '{"repository":null}',
        '{"repository":{"full_name":"acme/shop"}}',
        '['.repeat(50_000),
      ),
      fc
        .tuple(fc.constantFrom(...Object.keys(push)), fc.jsonValue())
        .map(([key, value]) => JSON.stringify({ ...push, [key]: value })),
    ),
    isSigned: fc.boolean(),
    isChunked: fc.boolean(),
  })

  it('is never answered with a 5xx, signed or not', async () => {
    const running = await startRunning()
    await fc.assert(
      fc.asyncProperty(hostile, async ({ event, guid, signature, body, isSigned, isChunked }) => {
        const headers = {
          'x-github-event': Buffer.from(event).toString('latin1').trim(),
          'x-github-delivery': Buffer.from(guid).toString('latin1').trim(),
          ...(isSigned
            ? {}
            : { 'x-hub-signature-256': signature === null ? undefined : Buffer.from(signature).toString('latin1') }),
        }
        const answer = await running.deliver('push', null, { body, isChunked, headers })
        expect([200, 202, 400, 401, 413]).toContain(answer.status)
      }),
      { numRuns: 250 },
    )
    await running.sluice.engine.idle()
    expect(running.raw.prepare("SELECT body FROM inbox WHERE outcome = 'failed'").all()).toEqual([])
  })

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['a length that is none', 'POST /github/webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n'],
    ['two lengths', 'POST /github/webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a negative length', 'POST /github/webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    ['a chunk that is none', 'POST /github/webhooks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['an address that is none', 'GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['two slashes', 'POST // HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
    [
      'a percent sign to Slack’s door',
      'POST /slack/events?%E0%A4%A HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}',
    ],
    ['a host that is none to Slack’s door', 'POST /slack/events HTTP/1.1\r\nHost: ][\r\nContent-Length: 2\r\n\r\n{}'],
    ['a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an upgrade', 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`],
    ['half a body', 'POST /github/webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'],
  ])('(%s) leaves Sluice standing and is no 5xx', async (_name, bytes) => {
    const running = await startRunning()
    const answer = await sendBytes(running.url, bytes)
    expect(answer).not.toMatch(/^HTTP\/1\.1 5/)
    expect(await running.get('/healthz')).toMatchObject({ status: 200 })
  })

  it('is a delivery id’s own: one that another sender uses too is a duplicate, not an error', async () => {
    const running = await startRunning()
    const guid = randomUUID()
    await running.deliver('push', push, { guid })
    expect(await running.deliver('push', { ...push, after: 'b'.repeat(40) }, { guid })).toMatchObject({
      status: 202,
      text: 'known already\n',
    })
  })
})
