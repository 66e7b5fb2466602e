import picomatch from 'picomatch'

/**
 * Compiles globs for paths of files in a repository: `*` stays within a folder, `**` does not, a leading `!` takes away
 * from what the others match, and a folder (`src/auth` or `src/auth/`) stands for everything in it. Case matters, as it
 * does to git.
 *
 * @returns whether a path is matched; nothing is when there are no globs
 */
export function compilePathGlobs(globs: readonly string[]): (path: string) => boolean {
  const positive = globs.filter((glob) => !glob.startsWith('!'))
  const negative = globs.flatMap((glob) => (glob.startsWith('!') ? glob.slice(1) : []))
  const isWanted = compile(positive)
  const isUnwanted = compile(negative)
  return (path) => isWanted(path) && !isUnwanted(path)
}

function compile(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false
  const withFolders = globs.flatMap((glob) => {
    const plain = glob.replace(/^\.?\/+|\/+$/g, '')
    if (plain === '') return ['**']
    return plain.endsWith('**') ? [plain] : [plain, `${plain}/**`]
  })
  return picomatch(withFolders, { dot: true, nonegate: true })
}
