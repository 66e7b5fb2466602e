import { z } from 'zod'
import { checkAddress, checkedText, type ValueFault } from './value-checks.ts'

/** Where an environment's edge functions and frontend live, as written in sluice.yml. */

const supabaseProjectShape = { project: checkedText(checkProjectRef) }
const vercelProjectShape = {
  project: checkedText(checkVercelProject),
  team: checkedText(checkVercelTeam).optional(),
  domain: checkedText(checkDomain).optional(),
}
const functionsShape = { supabase: z.strictObject(supabaseProjectShape) }
const frontendShape = { vercel: z.strictObject(vercelProjectShape) }

/** Keys of an environment. */
export const hostsShape = {
  functions: z.strictObject(functionsShape).optional(),
  frontend: z.strictObject(frontendShape).optional(),
}

/** Sections of the file: where the services are. */
export const supabaseShape = { api_url: checkedText(checkAddress('loopback')).optional() }
export const vercelShape = { api_url: checkedText(checkAddress('loopback')).optional() }

const at = 'repositories[].environments[]'

export const hostsKeys: readonly (readonly [string, readonly string[]])[] = [
  [`${at}.functions`, Object.keys(functionsShape)],
  [`${at}.functions.supabase`, Object.keys(supabaseProjectShape)],
  [`${at}.frontend`, Object.keys(frontendShape)],
  [`${at}.frontend.vercel`, Object.keys(vercelProjectShape)],
  ['supabase', Object.keys(supabaseShape)],
  ['vercel', Object.keys(vercelShape)],
]

export const hostsExamples: readonly (readonly [string, string])[] = [
  [`${at}.functions`, 'functions:\n  supabase: { project: abcdefghijklmnopqrst }'],
  [`${at}.functions.supabase`, 'supabase:\n  project: abcdefghijklmnopqrst'],
  [`${at}.functions.supabase.project`, 'project: abcdefghijklmnopqrst'],
  [`${at}.frontend`, 'frontend:\n  vercel: { project: omnihub-web, team: acme }'],
  [`${at}.frontend.vercel`, 'vercel:\n  project: omnihub-web\n  team: acme'],
  [`${at}.frontend.vercel.project`, 'project: omnihub-web'],
  [`${at}.frontend.vercel.team`, 'team: acme'],
  [`${at}.frontend.vercel.domain`, 'domain: omnihub.acme.example'],
  ['supabase', 'supabase:\n  api_url: https://api.supabase.com/v1'],
  ['supabase.api_url', 'api_url: https://api.supabase.com/v1'],
  ['vercel', 'vercel:\n  api_url: https://api.vercel.com'],
  ['vercel.api_url', 'api_url: https://api.vercel.com'],
]

function checkProjectRef(value: string): ValueFault | null {
  if (/^[a-z]{20}$/.test(value)) return null
  const what = 'is not the ref of a Supabase project, which is twenty small letters.'
  const ref =
    /^(?:https?:\/\/)?([a-z]{20})\.supabase\.(?:co|in)\b/.exec(value)?.[1] ??
    /\/project\/([a-z]{20})\b/.exec(value)?.[1]
  if (ref !== undefined) return { what, mend: `Write "${ref}".` }
  return { what, mend: 'Copy the Project ID from its settings, General: not its name.' }
}

export function checkVercelProject(value: string): ValueFault | null {
  if (/^[\w.-]{1,100}$/.test(value)) return null
  const what = 'is not the name or id of a Vercel project.'
  const [, name] = /vercel\.com\/[\w.-]+\/([\w.-]+)/.exec(value) ?? /^[\w.-]+\/([\w.-]+)$/.exec(value) ?? []
  if (name !== undefined) return { what, mend: `Write "${name}", and the team under "team".` }
  return { what, mend: 'Write its name as it is in its address, like omnihub-web, or its id, prj_…' }
}

export function checkVercelTeam(value: string): ValueFault | null {
  if (/^[\w-]{1,100}$/.test(value)) return null
  const what = 'is not the slug or id of a Vercel team.'
  const slug = /vercel\.com\/([\w-]+)/.exec(value)?.[1] ?? /^@([\w-]+)$/.exec(value)?.[1]
  if (slug !== undefined) return { what, mend: `Write "${slug}".` }
  return { what, mend: 'Write it as it is in the address of its pages, like acme, or its id, team_…' }
}

export function checkDomain(value: string): ValueFault | null {
  if (/^(?=.{1,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,}$/.test(value)) return null
  const what = 'is not the name of a domain.'
  const host = URL.canParse(value) ? new URL(value).hostname : value.toLowerCase()
  const isDomain = host !== value && host !== '' && checkDomain(host) === null
  return { what, mend: isDomain ? `Write "${host}".` : 'Write it like omnihub.acme.example.' }
}
