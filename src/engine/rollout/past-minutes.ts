import type { Observation } from '../../analysis/samples.ts'
import type { MetricQuery, MetricsSource, PoolNames } from '../metrics-source.ts'

/** How far back is looked, and in what pieces, in ms. */
const lookBackMs = 60 * 60_000
const pieceMs = 60_000
/** Pieces that are measured side by side. */
const piecesAtOnce = 4

/** The last hour, minute by minute, the oldest first; what there is of it where the source goes away meanwhile. */
export async function pastMinutes(
  source: MetricsSource,
  queries: Readonly<Record<string, MetricQuery>>,
  pools: PoolNames | null,
  now: number,
): Promise<readonly Observation[]> {
  const to = now - source.lagMs
  const pieces = Array.from({ length: Math.round(lookBackMs / pieceMs) }, (_, index) => {
    const from = to - lookBackMs + index * pieceMs
    return { from, to: from + pieceMs }
  })
  const minutes: Observation[] = []
  for (let start = 0; start < pieces.length; start += piecesAtOnce) {
    const some = pieces.slice(start, start + piecesAtOnce)
    const measured = await Promise.all(
      some.map(async (piece) => ({ ...piece, samples: await source.measure(queries, piece, pools ?? undefined) })),
    )
    const isAway = measured.every(({ samples }) => Object.values(samples).every(({ type }) => type === 'error'))
    // A source that is away does not come back for the rest of the hour.
    if (isAway) return minutes
    minutes.push(...measured)
  }
  return minutes
}
