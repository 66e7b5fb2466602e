import { z } from 'zod'

/** Lists end here, whatever `Link` says: 100 a page, so 5000 of anything. */
const MAX_PAGES = 50

interface Page {
  readonly data: unknown
  readonly headers: { readonly link?: string | undefined }
}

/** The whole of a list that comes in numbered pages of 100. Lists in an envelope name their `key`. */
export async function allPages<Item>(
  schema: z.ZodType<Item>,
  key: string | null,
  get: (page: { readonly per_page: 100; readonly page: number }) => Promise<Page>,
): Promise<readonly Item[]> {
  const items: Item[] = []
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { data, headers } = await get({ per_page: 100, page })
    const list = key === null ? data : z.record(z.string(), z.unknown()).parse(data)[key]
    items.push(...z.array(schema).parse(list))
    if (!/rel="next"/.test(headers.link ?? '')) break
  }
  return items
}

/** The cursor of the page after this one, from its `Link` header. */
export function nextCursor(link: string | undefined): string | null {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1]
  return next === undefined ? null : new URL(next).searchParams.get('cursor')
}
