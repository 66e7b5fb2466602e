import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { devId, greenCommit, plainGate } from '../gate/gate-world.ts'
import { rolling } from './rolling.ts'

/** In real time: the machine may have other things to do. */
const timeout = 60_000

/** Something with a page for each pool, that tells which were asked for. */
async function pages() {
  const asked = new Set<string>()
  const ill = new Set<string>()
  const server = createServer(({ url = '' }, response) => {
    asked.add(url)
    response.writeHead(ill.has(url) ? 503 : 200).end('ok\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { asked, ill, address: `http://127.0.0.1:${port}` }
}

describe('addresses with $pool', { timeout }, () => {
  it('lead to the other pool in the release after the one that was completed', async () => {
    const { asked, ill, address } = await pages()
    const world = await rolling({
      gate: {
        ...plainGate,
        health: { canary: `${address}/canary/$pool`, baseline: `${address}/baseline/$pool`, interval: '4s' },
        steps: [{ percent: 10, window: '1h', before: { http: `${address}/smoke/$pool` } }, { percent: 100 }],
      },
    })
    await world.release()
    await world.reachesPhase('observing')
    await expect
      .poll(() => [...asked].toSorted(), { timeout: 20_000 })
      .toEqual(['/baseline/blue', '/canary/green', '/smoke/green'])
    await world.act(devId, { type: 'promote' })
    await world.reachesPhase('completed')
    await world.settled()

    asked.clear()
    // The old version has its page now where the new one had it before.
    ill.add('/smoke/green').add('/canary/green')
    const next = await greenCommit(world, { message: 'Second', files: { 'src/second.ts': 'export {}\n' } })
    await world.release(next)
    await world.reachesPhase('observing', next)
    await expect
      .poll(() => [...asked].toSorted(), { timeout: 20_000 })
      .toEqual(['/baseline/green', '/canary/blue', '/smoke/blue'])
    expect(world.share()).toEqual({ blue: 10, green: 90 })
    const { id } = (await world.releases()).find(({ sha }) => sha === next) ?? { id: '' }
    const passed = await world
      .sluice()
      .store.db.selectFrom('audit')
      .select('reason_text as text')
      .where('object', '=', `release:${id}`)
      .where('action', '=', 'check_passed')
      .execute()
    expect(passed.map(({ text }) => text)).toEqual([`${address}/smoke/blue: passed`])

    ill.add('/canary/blue')
    const { rollback } = await world.reachesPhase('rolled_back', next)
    expect(rollback?.reason).toBe('canary_unhealthy')
    expect(world.share()).toEqual({ blue: 0, green: 100 })
  })
})
