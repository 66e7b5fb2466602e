/**
 * Reads once for all gauges of a scrape, and lets each of them wait for it: none may show what was true a scrape ago.
 */
export function readTogether<Values>(source: () => Promise<Values>): () => Promise<Values> {
  let reading: Promise<Values> | null = null
  return () => {
    reading ??= source().finally(() => {
      reading = null
    })
    return reading
  }
}
