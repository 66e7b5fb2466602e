import type { Evidence } from './evidence.ts'

/**
 * Whether a release would take away commits that it did not take away when it was shown: something went live meanwhile
 * that nobody saw on the card. Then the same plan is another decision.
 */
export function takesMoreAway(shown: Evidence, fresh: Evidence): boolean {
  const known = new Set(takenAway(shown))
  return takenAway(fresh).some((sha) => !known.has(sha))
}

function takenAway({ changes }: Evidence): readonly string[] {
  const commits = changes.relation === 'behind' ? changes.commits : changes.takenAway
  return commits.map(({ sha }) => sha)
}
