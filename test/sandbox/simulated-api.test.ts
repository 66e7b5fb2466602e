import { describe, expect, it, onTestFinished } from 'vitest'
import { startSimulatedManagement } from '../../sandbox/supabase/simulated-management.ts'
import { startSimulatedVercel } from '../../sandbox/vercel/simulated-vercel.ts'

/** A clock that is moved by hand, and that notes how long somebody wanted to wait. */
function handClock() {
  let nowMs = 1_000_000
  const slept: number[] = []
  return {
    now: () => nowMs,
    sleep: async (ms: number) => {
      slept.push(ms)
    },
    slept,
    advance: (ms: number) => {
      nowMs += ms
    },
  }
}

describe('a simulated API', () => {
  it('takes 120 calls a minute, and says when there are more again', async () => {
    const clock = handClock()
    const supabase = await startSimulatedManagement({ clock })
    onTestFinished(() => supabase.stop())
    const ask = () =>
      fetch(`${supabase.apiUrl}/projects/abcdefghijklmnopqrst/functions`, {
        headers: { authorization: `Bearer ${supabase.token}` },
      })
    for (let n = 0; n < 120; n += 1) expect((await ask()).status).toBe(200)
    const refused = await ask()
    expect([refused.status, await refused.json()]).toEqual([429, { message: 'ThrottlerException: Too Many Requests' }])
    expect(refused.headers.get('x-ratelimit-reset')).toBe('60')
    clock.advance(60_000)
    expect((await ask()).status).toBe(200)
  })

  it('takes as long as it is told to', async () => {
    const clock = handClock()
    const vercel = await startSimulatedVercel({ clock, seed: 3 })
    onTestFinished(() => vercel.stop())
    vercel.setLatency([100, 300])
    for (let n = 0; n < 20; n += 1) await fetch(`${vercel.url}/v9/projects/x`)
    expect(clock.slept).toHaveLength(20)
    expect(Math.min(...clock.slept)).toBeGreaterThanOrEqual(100)
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(300)
    expect(new Set(clock.slept).size).toBeGreaterThan(10)
  })

  it('is out until it is not', async () => {
    const vercel = await startSimulatedVercel()
    onTestFinished(() => vercel.stop())
    const headers = { authorization: `Bearer ${vercel.token}` }
    const ask = async () =>
      (await fetch(`${vercel.url}/v9/projects/${vercel.project}?slug=${vercel.team}`, { headers })).status
    vercel.outage(true)
    expect(await ask()).toBe(503)
    vercel.outage(false)
    expect(await ask()).toBe(200)
  })

  it('carries a call out whose answer is lost, and does nothing about one that never arrived', async () => {
    const supabase = await startSimulatedManagement()
    onTestFinished(() => supabase.stop())
    const { functions, apiUrl, token } = supabase
    const one = functions.deploy('orders', 'v1')
    const put = (version: number) =>
      fetch(`${apiUrl}/projects/abcdefghijklmnopqrst/functions`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        // What is null in a list is left out of an update.
        body: JSON.stringify([{ ...one, import_map_path: undefined, version }]),
      })
    supabase.failNext({ kind: 'reset' })
    await expect(put(5)).rejects.toThrow()
    expect(functions.get('orders')?.version).toBe(1)
    supabase.failNext({ kind: 'reset_after' })
    await expect(put(5)).rejects.toThrow()
    expect(functions.get('orders')?.version).toBe(5)
  })

  it('never answers where it is told to hang, before or after it has done what was asked', async () => {
    const supabase = await startSimulatedManagement()
    onTestFinished(() => supabase.stop())
    const { apiUrl, token } = supabase
    for (const kind of ['hang', 'hang_after'] as const) {
      const stopping = new AbortController()
      supabase.failNext({ kind })
      const seen = supabase.calls.length
      const asked = fetch(`${apiUrl}/projects/abcdefghijklmnopqrst/functions`, {
        headers: { authorization: `Bearer ${token}` },
        signal: stopping.signal,
      })
      await supabase.until(() => supabase.calls.length > seen, 'the request')
      stopping.abort()
      await expect(asked).rejects.toThrow()
      expect(supabase.calls.at(-1)?.status).toBeNull()
    }
  })
})
