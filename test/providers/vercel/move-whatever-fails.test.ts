import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Clock, realClock } from '../../../sandbox/github/clock.ts'
import { startSimulatedVercel } from '../../../sandbox/vercel/simulated-vercel.ts'
import { Secret } from '../../../src/config/secret.ts'
import { vercelFrontendHost } from '../../../src/providers/vercel/frontend-host.ts'

const fault = fc.record({
  kind: fc.constantFrom('reset', 'reset_after', 'internal_error', 'bad_gateway', 'malformed', 'rate_limited'),
  match: fc.constantFrom('GET', 'POST', '/v4/aliases', '/domains', ''),
})

it('whatever fails, a rollback that is asked for until it is live ends with every domain there, and live is never said before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 6 }),
      fc.array(fc.integer({ min: 0, max: 50_000 }), { minLength: 20, maxLength: 20 }),
      fc.boolean(),
      fc.boolean(),
      async (faults, passing, isPromoting, failsFirst) => {
        let aheadMs = 0
        const clock: Clock = { ...realClock, now: () => Date.now() + aheadMs }
        const vercel = await startSimulatedVercel({ clock, promotionMs: 60_000 })
        try {
          const { production, project, team, token, url: apiUrl } = vercel
          const host = vercelFrontendHost({ apiUrl, project, team, domain: null, token: new Secret(token) })
          const first = production.deploy({})
          production.deploy({})
          const third = production.deploy({ skipsDomain: true })
          if (isPromoting) await host.promote(third.id)
          if (failsFirst) production.failNextJob()
          for (const one of faults) vercel.failNext(one)
          const everywhere = () =>
            [`${project}.example`, `${project}.vercel.app`].every((name) => production.behind(name) === first.id)
          let isLive = false
          for (const ms of passing) {
            const result = await host.rollBack(first.id)
            isLive = result.ok && result.value.isLive
            if (isLive) break
            aheadMs += ms
          }
          for (let more = 0; !isLive && more < 8; more += 1) {
            aheadMs += 60_000
            const result = await host.rollBack(first.id)
            isLive = result.ok && result.value.isLive
          }
          expect([isLive, everywhere()]).toEqual([true, true])
          const rollbacks = vercel.calls.filter(({ path, status }) => path.includes('/rollback/') && status === 201)
          expect(rollbacks.length).toBeLessThanOrEqual(failsFirst ? 2 : 1)
        } finally {
          await vercel.stop()
        }
      },
    ),
    { numRuns: 60, seed: 4 },
  )
})
