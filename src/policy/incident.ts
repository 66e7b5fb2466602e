const pattern = /^incident[\s:#-]+([A-Za-z]{1,10}-?\d{1,10}|\d{1,10})(?![\w-])/i

/**
 * The incident that holds a lock, when its reason begins by naming one: `incident INC-42: checkout is slow`. Whoever
 * could have locked may take such a lock off, because it is nobody's own.
 *
 * @returns its id as it was typed, or null
 */
export function incidentOf(why: string): string | null {
  return pattern.exec(why.trim())?.[1] ?? null
}
