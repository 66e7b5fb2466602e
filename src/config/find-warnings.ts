import type { Config, EnvironmentConfig } from './config.ts'
import { listOf } from './suggest.ts'

/** What a configuration allows and probably nobody wants, for the log at the start. */
export interface ConfigWarning {
  readonly repository: string
  readonly environment: string
  readonly what: string
  readonly mend: string
}

export function findWarnings({ repositories }: Config): readonly ConfigWarning[] {
  return repositories.flatMap(({ repo, environments }) =>
    environments.flatMap((environment) =>
      [nobodyApproves, nothingJudges, nothingIsSplit, nothingIsShifted]
        .map((find) => find(environment))
        .filter((warning) => warning !== null)
        .map((warning) => ({ repository: repo, environment: environment.name, ...warning })),
    ),
  )
}

type Warned = Pick<ConfigWarning, 'what' | 'mend'> | null

function nobodyApproves({ gate }: EnvironmentConfig): Warned {
  if (!gate.needsApproval || gate.approvals.length > 0) return null
  return {
    what: 'Nobody can release here, because nobody is named who could approve.',
    mend: 'Say who under "approvers", or write "protected: false" if it needs no approval.',
  }
}

/** Without any of it only the health checks of the pools can tell a bad release from a good one. */
function nothingJudges({ traffic, metrics, health }: EnvironmentConfig): Warned {
  if (traffic === null || metrics !== null || health !== null) return null
  const what =
    traffic.type === 'cloudflare'
      ? "Nothing judges a rollout here but the health checks of the load balancer's pools."
      : 'Nothing judges a rollout here: Vercel checks no deployment.'
  return {
    what,
    mend: 'Say under "metrics" what canary and baseline are compared by, or under "health" what is asked.',
  }
}

function nothingIsSplit({ traffic, metrics, health, rollout }: EnvironmentConfig): Warned {
  const unused = [
    ...(metrics === null ? [] : ['metrics']),
    ...(health === null ? [] : ['health']),
    ...(rollout.drill.isAllowed ? ['drill'] : []),
  ]
  if (traffic !== null || unused.length === 0) return null
  return {
    what: `There is no rollout here that ${listOf(unused)} could be for: nothing splits the traffic.`,
    mend: `Say under "traffic" what splits it, or take ${listOf(unused)} out.`,
  }
}

function nothingIsShifted(environment: EnvironmentConfig): Warned {
  const { traffic, gate } = environment
  const [strategy] = gate.strategies.filter((one) => one !== 'direct')
  // Where nothing can be released at all, that is what has to be said.
  if (traffic !== null || strategy === undefined || nobodyApproves(environment) !== null) return null
  return {
    what: `A ${strategy} release ends with its workflow here: nothing splits the traffic, so Sluice shifts none of it.`,
    mend: 'Say under "traffic" what splits it, or write "strategies: [direct]".',
  }
}
