import picomatch from 'picomatch'

/** What picomatch would read as syntax but people mean literally: `app/(auth)/[id]/page.tsx` is the name of a file. */
const literalCharacters = /[()[\]|+@!"'^$]/g

/**
 * Compiles globs for paths: `*` stays within a folder, `**` goes through all, only `*`, `?`, `{a,b}` and `\` are special.
 * A glob that names a folder takes in everything in it. A glob that begins with `!` takes out again what the others
 * match, wherever it stands in the list.
 *
 * @returns a test that no path passes when the list is empty or only takes out
 */
export function compilePathGlobs(globs: readonly string[]): (path: string) => boolean {
  const takes = globs.filter((glob) => !glob.startsWith('!')).map(compile)
  const refuses = globs.filter((glob) => glob.startsWith('!')).map((glob) => compile(glob.slice(1)))
  return (path) => takes.some((matches) => matches(path)) && !refuses.some((matches) => matches(path))
}

function compile(glob: string): (path: string) => boolean {
  const trimmed = glob
    .trim()
    .replace(/^\.?\//, '')
    .replace(/\/+$/, '')
  // The top folder, in which everything is; an empty glob names nothing.
  if (trimmed === '') return () => glob.trim() !== ''
  const escaped = trimmed.replace(literalCharacters, '\\$&')
  const options = { dot: true, noextglob: true, nonegate: true, windows: false }
  const matches = picomatch([escaped, `${escaped}/**`], options)
  return (path) => path === trimmed || matches(path)
}
