/** What a branch demands: its protection, which is for administrators, and the rules of rulesets, which are for all. */
import { demand } from './access.ts'
import { statusChecksObject } from './git-objects.ts'
import { answer, httpError, pageOf } from './rest-answer.ts'
import type { RestBranchRules } from './rest-types.ts'
import type { Route, RouteRequest } from './router.ts'
import type { GithubState, RepositoryState, RulesetState } from './state.ts'
import { fullNameOf } from './state-access.ts'

export interface ProtectionRoutesOptions {
  readonly state: GithubState
  readonly repositoryFor: (request: RouteRequest) => RepositoryState
}

export function protectionRoutes({ state, repositoryFor }: ProtectionRoutesOptions): readonly Route[] {
  const base = '/repos/{owner}/{repo}'
  return [
    {
      path: `GET ${base}/branches/{branch}/protection/required_status_checks`,
      handle: (request) => {
        const repository = repositoryFor(request)
        demand(request.caller, 'administration')
        const branch = request.params.branch ?? ''
        const required = repository.protection.get(branch)
        if (required === undefined) throw httpError(404, 'Branch not protected')
        if (required.length === 0) throw httpError(404, 'Required status checks not enabled')
        return answer(statusChecksObject(state, repository, branch, required))
      },
    },
    {
      path: `GET ${base}/rules/branches/{branch}`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const rulesets = repository.rulesets.filter(({ branch }) => branch === request.params.branch)
        return pageOf(request.url, rulesets, (ruleset) => ruleObject(repository, ruleset))
      },
    },
  ]
}

function ruleObject(repository: RepositoryState, { id, checks }: RulesetState): RestBranchRules[number] {
  return {
    type: 'required_status_checks',
    parameters: {
      strict_required_status_checks_policy: false,
      do_not_enforce_on_create: false,
      required_status_checks: checks.map(({ context, appId }) => ({
        context,
        ...(appId === null ? {} : { integration_id: appId }),
      })),
    },
    ruleset_source_type: 'Repository',
    ruleset_source: fullNameOf(repository),
    ruleset_id: id,
  }
}
