/** The shapes that api.github.com answers with, as Octokit's own types have them. */
import type { RestEndpointMethodTypes } from '@octokit/rest'
import type { DeploymentStateName } from './terms.ts'

type Data<
  Scope extends keyof RestEndpointMethodTypes,
  Method extends keyof RestEndpointMethodTypes[Scope],
> = RestEndpointMethodTypes[Scope][Method] extends { response: { data: infer D } } ? D : never

export type RestRepository = Data<'repos', 'get'>
export type RestSimpleUser = NonNullable<RestRepository['owner']>
export type RestUser = Extract<Data<'users', 'getByUsername'>, { user_view_type?: string }>
export type RestCommit = Data<'repos', 'getCommit'>
export type RestRun = Data<'actions', 'getWorkflowRun'>
export type RestMinimalRepository = RestRun['repository']
export type RestJob = Data<'actions', 'getJobForWorkflowRun'>
export type RestPendingDeployment = Data<'actions', 'getPendingDeploymentsForRun'>[number]
export type RestCheckRun = Data<'checks', 'get'>
export type RestCheckSuite = Data<'checks', 'getSuite'>
export type RestAnnotation = Data<'checks', 'listAnnotations'>[number]
export type RestApp = NonNullable<RestCheckRun['app']>
export type RestStatus = Data<'repos', 'listCommitStatusesForRef'>[number]
export type RestCombinedStatus = Data<'repos', 'getCombinedStatusForRef'>
export type RestDeployment = Data<'repos', 'getDeployment'>
/** `waiting` is in what GitHub sends, not in Octokit's types of the REST answer. */
export type RestDeploymentStatus = Omit<Data<'repos', 'getDeploymentStatus'>, 'state'> & { state: DeploymentStateName }
export type RestPull = Data<'repos', 'listPullRequestsAssociatedWithCommit'>[number]
export type RestWholePull = Data<'pulls', 'get'>
export type RestFile = NonNullable<RestCommit['files']>[number]
export type RestComparison = Data<'repos', 'compareCommitsWithBasehead'>
export type RestBranch = Data<'repos', 'getBranch'>
export type RestShortBranch = Data<'repos', 'listBranches'>[number]
export type RestTag = Data<'repos', 'listTags'>[number]
export type RestGitRef = Data<'git', 'getRef'>
export type RestGitTag = Data<'git', 'getTag'>
export type RestBlob = Data<'git', 'getBlob'>
export type RestContentFile = Extract<Exclude<Data<'repos', 'getContent'>, readonly unknown[]>, { type: 'file' }>
export type RestContentFolder = Extract<Data<'repos', 'getContent'>, readonly unknown[]>
export type RestStatusChecks = Data<'repos', 'getStatusChecksProtection'>
export type RestBranchRules = Data<'repos', 'getBranchRules'>
export type RestWorkflow = Data<'actions', 'getWorkflow'>
export type RestArtifact = Data<'actions', 'listWorkflowRunArtifacts'>['artifacts'][number]
export type RestPendingDeployments = Data<'actions', 'getPendingDeploymentsForRun'>
export type RestTeam = Data<'teams', 'getByName'>
export type RestTeamMember = Data<'teams', 'listMembersInOrg'>[number]
export type RestHook = Data<'repos', 'getWebhook'>
export type RestDeliveryItem = Data<'repos', 'listWebhookDeliveries'>[number]
export type RestDelivery = Data<'repos', 'getWebhookDelivery'>
export type RestInstallation = Data<'apps', 'getInstallation'>
export type RestAuthenticatedApp = NonNullable<Data<'apps', 'getAuthenticated'>>
