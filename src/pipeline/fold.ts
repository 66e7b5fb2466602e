import type { Fact } from './facts.ts'

/** Everything known about one commit: for each thing the newest fact about it. */
export interface PipelineState {
  readonly repository: string
  readonly sha: string
  readonly facts: ReadonlyMap<string, Fact>
}

/** The state of a commit of which nothing is known. */
export function emptyPipelineState(repository: string, sha: string): PipelineState {
  return { repository, sha, facts: new Map() }
}

/**
 * Joins one fact into what is known. Commutative, associative and idempotent: facts may come in any order and any
 * number of times, the result is the same. The state passed in is not modified.
 *
 * @returns the joined state, the very same object with `changed: false` when the fact brought nothing new
 */
export function applyFact(
  state: PipelineState,
  fact: Fact,
): { readonly state: PipelineState; readonly changed: boolean } {
  const known = state.facts.get(fact.key)
  if (known !== undefined && compareFacts(known, fact) >= 0) return { state, changed: false }
  const facts = new Map(state.facts)
  facts.set(fact.key, fact)
  return { state: { ...state, facts }, changed: true }
}

/** Joins many facts at once; copies the state at most once. */
export function applyFacts(
  state: PipelineState,
  facts: Iterable<Fact>,
): { readonly state: PipelineState; readonly changed: boolean } {
  const joined = new Map(state.facts)
  let changed = false
  for (const fact of facts) {
    const known = joined.get(fact.key)
    if (known !== undefined && compareFacts(known, fact) >= 0) continue
    joined.set(fact.key, fact)
    changed = true
  }
  return changed ? { state: { ...state, facts: joined }, changed } : { state, changed }
}

/**
 * Total order of facts with the same key: by `order`, then by content, so that two facts with equal order but
 * different content (two deliveries of one second) are settled the same way whichever comes first.
 *
 * @returns negative when `a` is older than `b`, 0 when they say the same
 */
export function compareFacts(a: Fact, b: Fact): number {
  const length = Math.max(a.order.length, b.order.length)
  for (let index = 0; index < length; index++) {
    const difference = (a.order[index] ?? 0) - (b.order[index] ?? 0)
    if (difference !== 0) return difference
  }
  if (a === b) return 0
  const left = canonicalJson(a)
  const right = canonicalJson(b)
  return left === right ? 0 : left < right ? -1 : 1
}

/** JSON with sorted keys; `undefined` members are left out as JSON.stringify does, so stored facts compare equal. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  )
}
