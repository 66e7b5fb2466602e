import type { StrategyStep } from '../policy/gate-policy.ts'

/** What a gate asks for where sluice.yml says nothing. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export const gateDefaults = {
  steps: [
    { percent: 5, windowMs: 15 * MINUTE },
    { percent: 10, windowMs: 15 * MINUTE },
    { percent: 25, windowMs: 15 * MINUTE },
    { percent: 50, windowMs: 30 * MINUTE },
    { percent: 100, windowMs: 0 },
  ] satisfies readonly StrategyStep[],
  expiresAfterMs: 4 * HOUR,
  remindBeforeMs: 30 * MINUTE,
  branches: ['@default'],
  stagingMaxAgeMs: 7 * DAY,
  migrations: ['supabase/migrations/*.sql'],
  timeZone: 'UTC',
}

interface Names {
  readonly name: string
  readonly aliases?: readonly string[] | undefined
}

/** Whether an environment is production by one of its names. */
export function isProduction({ name, aliases = [] }: Names): boolean {
  return [name, ...aliases].some((word) => /^(?:production|prod|live)$/i.test(word))
}

/** The environment that a protected one is preceded by when nothing is said. */
export function stagingBefore<T extends Names>(environment: Names, all: readonly T[]): T | null {
  const isStaging = ({ name, aliases = [] }: Names) =>
    [name, ...aliases].some((word) => /^(?:staging|stage|stg|uat)$/i.test(word))
  return all.find((other) => other.name !== environment.name && isStaging(other)) ?? null
}

/** The environment that a name or an alias leads to; upper and lower case are the same. */
export function environmentNamed<T extends Names>(name: string, all: readonly T[]): T | null {
  const wanted = name.toLowerCase()
  return all.find((one) => [one.name, ...(one.aliases ?? [])].some((word) => word.toLowerCase() === wanted)) ?? null
}

/** Those of the stages that are the smoke tests of an environment by their name, `Smoke staging`. */
export function smokeStagesOf({ name, aliases = [] }: Names, stages: readonly string[]): readonly string[] {
  const smoke = [name, ...aliases].map((word) => `smoke ${word.toLowerCase()}`)
  return stages.filter((stage) => smoke.includes(stage.toLowerCase()))
}
