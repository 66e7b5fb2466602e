/** Reads from the services what is live, so that it can be put back without them remembering it. */
import { bundleKey, type FunctionVersion, type ReleaseSnapshot } from '../release/snapshot.ts'
import type { Db } from '../store/open-store.ts'
import { keptBundles } from '../store/snapshots.ts'
import type { EnvironmentServices } from './environment-services.ts'
import type { FrontendHost } from './frontend-host.ts'
import type { FunctionsHost } from './functions-host.ts'
import type { ServiceResult } from './service-failure.ts'

export interface TakenSnapshot {
  readonly snapshot: ReleaseSnapshot
  /** Slug to key of each bundle that is kept, or is in `fetched`. A host may have none to give for a function. */
  readonly bundles: ReadonlyMap<string, string>
  /** Those that were not kept yet. */
  readonly fetched: readonly { readonly key: string; readonly bytes: Uint8Array }[]
}

/** Services count calls by the minute, and bundles are large. */
const atOnce = 4

/**
 * @param options.functions - and `frontend`: null where the environment has none
 * @param options.project - where the functions live, as the configuration names it
 * @param options.areKept - which of these bundles are in the store already: most of them, as a rule
 * @param options.now - UTC milliseconds
 * @returns a failure when a part could not be read, or when something was deployed meanwhile: take it again
 */
export async function takeSnapshot(options: {
  readonly functions: FunctionsHost | null
  readonly project: string
  readonly frontend: FrontendHost | null
  readonly areKept: (keys: readonly string[]) => Promise<ReadonlySet<string>>
  readonly now: number
}): Promise<ServiceResult<TakenSnapshot>> {
  const { functions: host, project, frontend, areKept, now } = options
  const [live, listed] = await Promise.all([frontend?.live(), host?.list()])
  if (live?.ok === false) return live
  if (listed?.ok === false) return listed
  const versions = listed?.value ?? []
  const kept = await areKept([...new Set(versions.map((version) => bundleKey(project, version)))])

  const bundles = new Map<string, string>()
  const fetched = new Map<string, Uint8Array>()
  const missing: FunctionVersion[] = []
  for (const version of versions) {
    const key = bundleKey(project, version)
    if (kept.has(key)) bundles.set(version.slug, key)
    else missing.push(version)
  }
  for (let start = 0; start < missing.length && host !== null; start += atOnce) {
    const some = missing.slice(start, start + atOnce)
    const read = await Promise.all(some.map(async (version) => ({ version, result: await readBundle(host, version) })))
    for (const { version, result } of read) {
      if (!result.ok) return result
      if (result.value === null) continue
      const key = bundleKey(project, version)
      bundles.set(version.slug, key)
      fetched.set(key, result.value)
    }
  }
  const snapshot: ReleaseSnapshot = {
    takenAt: now,
    functions: listed === undefined ? null : { takenAt: now, functions: versions },
    frontend: live?.value ?? null,
  }
  const packed = [...fetched].map(([key, bytes]) => ({ key, bytes }))
  return { ok: true, value: { snapshot, bundles, fetched: packed } }
}

/** Takes it of all that an environment has; bundles that are in the store already are not read again. */
export async function takeSnapshotOf(
  { functions, frontend }: Pick<EnvironmentServices, 'functions' | 'frontend'>,
  db: Db,
  now: number,
): Promise<ServiceResult<TakenSnapshot>> {
  return await takeSnapshot({
    functions: functions?.host ?? null,
    project: functions?.project ?? '',
    frontend,
    areKept: (keys) => keptBundles(db, keys),
    now,
  })
}

/** @returns null when the host has no bundle to give: the rest of the snapshot is worth having all the same */
async function readBundle(host: FunctionsHost, version: FunctionVersion): Promise<ServiceResult<Uint8Array | null>> {
  const read = await host.bundle(version.slug)
  if (!read.ok) {
    const { type } = read.failure
    return type === 'not_found' || type === 'rejected' ? { ok: true, value: null } : read
  }
  if (read.value.digest === version.digest) return { ok: true, value: read.value.bytes }
  const detail = `The function ${version.slug} was deployed while it was read.`
  return { ok: false, failure: { type: 'unavailable', detail, mayHaveHappened: false } }
}
