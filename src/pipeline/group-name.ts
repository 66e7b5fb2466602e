/**
 * A job's name without the matrix values that GitHub appends in brackets: `test (20, ubuntu)` gives `test`.
 *
 * @returns the name unchanged when it does not end in brackets or is nothing else
 */
export function baseName(name: string): string {
  const trimmed = name.trimEnd()
  if (!trimmed.endsWith(')')) return name
  let depth = 0
  for (let index = trimmed.length - 1; index > 0; index--) {
    if (trimmed[index] === ')') depth++
    else if (trimmed[index] === '(' && --depth === 0) return trimmed.slice(0, index).trimEnd() || name
  }
  return name
}
