import { distance } from 'fastest-levenshtein'

/**
 * The candidate that was most likely meant.
 *
 * @param slips - how many letters may differ at least; longer words may differ in a third of theirs
 * @returns null when none is near enough to be more help than noise
 */
export function nearest(written: string, candidates: readonly string[], slips = 1): string | null {
  const plain = simplify(written)
  let best: { readonly candidate: string; readonly away: number } | null = null
  for (const candidate of candidates) {
    const simple = simplify(candidate)
    const isPrefix = plain.length >= 3 && (simple.startsWith(plain) || plain.startsWith(simple))
    const away = isPrefix || areSwapped(plain, simple) ? 1 : distance(plain, simple)
    if (away <= Math.max(slips, Math.floor(simple.length / 3)) && (best === null || away < best.away)) {
      best = { candidate, away }
    }
  }
  return best?.candidate ?? null
}

/** Two letters that changed places count as one slip: `prot` for `port`. */
function areSwapped(a: string, b: string): boolean {
  return distance(a, b) === 2 && [...a].sort().join('') === [...b].sort().join('')
}

/** `onCall`, `on-call` and `ON_CALL` are the same word to the person who typed them. */
function simplify(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[_\s-]/g, '')
    .slice(0, 100)
}

/** `a`, `b` and `c`. */
export function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
