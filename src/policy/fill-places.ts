/**
 * Seats people in places so that as many places as possible are filled: a maximum matching between people and the
 * places of the requirements, by augmenting paths (Kuhn's algorithm; a handful of people and requirements).
 *
 * @param choices - for each person the requirements (by index) where they may sit, in order of preference
 * @param counts - how many places each requirement has
 * @param mayRepeat - whether a person may sit in several requirements at once (in each of them once)
 * @returns for each person the requirements where they sit. Whoever has a seat keeps one when people are added at the
 * end of the list, perhaps in another requirement
 */
export function fillPlaces(
  choices: readonly (readonly number[])[],
  counts: readonly number[],
  mayRepeat: boolean,
): readonly (readonly number[])[] {
  const seated: number[][] = counts.map(() => [])
  const hasRoom = (requirement: number) => (seated[requirement]?.length ?? 0) < (counts[requirement] ?? 0)

  if (mayRepeat) {
    choices.forEach((wanted, person) => {
      for (const requirement of new Set(wanted)) if (hasRoom(requirement)) seated[requirement]?.push(person)
    })
  } else {
    const seat = (person: number, tried: Set<number>): boolean => {
      for (const requirement of choices[person] ?? []) {
        if (tried.has(requirement)) continue
        tried.add(requirement)
        const holders = seated[requirement] ?? []
        if (hasRoom(requirement)) {
          holders.push(person)
          return true
        }
        const movable = holders.findIndex((holder) => seat(holder, tried))
        if (movable >= 0) {
          holders[movable] = person
          return true
        }
      }
      return false
    }
    choices.forEach((_, person) => {
      seat(person, new Set())
    })
  }
  return choices.map((_, person) => seated.flatMap((holders, index) => (holders.includes(person) ? [index] : [])))
}
