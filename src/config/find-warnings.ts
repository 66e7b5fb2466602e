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
      [nobodyApproves(environment), isNotRolledOut(environment)]
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

/** What is only used while traffic is shifted, which this version does not do yet. */
const forRollouts = ['traffic', 'metrics', 'health', 'functions', 'frontend'] as const

function isNotRolledOut(environment: EnvironmentConfig): Warned {
  const named = forRollouts.filter((key) => environment[key] !== null)
  if (named.length === 0) return null
  return {
    what: `This version checks ${listOf(named)} and does not use it yet: a release is over when its workflow is, no traffic is shifted and nothing is rolled back.`,
    mend: 'Let the workflow shift the traffic until then.',
  }
}
