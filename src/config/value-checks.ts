import { z } from 'zod'
import { namesPool } from '../policy/pool-address.ts'
import { nearest } from './suggest.ts'

/** What is wrong with a value and how to mend it; the value itself is added by whoever reports it. */
export interface ValueFault {
  readonly what: string
  readonly mend: string
}

/** A text that a check looks at; the check's answer comes out as a `custom` issue with `params.mend`. */
export function checkedText(check: (value: string) => ValueFault | null) {
  return z.string().superRefine((value, context) => {
    const fault = check(value)
    if (fault !== null) context.addIssue({ code: 'custom', message: fault.what, params: { mend: fault.mend } })
  })
}

export function checkRepository(value: string): ValueFault | null {
  if (/^[a-z\d](?:[a-z\d-]{0,38})\/[\w.-]{1,100}$/i.test(value)) return null
  const inUrl = /^(?:[a-z+]+:\/\/[^/]+\/|git@[^:]+:)([\w-]+\/[\w.-]+?)(?:\.git)?\/?$/i.exec(value)?.[1]
  return {
    what: 'is not the name of a repository, which is owner/name.',
    mend: inUrl === undefined ? 'Write it like "acme/omnihub".' : `Write "${inUrl}".`,
  }
}

export function checkChannel(value: string): ValueFault | null {
  if (/^[CG][A-Z0-9]{2,}$/.test(value)) return null
  if (/^#[^\s\p{Lu},#@<>&:"'/]{1,80}$/u.test(value)) return null
  const what = "is neither a channel's name with # nor a channel's id."
  const name = value.replace(/^#/, '').toLowerCase().replaceAll(/\s+/g, '-')
  return {
    what,
    mend: /^[\p{Ll}\p{N}_-]{1,80}$/u.test(name)
      ? `Did you mean '#${name}'? Write the # and keep the quotes: without them YAML takes it for a comment.`
      : "Write it like '#deploys' with the quotes, or like C0123456789 (in Slack: channel details, at the very end).",
  }
}

const idKinds = {
  user: { pattern: /^[UW][A-Z0-9]{2,}$/, what: 'Slack user', example: 'U0123456789', where: 'in the profile, under ⋮' },
  team: {
    pattern: /^[TE][A-Z0-9]{2,}$/,
    what: 'Slack workspace',
    example: 'T0123456789',
    where: 'in the address of Slack in a browser',
  },
  group: {
    pattern: /^S[A-Z0-9]{2,}$/,
    what: 'Slack user group',
    example: 'S0123456789',
    where: "in the group's menu, Copy group ID",
  },
} as const

export function checkId(kind: keyof typeof idKinds): (value: string) => ValueFault | null {
  const { pattern, what, example, where } = idKinds[kind]
  return (value) => {
    if (pattern.test(value)) return null
    const other = Object.values(idKinds).find((one) => one.pattern.test(value) && value.length > 8)
    const hint = other === undefined ? '' : `This is the id of a ${other.what}. `
    return {
      what: `is not the id of a ${what}.`,
      mend: `${hint}Write the id, like ${example}; Slack shows it ${where}.`,
    }
  }
}

/** @param plainHttp - `loopback`: unencrypted only to this machine, because a token goes there */
export function checkAddress(plainHttp: 'loopback' | 'anywhere'): (value: string) => ValueFault | null {
  return (value) => {
    const url = URL.canParse(value) ? new URL(value) : null
    if (url === null || !/^https?:$/.test(url.protocol)) {
      return { what: 'is not a web address.', mend: 'Write it in full, like https://sluice.acme.example.' }
    }
    if (url.search !== '' || url.hash !== '') {
      return { what: 'has a part after ? or #.', mend: 'Write the address without it.' }
    }
    const isLoopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
    if (url.protocol === 'http:' && plainHttp === 'loopback' && !isLoopback) {
      return { what: 'would send tokens over the network unencrypted.', mend: 'Use https.' }
    }
    return null
  }
}

/** An address that Sluice asks itself. One with `$pool` in it is looked at with the pools, in find-pool-conflicts.ts. */
export function checkProbedAddress(value: string): ValueFault | null {
  if (/\$(?!pool\b)/.test(value)) {
    return {
      what: 'has a $ in it that is not that of $pool.',
      mend: "Write $pool for the name of the load balancer's pool, or %24 where a $ is meant.",
    }
  }
  return namesPool(value) ? null : checkAddress('anywhere')(value)
}

export function checkTable(value: string): ValueFault | null {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(value)) return null
  return {
    what: 'is not the name of a table.',
    mend: 'Write it in small letters, like sluice_audit, without a schema.',
  }
}

const prefixes = ['environment', 'approval']

export function checkPattern(value: string): ValueFault | null {
  if (value.replace(/^!/, '').trim() === '')
    return { what: 'is an empty pattern.', mend: 'Take it out, or name a job.' }
  const written = /^!?\s*([a-z]+)\s*:\s+\S/i.exec(value)?.[1]
  if (written === undefined || prefixes.includes(written.toLowerCase())) return null
  const meant = nearest(written, prefixes)
  if (meant === null) return null
  return { what: `begins with "${written}:".`, mend: `Did you mean "${value.replace(written, meant)}"?` }
}

export function checkNotEmpty(value: string): ValueFault | null {
  return value.trim() === '' ? { what: 'is empty.', mend: 'Write a name, or take it out.' } : null
}
