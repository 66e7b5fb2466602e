import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/rest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { omnihubPipeline } from '../../../sandbox/github/omnihub-pipeline.ts'
import { scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import { type SimulatedGithub, startSimulatedGithub } from '../../../sandbox/github/simulated-github.ts'
import { sizedPipeline } from '../../../sandbox/github/sized-pipeline.ts'
import { appKey } from './app-key.ts'
import { RECEIVER_SECRET, startWebhookReceiver } from './webhook-receiver.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const of = { owner: 'omnihub', repo: 'app' }
const script = scriptPipeline(
  omnihubPipeline({
    outcomes: { 'unit-tests': ['failure', 'success'] },
    outcomesOn: 'push',
    rerunFailedAfterMs: 10_000,
  }),
)
const { sha } = script
let github: SimulatedGithub
let octokit: Octokit
let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>

const clientWith = (token: string) => new Octokit({ baseUrl: github.apiUrl, auth: token, log: silent })
const appClient = (installationId?: number, privateKey = appKey) =>
  new Octokit({
    baseUrl: github.apiUrl,
    log: silent,
    authStrategy: createAppAuth,
    auth: { appId: 7, privateKey, ...(installationId === undefined ? {} : { installationId }) },
  })

beforeAll(async () => {
  receiver = await startWebhookReceiver()
  const webhook = { url: receiver.url, secret: RECEIVER_SECRET }
  github = await startSimulatedGithub({
    repositories: [{ fullName: 'omnihub/app' }, { fullName: 'other/app' }],
    people: [{ login: 'mona', name: 'Mona Lisa', email: 'mona@omnihub.dev' }],
    app: {
      id: 7,
      slug: 'sluice',
      privateKey: appKey,
      installations: [
        { id: 70, account: 'omnihub' },
        { id: 71, account: 'other' },
      ],
      webhook,
    },
  })
  octokit = clientWith('sandbox-token')
  github.addHook('omnihub/app', webhook)
  github.load(script)
  await github.walk()
})
afterAll(async () => {
  await github.close()
  await receiver.close()
})

describe('the REST API of the simulated GitHub', () => {
  test('shows the repository, the commit, people and the pull request of a merge', async () => {
    expect((await octokit.rest.repos.get(of)).data).toMatchObject({ full_name: 'omnihub/app', default_branch: 'main' })
    const { data: commit } = await octokit.rest.repos.getCommit({ ...of, ref: 'main' })
    expect(commit).toMatchObject({ sha, author: { login: 'mona' }, commit: { author: { name: 'Mona Lisa' } } })
    expect((await octokit.rest.users.getByUsername({ username: 'MONA' })).data).toMatchObject({
      email: 'mona@omnihub.dev',
    })
    const { data: pulls } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...of, commit_sha: sha })
    expect(pulls).toMatchObject([
      { number: 128, state: 'closed', merge_commit_sha: sha, merged_at: expect.any(String) },
    ])
  })

  test('shows runs of a commit, their attempts, and the jobs of the newest or of all attempts', async () => {
    const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...of, head_sha: sha })
    expect(data.workflow_runs.map((run) => run.name)).toEqual([
      'Deploy to Staging',
      'Deploy to Dev',
      'Continuous Integration',
    ])
    const run_id = data.workflow_runs[2]?.id ?? 0
    expect((await octokit.rest.actions.getWorkflowRun({ ...of, run_id })).data).toMatchObject({
      run_attempt: 2,
      conclusion: 'success',
    })
    const first = await octokit.rest.actions.getWorkflowRunAttempt({ ...of, run_id, attempt_number: 1 })
    expect(first.data).toMatchObject({ run_attempt: 1, conclusion: 'failure' })
    const latest = await octokit.rest.actions.listJobsForWorkflowRun({ ...of, run_id })
    expect(latest.data.total_count).toBe(13)
    expect(new Set(latest.data.jobs.map((job) => job.run_attempt))).toEqual(new Set([2]))
    const all = await octokit.paginate(octokit.rest.actions.listJobsForWorkflowRun, {
      ...of,
      run_id,
      filter: 'all',
      per_page: 5,
    })
    expect(all).toHaveLength(26)
    expect(new Set(all.map((job) => job.id)).size).toBe(26)
  })

  test('shows checks once for each name, suites, statuses, deployments and how they went', async () => {
    const checks = await octokit.paginate(octokit.rest.checks.listForRef, { ...of, ref: sha, per_page: 7 })
    expect(checks.filter((check) => check.name === 'Unit Tests')).toMatchObject([{ conclusion: 'success' }])
    expect(checks.find((check) => check.name === 'codecov/project')?.app?.slug).toBe('codecov')
    const all = await octokit.paginate(octokit.rest.checks.listForRef, { ...of, ref: sha, filter: 'all' })
    expect(all.filter((check) => check.name === 'Unit Tests')).toHaveLength(2)
    expect((await octokit.rest.checks.listSuitesForRef({ ...of, ref: sha })).data.total_count).toBe(4)
    const combined = await octokit.rest.repos.getCombinedStatusForRef({ ...of, ref: sha })
    expect(combined.data).toMatchObject({ state: 'success', total_count: 1, statuses: [{ context: 'license/cla' }] })
    const statuses = await octokit.rest.repos.listCommitStatusesForRef({ ...of, ref: sha })
    expect(statuses.data.map((status) => status.state)).toEqual(['success', 'pending'])
    const { data: deployments } = await octokit.rest.repos.listDeployments({ ...of, sha })
    expect(deployments.map((deployment) => deployment.environment)).toEqual(['staging', 'dev'])
    const { data: moves } = await octokit.rest.repos.listDeploymentStatuses({
      ...of,
      deployment_id: deployments[0]?.id ?? 0,
    })
    expect(moves.map((status) => status.state)).toEqual(['success', 'in_progress'])
  })

  test('sends to another host for logs, where no token is wanted and the address is short-lived', async () => {
    const failed = [...github.repository('omnihub/app').jobs.values()].find((job) => job.conclusion === 'failure')
    const logs = await octokit.rest.actions.downloadJobLogsForWorkflowRun({
      ...of,
      job_id: failed?.id ?? 0,
      request: { redirect: 'manual' },
    })
    expect(logs.status).toBe(302)
    const address = logs.headers.location ?? ''
    const text = await (await fetch(address)).text()
    expect(text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z Current runner version/)
    expect(text).toContain('##[error]Process completed with exit code 1.')
    expect((await fetch(address, { headers: { authorization: 'token x' } })).status).toBe(400)
    expect(await (await fetch(address, { headers: { range: 'bytes=-10' } })).text()).toBe(text.slice(-10))
    expect((await fetch(address.replace(/sig=.*/, 'sig=0'))).status).toBe(403)
  })

  test('makes the next attempt really run, once', async () => {
    const again = await startSimulatedGithub({ repositories: [{ fullName: 'omnihub/app' }] })
    try {
      const client = new Octokit({ baseUrl: again.apiUrl, auth: 'sandbox-token', log: silent })
      again.load(scriptPipeline(omnihubPipeline({ pullRequest: null, outcomes: { lint: ['failure', 'success'] } })))
      await again.walk()
      const [run] = again.repository('omnihub/app').runs.values()
      const run_id = run?.id ?? 0
      expect((await client.rest.actions.reRunWorkflowFailedJobs({ ...of, run_id })).status).toBe(201)
      await expect(client.rest.actions.reRunWorkflowFailedJobs({ ...of, run_id })).rejects.toMatchObject({
        status: 403,
      })
      expect(run).toMatchObject({ attempt: 2, status: 'queued', triggeringLogin: 'sandbox-user' })
      const played = await again.walk()
      expect(run).toMatchObject({ attempt: 2, conclusion: 'success' })
      // What waits for CI goes on as if it had passed at once.
      expect(played.flatMap((step) => step.events)).toContain('deployment.created')
      await expect(client.rest.actions.reRunWorkflowFailedJobs({ ...of, run_id })).rejects.toMatchObject({
        status: 403,
      })
      expect((await client.rest.actions.reRunWorkflow({ ...of, run_id })).status).toBe(201)
      await again.walk()
      expect(run).toMatchObject({ attempt: 3, conclusion: 'success' })
    } finally {
      await again.close()
    }
  })

  test('lists deliveries of a hook by cursor, shows one, and sends it again', async () => {
    const { data: hooks } = await octokit.rest.repos.listWebhooks(of)
    const hook_id = hooks[0]?.id ?? 0
    const all = await octokit.paginate(octokit.rest.repos.listWebhookDeliveries, { ...of, hook_id, per_page: 30 })
    expect(all.length).toBe(github.deliveries({ hookId: hook_id }).length)
    expect(all.at(-1)).toMatchObject({ event: 'ping', status_code: 202, redelivery: false })
    const delivery_id = all[0]?.id ?? 0
    const one = await octokit.rest.repos.getWebhookDelivery({ ...of, hook_id, delivery_id })
    expect(one.data).toMatchObject({ guid: all[0]?.guid, request: { headers: { 'X-GitHub-Event': all[0]?.event } } })
    expect((await octokit.rest.repos.redeliverWebhookDelivery({ ...of, hook_id, delivery_id })).status).toBe(202)
    await github.settle()
    expect(receiver.received.at(-1)?.guid).toBe(all[0]?.guid)
  })

  test('knows an App by its key, and gives its installations tokens for their own repositories', async () => {
    expect((await appClient().rest.apps.getAuthenticated()).data).toMatchObject({ id: 7, slug: 'sluice' })
    expect((await appClient().rest.apps.listInstallations()).data.map((one) => one.id)).toEqual([70, 71])
    expect((await appClient(70).rest.repos.get(of)).data.full_name).toBe('omnihub/app')
    await expect(appClient(71).rest.repos.get(of)).rejects.toMatchObject({ status: 404 })
    const deliveries = await appClient().paginate(appClient().rest.apps.listWebhookDeliveries, { per_page: 50 })
    expect(deliveries.length).toBe(github.deliveries({ type: 'app' }).length)
    const delivery_id = deliveries[0]?.id ?? 0
    expect((await appClient().rest.apps.redeliverWebhookDelivery({ delivery_id })).status).toBe(202)
    await github.installApp('omnihub')
    expect(receiver.received.at(-1)).toMatchObject({ event: 'installation', action: 'created', isGenuine: true })
  })

  test('refuses who it does not know: 401; what there is not: 404; a commit that never was: 422', async () => {
    await expect(clientWith('wrong').rest.repos.get(of)).rejects.toMatchObject({ status: 401 })
    await expect(octokit.rest.apps.getAuthenticated()).rejects.toMatchObject({ status: 401 })
    const expired = await fetch(`${github.apiUrl}/app`, { headers: { authorization: 'bearer a.b.c' } })
    expect(expired.status).toBe(401)
    await expect(octokit.rest.repos.get({ owner: 'no', repo: 'body' })).rejects.toMatchObject({ status: 404 })
    await expect(octokit.rest.actions.getJobForWorkflowRun({ ...of, job_id: 1 })).rejects.toMatchObject({ status: 404 })
    await expect(octokit.rest.repos.getCommit({ ...of, ref: 'f'.repeat(40) })).rejects.toMatchObject({ status: 422 })
  })

  test('counts requests, and refuses those that are too many until the hour is over', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z')
    const small = await startSimulatedGithub({
      repositories: [{ fullName: 'omnihub/app' }],
      rateLimit: 2,
      clock: { now: () => now, sleep: async () => {} },
    })
    try {
      const client = new Octokit({ baseUrl: small.apiUrl, auth: 'sandbox-token', log: silent })
      expect((await client.rest.repos.get(of)).headers['x-ratelimit-remaining']).toBe('1')
      await client.rest.repos.get(of)
      await expect(client.rest.repos.get(of)).rejects.toMatchObject({
        status: 403,
        response: { headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 3600) } },
      })
      now += 3_600_001
      expect((await client.rest.repos.get(of)).status).toBe(200)
    } finally {
      await small.close()
    }
  })

  test('fails as it is told to, and only as often', async () => {
    github.faults.failNext({ match: 'GET /repos/omnihub/app', kind: 'bad_gateway', times: 2 })
    await expect(octokit.rest.repos.get(of)).rejects.toMatchObject({ status: 502 })
    await expect(octokit.rest.repos.get(of)).rejects.toMatchObject({ status: 502 })
    expect((await octokit.rest.repos.get(of)).status).toBe(200)
    github.faults.setOutage(true)
    await expect(octokit.rest.users.getByUsername({ username: 'mona' })).rejects.toMatchObject({ status: 503 })
    github.faults.clear()
    expect((await octokit.rest.users.getByUsername({ username: 'mona' })).status).toBe(200)
  })

  test('keeps apart 300 jobs over several pages', async () => {
    const big = scriptPipeline(sizedPipeline({ jobs: 300 }))
    github.load(big)
    await github.walk()
    const checks = await octokit.paginate(octokit.rest.checks.listForRef, { ...of, ref: big.sha, per_page: 100 })
    expect(new Set(checks.map((check) => check.name)).size).toBe(300)
  })
})
