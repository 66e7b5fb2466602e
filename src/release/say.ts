/** Sentences that more than one decision says. See text-with-people.ts for what may be in them. */
import type { Release } from './release.ts'
import { listed, people, person, quote } from './text-with-people.ts'

/** Who let the release pass. */
export function approvedBy({ approvals, breakGlass }: Release): string {
  if (breakGlass !== null) return `${person(breakGlass.by)} broke the glass.`
  if (approvals.length === 0) return 'It needs no approval.'
  return `Approved by ${people(approvals.map(({ by }) => by))}.`
}

/** `The migrations and the policy have changed.` */
export function partsChanged(parts: readonly string[]): string {
  return `Changed since it was shown: ${listed(parts)}.`
}

/** `abc1234 to production`. */
export function subjectWords({ sha, environment }: Pick<Release, 'sha' | 'environment'>): string {
  return `${sha.slice(0, 7)} to ${quote(environment)}`
}

/** `: why`, or a full stop when nothing was said. */
export function becauseOf(why: string | null): string {
  const said = why?.trim() ?? ''
  return said === '' ? '.' : `: ${quote(said)}`
}

/** `1 approval`, `2 approvals`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
