import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type SimulatedManagement,
  type SimulatedManagementOptions,
  startSimulatedManagement,
} from '../../../sandbox/supabase/simulated-management.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { Bundle, FunctionsHost, FunctionsSnapshot } from '../../../src/engine/functions-host.ts'
import { supabaseFunctionsHost } from '../../../src/providers/supabase/functions-host.ts'
import type { ManagementApiOptions } from '../../../src/providers/supabase/management-api.ts'

const project = 'abcdefghijklmnopqrst'

async function start(
  options: SimulatedManagementOptions = {},
  given: Partial<ManagementApiOptions> = {},
): Promise<{ readonly supabase: SimulatedManagement; readonly host: FunctionsHost }> {
  const supabase = await startSimulatedManagement(options)
  onTestFinished(() => supabase.stop())
  const { apiUrl, token } = supabase
  return { supabase, host: supabaseFunctionsHost({ apiUrl, project, token: new Secret(token), ...given }) }
}

/** What a release records before it begins. */
async function record(host: FunctionsHost): Promise<{
  readonly snapshot: FunctionsSnapshot
  readonly bundles: readonly Bundle[]
}> {
  const listed = await host.list()
  if (!listed.ok) throw new Error(inspect(listed.failure))
  const bundles: Bundle[] = []
  for (const { slug } of listed.value) {
    const bundle = await host.bundle(slug)
    if (!bundle.ok) throw new Error(inspect(bundle.failure))
    bundles.push(bundle.value)
  }
  return { snapshot: { takenAt: 1, functions: listed.value }, bundles }
}

const sourceOf = (supabase: SimulatedManagement, slug: string) =>
  supabase.functions.bodyOf(slug)?.subarray(8).toString() ?? null

const methods = (supabase: SimulatedManagement, from = 0) =>
  supabase.calls.slice(from).map(({ method, path }) => `${method} ${path.replace(/^.*\/functions|\?.*$/g, '')}`)

describe('what is live', () => {
  it('is listed with version, digest and what a rollback sends back', async () => {
    const { supabase, host } = await start()
    supabase.functions.deploy('orders', 'v1')
    const { ezbr_sha256: digest } = supabase.functions.deploy('orders', 'v2', { verify_jwt: false })
    const listed = await host.list()
    expect(listed).toMatchObject({
      ok: true,
      value: [{ slug: 'orders', version: 2, digest, metadata: { ezbr_sha256: digest, verify_jwt: false } }],
    })
    expect(JSON.stringify(listed)).not.toContain('updated_at')
  })

  it('has a digest only where the host gives one', async () => {
    const { supabase, host } = await start()
    supabase.functions.deploy('old', 'v1', { hasDigest: false })
    expect(await host.list()).toMatchObject({ ok: true, value: [{ slug: 'old', digest: null }] })
  })

  it('is read with its code, without the compression of the way', async () => {
    const { supabase, host } = await start()
    const { ezbr_sha256: digest } = supabase.functions.deploy('orders', 'export default 1')
    const read = await host.bundle('orders')
    expect(read).toMatchObject({ ok: true, value: { slug: 'orders', digest } })
    expect(read.ok && Buffer.from(read.value.bytes).toString()).toBe('ESZIP2.3export default 1')
  })

  it('has no bundle of a function that is not there', async () => {
    const { host } = await start()
    expect(await host.bundle('nothing')).toEqual({
      ok: false,
      failure: { type: 'not_found', detail: expect.stringMatching(/function nothing of .* 404 Function not found/) },
    })
  })
})

describe('a restore', () => {
  it('puts all that changed back in one update, and leaves the rest alone', async () => {
    const { supabase, host } = await start()
    for (const slug of ['orders', 'users', 'mail']) supabase.functions.deploy(slug, `${slug} v1`)
    const { snapshot, bundles } = await record(host)
    supabase.functions.deploy('orders', 'orders v2', { verify_jwt: false })
    supabase.functions.deploy('users', 'users v2')
    supabase.functions.deploy('added', 'added v1')
    const before = supabase.calls.length
    const restored = await host.restore(snapshot, bundles)
    expect(restored.ok && restored.value.map(({ slug, version }) => `${slug} ${version}`).sort()).toEqual([
      'added 1',
      'mail 1',
      'orders 3',
      'users 3',
    ])
    expect(['orders', 'users', 'mail', 'added'].map((slug) => sourceOf(supabase, slug))).toEqual([
      'orders v1',
      'users v1',
      'mail v1',
      'added v1',
    ])
    expect(supabase.functions.get('orders')).toMatchObject({ verify_jwt: true })
    // The two bundles are looked at side by side.
    const seen = methods(supabase, before)
    expect(seen.slice(0, 2)).toEqual(['GET ', 'PUT '])
    expect(seen.slice(2, 4).sort()).toEqual(['GET /orders/body', 'GET /users/body'])
    expect(seen.slice(4)).toEqual(['GET '])
  })

  it('does nothing when it is repeated', async () => {
    const { supabase, host } = await start()
    supabase.functions.deploy('orders', 'v1')
    const { snapshot, bundles } = await record(host)
    supabase.functions.deploy('orders', 'v2')
    await host.restore(snapshot, bundles)
    const before = supabase.calls.length
    expect(await host.restore(snapshot, bundles)).toMatchObject({ ok: true, value: [{ slug: 'orders', version: 3 }] })
    expect(methods(supabase, before)).not.toContain('PUT ')
  })

  it('does nothing at all when nothing changed', async () => {
    const { supabase, host } = await start()
    supabase.functions.deploy('orders', 'v1')
    const { snapshot, bundles } = await record(host)
    const before = supabase.calls.length
    expect(await host.restore(snapshot, bundles)).toMatchObject({ ok: true })
    expect(methods(supabase, before)).toEqual(['GET '])
  })

  it('brings back a function that was deleted', async () => {
    const { supabase, host } = await start()
    supabase.functions.deploy('orders', 'v1')
    const { snapshot, bundles } = await record(host)
    supabase.functions.remove('orders')
    expect(await host.restore(snapshot, bundles)).toMatchObject({ ok: true, value: [{ slug: 'orders' }] })
    expect(sourceOf(supabase, 'orders')).toBe('v1')
  })

  it.each([true, false])('uploads the kept code where the host has it no more (refused: %s)', async (refuses) => {
    const { supabase, host } = await start({ refusesUnknownBundles: refuses })
    supabase.functions.deploy('orders', 'orders v1', { verify_jwt: false })
    supabase.functions.deploy('users', 'users v1')
    const { snapshot, bundles } = await record(host)
    supabase.functions.deploy('orders', 'orders v2', { verify_jwt: true })
    supabase.functions.remove('users')
    supabase.functions.forgetOldBundles()
    expect(await host.restore(snapshot, bundles)).toMatchObject({ ok: true })
    expect([sourceOf(supabase, 'orders'), sourceOf(supabase, 'users')]).toEqual(['orders v1', 'users v1'])
    expect(supabase.functions.get('orders')).toMatchObject({ verify_jwt: false })
    const before = supabase.calls.length
    expect(await host.restore(snapshot, bundles)).toMatchObject({ ok: true })
    expect(methods(supabase, before), 'once more').toEqual(['GET '])
  })

  it('finishes what an attempt began that was broken off after the update', async () => {
    const { supabase, host } = await start({ refusesUnknownBundles: false })
    supabase.functions.deploy('orders', 'v1')
    const { snapshot, bundles } = await record(host)
    supabase.functions.deploy('orders', 'v2')
    supabase.functions.forgetOldBundles()
    supabase.failNext({ match: /PUT/, kind: 'reset_after' })
    expect(await host.restore(snapshot, bundles)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: true },
    })
    expect(supabase.functions.get('orders')?.ezbr_sha256, 'the digest alone proves nothing').toBe(
      snapshot.functions[0]?.digest,
    )
    expect(await host.restore(snapshot, bundles)).toMatchObject({ ok: true })
    expect(sourceOf(supabase, 'orders')).toBe('v1')
  })

  it('puts back a function without a digest by its code', async () => {
    const { supabase, host } = await start()
    supabase.functions.deploy('old', 'v1', { hasDigest: false })
    const { snapshot, bundles } = await record(host)
    supabase.functions.deploy('old', 'v2')
    expect(await host.restore(snapshot, [])).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringMatching(/old has no digest, and its bundle was not kept/) },
    })
    expect(await host.restore(snapshot, bundles)).toMatchObject({ ok: true })
    expect(sourceOf(supabase, 'old')).toBe('v1')
  })

  it('says so when the bundle is gone and none was kept', async () => {
    const { supabase, host } = await start()
    supabase.functions.deploy('orders', 'v1')
    const { snapshot } = await record(host)
    supabase.functions.deploy('orders', 'v2')
    supabase.functions.forgetOldBundles()
    expect(await host.restore(snapshot, [])).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringMatching(/No bundle for orders/) },
    })
  })

  it('works from the metadata alone while the host has the bundles', async () => {
    const { supabase, host } = await start()
    supabase.functions.deploy('orders', 'v1')
    const { snapshot } = await record(host)
    supabase.functions.deploy('orders', 'v2')
    expect(await host.restore(snapshot, [])).toMatchObject({ ok: true })
    expect(sourceOf(supabase, 'orders')).toBe('v1')
  })
})

describe('a call that fails', () => {
  it.each([
    ['rate_limited', { type: 'rate_limited', retryAfterMs: 7000 }],
    ['internal_error', { type: 'unavailable', mayHaveHappened: true }],
    ['unavailable', { type: 'unavailable', mayHaveHappened: true }],
    ['bad_gateway', { type: 'unavailable', detail: expect.stringMatching(/502 no message/), mayHaveHappened: true }],
    ['malformed', { type: 'unavailable', detail: expect.stringMatching(/not understood/), mayHaveHappened: true }],
    ['reset', { type: 'unavailable', detail: expect.stringMatching(/no answer/), mayHaveHappened: true }],
    ['hang', { type: 'unavailable', detail: expect.stringMatching(/no answer \(timeout\)/), mayHaveHappened: true }],
  ] as const)('with %s says what that means, and is not repeated', async (kind, failure) => {
    const { supabase, host } = await start({}, { timeoutMs: 300 })
    supabase.failNext({ kind, retryAfterSeconds: 7 })
    expect(await host.list()).toMatchObject({ ok: false, failure })
    expect(supabase.calls).toHaveLength(1)
    expect(await host.list()).toEqual({ ok: true, value: [] })
  })

  it('is one too many in its minute', async () => {
    const { supabase, host } = await start()
    await host.list()
    supabase.exhaustLimit()
    expect(await host.list()).toEqual({ ok: false, failure: { type: 'rate_limited', retryAfterMs: 60_000 } })
  })

  it('cannot have happened when nobody was there', async () => {
    const { supabase, host } = await start()
    await supabase.stop()
    expect(await host.list()).toMatchObject({ ok: false, failure: { type: 'unavailable', mayHaveHappened: false } })
  })

  it('with a token that is none any more never shows it', async () => {
    const { supabase, host } = await start()
    supabase.revokeToken()
    const result = await host.list()
    expect(result).toMatchObject({
      ok: false,
      failure: {
        type: 'unauthorized',
        detail: expect.stringMatching(/401 Unauthorized\. Check SUPABASE_ACCESS_TOKEN/),
      },
    })
    expect(inspect([result, host], { depth: 9 })).not.toContain(supabase.token)
  })

  it('with the token of somebody else’s project is told apart from a wrong one', async () => {
    const { host } = await start({}, { project: 'zzzzzzzzzzzzzzzzzzzz' })
    expect(await host.list()).toMatchObject({
      ok: false,
      failure: { type: 'unauthorized', detail: expect.stringMatching(/403 .*necessary privileges/) },
    })
  })
})

it('counts its calls by how they ended', async () => {
  const seen: string[] = []
  const { supabase, host } = await start(
    {},
    { onCall: (call) => seen.push(`${call.service} ${call.method} ${call.outcome}`) },
  )
  supabase.failNext({ kind: 'unavailable' })
  await host.list()
  await host.list()
  expect(seen).toEqual(['supabase functions.list unavailable', 'supabase functions.list ok'])
})
