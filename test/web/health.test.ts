import { copyFileSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { addEffect, markDead } from '../../src/store/outbox.ts'
import { temporaryFolder } from '../store/temporary-store.ts'
import { type Running, startRunning } from './running-sluice.ts'

async function readiness(running: Running) {
  const { status, text } = await running.get('/readyz')
  return { code: status, ...JSON.parse(text) }
}

/** Asks until the check of the store, which runs in the background, has said something. */
async function checkedReadiness(running: Running) {
  for (;;) {
    const found = await readiness(running)
    if (found.checks.integrity !== 'not checked yet') return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function giveUp(running: Running, id: string): Promise<void> {
  const { store } = running.sluice
  await store.transaction(async (tx) => {
    await addEffect(tx, { id, lane: id, type: 'none', body: {}, at: Date.now() + 3_600_000 })
    const { seq } = await tx.selectFrom('outbox').select('seq').where('id', '=', id).executeTakeFirstOrThrow()
    await markDead(tx, seq, 'no such thing', Date.now())
  })
}

describe('/healthz', () => {
  it('answers as long as the process does', async () => {
    const { get } = await startRunning({ botToken: 'wrong' })
    expect(await get('/healthz?probe=1')).toEqual({ status: 200, text: expect.stringMatching(/"status":"ok"/) })
  })
})

describe('/readyz', () => {
  it('is ready when the store can be written and Slack takes the token', async () => {
    const running = await startRunning()
    expect(await checkedReadiness(running)).toMatchObject({
      code: 200,
      status: 'ready',
      checks: { store: 'ok', slack: 'ok', integrity: 'ok', dead_letters: 0 },
    })
  })

  it('is not ready with a token that Slack refuses, and says so', async () => {
    const running = await startRunning({ botToken: 'xoxb-wrong' })
    expect(await readiness(running)).toMatchObject({
      code: 503,
      status: 'not_ready',
      checks: { slack: expect.stringMatching(/invalid_auth/) },
    })
  })

  it('is not ready while the store cannot be written, and is again when it can', async () => {
    const running = await startRunning()
    running.raw.exec("CREATE TRIGGER full BEFORE INSERT ON settings BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    expect(await readiness(running)).toMatchObject({ code: 503, checks: { store: expect.stringMatching(/disk full/) } })
    running.raw.exec('DROP TRIGGER full')
    expect(await readiness(running)).toMatchObject({ code: 200 })
  })

  it('is degraded, and still takes traffic, while there are dead letters', async () => {
    const running = await startRunning()
    await giveUp(running, 'a')
    await giveUp(running, 'b')
    expect(await readiness(running)).toMatchObject({ code: 200, status: 'degraded', checks: { dead_letters: 2 } })
  })

  it('is degraded when the store’s file is damaged, and the fallback channel hears of it', async () => {
    const sound = join(temporaryFolder(), 'sluice.db')
    const store = openStore({ file: sound })
    await store.transaction(async (tx) => {
      for (let n = 0; n < 800; n++) {
        const done = { processed_at: n, outcome: 'unchanged' }
        await tx
          .insertInto('inbox')
          .values({ id: `event ${n}`, type: 't', body: 'x'.repeat(400), received_at: n, ...done })
          .execute()
      }
    })
    await store.close()
    const folder = temporaryFolder()
    const file = join(folder, 'sluice.db')
    copyFileSync(sound, file)
    const at = readFileSync(file).indexOf('event 400txxxx')
    expect(at).toBeGreaterThan(0)
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, at - (at % 4096))
    const running = await startRunning({ folder })
    expect(await checkedReadiness(running)).toMatchObject({
      code: 200,
      status: 'degraded',
      checks: { integrity: expect.stringMatching(/\w/) },
    })
    await running.slack.until(() => running.slack.messages('#ops').length > 0, 'the report')
    expect(running.slack.messages('#ops')[0]?.text).toMatch(/damaged/)
    expect(running.log.some(({ msg }) => /damaged/.test(msg))).toBe(true)
  })

  it('a file that is no database keeps Sluice from starting, with a clear word', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'sluice.db'), 'dear diary, '.repeat(1000))
    await expect(startRunning({ folder })).rejects.toThrow(/sluice\.db cannot be opened: file is not a database/)
  })
})

describe('/metrics', () => {
  it('shows what is so at the moment of asking, not what was at the time before', async () => {
    const running = await startRunning()
    const { store } = running.sluice
    await giveUp(running, 'dead')
    await store.transaction((tx) =>
      addEffect(tx, { id: 'a', lane: 'a', type: 'none', body: {}, at: Date.now() + 3_600_000 }),
    )
    running.raw.exec(
      "INSERT INTO inbox (id, type, body, received_at) VALUES ('x', 'no.such', '{}', 1), ('y', 'no.such', '{}', 1)",
    )
    const { status, text } = await running.get('/metrics')
    expect(status).toBe(200)
    expect(text).toContain('sluice_inbox_depth 2\n')
    expect(text).toContain('sluice_outbox_depth 1\n')
    expect(text).toContain('sluice_outbox_dead 1\n')
    expect(text).toContain('sluice_card_staleness_seconds 0\n')
  })

  it('counts calls of services by method and outcome', async () => {
    const running = await startRunning()
    await readiness(running)
    const { text } = await running.get('/metrics')
    expect(text).toMatch(
      /sluice_service_call_duration_seconds_count\{service="slack",method="auth.test",outcome="ok"\} 1/,
    )
  })
})
