/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** Upper case: `COPY`. */
  readonly name: string
  /** What follows the name, on one line. */
  readonly text: string
  /** 1-based number of the line that it begins on. */
  readonly line: number
}

/** Reads a Dockerfile without heredocs and parser directives: comments dropped, continued lines joined. */
export function parseDockerfile(text: string): readonly Instruction[] {
  const instructions: Instruction[] = []
  let open: { text: string; line: number } | null = null
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.trim()
    if (content === '' || content.startsWith('#')) continue
    const continues = content.endsWith('\\')
    const part = continues ? content.slice(0, -1).trim() : content
    const joined: { text: string; line: number } =
      open === null ? { text: part, line: index + 1 } : { text: `${open.text} ${part}`, line: open.line }
    if (continues) {
      open = joined
      continue
    }
    open = null
    const space = joined.text.search(/\s|$/)
    instructions.push({
      name: joined.text.slice(0, space).toUpperCase(),
      text: joined.text.slice(space).trim(),
      line: joined.line,
    })
  }
  if (open !== null) throw new Error(`The Dockerfile ends in a continued line (line ${open.line})`)
  return instructions
}

/** `--omit=dev` and the like apart from the other words. Words in quotes are not needed here and not understood. */
export function splitFlags(text: string): { readonly flags: readonly string[]; readonly words: readonly string[] } {
  const words = text.split(/\s+/).filter((word) => word !== '')
  return { flags: words.filter((word) => word.startsWith('-')), words: words.filter((word) => !word.startsWith('-')) }
}
