import type { Entry, KeyPath } from './read-yaml.ts'
import {
  certainSecretSpans,
  isSecretKey,
  type SecretLook,
  type Span,
  secretKeySpans,
  secretLook,
  variableForKey,
} from './secret-shapes.ts'
import { isCloudflareId } from './traffic-schema.ts'

/** A secret that stands in sluice.yml, where it must not. */
export interface FileSecret {
  /** Null where it is not the value of a key: in a comment, in a key, in YAML that cannot be read. */
  readonly path: KeyPath | null
  /** Where to point. */
  readonly at: Span
  readonly what: string
  readonly mend: string
}

export interface FileSecrets {
  readonly found: readonly FileSecret[]
  /** All of the file that must not be shown. */
  readonly spans: readonly Span[]
  /** The same values as YAML reads them. */
  readonly literals: readonly string[]
}

/**
 * Finds secrets by the shape of a value, by the name of its key, and by being the value of a variable.
 *
 * @param known - the secrets of the environment by the name of their variable
 */
export function findFileSecrets(
  source: string,
  entries: readonly Entry[],
  known: ReadonlyMap<string, string>,
): FileSecrets {
  const found: FileSecret[] = []
  const spans: Span[] = []
  const literals: string[] = [...known.values()]
  const covered = new Set<string>()

  for (const { path, key, value, scalar } of entries) {
    const look = lookOf(path, scalar, known)
    const isInside = path.some((_, index) => covered.has(JSON.stringify(path.slice(0, index))))
    if (look === null && !isInside) {
      // Text that was swallowed by a quote which somebody forgot to close, for one.
      if (typeof scalar === 'string' && secretKeySpans(scalar).length > 0) spans.push(value)
      continue
    }
    spans.push(value)
    if (scalar !== undefined && scalar !== null && typeof scalar !== 'boolean') literals.push(String(scalar))
    if (look === null || isInside || covered.has(JSON.stringify(path))) continue
    covered.add(JSON.stringify(path))
    found.push({ path, at: look.byKey ? (key ?? value) : value, ...problemText(look, 'value') })
  }
  for (const span of certainSecretSpans(source)) {
    if (spans.some(([start, end]) => start < span[1] && span[0] < end)) continue
    spans.push(span)
    const look = secretLook(source.slice(...span))
    if (look !== null) found.push({ path: null, at: span, ...problemText(look, 'text') })
  }
  return { found, spans, literals }
}

function lookOf(
  path: KeyPath,
  scalar: unknown,
  known: ReadonlyMap<string, string>,
): (SecretLook & { readonly byKey: boolean }) | null {
  const look = typeof scalar === 'string' && !isCloudflareId(path, scalar) ? secretLook(scalar) : null
  if (look !== null) return { is: look.is, variable: look.variable ?? variableForKey(names(path)), byKey: false }
  const variable = [...known].find(([, secret]) => secret.length >= 8 && secret === String(scalar))?.[0]
  if (variable !== undefined) return { is: `the same as ${variable}`, variable, byKey: false }
  const key = path.at(-1)
  // Under `people` a key is somebody's login, and logins may be called anything.
  if (typeof key !== 'string' || !isSecretKey(key) || scalar === null || path[0] === 'people') return null
  return { is: 'a secret, by its name', variable: variableForKey(names(path)), byKey: true }
}

function names(path: KeyPath): readonly string[] {
  return path.filter((part) => typeof part === 'string')
}

function problemText(look: SecretLook, where: 'value' | 'text'): { readonly what: string; readonly mend: string } {
  const home =
    look.variable === null
      ? 'Take it out of the file; the secrets that Sluice reads come from the environment (docs/configure.md lists them).'
      : `Take it out of the file and set ${look.variable} (or ${look.variable}_FILE) in the environment.`
  return {
    what: `This ${where} is ${look.is}, and secrets do not belong in this file.`,
    mend: `${home}\nIf the file was committed or shared, replace the secret by a new one: the old one is known.`,
  }
}
