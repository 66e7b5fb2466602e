import type { Config } from './config.ts'

/** What a configuration allows and probably nobody wants, for the log at the start. */
export interface ConfigWarning {
  readonly repository: string
  readonly environment: string
  readonly what: string
  readonly mend: string
}

export function findWarnings({ repositories }: Config): readonly ConfigWarning[] {
  return repositories.flatMap(({ repo, environments }) =>
    environments
      .filter(({ gate }) => gate.needsApproval && gate.approvals.length === 0)
      .map(({ name }) => ({
        repository: repo,
        environment: name,
        what: 'Nobody can release here, because nobody is named who could approve.',
        mend: 'Say who under "approvers", or write "protected: false" if it needs no approval.',
      })),
  )
}
