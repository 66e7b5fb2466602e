import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type Range } from 'yaml'
import type { Span } from './secret-shapes.ts'

export type KeyPath = readonly (string | number)[]

/** Something in the file that has a place: a value, with the key that it stands under. */
export interface Entry {
  readonly path: KeyPath
  /** Null for what stands in a list and for the whole document. */
  readonly key: Span | null
  readonly value: Span
  /** As YAML reads it; undefined for a mapping or a list. */
  readonly scalar: unknown
}

/** A mistake that the YAML itself has. */
export interface YamlProblem {
  readonly code: string
  readonly span: Span
  /** The parser lost the thread here. */
  readonly isBreaking: boolean
}

export interface YamlSource {
  /** Plain objects (without a prototype), arrays and scalars; whatever could be made out where the YAML is broken. */
  readonly value: unknown
  readonly entries: readonly Entry[]
  readonly problems: readonly YamlProblem[]
  /** Where the parser lost the thread; null when it did not. What comes after means little. */
  readonly brokenAt: number | null
}

/** Aliases could make a small file mean a huge one. */
const MAX_ENTRIES = 100_000
/** After these the parser still knows where it is. */
const harmless = new Set([
  'DUPLICATE_KEY',
  'TAG_RESOLVE_FAILED',
  'BAD_SCALAR_START',
  'BAD_DQ_ESCAPE',
  'NON_STRING_KEY',
  'BAD_ALIAS',
  'BAD_KEY',
  'BAD_MERGE',
])

/**
 * Reads YAML 1.2 with anchors, aliases and merge keys (`<<`), and remembers where everything stands. Never throws.
 *
 * @param text - without a byte order mark
 */
export function readYaml(text: string): YamlSource {
  try {
    return read(text)
  } catch {
    // The parser and the walk below call themselves; a text that is nested thousands deep ends the stack.
    return { value: null, entries: [], problems: [mistake('RESOURCE_EXHAUSTION', [0, 0])], brokenAt: 0 }
  }
}

function read(text: string): YamlSource {
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true, logLevel: 'error' })
  const walked = walk(document)
  const problems = [
    ...[...document.errors, ...document.warnings].map(({ code, pos }) =>
      mistake(code, [Math.min(pos[0], text.length), Math.min(pos[1], text.length)]),
    ),
    ...walked.problems,
  ]
  const breaks = problems.filter(({ isBreaking }) => isBreaking).map(({ span }) => span[0])
  return {
    value: walked.value,
    entries: walked.entries,
    problems,
    brokenAt: breaks.length === 0 ? null : Math.min(...breaks),
  }
}

function mistake(code: string, span: Span): YamlProblem {
  return { code, span, isBreaking: !harmless.has(code) }
}

function walk(document: Document.Parsed) {
  const entries: Entry[] = []
  const problems: YamlProblem[] = []
  /** Mappings and lists that we are inside of: an alias to one of them would never end. */
  const open = new Set<Node>()

  function visit(node: Node | null, path: KeyPath, key: Span | null): unknown {
    if (entries.length >= MAX_ENTRIES) throw new RangeError('too many values')
    const target = isAlias(node) ? (node.resolve(document) ?? null) : node
    const span = spanOf(node) ?? (key === null ? [0, 0] : [key[1], key[1]])
    if (isAlias(node) && (target === null || open.has(target))) {
      problems.push(mistake('BAD_ALIAS', span))
      entries.push({ path, key, value: span, scalar: null })
      return null
    }
    if (isScalar(target)) {
      // An alias has its secret where the anchor is: the mask must find both.
      if (isAlias(node)) entries.push({ path, key, value: spanOf(target) ?? span, scalar: target.value })
      entries.push({ path, key, value: span, scalar: target.value })
      return target.value
    }
    entries.push({ path, key, value: span, scalar: target === null ? null : undefined })
    if (target === null) return null
    open.add(target)
    const value = isSeq<Node | null>(target)
      ? target.items.map((item, index) => visit(item, [...path, index], null))
      : isMap<Node, Node | null>(target)
        ? visitMap(target.items, path)
        : undefined
    open.delete(target)
    return value
  }

  function visitMap(pairs: readonly Pair<Node, Node | null>[], path: KeyPath): Record<string, unknown> {
    const result: Record<string, unknown> = Object.create(null)
    for (const { key, value } of pairs) {
      const keySpan = spanOf(key)
      if (!isScalar(key) || typeof key.value !== 'string') {
        // Reported by the parser already, unless it is an alias.
        if (keySpan !== null && isAlias(key)) problems.push(mistake('NON_STRING_KEY', keySpan))
        visit(value, [...path, '?'], keySpan)
      } else if (key.value === '__proto__') {
        if (keySpan !== null) problems.push(mistake('BAD_KEY', keySpan))
        visit(value, [...path, key.value], keySpan)
      } else if (key.value === '<<') {
        merge(result, visit(value, [...path, '<<'], keySpan), keySpan)
      } else {
        result[key.value] = visit(value, [...path, key.value], keySpan)
      }
    }
    return result
  }

  /** What is written out in the mapping wins over what is merged into it, whichever comes first. */
  function merge(result: Record<string, unknown>, merged: unknown, span: Span | null): void {
    for (const source of Array.isArray(merged) ? merged : [merged]) {
      if (typeof source === 'object' && source !== null && !Array.isArray(source)) {
        for (const [key, value] of Object.entries(source)) if (!(key in result)) result[key] = value
      } else if (span !== null) problems.push(mistake('BAD_MERGE', span))
    }
  }

  return { value: visit(document.contents, [], null), entries, problems }
}

function spanOf(node: Node | null): Span | null {
  const range: Range | null | undefined = node?.range
  return range === null || range === undefined ? null : [range[0], range[1]]
}
