/** How deployments come to be and go on, by a job's environment or through the API. */

import type { Emission } from './emission.ts'
import type { DeploymentState, GithubState, RepositoryState } from './state.ts'
import { newId } from './state-access.ts'
import type { DeploymentStateName } from './terms.ts'
import { deploymentStatusEmission } from './webhook-payloads.ts'

export function addDeployment(
  state: GithubState,
  repository: RepositoryState,
  spec: {
    readonly sha: string
    readonly branch: string
    readonly environment: string
    readonly by: string
    readonly runId: number | null
    readonly ref: string
    readonly payload?: DeploymentState['payload']
    readonly description?: string | null
    readonly isProduction?: boolean
    readonly isTransient?: boolean
  },
  now: number,
): DeploymentState {
  const deployment: DeploymentState = {
    id: newId(state),
    ref: spec.ref,
    sha: spec.sha,
    branch: spec.branch,
    environment: spec.environment,
    creatorLogin: spec.by,
    runId: spec.runId,
    payload: spec.payload ?? {},
    description: spec.description ?? null,
    isProduction: spec.isProduction ?? spec.environment === 'production',
    isTransient: spec.isTransient ?? false,
    createdAt: now,
    statuses: [],
  }
  repository.deployments.push(deployment)
  return deployment
}

/**
 * A success makes the earlier deployments of the environment inactive, of which GitHub tells nobody; not those of
 * production environments.
 */
export function moveDeployment(
  state: GithubState,
  repository: RepositoryState,
  deployment: DeploymentState,
  name: DeploymentStateName,
  environmentUrl: string,
  logUrl: string,
  now: number,
  more: { readonly by?: string; readonly description?: string; readonly autoInactive?: boolean } = {},
): readonly Emission[] {
  const add = (to: DeploymentState, stateName: DeploymentStateName, url: string, log: string) => {
    const status = {
      id: newId(state),
      state: stateName,
      description: to === deployment ? (more.description ?? '') : '',
      environmentUrl: url,
      logUrl: log,
      creatorLogin: more.by ?? to.creatorLogin,
      createdAt: now,
    }
    to.statuses.push(status)
    return status
  }
  const status = add(deployment, name, environmentUrl, logUrl)
  if (name === 'success' && (more.autoInactive ?? true)) {
    for (const other of repository.deployments) {
      const isOfSame = other !== deployment && other.environment === deployment.environment
      if (isOfSame && !other.isProduction && !other.isTransient && other.statuses.at(-1)?.state === 'success')
        add(other, 'inactive', '', '')
    }
  }
  return [deploymentStatusEmission(state, repository, deployment, status)]
}
