import { commonPayload } from './emission.ts'
import { appObject, iso, minimalRepository, repositoryUrl, simpleUser } from './rest-objects.ts'
import type { GithubState, HookState, RepositoryState } from './state.ts'

export function pingPayload(state: GithubState, repository: RepositoryState, hook: HookState) {
  const url = `${repositoryUrl(state, repository)}/hooks/${hook.id}`
  return {
    zen: 'Practicality beats purity.',
    hook_id: hook.id,
    hook: {
      type: 'Repository',
      id: hook.id,
      name: 'web',
      active: hook.isActive,
      events: hook.events,
      config: { content_type: 'json', insecure_ssl: '0', url: hook.url },
      updated_at: iso(hook.createdAt),
      created_at: iso(hook.createdAt),
      url,
      test_url: `${url}/test`,
      ping_url: `${url}/pings`,
      deliveries_url: `${url}/deliveries`,
      last_response: { code: null, status: 'unused', message: null },
    },
    ...commonPayload(state, repository, repository.owner),
  }
}

/** What App deliveries carry about a repository that was connected. */
export function installationPayload(
  state: GithubState,
  installation: { readonly id: number; readonly account: string; readonly appId: number; readonly appSlug: string },
  repositories: readonly RepositoryState[],
  action: 'created' | 'deleted' | 'suspend' | 'unsuspend',
) {
  const account = simpleUser(state, installation.account)
  return {
    action,
    installation: {
      id: installation.id,
      account,
      repository_selection: 'all',
      access_tokens_url: `${state.apiUrl}/app/installations/${installation.id}/access_tokens`,
      repositories_url: `${state.apiUrl}/installation/repositories`,
      html_url: `${state.webUrl}/settings/installations/${installation.id}`,
      app_id: installation.appId,
      app_slug: installation.appSlug,
      target_id: account.id,
      target_type: account.type,
      permissions: appObject(state, 'github-actions').permissions,
      events: ['push', 'workflow_run', 'workflow_job', 'check_run', 'check_suite'],
      created_at: '2024-01-01T00:00:00Z',
      updated_at: '2024-01-01T00:00:00Z',
      single_file_name: null,
      has_multiple_single_files: false,
      single_file_paths: [],
      suspended_by: null,
      suspended_at: null,
    },
    repositories: repositories.map((repository) => {
      const { id, node_id, name, full_name, private: isPrivate } = minimalRepository(state, repository)
      return { id, node_id, name, full_name, private: isPrivate }
    }),
    requester: null,
    sender: account,
  }
}
