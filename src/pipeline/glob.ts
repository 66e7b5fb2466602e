import picomatch from 'picomatch'

/** What picomatch would read as syntax but people mean literally: job names are full of brackets and plus signs. */
const literalCharacters = /[()[\]|+@!"'^$.]/g

/**
 * Compiles a glob for names, not for paths: case-insensitive, `*` also matches `/`, and only `*`, `?`, `{a,b}` and
 * `\` are special. A text that is equal to the pattern always matches.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const trimmed = pattern.trim()
  if (trimmed === '*') return () => true
  const regex = picomatch.makeRe(trimmed.replace(literalCharacters, '\\$&'), {
    bash: true,
    dot: true,
    nocase: true,
    noextglob: true,
    noglobstar: true,
    nonegate: true,
    windows: false,
  })
  const literal = trimmed.toLowerCase()
  return (text) => {
    const line = text.replace(/\s+/g, ' ')
    return line.toLowerCase() === literal || regex.test(line)
  }
}
