/** Hooks, their deliveries and the App: everything with which missed webhooks are found and asked for again. */
import type { Access, AppOptions } from './access.ts'
import { answer, cursorPageOf, httpError, notFound, pageOf } from './rest-answer.ts'
import { appObject, iso, nodeId, repositoryUrl, simpleUser } from './rest-objects.ts'
import type { RestAuthenticatedApp, RestDelivery, RestDeliveryItem, RestHook, RestInstallation } from './rest-types.ts'
import type { Route, RouteRequest } from './router.ts'
import type { GithubState, HookState, RepositoryState } from './state.ts'
import type { StoredDelivery, WebhookSender } from './webhook-sender.ts'

export interface HookRoutesOptions {
  readonly state: GithubState
  readonly sender: WebhookSender
  readonly access: Access
  readonly app: AppOptions | null
  readonly repositoryFor: (request: RouteRequest) => RepositoryState
}

export function hookRoutes({ state, sender, access, app, repositoryFor }: HookRoutesOptions): readonly Route[] {
  const base = '/repos/{owner}/{repo}/hooks'
  const hookFor = (request: RouteRequest): { repository: RepositoryState; hook: HookState } => {
    const repository = repositoryFor(request)
    const hook = repository.hooks.find(({ id }) => id === Number(request.params.hook_id))
    if (hook === undefined) throw notFound()
    return { repository, hook }
  }
  const appFor = (request: RouteRequest): AppOptions => {
    if (app === null || request.caller.type !== 'app') {
      throw httpError(401, 'A JSON web token could not be decoded')
    }
    return app
  }
  const find = (deliveries: readonly StoredDelivery[], request: RouteRequest): StoredDelivery => {
    const delivery = deliveries.find(({ id }) => id === Number(request.params.delivery_id))
    if (delivery === undefined) throw notFound()
    return delivery
  }
  const ended = (deliveries: readonly StoredDelivery[]) => deliveries.filter(({ statusCode }) => statusCode !== 0)
  const redeliver = (delivery: StoredDelivery) => {
    // GitHub answers at once and delivers afterwards.
    void sender.redeliver(delivery)
    return answer({}, 202)
  }
  const ofHook = (request: RouteRequest) => ended(sender.deliveries({ hookId: hookFor(request).hook.id }))
  const ofApp = (request: RouteRequest) => ended(sender.deliveries({ hookId: appFor(request).id, type: 'app' }))

  return [
    {
      path: `GET ${base}`,
      handle: (request) => {
        const repository = repositoryFor(request)
        return pageOf(request.url, repository.hooks, (hook) => hookObject(state, repository, hook, sender))
      },
    },
    {
      path: `GET ${base}/{hook_id}`,
      handle: (request) => {
        const { repository, hook } = hookFor(request)
        return answer(hookObject(state, repository, hook, sender))
      },
    },
    {
      path: `GET ${base}/{hook_id}/deliveries`,
      handle: (request) => cursorPageOf(request.url, ofHook(request), deliveryItem),
    },
    {
      path: `GET ${base}/{hook_id}/deliveries/{delivery_id}`,
      handle: (request) => answer(deliveryObject(find(ofHook(request), request))),
    },
    {
      path: `POST ${base}/{hook_id}/deliveries/{delivery_id}/attempts`,
      handle: (request) => redeliver(find(ofHook(request), request)),
    },
    { path: 'GET /app', handle: (request) => answer(authenticatedApp(state, appFor(request))) },
    {
      path: 'GET /app/installations',
      handle: (request) => {
        const own = appFor(request)
        return pageOf(request.url, own.installations, (one) => installationObject(state, own, one.id, one.account))
      },
    },
    {
      path: 'POST /app/installations/{installation_id}/access_tokens',
      handle: (request) => {
        appFor(request)
        const issued = access.createInstallationToken(Number(request.params.installation_id))
        if (issued === null) throw notFound()
        const { permissions } = appObject(state, 'github-actions')
        return answer(
          { token: issued.token, expires_at: iso(issued.expiresAt), permissions, repository_selection: 'all' },
          201,
        )
      },
    },
    {
      path: 'GET /repos/{owner}/{repo}/installation',
      handle: (request) => {
        const own = appFor(request)
        const account = (request.params.owner ?? '').toLowerCase()
        const installation = own.installations.find((one) => one.account.toLowerCase() === account)
        if (installation === undefined) throw notFound()
        return answer(installationObject(state, own, installation.id, installation.account))
      },
    },
    { path: 'GET /app/hook/deliveries', handle: (request) => cursorPageOf(request.url, ofApp(request), deliveryItem) },
    {
      path: 'GET /app/hook/deliveries/{delivery_id}',
      handle: (request) => answer(deliveryObject(find(ofApp(request), request))),
    },
    {
      path: 'POST /app/hook/deliveries/{delivery_id}/attempts',
      handle: (request) => redeliver(find(ofApp(request), request)),
    },
  ]
}

function hookObject(state: GithubState, repository: RepositoryState, hook: HookState, sender: WebhookSender): RestHook {
  const url = `${repositoryUrl(state, repository)}/hooks/${hook.id}`
  const last = sender.deliveries({ hookId: hook.id, type: 'repository' })[0]
  return {
    type: 'Repository',
    id: hook.id,
    name: 'web',
    active: hook.isActive,
    events: [...hook.events],
    config: { content_type: 'json', insecure_ssl: '0', secret: '********', url: hook.url },
    updated_at: iso(hook.createdAt),
    created_at: iso(hook.createdAt),
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: {
      code: last?.statusCode ?? null,
      status: last === undefined ? 'unused' : last.statusCode < 400 ? 'active' : 'failed',
      message: last?.status ?? null,
    },
  }
}

function deliveryItem(delivery: StoredDelivery): RestDeliveryItem {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: new Date(delivery.deliveredAt).toISOString(),
    redelivery: delivery.isRedelivery,
    duration: delivery.durationSeconds,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  }
}

function deliveryObject(delivery: StoredDelivery): RestDelivery {
  return {
    ...deliveryItem(delivery),
    url: delivery.target.url,
    request: { headers: { ...delivery.requestHeaders }, payload: JSON.parse(delivery.body) },
    response: { headers: { ...delivery.responseHeaders }, payload: delivery.responseBody },
  }
}

function authenticatedApp(state: GithubState, app: AppOptions): RestAuthenticatedApp {
  return {
    ...appObject(state, app.slug),
    id: app.id,
    events: [
      'push',
      'workflow_run',
      'workflow_job',
      'check_run',
      'check_suite',
      'status',
      'deployment',
      'deployment_status',
    ],
    installations_count: app.installations.length,
  }
}

function installationObject(state: GithubState, app: AppOptions, id: number, accountLogin: string): RestInstallation {
  const account = simpleUser(state, accountLogin)
  return {
    id,
    account,
    repository_selection: 'all',
    access_tokens_url: `${state.apiUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${state.apiUrl}/installation/repositories`,
    html_url: `${state.webUrl}/organizations/${accountLogin}/settings/installations/${id}`,
    app_id: app.id,
    client_id: `Iv1.${nodeId('App', app.id)}`,
    target_id: account.id,
    target_type: account.type,
    permissions: { actions: 'write', checks: 'read', contents: 'read', deployments: 'read', metadata: 'read' },
    events: ['push', 'workflow_run', 'workflow_job'],
    created_at: '2024-01-01T00:00:00Z',
    updated_at: '2024-01-01T00:00:00Z',
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    app_slug: app.slug,
    suspended_by: null,
    suspended_at: null,
    contact_email: null,
  }
}
