/**
 * Whether approvals fill rules that each want people of their own. Somebody who is in two groups can stand for either,
 * and which one is chosen only in the end: a greedy choice would count such a person where they are not needed. So
 * this is a matching of people to places, found by augmenting paths (Kuhn's algorithm), which is exact.
 */

/** A rule that wants `count` people; `index` is its name. */
export interface QuorumRule {
  readonly index: number
  readonly count: number
}

export interface Quorum {
  readonly isFilled: boolean
  /** People that have a place, and places altogether. */
  readonly given: number
  readonly needed: number
  /**
   * What is still missing when the people so far are placed in the best way, earlier rules first. Where somebody could
   * stand for either of two rules, only one of them is named here.
   */
  readonly missing: readonly { readonly rule: number; readonly count: number }[]
  /** For each person, the index of the rule that they count for; null for those that there is no place for. */
  readonly places: readonly (number | null)[]
}

/**
 * @param rules - what has to be met together; none at all is filled by nobody
 * @param people - different people, each as the indexes of the rules that they may stand for
 */
export function quorumOf(rules: readonly QuorumRule[], people: readonly (readonly number[])[]): Quorum {
  // More places than there are people cannot be filled, however many a rule asks for.
  const places = rules.flatMap(({ index, count }) => Array<number>(Math.min(count, people.length)).fill(index))
  const placeOf = new Map<number, number>()

  const findPerson = (place: number, tried: Set<number>): boolean => {
    const rule = places[place]
    for (const [person, indexes] of people.entries()) {
      if (rule === undefined || tried.has(person) || !indexes.includes(rule)) continue
      tried.add(person)
      const other = placeOf.get(person)
      if (other !== undefined && !findPerson(other, tried)) continue
      placeOf.set(person, place)
      return true
    }
    return false
  }

  for (const place of places.keys()) findPerson(place, new Set())
  const ruleOf = people.map((_, person) => {
    const place = placeOf.get(person)
    return place === undefined ? null : (places[place] ?? null)
  })
  const missing = rules.flatMap(({ index, count }) => {
    const left = count - ruleOf.filter((rule) => rule === index).length
    return left > 0 ? { rule: index, count: left } : []
  })
  const needed = rules.reduce((sum, { count }) => sum + count, 0)
  return { isFilled: missing.length === 0, given: placeOf.size, needed, missing, places: ruleOf }
}
