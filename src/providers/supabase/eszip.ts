import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'

/** A bundle as Supabase takes it: the letters EZBR, then the eszip in Brotli (supabase/cli, pkg/function/bundle.go). */
export interface WireBundle {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** SHA-256 of these bytes, hexadecimal: what Supabase calls `ezbr_sha256`. */
  readonly digest: string
}

const magic = 'EZBR'
const compress = promisify(brotliCompress)

/**
 * Wraps an eszip for the upload. Supabase gives out the eszip alone, and Brotli has many ways to write the same thing, so
 * the digest is as a rule another one than that of the upload which the eszip came from. It is always the same for the
 * same eszip.
 */
export async function toWireBundle(eszip: Uint8Array): Promise<WireBundle> {
  const isWrapped = Buffer.from(eszip.subarray(0, 4)).toString('latin1') === magic
  // Brotli's best is a hundred times slower than this, and somebody is waiting for a rollback.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: eszip.length }
  const bytes = new Uint8Array(
    isWrapped ? Buffer.from(eszip) : Buffer.concat([Buffer.from(magic), await compress(eszip, { params })]),
  )
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') }
}
