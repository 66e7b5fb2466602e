/**
 * The edge functions of a Supabase project. A restore is one bulk update with the old metadata, which names the old bundles
 * by their digest. Whether Supabase still has those is nowhere promised, so nothing is taken on trust: the bundle that is
 * live afterwards is read and compared with the kept one, and uploaded where it is another.
 */
import type { Bundle, FunctionsHost } from '../../engine/functions-host.ts'
import type { ServiceFailure, ServiceResult } from '../../engine/service-failure.ts'
import { type FunctionVersion, hasSameSettings, isSameFunction } from '../../release/snapshot.ts'
import { toWireBundle, type WireBundle } from './eszip.ts'
import { type ManagementApi, type ManagementApiOptions, managementApi } from './management-api.ts'

/** Bundles are large, and so is the number of functions in some projects. */
const atOnce = 4

export function supabaseFunctionsHost(options: ManagementApiOptions): FunctionsHost {
  const api = managementApi(options)
  return {
    list: api.list,
    async bundle(slug) {
      const body = await api.body(slug)
      if (!body.ok) return body
      // After the bytes: see `Bundle.digest`.
      const version = await api.get(slug)
      if (!version.ok) return version
      return { ok: true, value: { slug, digest: version.value.digest, bytes: body.value } }
    },
    async restore(snapshot, bundles) {
      const live = await api.list()
      if (!live.ok) return live
      const touched = (await eachOf(snapshot.functions, (wanted) => toRestore(wanted, live.value, bundles))).filter(
        (one) => one !== null,
      )
      if (touched.length === 0) return live

      const lost = touched.find(({ wanted, kept }) => wanted.digest === null && kept === null)
      if (lost !== undefined) return rejected(api, `${lost.wanted.slug} has no digest, and its bundle was not kept`)
      const updated = await update(api, touched)
      if (!updated.ok) return updated
      const failures = await eachOf(touched, (one) => ensureBundle(api, one, updated.value))
      const [failure] = failures.filter((one) => one !== null)
      if (failure !== undefined) return { ok: false, failure }
      return await readBack(api, touched)
    },
  }
}

/** A function that somebody has touched since the snapshot, an earlier attempt of a restore among them. */
interface Touched {
  readonly wanted: FunctionVersion
  readonly present: FunctionVersion | null
  readonly kept: { readonly bytes: Uint8Array; readonly wire: WireBundle } | null
}

/** @returns null for a function with which nothing is left to do */
async function toRestore(
  wanted: FunctionVersion,
  live: readonly FunctionVersion[],
  bundles: readonly Bundle[],
): Promise<Touched | null> {
  const present = live.find(({ slug }) => slug === wanted.slug) ?? null
  const isSame = present !== null && isSameFunction(wanted, present)
  if (isSame && present.version === wanted.version) return null
  const bytes = bundles.find(({ slug }) => slug === wanted.slug)?.bytes
  if (bytes === undefined) return isSame ? null : { wanted, present, kept: null }
  const wire = await toWireBundle(bytes)
  // Uploaded by an earlier attempt.
  if (present !== null && present.digest === wire.digest && hasSameSettings(wanted, present)) return null
  return { wanted, present, kept: { bytes, wire } }
}

/** Not where an earlier attempt has done so, and was broken off before it had looked at the bundle. */
function needsUpdate({ wanted, present }: Touched): boolean {
  return wanted.digest !== null && (present === null || !isSameFunction(wanted, present))
}

/** Whether the bulk update was taken; where it was not, the functions have to be uploaded one by one. */
async function update(api: ManagementApi, touched: readonly Touched[]): Promise<ServiceResult<boolean>> {
  const named = touched.filter(needsUpdate)
  if (named.length === 0) return { ok: true, value: true }
  const result = await api.update(
    named.map(({ wanted, present }) => ({
      // `GET` says null of what is not set, and `PUT` wants it left out.
      ...Object.fromEntries(Object.entries(wanted.metadata).filter(([, value]) => value !== null)),
      // With a version that is not higher, what runs stays as it is.
      version: Math.max(wanted.version, present?.version ?? 0) + 1,
    })),
  )
  if (result.ok) return { ok: true, value: true }
  const isRefused = result.failure.type === 'rejected' || result.failure.type === 'not_found'
  return isRefused && named.every(({ kept }) => kept !== null) ? { ok: true, value: false } : result
}

/** Makes sure that the bundle that is live is the kept one. @returns null when it is, or when none was kept */
async function ensureBundle(api: ManagementApi, touched: Touched, isUpdated: boolean): Promise<ServiceFailure | null> {
  const { wanted, kept } = touched
  if (kept === null) return null
  if (wanted.digest !== null && (isUpdated || !needsUpdate(touched))) {
    const body = await api.body(wanted.slug)
    if (body.ok && Buffer.from(body.value).equals(kept.bytes)) return null
    // With no bundle to give out, anything may come back: all that is certain is that the right one is not there. Only
    // where nothing at all can be asked, an upload would fare no better.
    const isClosed = !body.ok && (body.failure.type === 'rate_limited' || body.failure.type === 'unauthorized')
    if (isClosed) return body.failure
  }
  const uploaded = await api.upload(wanted, kept.wire)
  if (uploaded.ok) return null
  if (uploaded.failure.type !== 'not_found') return uploaded.failure
  const created = await api.create(wanted, kept.wire)
  return created.ok ? null : created.failure
}

async function readBack(
  api: ManagementApi,
  touched: readonly Touched[],
): Promise<ServiceResult<readonly FunctionVersion[]>> {
  const live = await api.list()
  if (!live.ok) return live
  const wrong = touched.filter(({ wanted, kept }) => {
    const present = live.value.find(({ slug }) => slug === wanted.slug)
    if (present === undefined || present.digest === null) return true
    return (
      (present.digest !== wanted.digest && present.digest !== kept?.wire.digest) || !hasSameSettings(wanted, present)
    )
  })
  if (wrong.length === 0) return live
  const names = wrong.map(({ wanted }) => wanted.slug).join(', ')
  const detail = api.tell('functions.restore', `not as it was after the restore: ${names}`)
  return { ok: false, failure: { type: 'unavailable', detail, mayHaveHappened: true } }
}

async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(work))))
  }
  return results
}

function rejected(api: ManagementApi, what: string): ServiceResult<never> {
  return { ok: false, failure: { type: 'rejected', detail: api.tell('functions.restore', what) } }
}
