import { expect, test } from 'vitest'
import { valueIn, withCloudflare } from './with-cloudflare.ts'

function handClock() {
  let time = Date.UTC(2026, 5, 1)
  return {
    now: () => time,
    sleep: async () => {},
    advance(ms: number) {
      time += ms
    },
  }
}

test('nobody has changed what was never changed', async () => {
  const { router } = await withCloudflare()
  expect(valueIn(await router.lastChange())).toBeNull()
})

test('a change in the dashboard is its author’s, and one by a token the token’s', async () => {
  const clock = handClock()
  const { cloudflare, router } = await withCloudflare({ clock })
  valueIn(await router.apply({ percents: { blue: 90, green: 10 }, disabled: [] }))
  expect(valueIn(await router.lastChange())).toEqual({ by: 'sluice@omnihub.dev (token sluice)', at: clock.now() })
  clock.advance(60_000)
  cloudflare.dashboard('mona@omnihub.dev').setPercents({ blue: 50, green: 50 })
  expect(valueIn(await router.lastChange())).toEqual({ by: 'mona@omnihub.dev', at: clock.now() })
})

test('a change of one of the pools counts, and one of another pool does not', async () => {
  const clock = handClock()
  const { cloudflare, router } = await withCloudflare({ clock, pools: ['blue', 'green', 'red'] })
  cloudflare.dashboard('mona@omnihub.dev').editPool('green', { enabled: false })
  const at = clock.now()
  clock.advance(60_000)
  cloudflare.dashboard('hubot@omnihub.dev').editPool('red', { enabled: false })
  expect(valueIn(await router.lastChange())).toEqual({ by: 'mona@omnihub.dev', at })
})

test('a token that may not read the audit log does not tell, and that is no failure', async () => {
  const { cloudflare, router } = await withCloudflare()
  cloudflare.faults.failNext({ match: '/audit_logs', kind: 'forbidden' })
  expect(await router.lastChange()).toEqual({ ok: true, value: null })
})
