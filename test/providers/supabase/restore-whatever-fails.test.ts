import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type SimulatedManagement, startSimulatedManagement } from '../../../sandbox/supabase/simulated-management.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { Bundle, FunctionsHost } from '../../../src/engine/functions-host.ts'
import { supabaseFunctionsHost } from '../../../src/providers/supabase/functions-host.ts'

const project = 'abcdefghijklmnopqrst'
const slugs = ['orders', 'users', 'mail', 'hook'] as const

const act = fc.oneof(
  fc.record({ type: fc.constant('deploy' as const), slug: fc.constantFrom(...slugs), open: fc.boolean() }),
  fc.record({ type: fc.constant('remove' as const), slug: fc.constantFrom(...slugs) }),
  fc.record({ type: fc.constant('forget' as const) }),
)
const fault = fc.record({
  kind: fc.constantFrom('reset', 'reset_after', 'internal_error', 'bad_gateway', 'malformed', 'rate_limited'),
  match: fc.constantFrom('GET', 'PUT', 'PATCH', 'POST', '/body', ''),
})

function doAct({ functions }: SimulatedManagement, what: typeof act extends fc.Arbitrary<infer T> ? T : never): void {
  if (what.type === 'deploy') functions.deploy(what.slug, `${what.slug} new`, { verify_jwt: !what.open })
  else if (what.type === 'remove') functions.remove(what.slug)
  else functions.forgetOldBundles()
}

async function record(host: FunctionsHost) {
  const listed = await host.list()
  if (!listed.ok) throw new Error(inspect(listed.failure))
  const bundles: Bundle[] = []
  for (const { slug } of listed.value) {
    const bundle = await host.bundle(slug)
    if (bundle.ok) bundles.push(bundle.value)
  }
  return { snapshot: { takenAt: 1, functions: listed.value }, bundles }
}

it('whatever was deployed since and whatever fails, a restore that is repeated until it succeeds puts back the old code', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 6 }),
      fc.array(fault, { maxLength: 6 }),
      fc.boolean(),
      async (acts, faults, refusesUnknownBundles) => {
        const supabase = await startSimulatedManagement({ refusesUnknownBundles })
        try {
          const { apiUrl, token } = supabase
          const host = supabaseFunctionsHost({ apiUrl, project, token: new Secret(token) })
          for (const slug of slugs) supabase.functions.deploy(slug, `${slug} old`)
          const { snapshot, bundles } = await record(host)
          for (const what of acts) doAct(supabase, what)
          for (const one of faults) supabase.failNext(one)
          let attempts = 0
          for (; attempts < 12; attempts += 1) {
            const result = await host.restore(snapshot, bundles)
            if (result.ok) break
            expect(['unavailable', 'rate_limited']).toContain(result.failure.type)
          }
          expect(attempts).toBeLessThanOrEqual(faults.length)
          for (const slug of slugs) {
            expect(supabase.functions.bodyOf(slug)?.toString()).toBe(`ESZIP2.3${slug} old`)
            expect(supabase.functions.get(slug)).toMatchObject({ verify_jwt: true, status: 'ACTIVE' })
          }
        } finally {
          await supabase.stop()
        }
      },
    ),
    { numRuns: 60, seed: 4 },
  )
})
