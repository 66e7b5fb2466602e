import { cloudflareTokenFault } from './cloudflare-token-fault.ts'
import type { Secrets } from './config.ts'
import { type Environment, gatherSecrets } from './read-secrets.ts'
import { Secret } from './secret.ts'
import { supabaseTokenFault } from './supabase-key-fault.ts'
import { vercelTokenFault } from './vercel-token-fault.ts'

/** The secrets that an environment is steered with. */
export type ServiceSecrets = Pick<Secrets, 'cloudflareApiToken' | 'supabaseAccessToken' | 'vercelToken' | 'prometheus'>

const tokens = {
  CLOUDFLARE_API_TOKEN: cloudflareTokenFault,
  SUPABASE_ACCESS_TOKEN: supabaseTokenFault,
  VERCEL_TOKEN: vercelTokenFault,
} as const

/**
 * The secrets that an environment is steered with, each for itself: whoever rolls back from a shell needs neither Slack's
 * nor GitHub's, and one that is missing or looks wrong must not keep the others from being used.
 *
 * @returns with `doubts`, a sentence on each variable that looks wrong, without its value
 */
export async function readServiceSecrets(env: Environment): Promise<{
  readonly secrets: ServiceSecrets
  readonly doubts: readonly string[]
}> {
  const { values, problems } = await gatherSecrets(env)
  const names = Object.keys(tokens) as (keyof typeof tokens)[]
  const unreadable = problems.filter(({ key }) => names.some((name) => key === name || key === `${name}_FILE`))
  const odd = names.flatMap((name) => {
    const value = values.get(name)
    const fault = value === undefined ? null : tokens[name](value)
    return fault === null ? [] : [fault]
  })
  const secret = (name: keyof typeof tokens): Secret | null => {
    const value = values.get(name)
    return value === undefined ? null : new Secret(value)
  }
  return {
    secrets: {
      cloudflareApiToken: secret('CLOUDFLARE_API_TOKEN'),
      supabaseAccessToken: secret('SUPABASE_ACCESS_TOKEN'),
      vercelToken: secret('VERCEL_TOKEN'),
      prometheus: null,
    },
    doubts: [...unreadable, ...odd].map(({ what, mend }) => `${what} ${mend}`),
  }
}
