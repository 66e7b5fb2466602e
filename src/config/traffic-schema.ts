import { z } from 'zod'
import { checkDomain, checkVercelProject, checkVercelTeam } from './hosts-schema.ts'
import { addFault } from './schema-parts.ts'
import { checkAddress, checkedText, type ValueFault } from './value-checks.ts'

/** What an entry of `environments` says of where its traffic is split, as written. */

const id = checkedText(checkCloudflareId)

/** Pool names are shown on cards and typed in commands; Cloudflare takes the same letters. */
export function checkPoolName(value: string): ValueFault | null {
  if (/^[a-z\d][\w-]{0,39}$/i.test(value)) return null
  return { what: 'is not a name for a pool.', mend: 'Write up to 40 letters, digits, _ and -, like blue.' }
}

const poolsSchema = z.record(z.string(), id).superRefine((pools, context) => {
  const entries = Object.entries(pools)
  for (const [name] of entries) {
    const fault = checkPoolName(name)
    if (fault !== null) addFault(context, [name], { ...fault, what: 'The key is not a name for a pool.' })
  }
  if (entries.length !== 2) {
    const what = `There ${entries.length === 1 ? 'is one pool' : `are ${entries.length} pools`} here, and two are wanted.`
    addFault(context, [], { what, mend: 'Name two: one serves, and the other takes the new version.' })
    return
  }
  const [[first, one] = [], [second, other] = []] = entries
  if (one !== other || second === undefined) return
  const what = `This is the pool that is named ${first} already.`
  addFault(context, [second], { what, mend: 'Give each of the two the id of its own.' })
})

const cloudflareShape = {
  account: id,
  zone: id,
  load_balancer: id,
  pools: poolsSchema,
  api_url: checkedText(checkAddress('loopback')).optional(),
}

const vercelShape = {
  project: checkedText(checkVercelProject),
  team: checkedText(checkVercelTeam).optional(),
  domain: checkedText(checkDomain),
}

const trafficShape = {
  cloudflare: z.strictObject(cloudflareShape).optional(),
  vercel: z.strictObject(vercelShape).optional(),
}

export const trafficSchema = z.strictObject(trafficShape).superRefine(({ cloudflare, vercel }, context) => {
  if (cloudflare === undefined && vercel === undefined) {
    const mend = 'Write "cloudflare" for a load balancer, or "vercel" for the rolling releases of a project.'
    addFault(context, [], { what: 'What splits the traffic is not said.', mend })
  } else if (cloudflare !== undefined && vercel !== undefined) {
    const what = 'Traffic is split by "cloudflare" or by "vercel", and both are here.'
    addFault(context, ['vercel'], { what, mend: 'Keep the one whose shares a release is to move.' })
  }
})

const at = 'repositories[].environments[].traffic'

/** Which keys there are, by place; those under `pools` are names that people choose. */
export const trafficKeys: readonly (readonly [string, readonly string[]])[] = [
  [at, Object.keys(trafficShape)],
  [`${at}.cloudflare`, Object.keys(cloudflareShape)],
  [`${at}.vercel`, Object.keys(vercelShape)],
]

const poolsExample = 'pools:\n  blue: 17b5962d775c646f3f9725cbc7a53df4\n  green: 9290f38c5d07c2e2f4df57b1f61d4196'
const idExample = '699d98642c564d2e855e9661899b7252'

export const trafficExamples: readonly (readonly [string, string])[] = [
  [at, 'traffic:\n  cloudflare:\n    account: …\n    zone: …\n    load_balancer: …\n    pools: { blue: …, green: … }'],
  [`${at}.cloudflare`, 'cloudflare:\n  account: …\n  zone: …\n  load_balancer: …\n  pools: { blue: …, green: … }'],
  [`${at}.cloudflare.account`, `account: ${idExample}`],
  [`${at}.cloudflare.zone`, `zone: ${idExample}`],
  [`${at}.cloudflare.load_balancer`, `load_balancer: ${idExample}`],
  [`${at}.cloudflare.pools`, poolsExample],
  [`${at}.cloudflare.pools.*`, 'blue: 17b5962d775c646f3f9725cbc7a53df4'],
  [`${at}.cloudflare.api_url`, 'api_url: https://api.cloudflare.com/client/v4'],
  [`${at}.vercel`, 'vercel:\n  project: omnihub-web\n  team: acme\n  domain: omnihub.acme.example'],
  [`${at}.vercel.project`, 'project: omnihub-web'],
  [`${at}.vercel.team`, 'team: acme'],
  [`${at}.vercel.domain`, 'domain: omnihub.acme.example'],
]

function checkCloudflareId(value: string): ValueFault | null {
  if (/^[0-9a-f]{32}$/.test(value)) return null
  const what = 'is not an id of Cloudflare, which has 32 letters and digits (0-9, a-f).'
  if (/^[0-9a-f]{32}$/i.test(value)) return { what, mend: 'Write it in small letters.' }
  const mend = 'Write the id and not the name. docs/configure.md says where each is shown.'
  return { what, mend }
}

/** Whether a value is, by its place and its form, an id of Cloudflare: public, though it looks like a key. */
export function isCloudflareId(path: readonly (string | number)[], value: unknown): boolean {
  const isThere = path[2] === 'environments' && path.indexOf('traffic') === 4 && path[5] === 'cloudflare'
  return isThere && path.length > 6 && typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)
}
