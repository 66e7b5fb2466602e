/** A policy to try out: the metrics of an environment in a file of their own, or only what shall be other about them. */
import type { MetricsPolicy } from '../policy/metrics-policy.ts'
import type { ConfigProblem } from './config-problem.ts'
import { fileSchema } from './config-schema.ts'
import { explainIssue } from './explain-issue.ts'
import { findFileSecrets } from './find-file-secrets.ts'
import { mendKeys } from './mend-keys.ts'
import { createPlaces, keyText, valueAt } from './places.ts'
import { type KeyPath, readYaml } from './read-yaml.ts'
import { createSourceMask } from './source-mask.ts'
import { toConfig } from './to-config.ts'
import { yamlProblemText } from './yaml-problem-text.ts'

export type ParsedPolicy =
  | { readonly ok: true; readonly metrics: MetricsPolicy }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Where such metrics stand in a sluice.yml: the file is checked as if it stood there. */
const place: KeyPath = ['repositories', 0, 'environments', 0, 'metrics']

/**
 * What an environment has under `metrics`, as it is written in a sluice.yml.
 *
 * @param text - of a sluice.yml without mistakes
 * @returns undefined where it has nothing
 */
export function writtenMetrics(text: string, repository: string, environment: string): unknown {
  const { value } = mendKeys(readYaml(text.replace(/^\uFEFF/, '')).value)
  const ofRepository = listAt(value, 'repositories').find((one) => valueAt(one, ['repo']) === repository)
  const found = listAt(ofRepository, 'environments').find((one) => valueAt(one, ['name']) === environment)
  return valueAt(found, ['metrics'])
}

/**
 * Reads such a file. Never throws, whatever the text is.
 *
 * @param text - YAML: what stands under `metrics`, with that key above it or without
 * @param file - its name, for messages
 * @param base - what is written where the file says nothing: mappings are put together, all else is replaced
 */
export function parsePolicyFile(text: string, file: string, base: unknown): ParsedPolicy {
  const source = text.replace(/^\uFEFF/, '')
  const yaml = readYaml(source)
  const places = createPlaces(yaml.entries)
  const secrets = findFileSecrets(source, yaml.entries, new Map())
  const mask = createSourceMask(source, secrets, yaml)
  const hasKey = valueAt(yaml.value, ['metrics']) !== undefined
  const keys = mendKeys(placed(hasKey ? valueAt(yaml.value, ['metrics']) : yaml.value))
  const whole = placed(merged(base, valueAt(keys.value, place)))

  const problem = (path: KeyPath, [start, end]: readonly [number, number], what: string, mend: string) => ({
    file,
    ...mask.position(start),
    key: keyText(path, mask.plain),
    excerpt: mask.excerpt(start, Math.max(0, end - start)),
    what,
    mend,
  })
  const inFile = (path: KeyPath): KeyPath => {
    const inside = keys.inFile(path).slice(place.length)
    return hasKey ? ['metrics', ...inside] : inside
  }
  const mistakes = yaml.problems.map(({ code, span }) => {
    const { what, mend } = yamlProblemText(code, source.charAt(span[0]))
    return problem([], span, what, mend)
  })
  if (mistakes.length > 0) return { ok: false, problems: mistakes.slice(0, 1) }

  const found = [
    ...secrets.found.map(({ path, at, what, mend }) => problem(path ?? [], at, what, mend)),
    ...keys.misspelled.map(({ path, meant }) => {
      const inside = path.slice(place.length)
      const written = hasKey ? ['metrics', ...inside] : inside
      const what = `Unknown key ${mask.quote(String(path.at(-1)))}.`
      return problem(written, places.spanAt(written, 'key'), what, `Did you mean "${meant}"?`)
    }),
  ]
  const checked = fileSchema.safeParse(whole)
  if (!checked.success) {
    const context = {
      quote: mask.quote,
      plain: mask.plain,
      valueAt: (path: KeyPath) => valueAt(whole, path),
      isComment: () => false,
    }
    for (const issue of checked.error.issues) {
      for (const { path, at, what, mend } of explainIssue(issue, context)) {
        const written = inFile(path)
        found.push(problem(written, places.spanAt(written, at), what, mend))
      }
    }
  }
  if (found.length > 0 || !checked.success) return { ok: false, problems: found }
  const metrics = toConfig(checked.data).repositories[0]?.environments[0]?.metrics ?? null
  if (metrics !== null) return { ok: true, metrics }
  const mend = 'Write what stands under "metrics" of an environment, like: alpha: 0.01'
  return { ok: false, problems: [problem([], [0, 0], 'There are no metrics in it.', mend)] }
}

/** A configuration that has these metrics and nothing else to complain of. */
function placed(metrics: unknown): unknown {
  const environment = { name: 'production', ...(metrics === undefined ? {} : { metrics }) }
  return { repositories: [{ repo: 'sluice/policy', channel: ['#policy'], environments: [environment] }] }
}

function merged(base: unknown, over: unknown): unknown {
  if (over === null || over === undefined) return base
  if (!isMapping(base) || !isMapping(over)) return over
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    result[key] = Object.hasOwn(base, key) ? merged(base[key], value) : value
  }
  return result
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One may be written without the list around it. */
function listAt(value: unknown, key: string): readonly unknown[] {
  const found = valueAt(value, [key])
  if (found === undefined || found === null) return []
  return Array.isArray(found) ? found : [found]
}
