import type { Config } from './config.ts'
import type { ConfigProblem } from './config-problem.ts'
import { fileSchema } from './config-schema.ts'
import { explainIssue } from './explain-issue.ts'
import { findDuplicates } from './find-duplicates.ts'
import { findFileSecrets } from './find-file-secrets.ts'
import { findGateConflicts } from './find-gate-conflicts.ts'
import { findPoolConflicts } from './find-pool-conflicts.ts'
import { mendKeys } from './mend-keys.ts'
import { createPlaces, keyText, type Places, spelledOut, valueAt } from './places.ts'
import { type KeyPath, readYaml, type YamlProblem } from './read-yaml.ts'
import type { Span } from './secret-shapes.ts'
import { createSourceMask } from './source-mask.ts'
import { toConfig } from './to-config.ts'
import { yamlProblemText } from './yaml-problem-text.ts'

/** Far more than the largest configuration that anybody writes. */
const MAX_CHARACTERS = 1_000_000

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Something to report, before it has its line and its excerpt. */
interface Finding {
  readonly span: Span
  readonly path: KeyPath
  readonly what: string
  readonly mend: string
}

/**
 * Reads the text of a sluice.yml. Pure; never throws, whatever the text is.
 *
 * @param text - the file as it is, with or without a byte order mark
 * @param file - its name, for messages
 * @param knownSecrets - the environment's secrets by variable: they must not stand in the file, nor in a message
 * @returns the configuration, deeply frozen, or all problems in the order of their place in the file
 */
export function parseConfig(
  text: string,
  file: string,
  knownSecrets: ReadonlyMap<string, string> = new Map(),
): ParsedConfig {
  if (text.length > MAX_CHARACTERS) return { ok: false, problems: [tooLarge(file)] }
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const yaml = readYaml(source)
  const places = createPlaces(yaml.entries)
  const secrets = findFileSecrets(source, yaml.entries, knownSecrets)
  const mask = createSourceMask(source, secrets, yaml)
  const lineOf = (offset: number) => mask.position(offset).line

  const mistakes = yaml.problems.map((problem) => yamlFinding(problem, source, places))
  const sound = (finding: Finding) =>
    // Where the file is broken, what comes later may only look wrong; and a secret or a slip in the YAML says enough.
    (yaml.brokenAt === null || lineOf(finding.span[0]) < lineOf(yaml.brokenAt)) &&
    !secrets.found.some(({ path }) => path?.every((part, index) => part === finding.path[index])) &&
    !mistakes.some(({ span }) => span[0] <= finding.span[0] && finding.span[0] <= span[1])

  const keys = mendKeys(yaml.value)
  const checked = fileSchema.safeParse(keys.value)
  const findings: readonly Finding[] = [
    ...firstOfEachBrokenLine(mistakes, lineOf),
    ...secrets.found.map(({ path, at, what, mend }) => ({ path: path ?? [], span: at, what, mend })),
    ...keys.misspelled.map(({ path, meant }) => ({
      path,
      span: places.spanAt(path, 'key'),
      what: `Unknown key ${mask.quote(String(path.at(-1)))}.`,
      mend: `Did you mean "${meant}"?`,
    })),
    ...(checked.success ? [] : schemaFindings(checked.error.issues)).filter(sound),
    ...duplicateFindings().filter(sound),
    ...conflictFindings().filter(sound),
  ]
  if (checked.success && findings.length === 0) return { ok: true, config: toConfig(checked.data) }
  const problems = [...findings].sort((a, b) => a.span[0] - b.span[0]).map(toProblem)
  return { ok: false, problems }

  function schemaFindings(issues: Parameters<typeof explainIssue>[0][]): readonly Finding[] {
    const context = {
      quote: mask.quote,
      plain: mask.plain,
      valueAt: (path: KeyPath) => valueAt(keys.value, path),
      isComment: (path: KeyPath) => isComment(source, places, keys.inFile(path)),
    }
    return issues
      .flatMap((issue) => explainIssue(issue, context))
      .filter(({ isMissing }) => !isMissing || yaml.brokenAt === null)
      .map(({ path, at, what, mend }) => {
        const written = keys.inFile(path)
        return { path: written, span: places.spanAt(written, at), what, mend }
      })
  }

  function duplicateFindings(): readonly Finding[] {
    return findDuplicates(keys.value).map(({ path, first, noun, mend }) => {
      const part = path[0] === 'people' ? 'key' : 'value'
      const written = keys.inFile(path)
      const line = lineOf(places.spanAt(keys.inFile(first), part)[0])
      return {
        path: written,
        span: places.spanAt(written, part),
        what: `This ${noun} is already in line ${line}.`,
        mend,
      }
    })
  }

  function conflictFindings(): readonly Finding[] {
    const conflicts = [findGateConflicts, findPoolConflicts].flatMap((find) => find(keys.value, mask.quote))
    return conflicts.map(({ path, what, mend }) => {
      const written = keys.inFile(path)
      return { path: written, span: places.spanAt(written, 'value'), what, mend }
    })
  }

  function toProblem({ span: [start, end], path, what, mend }: Finding): ConfigProblem {
    const at = Math.min(start, source.length)
    return {
      file,
      ...mask.position(at),
      key: keyText(
        spelledOut(path, (at) => valueAt(yaml.value, at)),
        mask.plain,
      ),
      excerpt: mask.excerpt(at, Math.max(0, end - start)),
      what,
      mend,
    }
  }
}

function yamlFinding(
  { code, span, isBreaking }: YamlProblem,
  source: string,
  places: Places,
): Finding & { readonly isBreaking: boolean } {
  const entry = places.entryAround(span[0])
  const path = entry?.path ?? []
  // A quote that nobody closed is noticed at the end of the file; the place to mend is where it was opened.
  const quote = entry?.scalar === undefined ? '' : source.charAt(entry.value[0])
  if (entry !== undefined && code === 'MISSING_CHAR' && (quote === "'" || quote === '"')) {
    const opened: Span = [entry.value[0], entry.value[0] + 1]
    const what = `The quote ${quote} that begins here is never closed.`
    return { span: opened, path, what, mend: `Write ${quote} where the value ends.`, isBreaking }
  }
  const spaces = /^ */.exec(source.slice(span[0], span[0] + 200))?.[0].length ?? 0
  const shown: Span = code === 'BAD_INDENT' ? [span[0] + spaces, span[1] + spaces] : span
  return { span: shown, path, ...yamlProblemText(code, source.charAt(span[0])), isBreaking }
}

/** Where the parser loses the thread it stumbles several times in a line; the first says it best. */
function firstOfEachBrokenLine<T extends Finding & { readonly isBreaking: boolean }>(
  mistakes: readonly T[],
  lineOf: (offset: number) => number,
): readonly T[] {
  const lines = new Set<number>()
  return [...mistakes]
    .sort((a, b) => a.span[0] - b.span[0])
    .filter(({ span, isBreaking }) => {
      const line = lineOf(span[0])
      const isFirst = !lines.has(line)
      lines.add(line)
      return isFirst || !isBreaking
    })
}

/** Whether a comment stands where the value should: `channel: #deploys`. */
function isComment(source: string, places: Places, path: KeyPath): boolean {
  const entry = places.entryAt(path)
  const from = entry?.key?.[1] ?? entry?.value[0] ?? 0
  return /^["']?\s*:?[^\S\n]*#\S/.test(source.slice(from, from + 200).split('\n', 1)[0] ?? '')
}

function tooLarge(file: string): ConfigProblem {
  return {
    file,
    line: null,
    column: null,
    key: '',
    excerpt: null,
    what: `The file is larger than ${MAX_CHARACTERS / 1_000_000} MB.`,
    mend: 'Check that it is the file you mean: a configuration has a few hundred lines.',
  }
}
