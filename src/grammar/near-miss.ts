import { distance } from 'fastest-levenshtein'

/** A word of the language or a name of the configuration that somebody may have meant. */
export interface Candidate {
  readonly word: string
  /** The same for two spellings of one thing (`prod`, `production`). */
  readonly meaning: string
  /** Whether the beginning of it is taken for a slip as well (`stag`); not for repositories, whose first word is often a branch. */
  readonly hasShortForms: boolean
  /** So many letters may be wrong at most; left out: two of a long word, one of a short one. */
  readonly maxSlips?: number
}

export interface NearMiss {
  /** What to write instead; null when several different things are near. */
  readonly only: string | null
  /** `Candidate.meaning` of the nearest one. */
  readonly meaning: string
}

/** Longer words are no slips of anything, and comparing them takes time. */
const maxLength = 60

/** @returns null when the word is near to nothing, so that it may well be a name of its own */
export function nearMiss(word: string, candidates: readonly Candidate[]): NearMiss | null {
  const written = simplify(word)
  if (written.length < 2 || word.length > maxLength) return null
  const near = candidates
    .map((candidate) => ({ candidate, away: slipsBetween(written, candidate) }))
    .filter(({ away }) => away !== null)
    .sort((a, b) => (a.away ?? 0) - (b.away ?? 0))
  const [best] = near
  if (best === undefined) return null
  const isOnly = near.every(({ candidate: { word, meaning } }) => {
    return meaning === best.candidate.meaning || word.toLowerCase() === best.candidate.word.toLowerCase()
  })
  return { only: isOnly ? best.candidate.word : null, meaning: best.candidate.meaning }
}

function slipsBetween(written: string, { word, hasShortForms, maxSlips = 2 }: Candidate): number | null {
  const meant = simplify(word)
  if (meant.length < 3 || meant.length > maxLength) return written === meant ? 0 : null
  const allowed = Math.min(maxSlips, meant.length <= 5 ? 1 : 2)
  if (hasShortForms && written.length >= 3 && meant.startsWith(written)) return 1
  // `wierd`: two letters that changed places are one slip.
  if (areSwapped(written, meant)) return 1
  if (Math.abs(written.length - meant.length) > allowed) return null
  // Of three letters each one counts: `foo` is no slip of `for`.
  if (meant.length === 3 && written.length === 3) return null
  const away = distance(written, meant)
  return away <= allowed ? away : null
}

function areSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  const first = [...a].findIndex((letter, index) => letter !== b[index])
  return first >= 0 && `${a.slice(0, first)}${a[first + 1]}${a[first]}${a.slice(first + 2)}` === b
}

function simplify(text: string): string {
  return text.toLowerCase().replace(/[_\s-]/g, '')
}
