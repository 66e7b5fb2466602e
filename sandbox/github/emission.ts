/** What every webhook about a repository carries, whatever it is about. */
import { fullRepository, nodeId, simpleUser } from './rest-objects.ts'
import type { GithubState, RepositoryState } from './state.ts'
import { userOf } from './state-access.ts'

/** One thing that GitHub tells whoever listens. */
export interface Emission {
  readonly repository: RepositoryState
  readonly event: string
  readonly payload: Readonly<Record<string, unknown>>
  /** An event that repository hooks cannot subscribe to. */
  readonly isForAppsOnly?: boolean
}

/** What every repository event carries, besides its own. */
export function commonPayload(state: GithubState, repository: RepositoryState, senderLogin: string) {
  const owner = userOf(state, repository.owner)
  const organization = {
    login: owner.login,
    id: owner.id,
    node_id: nodeId('Organization', owner.id),
    url: `${state.apiUrl}/orgs/${owner.login}`,
    repos_url: `${state.apiUrl}/orgs/${owner.login}/repos`,
    events_url: `${state.apiUrl}/orgs/${owner.login}/events`,
    hooks_url: `${state.apiUrl}/orgs/${owner.login}/hooks`,
    issues_url: `${state.apiUrl}/orgs/${owner.login}/issues`,
    members_url: `${state.apiUrl}/orgs/${owner.login}/members{/member}`,
    public_members_url: `${state.apiUrl}/orgs/${owner.login}/public_members{/member}`,
    avatar_url: `${state.webUrl}/avatars/${owner.id}`,
    description: null,
  }
  return {
    repository: fullRepository(state, repository),
    ...(owner.type === 'Organization' ? { organization } : {}),
    sender: simpleUser(state, senderLogin),
  }
}
