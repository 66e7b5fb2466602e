import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/rest'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DispatchPlay, DispatchSpec } from '../../../sandbox/github/dispatch-spec.ts'
import { scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import { startSimulatedGithub } from '../../../sandbox/github/simulated-github.ts'
import { appKey } from './app-key.ts'
import { RECEIVER_SECRET, startWebhookReceiver } from './webhook-receiver.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const of = { owner: 'omnihub', repo: 'app' }
const repository = 'omnihub/app'
const path = '.github/workflows/deploy.yml'

async function start(play: DispatchPlay = {}, does?: DispatchSpec['does']) {
  const receiver = await startWebhookReceiver()
  const hook = await startWebhookReceiver()
  const github = await startSimulatedGithub({
    repositories: [{ fullName: repository }],
    app: {
      id: 7,
      slug: 'sluice',
      privateKey: appKey,
      installations: [{ id: 70, account: 'omnihub' }],
      webhook: { url: receiver.url, secret: RECEIVER_SECRET },
    },
  })
  onTestFinished(async () => {
    await github.settle()
    await Promise.all([github.close(), receiver.close(), hook.close()])
  })
  const octokit = new Octokit({
    baseUrl: github.apiUrl,
    log: silent,
    authStrategy: createAppAuth,
    auth: { appId: 7, privateKey: appKey, installationId: 70 },
  })
  github.addHook(repository, { url: hook.url, secret: RECEIVER_SECRET })
  const sha = github.commitFiles(repository, 'main', { message: 'First' }).sha
  github.defineDispatchWorkflow(repository, {
    path,
    inputs: { sluice_release: { required: true }, sha: {} },
    play,
    ...(does === undefined ? {} : { does }),
  })
  await github.settle()
  receiver.received.length = 0
  hook.received.length = 0
  const dispatch = async () => {
    const inputs = { sluice_release: '01RELEASE', sha }
    const query = { ...of, workflow_id: 'deploy.yml', ref: 'main', inputs, return_run_details: true }
    const { data, status } = await octokit.request(
      'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
      query,
    )
    return { status, id: Number(data?.workflow_run_id) }
  }
  const answer = (run_id: number, state: 'approved' | 'rejected') =>
    octokit.rest.actions.reviewCustomGatesForRun({
      ...of,
      run_id,
      environment_name: 'production',
      state,
      comment: 'Card',
    })
  const events = () => receiver.received.map(({ event, action }) => `${event}.${action}`)
  const run = (id: number) => github.repository(repository).runs.get(id)
  return { github, receiver, hook, octokit, sha, dispatch, answer, events, run }
}

describe('workflow_dispatch', () => {
  test('answers 200 with the run when it is asked for it, 204 otherwise', async () => {
    const { octokit, dispatch, run } = await start()
    const { status, id } = await dispatch()
    expect(status).toBe(200)
    expect(run(id)).toMatchObject({ event: 'workflow_dispatch', title: 'deploy 01RELEASE', status: 'queued' })
    const inputs = { sluice_release: '02RELEASE' }
    const query = { ...of, workflow_id: 'deploy.yml', ref: 'main', inputs }
    expect((await octokit.rest.actions.createWorkflowDispatch(query)).status).toBe(204)
    const { data } = await octokit.rest.actions.listWorkflowRuns({ ...of, workflow_id: 'deploy.yml' })
    expect(data.workflow_runs.map((one) => one.display_title)).toEqual(['deploy 02RELEASE', 'deploy 01RELEASE'])
    const { data: workflows } = await octokit.rest.actions.listRepoWorkflows(of)
    expect(workflows.workflows).toMatchObject([{ name: 'deploy', path, state: 'active' }])
    await expect(octokit.rest.actions.createWorkflowDispatch({ ...query, ref: 'f'.repeat(40) })).rejects.toMatchObject({
      status: 422,
    })
  })

  test('plays its jobs with signed webhooks, and says on a job what it built', async () => {
    const { github, receiver, octokit, sha, dispatch, events, run } = await start()
    const { id } = await dispatch()
    await github.walk()
    expect(run(id)).toMatchObject({ status: 'completed', conclusion: 'success' })
    expect(receiver.received.every(({ isGenuine }) => isGenuine)).toBe(true)
    expect(events()[0]).toBe('workflow_run.requested')
    expect(events().filter((event) => event === 'workflow_job.completed')).toHaveLength(2)
    const [last] = receiver.received.filter(({ event, action }) => event === 'workflow_run' && action === 'completed')
    expect(last?.payload).toMatchObject({
      workflow_run: { id, display_title: 'deploy 01RELEASE', head_branch: 'main' },
    })
    const { data } = await octokit.rest.checks.listForSuite({ ...of, check_suite_id: run(id)?.checkSuiteId ?? 0 })
    const [build] = data.check_runs
    const annotations = await octokit.rest.checks.listAnnotations({ ...of, check_run_id: build?.id ?? 0 })
    expect(annotations.data).toMatchObject([{ annotation_level: 'notice', title: 'sluice-built-sha', message: sha }])
  })

  test('tells nobody of its end before it has done what it does elsewhere, and does that only when it ends well', async () => {
    const did: string[] = []
    const { promise: isDone, resolve } = Promise.withResolvers<void>()
    const does = async ({ sluice_release = '' }: Readonly<Record<string, string>>) => {
      did.push(sluice_release)
      await isDone
    }
    const { github, dispatch, events } = await start({}, does)
    await dispatch()
    const walked = github.walk()
    await expect.poll(() => did).toEqual(['01RELEASE'])
    expect(events().at(-1)).toBe('check_run.completed')
    resolve()
    await walked
    expect(events()).toContain('workflow_run.completed')

    const failing = await start({ ends: 'failure' }, does)
    await failing.dispatch()
    await failing.github.walk()
    expect(did).toEqual(['01RELEASE'])
  })

  test('can be cancelled while it runs, once, and nothing of it comes after', async () => {
    const { github, octokit, dispatch, events, run } = await start()
    const { id } = await dispatch()
    for (let step = 0; step < 3; step += 1) await github.step()
    expect((await octokit.rest.actions.cancelWorkflowRun({ ...of, run_id: id })).status).toBe(202)
    await github.settle()
    expect(run(id)).toMatchObject({ status: 'completed', conclusion: 'cancelled' })
    expect(events().at(-1)).toBe('check_suite.completed')
    expect(await github.walk()).toEqual([])
    await expect(octokit.rest.actions.cancelWorkflowRun({ ...of, run_id: id })).rejects.toMatchObject({ status: 409 })
  })

  test('goes on by itself when the simulation plays by itself', async () => {
    const { github, dispatch, run } = await start({ environment: { name: 'production', gates: ['rule'] } })
    github.autoplay(10_000)
    const { id } = await dispatch()
    await expect.poll(() => github.repository(repository).jobsOfRun.get(id)?.at(-1)?.status).toBe('waiting')
    await github.settle()
    github.expireRule(repository, id, 'production')
    await expect.poll(() => run(id)?.conclusion).toBe('failure')
  })
})

describe('an environment with a protection rule', () => {
  const play = { environment: { name: 'production', url: 'https://omnihub.dev', gates: ['rule' as const] } }

  test('asks the App alone, with the address to answer at, and goes on with the answer', async () => {
    const { github, receiver, hook, octokit, dispatch, answer, events, run } = await start(play)
    const { id } = await dispatch()
    await github.walk()
    const [asked] = receiver.received.filter(({ event }) => event === 'deployment_protection_rule')
    expect(asked).toMatchObject({ action: 'requested', isGenuine: true })
    expect(asked?.payload).toMatchObject({
      environment: 'production',
      event: 'workflow_dispatch',
      deployment_callback_url: `${github.apiUrl}/repos/omnihub/app/actions/runs/${id}/deployment_protection_rule`,
      deployment: { environment: 'production' },
      installation: { id: 70 },
    })
    expect(hook.received.filter(({ event }) => event === 'deployment_protection_rule')).toEqual([])
    expect(events()).not.toContain('deployment_review.requested')
    const { data } = await octokit.rest.actions.getPendingDeploymentsForRun({ ...of, run_id: id })
    expect(data).toMatchObject([{ environment: { name: 'production' }, current_user_can_approve: false }])
    expect((await answer(id, 'approved')).status).toBe(204)
    await github.walk()
    expect(run(id)).toMatchObject({ status: 'completed', conclusion: 'success' })
    const states = github.repository(repository).deployments[0]?.statuses.map(({ state }) => state)
    expect(states).toEqual(['waiting', 'in_progress', 'success'])
    const jobs = github.repository(repository).jobsOfRun.get(id) ?? []
    expect(jobs.map(({ name }) => name)).toEqual(['Build', 'Deploy'])
  })

  test('fails the job and skips what needs it when the answer is no', async () => {
    const jobs = [
      { key: 'deploy', name: 'Deploy', environment: play.environment },
      { key: 'smoke', name: 'Smoke', needs: ['deploy'] },
    ]
    const { github, dispatch, answer, run } = await start({ jobs })
    const { id } = await dispatch()
    await github.walk()
    expect(run(id)?.status).toBe('waiting')
    await answer(id, 'rejected')
    await github.walk()
    expect(run(id)).toMatchObject({ status: 'completed', conclusion: 'failure' })
    expect(
      github
        .repository(repository)
        .jobsOfRun.get(id)
        ?.map(({ conclusion }) => conclusion),
    ).toEqual(['failure', 'skipped'])
  })

  test('waits for the reviewers too, who answer on GitHub’s page', async () => {
    const environment = { name: 'production', gates: ['rule' as const, 'reviewers' as const] }
    const { github, receiver, dispatch, answer, events, run } = await start({ environment })
    const { id } = await dispatch()
    await github.walk()
    expect(events()).toContain('deployment_review.requested')
    await answer(id, 'approved')
    await expect(answer(id, 'approved')).rejects.toMatchObject({
      status: 422,
      response: { data: { errors: expect.stringContaining('already been reviewed') } },
    })
    await github.walk()
    expect(run(id)?.conclusion).toBeNull()
    github.reviewDeployment(repository, id, {
      environment: 'production',
      state: 'approved',
      by: 'zoe',
      comment: 'Fine',
    })
    await github.walk()
    expect(run(id)?.conclusion).toBe('success')
    const [review] = receiver.received.filter(({ action }) => action === 'approved')
    expect(review?.payload).toMatchObject({ approver: { login: 'zoe' }, comment: 'Fine' })
  })

  test('holds up only the jobs that need it, and two of them do not touch each other', async () => {
    const gate = (name: string) => ({ name, gates: ['reviewers' as const] })
    const jobs = [
      { key: 'a', name: 'A', environment: gate('eu') },
      { key: 'a2', name: 'A2', needs: ['a'] },
      { key: 'b', name: 'B', environment: gate('us') },
      { key: 'c', name: 'C' },
    ]
    const { github, dispatch, run } = await start({ jobs })
    const { id } = await dispatch()
    await github.walk()
    const states = () =>
      Object.fromEntries(
        (github.repository(repository).jobsOfRun.get(id) ?? []).map((job) => [job.name, job.conclusion ?? job.status]),
      )
    expect(states()).toEqual({ A: 'waiting', B: 'waiting', C: 'success' })
    github.reviewDeployment(repository, id, { environment: 'us', state: 'rejected', by: 'zoe' })
    await github.walk()
    expect(states()).toEqual({ A: 'waiting', B: 'failure', C: 'success' })
    expect(run(id)?.status).not.toBe('completed')
    github.reviewDeployment(repository, id, { environment: 'eu', state: 'approved', by: 'zoe' })
    await github.walk()
    expect(states()).toEqual({ A: 'success', A2: 'success', B: 'failure', C: 'success' })
    expect(run(id)).toMatchObject({ status: 'completed', conclusion: 'failure' })
  })

  test('may be in a pipeline that a push starts, which then goes on with what comes after', async () => {
    const { github, answer, run } = await start()
    const spec = {
      repository,
      commit: { message: 'Round half up', author: 'mona' },
      workflows: [
        { name: 'Production', on: ['push' as const], jobs: [{ key: 'd', name: 'Deploy', ...play }] },
        { name: 'After', on: ['push' as const], after: 'Production', jobs: [{ key: 's', name: 'Smoke' }] },
      ],
    }
    github.load(scriptPipeline(spec))
    await github.walk()
    const runs = () => [...github.repository(repository).runs.values()]
    expect(runs().map((one) => one.workflow.name)).toEqual(['Production'])
    const id = runs()[0]?.id ?? 0
    await answer(id, 'approved')
    await github.walk()
    expect(run(id)?.conclusion).toBe('success')
    expect(runs().map((one) => `${one.workflow.name} ${one.conclusion}`)).toEqual([
      'Production success',
      'After success',
    ])
  })
})

describe('deployments through the API', () => {
  test('merge the default branch or check statuses unless told not to, and refuse what they do not know', async () => {
    const { github, octokit, sha } = await start()
    github.reportStatus(repository, { sha, context: 'ci', state: 'failure' })
    const create = (more: Record<string, unknown>) =>
      octokit.request('POST /repos/{owner}/{repo}/deployments', { ...of, ref: sha, ...more })
    await expect(create({ auto_merge: false })).rejects.toMatchObject({ status: 409 })
    github.setBranch(repository, 'old', sha)
    github.commitFiles(repository, 'main', { message: 'Newer' })
    await expect(create({ required_contexts: [] })).rejects.toMatchObject({ status: 409 })
    expect((await create({ ref: 'old', required_contexts: [] })).status).toBe(202)
    await expect(create({ ref: 'none', auto_merge: false })).rejects.toMatchObject({ status: 422 })
    const long = { auto_merge: false, required_contexts: [], description: 'x'.repeat(141) }
    await expect(create(long)).rejects.toMatchObject({ status: 422 })
    const made = await create({ auto_merge: false, required_contexts: [], payload: { sluice_release: '1' } })
    expect(made).toMatchObject({ status: 201, data: { payload: { sluice_release: '1' }, environment: 'production' } })
  })
})
