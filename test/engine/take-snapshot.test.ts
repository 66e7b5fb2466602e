import { inspect } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { startSimulatedManagement } from '../../sandbox/supabase/simulated-management.ts'
import { startSimulatedVercel } from '../../sandbox/vercel/simulated-vercel.ts'
import { Secret } from '../../src/config/secret.ts'
import { type TakenSnapshot, takeSnapshot } from '../../src/engine/take-snapshot.ts'
import { supabaseFunctionsHost } from '../../src/providers/supabase/functions-host.ts'
import { vercelFrontendHost } from '../../src/providers/vercel/frontend-host.ts'
import { keptBundles, packBundle, saveSnapshot } from '../../src/store/snapshots.ts'
import { temporaryStore } from '../store/temporary-store.ts'

const project = 'abcdefghijklmnopqrst'

async function start() {
  const [supabase, vercel] = [await startSimulatedManagement(), await startSimulatedVercel()]
  onTestFinished(async () => {
    await Promise.all([supabase.stop(), vercel.stop()])
  })
  const { store } = temporaryStore()
  const options = {
    functions: supabaseFunctionsHost({ apiUrl: supabase.apiUrl, project, token: new Secret(supabase.token) }),
    project,
    frontend: vercelFrontendHost({
      apiUrl: vercel.url,
      project: vercel.project,
      team: vercel.team,
      domain: null,
      token: new Secret(vercel.token),
    }),
    areKept: (keys: readonly string[]) => keptBundles(store.db, keys),
    now: 1000,
  }
  const keep = (releaseId: string, { snapshot, bundles, fetched }: TakenSnapshot) =>
    store.transaction((tx) =>
      saveSnapshot(tx, {
        releaseId,
        repository: 'r',
        environment: 'production',
        snapshot,
        bundles,
        packed: fetched.map(({ key, bytes }) => packBundle(key, bytes)),
      }),
    )
  const take = async (more: Partial<typeof options> = {}) => {
    const taken = await takeSnapshot({ ...options, ...more })
    if (!taken.ok) throw new Error(inspect(taken.failure))
    return taken.value
  }
  return { supabase, vercel, options, keep, take }
}

it('a snapshot has what is live, and the code of it', async () => {
  const { supabase, vercel, take } = await start()
  const { ezbr_sha256: digest } = supabase.functions.deploy('orders', 'v1')
  const { id } = vercel.production.deploy({ sha: 'a'.repeat(40) })
  const { snapshot, bundles, fetched } = await take()
  expect(snapshot).toMatchObject({
    takenAt: 1000,
    functions: { takenAt: 1000, functions: [{ slug: 'orders', version: 1, digest }] },
    frontend: { id },
  })
  expect([...bundles]).toEqual([['orders', digest]])
  expect(fetched.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['ESZIP2.3v1'])
})

it('code that is kept already is not fetched again', async () => {
  const { supabase, take, keep } = await start()
  for (const slug of ['a', 'b', 'c', 'd', 'e', 'f']) supabase.functions.deploy(slug, `${slug} v1`)
  await keep('r1', await take())
  supabase.functions.deploy('e', 'e v2')
  const { bundles, fetched } = await take()
  expect([...bundles.keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(fetched.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['ESZIP2.3e v2'])
})

it('code that the host cannot give leaves the rest of the snapshot', async () => {
  const { supabase, take } = await start()
  supabase.functions.deploy('orders', 'v1')
  supabase.functions.deploy('users', 'users v1')
  supabase.functions.loseBundle('users')
  const { snapshot, bundles } = await take()
  expect(snapshot.functions?.functions.map(({ slug }) => slug)).toEqual(['orders', 'users'])
  expect([...bundles.keys()]).toEqual(['orders'])
})

it('code that cannot be read just now makes it fail, to be taken again', async () => {
  const { supabase, take } = await start()
  supabase.functions.deploy('users', 'v1')
  supabase.failNext({ match: /GET .*\/users\/body/, kind: 'internal_error' })
  await expect(take()).rejects.toThrow(/unavailable/)
  expect([...(await take()).bundles.keys()]).toEqual(['users'])
})

it('code without a digest is kept by the version of its function', async () => {
  const { supabase, take } = await start()
  supabase.functions.deploy('old', 'v1', { hasDigest: false })
  expect([...(await take()).bundles]).toEqual([['old', `${project}/old@1`]])
})

it('a deployment that comes between makes it worthless', async () => {
  const { supabase, options } = await start()
  supabase.functions.deploy('orders', 'v1')
  const { functions } = options
  const between = {
    ...functions,
    list: async () => {
      const listed = await functions.list()
      supabase.functions.deploy('orders', 'v2')
      return listed
    },
  }
  expect(await takeSnapshot({ ...options, functions: between })).toMatchObject({
    ok: false,
    failure: { type: 'unavailable', detail: 'The function orders was deployed while it was read.' },
  })
})

it('an environment without functions or without a frontend has a snapshot of what there is', async () => {
  const { options } = await start()
  const taken = await takeSnapshot({ ...options, functions: null, frontend: null })
  expect(taken).toMatchObject({ ok: true, value: { snapshot: { takenAt: 1000, functions: null, frontend: null } } })
})
