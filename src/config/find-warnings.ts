import { namesPool } from '../policy/pool-address.ts'
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
      [nobodyApproves, nothingJudges, addressesStay, nothingIsSplit, nothingIsShifted]
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

/** Of one fixed address nothing is said: what answers there may be told apart by other means. */
function addressesStay({ traffic, health }: EnvironmentConfig): Warned {
  if (traffic?.type !== 'cloudflare' || health === null || health.baseline === null) return null
  if (namesPool(health.canary) || namesPool(health.baseline)) return null
  return {
    what: 'The pools change places with each release, and the addresses under "health" do not: unless each follows its version by itself, the two are mistaken for each other every second time.',
    mend: 'Write one address with $pool for the name of the pool, like "health: https://$pool.acme.example/health".',
  }
}

/** What is used by nothing but rollouts, which are those of traffic. */
const forRollouts = ['metrics', 'health', 'functions', 'frontend'] as const

function nothingIsSplit(environment: EnvironmentConfig): Warned {
  const { traffic, rollout } = environment
  const named = forRollouts.filter((key) => environment[key] !== null)
  const unused = listOf(rollout.drill.isAllowed ? [...named, 'drill'] : named)
  if (traffic !== null || unused === '') return null
  return {
    what: `Nothing splits the traffic here, so there is no rollout and no rollback that ${unused} could be for.`,
    mend: `Say under "traffic" what splits it, or take ${unused} out.`,
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
