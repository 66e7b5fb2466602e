/**
 * The functions' part of Supabase's Management API (https://api.supabase.com/api/v1), as the Supabase CLI uses it
 * (pkg/function/batch.go, internal/functions/download in supabase/cli). 120 calls a minute, then 429.
 */
import { z } from 'zod'
import type { Secret } from '../../config/secret.ts'
import type { ServiceResult } from '../../engine/service-failure.ts'
import type { FunctionVersion } from '../../release/snapshot.ts'
import { type ServiceCall, serviceCaller } from '../service-caller.ts'
import type { WireBundle } from './eszip.ts'

export interface ManagementApiOptions {
  /** `https://api.supabase.com/v1`. */
  readonly apiUrl: string
  /** The project's ref: twenty small letters. */
  readonly project: string
  /** A personal or organization access token. */
  readonly token: Secret
  /** Longest time for a call, milliseconds; those with a bundle have a time of their own. */
  readonly timeoutMs?: number
  readonly bundleTimeoutMs?: number
  readonly onCall?: (call: ServiceCall) => void
}

export interface ManagementApi {
  list(): Promise<ServiceResult<readonly FunctionVersion[]>>
  get(slug: string): Promise<ServiceResult<FunctionVersion>>
  /** The bundle that is live, as an eszip without compression. */
  body(slug: string): Promise<ServiceResult<Uint8Array>>
  /** Sets the metadata of several functions at once, and leaves the others alone. */
  update(functions: readonly Readonly<Record<string, unknown>>[]): Promise<ServiceResult<void>>
  /** Uploads a bundle as a function's next version. `not_found` when there is no such function. */
  upload(wanted: FunctionVersion, bundle: WireBundle): Promise<ServiceResult<FunctionVersion>>
  create(wanted: FunctionVersion, bundle: WireBundle): Promise<ServiceResult<FunctionVersion>>
  /** A message in the words of the API's own failures. */
  tell(call: string, what: string): string
}

/** What `PUT …/functions` takes, and nothing else of what `GET` gives. */
const Metadata = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.string(),
  version: z.int(),
  created_at: z.number().optional(),
  verify_jwt: z.boolean().optional(),
  import_map: z.boolean().optional(),
  entrypoint_path: z.string().optional(),
  import_map_path: z.string().nullish(),
  ezbr_sha256: z.string().optional(),
})

const Message = z.object({ message: z.union([z.string(), z.array(z.string()).transform((all) => all.join('; '))]) })

export function managementApi(options: ManagementApiOptions): ManagementApi {
  const { project, timeoutMs = 5_000, bundleTimeoutMs = 30_000, onCall } = options
  const caller = serviceCaller({
    title: 'Supabase',
    apiUrl: options.apiUrl,
    token: options.token,
    variable: 'SUPABASE_ACCESS_TOKEN',
    timeoutMs,
    messageOf: (body) => Message.safeParse(body).data?.message ?? null,
    onCall,
  })
  const path = `/projects/${encodeURIComponent(project)}/functions`
  const ofProject = `project ${project}`
  const of = (slug: string) => ({
    object: `function ${slug} of ${ofProject}`,
    path: `${path}/${encodeURIComponent(slug)}`,
  })
  const One = Metadata.transform(toVersion)
  const queryOf = ({ metadata }: FunctionVersion, { digest }: WireBundle) => ({
    verify_jwt: textOf(metadata.verify_jwt),
    import_map: textOf(metadata.import_map),
    entrypoint_path: textOf(metadata.entrypoint_path),
    import_map_path: textOf(metadata.import_map_path),
    ezbr_sha256: digest,
  })

  return {
    list: () =>
      caller.json(
        { name: 'functions.list', object: ofProject, method: 'GET', path },
        // What was removed stays in the list for a while.
        z.array(One).transform((all) => all.filter(({ metadata }) => metadata.status !== 'REMOVED')),
      ),
    get: (slug) => caller.json({ name: 'functions.get', method: 'GET', ...of(slug) }, One),
    body(slug) {
      const { object, path: base } = of(slug)
      const name = 'functions.body'
      return caller.bytes({ name, object, method: 'GET', path: `${base}/body`, timeoutMs: bundleTimeoutMs })
    },
    update: (functions) =>
      caller.json(
        { name: 'functions.update', object: ofProject, method: 'PUT', path, json: functions },
        z.unknown().transform(() => undefined),
      ),
    upload: (wanted, bundle) =>
      caller.json(
        {
          name: 'functions.upload',
          method: 'PATCH',
          ...of(wanted.slug),
          query: queryOf(wanted, bundle),
          body: { type: 'application/vnd.denoland.eszip', bytes: bundle.bytes },
          timeoutMs: bundleTimeoutMs,
        },
        One,
      ),
    create: (wanted, bundle) =>
      caller.json(
        {
          name: 'functions.create',
          object: of(wanted.slug).object,
          method: 'POST',
          path,
          query: {
            slug: wanted.slug,
            name: textOf(wanted.metadata.name) ?? wanted.slug,
            ...queryOf(wanted, bundle),
          },
          body: { type: 'application/vnd.denoland.eszip', bytes: bundle.bytes },
          timeoutMs: bundleTimeoutMs,
        },
        One,
      ),
    tell: (call, what) => caller.tell({ name: call, object: ofProject }, what),
  }
}

function toVersion(metadata: z.infer<typeof Metadata>): FunctionVersion {
  const { slug, version, ezbr_sha256 } = metadata
  return { slug, version, digest: ezbr_sha256 ?? null, metadata }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined
}
