import type { ValueFault } from './value-checks.ts'

const mend = 'Make an API token with the permissions that docs/configure.md lists, and set it instead.'

/** What is wrong with the value of CLOUDFLARE_API_TOKEN; null when nothing is to be seen. */
export function cloudflareTokenFault(value: string): ValueFault | null {
  // The form of today, and the one before: 37 hexadecimal digits
  // (https://developers.cloudflare.com/fundamentals/api/get-started/token-formats).
  if (/^cfk_/.test(value) || /^[0-9a-f]{37}$/.test(value)) {
    return { what: 'The value of CLOUDFLARE_API_TOKEN is a Global API Key, which may do everything.', mend }
  }
  if (/^Bearer /i.test(value)) {
    return { what: 'The value of CLOUDFLARE_API_TOKEN begins with "Bearer".', mend: 'Take the word away.' }
  }
  if (/^[\w-]{20,}$/.test(value)) return null
  return {
    what: 'The value of CLOUDFLARE_API_TOKEN is cut short, or has characters in it that no token has.',
    mend: 'Copy it again.',
  }
}
