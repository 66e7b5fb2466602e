import { createServer } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { listen } from '../../../sandbox/github/listen.ts'
import { omnihubPipeline } from '../../../sandbox/github/omnihub-pipeline.ts'
import { scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import {
  type SimulatedGithub,
  type SimulatedGithubOptions,
  startSimulatedGithub,
} from '../../../sandbox/github/simulated-github.ts'
import { sizedPipeline } from '../../../sandbox/github/sized-pipeline.ts'
import { Secret } from '../../../src/config/secret.ts'
import { defaultStages } from '../../../src/pipeline/default-stages.ts'
import { applyFacts, emptyPipelineState } from '../../../src/pipeline/fold.ts'
import { viewPipeline } from '../../../src/pipeline/view-pipeline.ts'
import {
  type GithubCall,
  type GithubCodeHostOptions,
  githubCodeHost,
} from '../../../src/providers/github/github-code-host.ts'
import { appKey } from '../../sandbox/github/app-key.ts'
import { RECEIVER_SECRET, startWebhookReceiver } from '../../sandbox/github/webhook-receiver.ts'

const TOKEN = 'sandbox-token-of-the-test'
const repository = 'omnihub/app'
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function start(options: Partial<SimulatedGithubOptions> = {}, host: Partial<GithubCodeHostOptions> = {}) {
  const receiver = await startWebhookReceiver()
  const webhook = { url: receiver.url, secret: RECEIVER_SECRET }
  const github = await startSimulatedGithub({
    repositories: [{ fullName: repository }],
    people: [{ login: 'mona', email: 'mona@omnihub.dev' }],
    tokens: [{ token: TOKEN, login: 'sluice-bot' }],
    app: { id: 7, slug: 'sluice', privateKey: appKey, installations: [{ id: 70, account: 'omnihub' }], webhook },
    ...options,
  })
  open.push(github, receiver)
  const calls: GithubCall[] = []
  const codeHost = githubCodeHost({
    auth: { type: 'token', token: new Secret(TOKEN) },
    apiUrl: github.apiUrl,
    repositories: [repository],
    publicUrl: receiver.url.replace('/github/webhooks', ''),
    onCall: (call) => calls.push(call),
    ...host,
  })
  return { github, receiver, codeHost, calls, webhook }
}

const asApp = { auth: { type: 'app', appId: 7, privateKey: new Secret(appKey) } } as const

async function failedJob(github: SimulatedGithub, failure: Parameters<typeof omnihubPipeline>[0] = {}) {
  github.load(
    scriptPipeline(
      omnihubPipeline({ pullRequest: null, outcomes: { 'unit-tests': ['failure', 'success'] }, ...failure }),
    ),
  )
  await github.walk()
  const jobs = [...github.repository(repository).jobs.values()]
  const job = jobs.find((one) => one.conclusion === 'failure')
  if (job === undefined) throw new Error('no job failed')
  return { repository, jobId: job.id, runId: job.runId }
}

describe('failureDetails', () => {
  test('takes what tools annotated, with place and title, and leaves out that the step exited', async () => {
    const { github, codeHost } = await start()
    const annotations = [
      { path: 'src/fees.ts', line: 41, message: 'expected 12.34\nto be 12.35', title: 'rounds half up' },
      { path: 'src/fees.ts', line: 50, message: 'unused', level: 'warning' as const },
    ]
    const job = await failedJob(github, { failures: { 'unit-tests': { step: 'Run npm ci', annotations } } })
    expect(await codeHost.failureDetails(job)).toEqual({
      ok: true,
      value: {
        step: 'Run npm ci',
        lines: ['src/fees.ts:41: rounds half up: expected 12.34', '  to be 12.35'],
        source: 'annotations',
      },
    })
  })

  test('else takes the end of the failing step in the log, and gives our token to nobody else', async () => {
    const { github, codeHost } = await start()
    const details = await codeHost.failureDetails(await failedJob(github))
    expect(details).toMatchObject({ ok: true, value: { step: 'Run npm test -- --coverage', source: 'log' } })
    const lines = details.ok ? details.value.lines : []
    expect(lines).toContain('   × fees > rounds half a cent up')
    expect(lines.at(-1)).toBe('      Tests  1 failed | 611 passed (612)')
    expect(github.logHost.leakedAuthorizations).toEqual([])
  })

  test('reads only the end of a log of 30 megabytes', async () => {
    const { github, codeHost } = await start()
    const job = await failedJob(github)
    github.setLog(job.jobId, `${'an old line of the log\n'.repeat(1_400_000)}Error: the last word`)
    const details = await codeHost.failureDetails(job)
    expect(details.ok ? details.value.lines.at(-1) : '').toBe('Error: the last word')
  })

  test('says what little is known when the log is gone and annotations may not be read', async () => {
    const { github, codeHost } = await start()
    const job = await failedJob(github)
    github.expireLog(job.jobId)
    expect(await codeHost.failureDetails(job)).toMatchObject({
      ok: true,
      value: { lines: ['Process completed with exit code 1.'], source: 'annotations' },
    })
    github.faults.failNext({ match: '/annotations', kind: 'forbidden' })
    expect(await codeHost.failureDetails(job)).toMatchObject({ ok: true, value: { lines: [], source: 'none' } })
  })

  test('never shows a secret, not even our own token', async () => {
    const { github, codeHost } = await start()
    const log = [`cloning https://x:${TOKEN}@github.com`, `TOKEN is ${TOKEN}`, 'password=hunter2']
    const details = await codeHost.failureDetails(await failedJob(github, { failures: { 'unit-tests': { log } } }))
    expect(JSON.stringify(details)).toContain('[secret]')
    expect(JSON.stringify(details)).not.toMatch(new RegExp(`${TOKEN}|hunter2`))
  })

  test('fails as a whole, to be tried again, when a part fails for a reason that passes', async () => {
    const { github, codeHost } = await start()
    const job = await failedJob(github)
    github.faults.failNext({ match: '/annotations', kind: 'secondary_rate_limit', retryAfterSeconds: 7 })
    expect(await codeHost.failureDetails(job)).toEqual({
      ok: false,
      failure: { type: 'rate_limited', retryAfterMs: 7000 },
    })
    github.faults.failNext({ match: '/logs', kind: 'unavailable' })
    expect(await codeHost.failureDetails(job)).toMatchObject({ ok: false, failure: { type: 'unavailable' } })
  })
})

describe('running again', () => {
  test('asks for the failed jobs, and sees the new attempt', async () => {
    const { github, codeHost, calls } = await start()
    const run = await failedJob(github)
    expect(await codeHost.runState(run)).toEqual({
      ok: true,
      value: { attempt: 1, status: 'completed', conclusion: 'failure' },
    })
    expect(await codeHost.rerunFailedJobs(run)).toEqual({ ok: true, value: undefined })
    expect(await codeHost.runState(run)).toEqual({
      ok: true,
      value: { attempt: 2, status: 'queued', conclusion: null },
    })
    expect(calls.map(({ method, outcome }) => `${method} ${outcome}`)).toEqual([
      'actions.getWorkflowRun ok',
      'actions.reRunWorkflowFailedJobs ok',
      'actions.getWorkflowRun ok',
    ])
    expect(await codeHost.rerunFailedJobs(run)).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringMatching(/run \d+ of omnihub\/app.*403.*already running/) },
    })
  })
})

describe('failures', () => {
  test.each([
    [{ kind: 'primary_rate_limit' }, { type: 'rate_limited', retryAfterMs: expect.any(Number) }],
    [{ kind: 'secondary_rate_limit' }, { type: 'rate_limited', retryAfterMs: 60_000 }],
    [
      { kind: 'too_many_requests', retryAfterSeconds: 3 },
      { type: 'rate_limited', retryAfterMs: 3000 },
    ],
    [{ kind: 'unauthorized' }, { type: 'unauthorized', detail: expect.stringContaining('401') }],
    [{ kind: 'forbidden' }, { type: 'unauthorized', detail: expect.stringContaining('not accessible') }],
    [{ kind: 'not_found' }, { type: 'not_found', detail: expect.stringContaining('404') }],
    [
      { kind: 'internal_error' },
      { type: 'unavailable', detail: expect.stringContaining('500'), mayHaveHappened: true },
    ],
    [{ kind: 'bad_gateway' }, { type: 'unavailable', detail: expect.stringContaining('502'), mayHaveHappened: true }],
    [
      { kind: 'malformed' },
      { type: 'unavailable', detail: expect.stringContaining('not understood'), mayHaveHappened: true },
    ],
    [{ kind: 'reset' }, { type: 'unavailable', detail: expect.any(String), mayHaveHappened: true }],
    [{ kind: 'hang' }, { type: 'unavailable', detail: expect.stringContaining('timeout'), mayHaveHappened: true }],
  ] as const)('%j becomes %j, and is counted', async (fault, failure) => {
    const { github, codeHost, calls } = await start({}, { timeoutMs: 300 })
    const run = await failedJob(github)
    github.faults.failNext(fault)
    const result = await codeHost.runState(run)
    expect(result).toEqual({ ok: false, failure })
    expect(JSON.stringify(result)).not.toContain(TOKEN)
    expect(calls).toMatchObject([{ service: 'github', method: 'actions.getWorkflowRun', outcome: failure.type }])
  })

  test('a re-run whose answer was lost may have happened; one that never left has not', async () => {
    const { github, codeHost } = await start()
    const run = await failedJob(github)
    github.faults.failNext({ match: 'POST', kind: 'reset_after' })
    expect(await codeHost.rerunFailedJobs(run)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: true },
    })
    expect(await codeHost.runState(run)).toMatchObject({ ok: true, value: { attempt: 2 } })
    const apiUrl = github.apiUrl
    await github.close()
    const unreachable = githubCodeHost({
      auth: { type: 'token', token: new Secret(TOKEN) },
      apiUrl,
      repositories: [],
      publicUrl: null,
    })
    expect(await unreachable.rerunFailedJobs(run)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: false, detail: expect.stringContaining('ECONNREFUSED') },
    })
  })

  test('without a credential, with a bad key, or where the App is not installed, it says what to do', async () => {
    const { github } = await start()
    const detailFor = async (auth: GithubCodeHostOptions['auth'], of = repository) => {
      const codeHost = githubCodeHost({ auth, apiUrl: github.apiUrl, repositories: [], publicUrl: null })
      const result = await codeHost.runState({ repository: of, runId: 1 })
      return result.ok || result.failure.type !== 'unauthorized' ? result : result.failure.detail
    }
    expect(await detailFor(null)).toContain('GITHUB_TOKEN')
    expect(await detailFor({ type: 'app', appId: 7, privateKey: new Secret('nonsense') })).toContain(
      'not a private key',
    )
    expect(await detailFor(asApp.auth, 'elsewhere/app')).toContain('not installed for "elsewhere"')
  })
})

describe('deliveries', () => {
  test('of the hooks that point at us, back to a moment, newest first, and again on request', async () => {
    const { github, receiver, codeHost, webhook } = await start()
    github.addHook(repository, webhook)
    github.addHook(repository, { url: `${webhook.url.replace('127.0.0.1', 'localhost')}`, secret: 'of somebody else' })
    github.load(scriptPipeline(sizedPipeline({ jobs: 60 })))
    await github.walk()
    const all = await codeHost.deliveriesSince(0)
    if (!all.ok) throw new Error(JSON.stringify(all.failure))
    expect(all.value).toHaveLength(receiver.received.filter(({ hookId }) => hookId !== '7').length / 2)
    expect(all.value.every((one) => one.isSuccess && one.hook?.repository === repository)).toBe(true)
    expect(all.value.at(-1)?.event).toBe('ping')
    const times = all.value.map(({ deliveredAt }) => deliveredAt)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    expect(await codeHost.deliveriesSince(Date.now() + 60_000)).toEqual({ ok: true, value: [] })

    const [newest] = all.value
    if (newest === undefined) throw new Error('no delivery')
    expect(await codeHost.redeliver(newest)).toEqual({ ok: true, value: undefined })
    await github.settle()
    expect(receiver.received.at(-1)?.guid).toBe(newest.guid)
    const afterwards = await codeHost.deliveriesSince(0)
    expect(afterwards.ok && afterwards.value[0]).toMatchObject({ guid: newest.guid, isRedelivery: true })
    expect(await codeHost.redeliver({ ...newest, id: '1', guid: 'gone' })).toMatchObject({
      ok: false,
      failure: { type: 'not_found' },
    })
  })

  test('of the App, with its own key', async () => {
    const { github, receiver, codeHost } = await start({}, asApp)
    receiver.answerWith(500)
    github.load(scriptPipeline(sizedPipeline({ jobs: 60 })))
    await github.walk()
    receiver.answerWith(202)
    const all = await codeHost.deliveriesSince(0)
    if (!all.ok) throw new Error(JSON.stringify(all.failure))
    expect(all.value).toHaveLength(receiver.received.length)
    expect(all.value.every((one) => !one.isSuccess && one.hook === null)).toBe(true)
    const oldest = all.value.at(-1)
    if (oldest === undefined) throw new Error('no delivery')
    expect(await codeHost.redeliver(oldest)).toEqual({ ok: true, value: undefined })
    await github.settle()
    expect(receiver.received.at(-1)).toMatchObject({ guid: oldest.guid, event: 'push', isGenuine: true })
  })

  test('cannot be looked for without a public address, and that is said', async () => {
    const { codeHost } = await start({}, { publicUrl: null })
    expect(await codeHost.deliveriesSince(0)).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringContaining('server.public_url') },
    })
  })

  test('are asked for again by their exact id, also when it is too large for a number', async () => {
    const asked: string[] = []
    const id = '9223372036854775801'
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url?.split('?')[0]}`)
      response.writeHead(request.method === 'POST' ? 202 : 200, { 'content-type': 'application/json' })
      const item = `{"id":${id},"guid":"g","delivered_at":"2026-01-01T00:00:00Z","redelivery":false,"status_code":500,"event":"push"}`
      response.end(request.method === 'POST' ? '{}' : `[${item}]`)
    })
    const running = await listen(server)
    open.push(running)
    const codeHost = githubCodeHost({ ...asApp, apiUrl: running.url, repositories: [], publicUrl: null })
    const all = await codeHost.deliveriesSince(0)
    if (!all.ok || all.value[0] === undefined) throw new Error(JSON.stringify(all))
    await codeHost.redeliver(all.value[0])
    expect(asked.at(-1)).toBe(`POST /app/hook/deliveries/${id}/attempts`)
  })
})

describe('presentState', () => {
  test.each([
    ['a token', {}],
    ['an App', asApp],
  ] as const)('is the whole of a commit as facts, with %s', async (_, host) => {
    const { github, codeHost } = await start({}, host)
    const script = scriptPipeline(
      omnihubPipeline({ outcomes: { 'unit-tests': ['failure', 'success'] }, rerunFailedAfterMs: 1000 }),
    )
    github.load(script)
    await github.walk()
    const result = await codeHost.presentState({ repository, sha: script.sha })
    if (!result.ok) throw new Error(JSON.stringify(result.failure))
    const count = Object.groupBy(result.value, (fact) => fact.type)
    expect(result.value.every((fact) => fact.sha === script.sha && fact.repository === repository)).toBe(true)
    expect(count.commit).toMatchObject([{ authorLogin: 'mona', authorName: 'Mona Lisa' }])
    expect(count.run).toHaveLength(3)
    expect(count.run?.find((fact) => fact.type === 'run' && fact.workflow === 'Continuous Integration')).toMatchObject({
      attempt: 2,
      conclusion: 'success',
      isDefaultBranch: true,
    })
    // 13 jobs of CI in two attempts, and 5 of each deployment.
    expect(count.job).toHaveLength(36)
    expect(count.check).toMatchObject([{ app: 'codecov', name: 'codecov/project', conclusion: 'success' }])
    expect(count.status?.map((fact) => fact.type === 'status' && fact.state)).toEqual(['success', 'pending'])
    expect(count.deployment).toHaveLength(2)
    expect(count.deployment_status).toHaveLength(4)
    expect(count.pull_request).toMatchObject([{ relation: 'merge', number: 128, state: 'merged' }])
  })

  test('adds up to a pipeline in which an attempt that was run again counts once', async () => {
    const { github, codeHost } = await start()
    const script = scriptPipeline(
      omnihubPipeline({ outcomes: { 'unit-tests': ['failure', 'success'] }, rerunFailedAfterMs: 1000 }),
    )
    github.load(script)
    await github.walk()
    const result = await codeHost.presentState({ repository, sha: script.sha })
    if (!result.ok) throw new Error(JSON.stringify(result.failure))
    const { state } = applyFacts(emptyPipelineState(repository, script.sha), result.value)
    const pipeline = viewPipeline(state, defaultStages)
    expect(pipeline).toMatchObject({ verdict: 'passed', title: 'Round trading fees half up', authorLogin: 'mona' })
    expect(pipeline.reruns).toMatchObject([{ workflow: 'Continuous Integration', attempt: 2, actorLogin: 'mona' }])
    const unitTests = pipeline.stages.find((stage) => stage.name === 'Unit tests')
    expect(unitTests?.groups.map((group) => group.jobs.length)).toEqual([1, 1])
  })

  test.each([
    ['none', 'waiting'],
    ['approved', undefined],
    ['rejected', undefined],
  ] as const)('says which approvals are waited for (decision: %s)', async (decision, expected) => {
    const { github, codeHost } = await start()
    const stagingApproval = { decision, by: 'lead', waitMs: 1000 }
    const script = scriptPipeline(omnihubPipeline({ pullRequest: null, stagingApproval }))
    github.load(script)
    await github.walk()
    const result = await codeHost.presentState({ repository, sha: script.sha })
    if (!result.ok) throw new Error(JSON.stringify(result.failure))
    const { state } = applyFacts(emptyPipelineState(repository, script.sha), result.value)
    const jobs = viewPipeline(state, defaultStages).stages.flatMap(({ groups }) =>
      groups.flatMap((group) => group.jobs),
    )
    expect(jobs.find(({ name }) => name === 'approval for staging')?.state).toBe(expected)
    const asked = github.requests.filter(({ path }) => path.endsWith('/pending_deployments'))
    expect(asked).toHaveLength(decision === 'none' ? 1 : 0)
  })

  test('has every job of a pipeline of 300, over several pages', async () => {
    const { github, codeHost } = await start()
    const script = scriptPipeline(sizedPipeline({ jobs: 300 }))
    github.load(script)
    await github.walk()
    const result = await codeHost.presentState({ repository, sha: script.sha })
    expect(result.ok && result.value.filter((fact) => fact.type === 'job')).toHaveLength(300)
  })

  test('does without what the token may not read, but not without the runs', async () => {
    const { github, codeHost } = await start()
    const script = scriptPipeline(omnihubPipeline({ pullRequest: null }))
    github.load(script)
    await github.walk()
    github.faults.failNext({ match: '/check-runs', kind: 'forbidden' })
    const result = await codeHost.presentState({ repository, sha: script.sha })
    expect(result.ok && result.value.filter((fact) => fact.type === 'check')).toEqual([])
    github.faults.failNext({ match: '/actions/runs', kind: 'unavailable' })
    expect(await codeHost.presentState({ repository, sha: script.sha })).toMatchObject({
      ok: false,
      failure: { type: 'unavailable' },
    })
    expect(await codeHost.presentState({ repository, sha: 'f'.repeat(40) })).toMatchObject({
      ok: false,
      failure: { type: 'not_found' },
    })
  })
})

describe('emailOf', () => {
  test.each([
    ['a token', {}],
    ['an App', asApp],
  ] as const)('is the public address, or null, with %s', async (_, host) => {
    const { codeHost } = await start({}, host)
    expect(await codeHost.emailOf('mona')).toEqual({ ok: true, value: 'mona@omnihub.dev' })
    expect(await codeHost.emailOf('omnihub')).toEqual({ ok: true, value: null })
    expect(await codeHost.emailOf('nobody')).toEqual({ ok: true, value: null })
  })
})
