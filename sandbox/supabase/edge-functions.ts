/** The edge functions of one project as the platform keeps them: what is live, and the bundles of what was. */
import { createHash } from 'node:crypto'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'

export interface EdgeFunction {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly status: 'ACTIVE' | 'REMOVED' | 'THROTTLED'
  readonly version: number
  readonly created_at: number
  readonly updated_at: number
  readonly verify_jwt: boolean
  readonly import_map: boolean
  readonly entrypoint_path: string
  readonly import_map_path: string | null
  /** Missing for functions that were deployed before there was one. */
  readonly ezbr_sha256?: string
}

/** What an upload says of a function besides its code. */
export type FunctionSettings = Partial<
  Pick<EdgeFunction, 'name' | 'verify_jwt' | 'import_map' | 'entrypoint_path' | 'import_map_path'>
>

export interface EdgeFunctions {
  list(): readonly EdgeFunction[]
  get(slug: string): EdgeFunction | null
  /** The eszip that is live; null when there is none any more. */
  bodyOf(slug: string): Buffer | null
  /** What a workflow does: another version goes live. */
  deploy(slug: string, source: string, settings?: FunctionSettings & { readonly hasDigest?: boolean }): EdgeFunction
  /** @param upload - EZBR and the eszip in Brotli */
  upload(slug: string, upload: Uint8Array, settings: FunctionSettings): EdgeFunction
  /** Puts metadata in the place of what is there. */
  replace(functions: readonly EdgeFunction[]): void
  hasBundle(digest: string): boolean
  remove(slug: string): void
  /** Has no bundle of a function to give any more, though it runs. */
  loseBundle(slug: string): void
  /** Throws away every bundle that is not live. */
  forgetOldBundles(): void
}

/** @param clock - UTC milliseconds */
export function createEdgeFunctions(clock: { now(): number }): EdgeFunctions {
  const functions = new Map<string, EdgeFunction>()
  /** By the digest of the upload. */
  const bundles = new Map<string, Buffer>()
  /** What the runtime serves of each function: it looks for new code only when the version rises. */
  const running = new Map<string, { readonly version: number; readonly digest: string }>()

  const run = (one: EdgeFunction, digest: string) => {
    functions.set(one.slug, one)
    const present = running.get(one.slug)
    if (present === undefined || one.version > present.version) {
      running.set(one.slug, { version: one.version, digest })
    }
  }
  const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

  function upload(slug: string, bytes: Uint8Array, settings: FunctionSettings, hasDigest = true): EdgeFunction {
    const digest = digestOf(bytes)
    bundles.set(digest, brotliDecompressSync(bytes.subarray(4)))
    const before = functions.get(slug)
    const next: EdgeFunction = {
      id: before?.id ?? functionId(slug),
      slug,
      status: 'ACTIVE',
      created_at: before?.created_at ?? clock.now(),
      name: before?.name ?? slug,
      verify_jwt: before?.verify_jwt ?? true,
      import_map: before?.import_map ?? false,
      entrypoint_path: before?.entrypoint_path ?? `file:///src/${slug}/index.ts`,
      import_map_path: before?.import_map_path ?? null,
      ...settings,
      version: (before?.version ?? 0) + 1,
      updated_at: clock.now(),
      ...(hasDigest ? { ezbr_sha256: digest } : {}),
    }
    run(next, digest)
    return next
  }

  return {
    list: () => [...functions.values()],
    get: (slug) => functions.get(slug) ?? null,
    bodyOf: (slug) => bundles.get(running.get(slug)?.digest ?? '') ?? null,
    deploy(slug, source, { hasDigest = true, ...settings } = {}) {
      const eszip = Buffer.concat([Buffer.from('ESZIP2.3'), Buffer.from(source)])
      // Another quality than ours: the same code, packed by somebody else, has another digest.
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 18 }
      const packed = Buffer.concat([Buffer.from('EZBR'), brotliCompressSync(eszip, { params })])
      return upload(slug, packed, settings, hasDigest)
    },
    upload: (slug, bytes, settings) => upload(slug, bytes, settings),
    replace(all) {
      for (const one of all) run({ ...one, updated_at: clock.now() }, one.ezbr_sha256 ?? '')
    },
    hasBundle: (digest) => bundles.has(digest),
    remove(slug) {
      functions.delete(slug)
      running.delete(slug)
    },
    loseBundle(slug) {
      bundles.delete(running.get(slug)?.digest ?? '')
    },
    forgetOldBundles() {
      const live = new Set([...running.values()].map(({ digest }) => digest))
      for (const digest of bundles.keys()) if (!live.has(digest)) bundles.delete(digest)
    },
  }
}

function functionId(slug: string): string {
  const hex = createHash('sha256').update(slug).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
