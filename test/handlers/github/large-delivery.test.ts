import { createHmac } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createIntakeWriter } from '../../../src/store/intake-writer.ts'
import { temporaryStore } from '../../store/temporary-store.ts'

const secret = 'a secret that GitHub knows too'
const maxBodyBytes = 26_214_400

/** As large as Sluice takes them, and made of so many small things that it is many times as large once it is read. */
function largest(): Buffer {
  const fork = '{"a":[],"b":{}},'
  const frame = '{"action":"x","repository":{"full_name":"omnihub/app"},"forks":[0]}'
  const forks = fork.repeat(Math.floor((maxBodyBytes - frame.length) / fork.length))
  return Buffer.from(frame.replace('[0]', `[${forks}0]`))
}

describe('the thread that takes deliveries', () => {
  it('reads one of the largest size, and the next one after it', async () => {
    const { store } = temporaryStore()
    const module = new URL('../../../handlers/github/read-delivery.ts', import.meta.url)
    const writer = createIntakeWriter(store, { module, settings: { repositories: ['omnihub/app'], secrets: [secret] } })
    onTestFinished(() => writer.stop())
    const signed = (id: string, payload: Buffer) => {
      const signature = `sha256=${createHmac('sha256', secret).update(payload).digest('hex')}`
      return { id, event: 'ping', signature, payload, at: 1000 }
    }
    const ignored = { type: 'ignored', why: 'nothing in it concerns a pipeline', isOdd: false }
    expect(await writer.write([signed('github:1', largest())])).toEqual([ignored])
    expect(await writer.write([signed('github:2', Buffer.from('{"zen":"Design for failure."}'))])).toEqual([ignored])
  }, 30_000)
})
