import { defaultStages } from '../pipeline/default-stages.ts'
import { parseDuration } from '../policy/duration.ts'
import { environmentNamed, gateDefaults, stagingBefore } from './gate-defaults.ts'
import type { KeyPath } from './read-yaml.ts'
import { listOf, nearest } from './suggest.ts'
import { isObject, listAt } from './untyped.ts'
import type { ValueFault } from './value-checks.ts'

/** Keys of an environment that contradict each other, or name something that the repository does not have. */
export interface GateConflict extends ValueFault {
  readonly path: KeyPath
}

type Written = Readonly<Record<string, unknown>>
type Fault = ValueFault & { readonly key: string; readonly within?: KeyPath }

interface Named {
  readonly name: string
  readonly aliases: readonly string[]
}

/**
 * Looks at the file as it was read, before the schema had its say, so that other mistakes hide none of these.
 *
 * @param quote - shows a text from the file without its secrets
 */
export function findGateConflicts(file: unknown, quote: (text: string) => string): readonly GateConflict[] {
  return listAt(file, 'repositories').flatMap((repository, index) => {
    const environments = listAt(repository, 'environments')
    const all = environments.flatMap(named)
    const written = listAt(repository, 'stages').flatMap((stage) => (isObject(stage) ? texts(stage.name) : []))
    const stages = isObject(repository) && 'stages' in repository ? written : defaultStages.map(({ name }) => name)
    return environments.flatMap((environment, position) =>
      isObject(environment)
        ? [...betweenKeys(environment), ...ofStaging(environment, all, stages, quote)].map(
            ({ key, within = [], what, mend }) => ({
              path: ['repositories', index, 'environments', position, key, ...within],
              what,
              mend,
            }),
          )
        : [],
    )
  })
}

function betweenKeys(environment: Written): readonly Fault[] {
  const has = (key: string) => environment[key] !== undefined && environment[key] !== null
  const faults: Fault[] = []
  if (environment.protected === false && has('approvers')) {
    faults.push({
      key: 'protected',
      what: 'The environment is not protected, and "approvers" says who must approve.',
      mend: 'Take one of the two out: an environment with approvers is protected.',
    })
  }
  if (environment.mode === 'protection-rule' && has('workflow_ref')) {
    faults.push({
      key: 'workflow_ref',
      what: 'With "mode: protection-rule" GitHub has started the workflow already, from a branch of its own choice.',
      mend: 'Take "workflow_ref" out, or write "mode: dispatch".',
    })
  }
  if (has('steps') && !isAmong('canary', environment.strategies)) {
    faults.push({
      key: 'steps',
      what: 'Steps are those of the canary, which is not among "strategies".',
      mend: 'Take "steps" out, or add canary to "strategies".',
    })
  }
  if (has('blue_green') && !isAmong('blue-green', environment.strategies)) {
    faults.push({
      key: 'blue_green',
      what: 'This is about blue-green, which is not among "strategies".',
      mend: 'Take "blue_green" out, or add blue-green to "strategies".',
    })
  }
  if (has('frontend') && isObject(environment.traffic) && isObject(environment.traffic.vercel)) {
    faults.push({
      key: 'frontend',
      what: 'The frontend is the project under "traffic" already: its rolling releases are what splits the traffic.',
      mend: 'Take "frontend" out.',
    })
  }
  if (environment.require_ci === false && has('checks')) {
    faults.push({
      key: 'checks',
      what: '"require_ci: false" switches these checks off.',
      mend: 'Take one of the two out.',
    })
  }
  const branches = texts(environment.branches)
  if (branches.length > 1 && branches.some((branch) => branch.toLowerCase() === 'any')) {
    faults.push({
      key: 'branches',
      what: 'With "any" every branch is allowed, so the others say nothing.',
      mend: 'Keep "any" alone, or take it out.',
    })
  }
  const remindMs = durationAt(environment, 'remind_before')
  const expiresMs = durationAt(environment, 'expires_after') ?? gateDefaults.expiresAfterMs
  if (remindMs !== null && remindMs >= expiresMs) {
    faults.push({
      key: 'remind_before',
      what: 'The gate is not open for so long before it expires.',
      mend: 'Write a time that is shorter than "expires_after" (4h where it is not set), or false for none.',
    })
  }
  return faults
}

/** False only where others are named. */
function isAmong(strategy: string, written: unknown): boolean {
  const strategies = texts(written)
  return strategies.length === 0 || strategies.includes(strategy)
}

function ofStaging(
  environment: Written,
  all: readonly Named[],
  stages: readonly string[],
  quote: (text: string) => string,
): readonly Fault[] {
  const rule = environment.require_staging
  const self = named(environment)[0]
  if (rule === undefined || rule === null || rule === false || self === undefined) return []
  const key = 'require_staging'
  const written = isObject(rule) ? rule.environment : rule
  const within = isObject(rule) && rule.environment !== undefined ? ['environment'] : []
  const others = all.filter(({ name }) => name !== self.name)
  const faults: Fault[] = []
  if (typeof written !== 'string') {
    if ((written === undefined || written === true) && stagingBefore(self, all) === null) {
      const mend = `Name the environment whose deployment is wanted${oneOf(others, quote)}.`
      faults.push({ key, what: 'None of the environments is called staging.', mend })
    }
  } else {
    const found = environmentNamed(written, all)
    if (found?.name === self.name) {
      const mend = `Name the environment that comes before it${oneOf(others, quote)}.`
      faults.push({ key, within, what: 'An environment cannot be asked for before itself.', mend })
    } else if (found === null && written.trim() !== '') {
      const meant = nearest(
        written,
        others.flatMap(({ name, aliases }) => [name, ...aliases]),
        2,
      )
      const mend =
        meant === null
          ? `Name one of the environments${oneOf(others, quote)}, or write false.`
          : `Did you mean ${quote(meant)}?`
      faults.push({ key, within, what: `There is no environment ${quote(written)} in this repository.`, mend })
    }
  }
  const smoke = isObject(rule) ? rule.smoke_stages : undefined
  for (const [index, stage] of texts(smoke).entries()) {
    if (stage.trim() === '' || stages.includes(stage)) continue
    const meant = nearest(stage, stages, 2)
    const mend = meant === null ? `The stages are: ${listOf(stages.map(quote))}.` : `Did you mean ${quote(meant)}?`
    const at = Array.isArray(smoke) ? [index] : []
    faults.push({ key, within: ['smoke_stages', ...at], what: `There is no stage ${quote(stage)}.`, mend })
  }
  return faults
}

function oneOf(environments: readonly Named[], quote: (text: string) => string): string {
  return environments.length === 0 ? '' : `: ${environments.map(({ name }) => quote(name)).join(', ')}`
}

function durationAt(environment: Written, key: string): number | null {
  const value = environment[key]
  return typeof value === 'string' ? parseDuration(value) : null
}

function named(item: unknown): readonly Named[] {
  if (typeof item === 'string') return [{ name: item, aliases: [] }]
  return isObject(item) && typeof item.name === 'string' ? [{ name: item.name, aliases: texts(item.aliases) }] : []
}

function texts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string')
}
