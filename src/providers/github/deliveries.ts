/** The webhooks that GitHub sent or tried to send: where missed ones are found, and asked for again. */
import type { Octokit } from '@octokit/rest'
import { z } from 'zod'
import type { Delivery } from '../../engine/code-host.ts'
import { timeSchema } from '../../pipeline/github-objects.ts'
import { allPages, nextCursor } from './all-pages.ts'

const MAX_PAGES = 200

/** Ids of deliveries have outgrown what a number holds exactly: Octokit gives those as a bigint. */
const Item = z.object({
  id: z.union([z.number(), z.bigint()]),
  guid: z.string(),
  delivered_at: timeSchema,
  redelivery: z.boolean(),
  status_code: z.number(),
  event: z.string(),
})
const Hook = z.object({ id: z.number(), active: z.boolean(), config: z.object({ url: z.string().nullish() }) })

/** @returns newest first, back to `sinceMs` (UTC milliseconds) */
export function appDeliveries(octokit: Octokit, sinceMs: number): Promise<readonly Delivery[]> {
  return pagesUntil(sinceMs, null, (page) => octokit.rest.apps.listWebhookDeliveries(page))
}

/** @returns newest first, of every active hook of the repository that points at us */
export async function repositoryDeliveries(
  octokit: Octokit,
  repository: { readonly owner: string; readonly repo: string },
  publicUrl: string,
  sinceMs: number,
): Promise<readonly Delivery[]> {
  const found: Delivery[] = []
  for (const hookId of await ourHooks(octokit, repository, publicUrl)) {
    const of = { ...repository, hook_id: hookId }
    const hook = { repository: `${repository.owner}/${repository.repo}`, hookId }
    found.push(
      ...(await pagesUntil(sinceMs, hook, (page) => octokit.rest.repos.listWebhookDeliveries({ ...of, ...page }))),
    )
  }
  return found
}

async function ourHooks(
  octokit: Octokit,
  repository: { readonly owner: string; readonly repo: string },
  publicUrl: string,
): Promise<readonly number[]> {
  const hooks = await allPages(Hook, null, (page) => octokit.rest.repos.listWebhooks({ ...repository, ...page }))
  return hooks.filter((hook) => hook.active && pointsAt(hook.config.url ?? '', publicUrl)).map(({ id }) => id)
}

/** True when the hook's address is our public one or below it: `https://x.dev` is not `https://x.dev.evil.net`. */
function pointsAt(hookUrl: string, publicUrl: string): boolean {
  if (!URL.canParse(hookUrl) || !URL.canParse(publicUrl)) return false
  const hook = new URL(hookUrl)
  const ours = new URL(publicUrl)
  const path = ours.pathname.replace(/\/+$/, '')
  return hook.origin === ours.origin && (hook.pathname === path || hook.pathname.startsWith(`${path}/`))
}

async function pagesUntil(
  sinceMs: number,
  hook: Delivery['hook'],
  get: (page: { readonly per_page: 100; readonly cursor?: string }) => Promise<{
    readonly data: unknown
    readonly headers: { readonly link?: string | undefined }
  }>,
): Promise<readonly Delivery[]> {
  const found: Delivery[] = []
  let cursor: string | null = null
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { data, headers } = await get({ per_page: 100, ...(cursor === null ? {} : { cursor }) })
    for (const item of z.array(Item).parse(data)) {
      if (item.delivered_at < sinceMs) return found
      found.push({
        id: String(item.id),
        guid: item.guid,
        event: item.event,
        deliveredAt: item.delivered_at,
        isRedelivery: item.redelivery,
        isSuccess: item.status_code >= 200 && item.status_code < 300,
        hook,
      })
    }
    cursor = nextCursor(headers.link)
    if (cursor === null) break
  }
  return found
}
