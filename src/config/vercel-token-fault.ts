/** What is wrong with a token for Vercel, if that can be told by looking at it. */
export function vercelTokenFault(value: string): { readonly what: string; readonly mend: string } | null {
  if (/^[\x21-\x7e]+$/.test(value)) return null
  return { what: 'The value of VERCEL_TOKEN has characters in it that no token has.', mend: 'Copy it again.' }
}
