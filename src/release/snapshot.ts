/**
 * What was live before a release: enough to put it back without the workflow that deployed it. It is taken before the
 * release changes anything, because afterwards nobody but the services themselves knows it, and they may forget.
 */
import { z } from 'zod'

const FunctionVersion = z.object({
  slug: z.string(),
  version: z.number(),
  /** Digest of its bundle as the host gives it; null where the host gives none. */
  digest: z.string().nullable(),
  /** What a rollback has to send back, as the host's API wants it; bundles are kept by `bundleKey`. */
  metadata: z.record(z.string(), z.unknown()).readonly(),
})

const FunctionsSnapshot = z.object({
  /** UTC milliseconds. */
  takenAt: z.number(),
  functions: z.array(FunctionVersion.readonly()).readonly(),
})

const FrontendDeployment = z.object({
  id: z.string(),
  /** With `https://`. */
  url: z.string(),
  sha: z.string().nullable(),
  /** UTC milliseconds. */
  createdAt: z.number(),
})

/** Reads a snapshot that was stored. */
export const releaseSnapshotSchema = z.object({
  takenAt: z.number(),
  functions: FunctionsSnapshot.readonly().nullable(),
  frontend: FrontendDeployment.readonly().nullable(),
})

/** One function as it was live at the moment of a snapshot. */
export type FunctionVersion = Readonly<z.infer<typeof FunctionVersion>>
export type FunctionsSnapshot = Readonly<z.infer<typeof FunctionsSnapshot>>
/** A deployment of the frontend, as the host names it. */
export type FrontendDeployment = Readonly<z.infer<typeof FrontendDeployment>>
/** A part is null where the environment has no such host, and the frontend also where nothing was live. */
export type ReleaseSnapshot = Readonly<z.infer<typeof releaseSnapshotSchema>>

/**
 * What a function's bundle is kept by: its digest. Where the host gives none, the function's version has to do, with the
 * project before it, because versions of two projects say nothing about each other.
 *
 * @param project - where the functions live, as the configuration names it
 */
export function bundleKey(project: string, { slug, version, digest }: FunctionVersion): string {
  return digest ?? `${project}/${slug}@${version}`
}

/** How what is live now differs from a snapshot, by slug; sorted. */
export interface FunctionChanges {
  readonly changed: readonly string[]
  /** Since the snapshot; a rollback leaves them. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

export function functionChanges(snapshot: FunctionsSnapshot, live: readonly FunctionVersion[]): FunctionChanges {
  const before = new Map(snapshot.functions.map((one) => [one.slug, one]))
  const now = new Map(live.map((one) => [one.slug, one]))
  const slugs = [...new Set([...before.keys(), ...now.keys()])].sort()
  return {
    changed: slugs.filter((slug) => {
      const [old, present] = [before.get(slug), now.get(slug)]
      return old !== undefined && present !== undefined && !isSameFunction(old, present)
    }),
    added: slugs.filter((slug) => !before.has(slug)),
    removed: slugs.filter((slug) => !now.has(slug)),
  }
}

/** Settings of a function that change what it does, without its code. */
const settings = ['name', 'status', 'verify_jwt', 'import_map', 'entrypoint_path', 'import_map_path'] as const

/**
 * Whether two are the same code with the same settings. A version that only counts on is no difference; where the host
 * gives no digest, it is all there is to tell by.
 */
export function isSameFunction(a: FunctionVersion, b: FunctionVersion): boolean {
  const isSameCode = a.digest === null || b.digest === null ? a.version === b.version : a.digest === b.digest
  return isSameCode && hasSameSettings(a, b)
}

export function hasSameSettings(a: FunctionVersion, b: FunctionVersion): boolean {
  return settings.every((name) => (a.metadata[name] ?? null) === (b.metadata[name] ?? null))
}
