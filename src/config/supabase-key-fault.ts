import type { ValueFault } from './value-checks.ts'

/**
 * What is wrong with a Supabase key; null when nothing is to be seen. A key that may do everything would make the audit
 * mirror prove nothing: whoever has the machine could write it anew as well.
 */
export function supabaseKeyFault(
  name: 'SUPABASE_AUDIT_KEY' | 'SUPABASE_PUBLISHABLE_KEY',
  value: string,
): ValueFault | null {
  const role = roleOf(value)
  if (value.startsWith('sb_secret_') || role === 'service_role') {
    return {
      what: `The value of ${name} is a key that may do everything in the project.`,
      mend: 'Make one that may only insert, as docs/configure.md says, and keep this one away from Sluice.',
    }
  }
  if (name === 'SUPABASE_AUDIT_KEY' && (value.startsWith('sb_publishable_') || role === 'anon')) {
    return {
      what: `The value of ${name} is the project's publishable key, which is no secret.`,
      mend: `Set SUPABASE_PUBLISHABLE_KEY to it, and ${name} to one that may only insert, as docs/configure.md says.`,
    }
  }
  return /\s/.test(value)
    ? { what: `The value of ${name} has white space in it.`, mend: 'Copy it again, without spaces or line ends.' }
    : null
}

/** What is wrong with a token for the Management API; null when nothing is to be seen. */
export function supabaseTokenFault(value: string): ValueFault | null {
  if (/^sbp_[\x21-\x7e]{20,}$/.test(value)) return null
  const mend = 'Set it to an access token (sbp_…) from supabase.com, Account, Access Tokens.'
  if (/^sb_(?:secret|publishable)_/.test(value) || roleOf(value) !== null) {
    return {
      what: 'The value of SUPABASE_ACCESS_TOKEN is a key of one project, and the Management API takes none.',
      mend,
    }
  }
  return { what: 'The value of SUPABASE_ACCESS_TOKEN is not an access token, which begins with sbp_.', mend }
}

/** The role that a JSON Web Token names; null when it names none, or is no such token. */
function roleOf(token: string): unknown {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof claims === 'object' && claims !== null && 'role' in claims ? claims.role : null
  } catch {
    // Not a token that can be read: the service says so when it is used.
    return null
  }
}
