import picomatch from 'picomatch'

/** What picomatch would read as syntax but people mean literally: job names are full of brackets and plus signs. */
const literalCharacters = /[()[\]|+@!"'^$.]/g

/**
 * Compiles a glob for names, not for paths: case-insensitive, `*` also matches `/`, and only `*`, `?`, `{a,b}` and
 * `\` are special. A text that is equal to the pattern always matches.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  return compile(pattern, (text) => text.toLowerCase())
}

/** The same for names that a permission hangs on: to git, `Main` is not `main`. */
export function compileCaseSensitiveGlob(pattern: string): (text: string) => boolean {
  return compile(pattern, (text) => text)
}

function compile(pattern: string, fold: (text: string) => string): (text: string) => boolean {
  const trimmed = pattern.trim()
  if (trimmed === '*') return () => true
  const regex = picomatch.makeRe(fold(trimmed).replace(literalCharacters, '\\$&'), {
    bash: true,
    dot: true,
    noextglob: true,
    noglobstar: true,
    nonegate: true,
    windows: false,
  })
  const literal = fold(trimmed)
  return (text) => {
    const line = fold(text.replace(/\s+/g, ' '))
    return line === literal || regex.test(line)
  }
}
