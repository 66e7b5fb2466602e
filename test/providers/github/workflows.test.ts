import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DispatchSpec } from '../../../sandbox/github/dispatch-spec.ts'
import { listen } from '../../../sandbox/github/listen.ts'
import type { SimulatedGithubOptions } from '../../../sandbox/github/simulated-github.ts'
import { Secret } from '../../../src/config/secret.ts'
import { githubCodeHost } from '../../../src/providers/github/github-code-host.ts'
import { repository, TOKEN, valueIn, withGithub } from './with-github.ts'

const path = '.github/workflows/deploy.yml'
const declared = {
  sluice_release: { required: true },
  sha: { required: true },
  strategy: { options: ['canary', 'blue-green', 'direct'] },
  step: { default: '0' },
}

async function start(spec: Partial<DispatchSpec> = {}, options: Partial<SimulatedGithubOptions> = {}, isApp = false) {
  const given = await withGithub(options, { isApp })
  const { github, codeHost } = given
  const sha = github.commitFiles(repository, 'main', { message: 'First' }).sha
  const head = github.commitFiles(repository, 'main', { message: 'Head' }).sha
  github.defineDispatchWorkflow(repository, { path, inputs: declared, ...spec })
  const inputs = { sluice_release: '01RELEASE', sha, strategy: 'canary', step: '0' }
  const dispatch = (more: Partial<Parameters<typeof codeHost.startWorkflow>[0]> = {}) =>
    codeHost.startWorkflow({ repository, workflow: path, ref: 'main', inputs, ...more })
  const find = async (titleHolds: string, sinceMs = 0) =>
    valueIn(await codeHost.findRun({ repository, workflow: path, titleHolds, sinceMs }))
  const details = async (runId: number) => valueIn(await codeHost.runDetails({ repository, runId }))
  return { ...given, sha, head, inputs, dispatch, find, details }
}

describe('startWorkflow', () => {
  test('tells the run that it has started, which says what it built', async () => {
    const { github, sha, head, dispatch, find, details } = await start()
    const run = valueIn(await dispatch())
    expect(run).toEqual({ id: expect.any(Number), url: expect.stringContaining('/omnihub/app/actions/runs/') })
    if (run === null) return
    expect(await find('01RELEASE')).toEqual(run)
    expect(await details(run.id)).toEqual({
      status: 'queued',
      conclusion: null,
      backup: null,
      headSha: head,
      url: run.url,
      builtSha: null,
      actorLogin: 'sluice-bot',
    })
    await github.walk()
    expect(await details(run.id)).toMatchObject({ status: 'completed', conclusion: 'success', builtSha: sha })
  })

  test.each([
    ['a workflow that is not there', { workflow: 'none.yml' }, /404.*no such workflow/],
    ['a sha instead of a branch or a tag', { ref: 'f'.repeat(40) }, /No ref found/],
    [
      'an input that is not declared',
      { inputs: { sluice_release: '1', sha: '1', more: '1' } },
      /Unexpected inputs.*more/,
    ],
    ['a required input that is left out', { inputs: { sluice_release: '1' } }, /Required input 'sha' not provided/],
    ['a choice that is none', { inputs: { sluice_release: '1', sha: '1', strategy: 'yolo' } }, /not in the list/],
  ])('is rejected for %s, and starts nothing', async (_, query, says) => {
    const { github, dispatch } = await start()
    const result = await dispatch(query)
    expect(result).toMatchObject({ ok: false, failure: { type: 'rejected', detail: expect.stringMatching(says) } })
    expect(github.repository(repository).runs.size).toBe(0)
  })

  test('is rejected for a workflow without workflow_dispatch, and for one that is switched off', async () => {
    const { github, dispatch } = await start()
    github.setWorkflowDisabled(repository, path, true)
    expect(await dispatch()).toMatchObject({ failure: { type: 'rejected', detail: expect.stringMatching(/disabled/) } })
    const workflow = github.repository(repository).workflows.get('deploy')
    if (workflow !== undefined) workflow.dispatch = null
    expect(await dispatch()).toMatchObject({ failure: { detail: expect.stringMatching(/does not have/) } })
  })

  test('leaves out those of the optional inputs that the workflow does not declare', async () => {
    const seen: unknown[] = []
    const { github, dispatch } = await start({
      inputs: { ...declared, sluice_audit_head: {} },
      runName: (inputs) => {
        seen.push(inputs)
        return inputs.sluice_release ?? ''
      },
    })
    const optionalInputs = { environment: 'production', sluice_audit_head: 'row 1' }
    expect(valueIn(await dispatch({ optionalInputs }))).not.toBeNull()
    expect(seen).toEqual([expect.objectContaining({ sluice_release: '01RELEASE', sluice_audit_head: 'row 1' })])
    expect(seen[0]).not.toHaveProperty('environment')
    expect(github.repository(repository).runs.size).toBe(1)
  })

  test('is rejected for an input that is not declared and not optional, whatever else is optional', async () => {
    const { github, dispatch } = await start()
    const inputs = { sluice_release: '1', sha: '1', more: '1' }
    const result = await dispatch({ inputs, optionalInputs: { environment: 'production' } })
    expect(result).toMatchObject({ failure: { type: 'rejected', detail: expect.stringMatching(/more/) } })
    expect(github.repository(repository).runs.size).toBe(0)
  })

  test('without the permission says which is missing', async () => {
    const tokens = [{ token: TOKEN, login: 'bot', lacks: ['actions' as const] }]
    const { dispatch } = await start({}, { tokens })
    expect(await dispatch()).toMatchObject({ failure: { type: 'unauthorized' } })
  })

  test('starts a workflow from a tag', async () => {
    const { github, sha, dispatch, details } = await start()
    github.addTag(repository, 'v1', sha)
    const run = valueIn(await dispatch({ ref: 'v1' }))
    expect(await details(run?.id ?? 0)).toMatchObject({ headSha: sha })
  })

  test('gives no run where GitHub has none to tell, and may have happened when the answer is lost', async () => {
    const { github, dispatch, find } = await start({ play: { ends: 'no_run' } })
    expect(valueIn(await dispatch())).toBeNull()
    expect(await find('01RELEASE')).toBeNull()
    github.defineDispatchWorkflow(repository, { path, inputs: declared })
    github.faults.failNext({ match: '/dispatches', kind: 'reset_after' })
    expect(await dispatch()).toMatchObject({ failure: { type: 'unavailable', mayHaveHappened: true } })
    expect(await find('01RELEASE')).toMatchObject({ id: expect.any(Number) })
  })

  test('leaves out the option for a server that does not know it, which has refused all of it', async () => {
    const bodies: unknown[] = []
    const server = createServer(async (request, response) => {
      const body: unknown = JSON.parse(await text(request))
      bodies.push(body)
      const isKnown = typeof body === 'object' && body !== null && !('return_run_details' in body)
      response.writeHead(isKnown ? 204 : 422, { 'content-type': 'application/json' })
      response.end(
        isKnown ? undefined : '{"message":"Invalid request.\\n\\n\\"return_run_details\\" is not a permitted key."}',
      )
    })
    const { url, close } = await listen(server)
    onTestFinished(close)
    const auth = { type: 'token', token: new Secret(TOKEN) } as const
    const codeHost = githubCodeHost({ auth, apiUrl: url, repositories: [repository], publicUrl: null })
    const started = await codeHost.startWorkflow({
      repository,
      workflow: 'deploy.yml',
      ref: 'main',
      inputs: { a: '1' },
    })
    expect(started).toEqual({ ok: true, value: null })
    expect(bodies).toEqual([
      { ref: 'main', inputs: { a: '1' }, return_run_details: true },
      { ref: 'main', inputs: { a: '1' } },
    ])
  })
})

describe('findRun', () => {
  test('finds the first of the workflow whose title holds the text, since then', async () => {
    const now = Date.now()
    const { github, inputs, dispatch, find } = await start()
    const first = valueIn(await dispatch())
    valueIn(await dispatch())
    for (let index = 0; index < 120; index += 1) {
      valueIn(await dispatch({ inputs: { ...inputs, sluice_release: `other ${index}` } }))
    }
    expect(await find('01RELEASE', now)).toEqual(first)
    expect(await find('02RELEASE', now)).toBeNull()
    expect(await find('01RELEASE', now + 3_600_000)).toBeNull()
    github.defineDispatchWorkflow(repository, { path: '.github/workflows/other.yml', inputs: {} })
    expect(github.repository(repository).runs.size).toBe(122)
  })

  test('of a workflow that is not there fails', async () => {
    const { codeHost } = await start()
    const query = { repository, workflow: 'none.yml', titleHolds: 'x', sinceMs: 0 }
    expect(await codeHost.findRun(query)).toMatchObject({ ok: false, failure: { type: 'not_found' } })
  })
})

describe('runDetails', () => {
  test('tells what was really built when it is another commit, or nothing when nothing was said', async () => {
    const { github, head, dispatch, details } = await start({ play: { builds: null } })
    const silent = valueIn(await dispatch())
    await github.walk()
    expect(await details(silent?.id ?? 0)).toMatchObject({ conclusion: 'success', builtSha: null })
    github.defineDispatchWorkflow(repository, { path, inputs: declared, play: { builds: head } })
    const wrong = valueIn(await dispatch())
    await github.walk()
    expect(await details(wrong?.id ?? 0)).toMatchObject({ conclusion: 'success', builtSha: head })
  })

  test.each([
    ['pre-0042-20261201T0905Z', 'pre-0042-20261201T0905Z'],
    ['  s3://backups/omnihub 2026-12-01.dump  ', 's3://backups/omnihub 2026-12-01.dump'],
    ['', null],
  ])('tells the backup that it made before it migrated: %j', async (backup, named) => {
    const { github, dispatch, details } = await start({ play: { backup } })
    const run = valueIn(await dispatch())
    await github.walk()
    expect(await details(run?.id ?? 0)).toMatchObject({ conclusion: 'success', backup: named })
  })

  test('believes neither of two backups', async () => {
    const notice = (message: string) => [
      { path: '.github', line: 1, level: 'notice' as const, title: 'sluice-backup', message },
    ]
    const jobs = [
      { key: 'a', name: 'A', annotations: notice('monday') },
      { key: 'b', name: 'B', annotations: notice('tuesday') },
    ]
    const { github, dispatch, details } = await start({ play: { jobs } })
    const run = valueIn(await dispatch())
    await github.walk()
    expect(await details(run?.id ?? 0)).toMatchObject({ conclusion: 'success', backup: null })
  })

  test('believes neither of two jobs that say different things', async () => {
    const notice = (message: string) => [
      { path: '.github', line: 1, level: 'notice' as const, title: 'sluice-built-sha', message },
    ]
    const jobs = [
      { key: 'a', name: 'A' },
      { key: 'b', name: 'B', annotations: notice('a'.repeat(40)) },
    ]
    const { github, dispatch, details } = await start({ play: { jobs } })
    const run = valueIn(await dispatch())
    await github.walk()
    expect(await details(run?.id ?? 0)).toMatchObject({ conclusion: 'success', builtSha: null })
  })

  test.each([
    ['failure', 'failure'],
    ['cancelled', 'cancelled'],
  ] as const)('tells that a run ended with %s', async (ends, conclusion) => {
    const { github, dispatch, details } = await start({ play: { ends } })
    const run = valueIn(await dispatch())
    await github.walk()
    expect(await details(run?.id ?? 0)).toMatchObject({ status: 'completed', conclusion })
  })

  test('of a run that never starts stays queued', async () => {
    const { github, dispatch, details } = await start({ play: { ends: 'never_starts' } })
    const run = valueIn(await dispatch())
    await github.walk()
    expect(await details(run?.id ?? 0)).toMatchObject({ status: 'queued', conclusion: null })
  })

  test('of a run that is not there fails', async () => {
    const { codeHost } = await start()
    expect(await codeHost.runDetails({ repository, runId: 1 })).toMatchObject({ failure: { type: 'not_found' } })
  })
})

describe('answerProtectionRule', () => {
  const play = { environment: { name: 'production', gates: ['rule' as const] } }
  const answer = { repository, environment: 'production', comment: 'Approved by Mona' } as const

  async function waiting() {
    const given = await start({ play }, {}, true)
    const run = valueIn(await given.dispatch())
    await given.github.walk()
    const runId = run?.id ?? 0
    expect(await given.details(runId)).toMatchObject({ status: 'in_progress' })
    return { ...given, runId }
  }

  test.each([
    ['approved', 'success'],
    ['rejected', 'failure'],
  ] as const)('%s lets the run end with %s', async (state, conclusion) => {
    const { github, codeHost, runId, details } = await waiting()
    valueIn(await codeHost.answerProtectionRule({ ...answer, runId, state }))
    await github.walk()
    expect(await details(runId)).toMatchObject({ status: 'completed', conclusion })
    const again = await codeHost.answerProtectionRule({ ...answer, runId, state })
    expect(again).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringContaining('No pending deployment requests') },
    })
  })

  test('is rejected once the run was cancelled or the rule has expired, and for another environment', async () => {
    const { github, codeHost, runId } = await waiting()
    const approve = (more = {}) => codeHost.answerProtectionRule({ ...answer, runId, state: 'approved', ...more })
    expect(await approve({ environment: 'staging' })).toMatchObject({ failure: { type: 'rejected' } })
    expect(await approve({ runId: 1 })).toMatchObject({ failure: { type: 'not_found' } })
    github.cancelRun(repository, runId)
    expect(await approve()).toMatchObject({ failure: { type: 'rejected' } })
    const other = await waiting()
    other.github.expireRule(repository, other.runId, 'production')
    await other.github.walk()
    const late = await other.codeHost.answerProtectionRule({ ...answer, runId: other.runId, state: 'approved' })
    expect(late).toMatchObject({ failure: { type: 'rejected' } })
    expect(await other.details(other.runId)).toMatchObject({ conclusion: 'failure' })
  })

  test('is the App’s to give, and no token’s', async () => {
    const { github, codeHost, dispatch } = await start({ play })
    const run = valueIn(await dispatch())
    await github.walk()
    const result = await codeHost.answerProtectionRule({ ...answer, runId: run?.id ?? 0, state: 'approved' })
    expect(result).toMatchObject({ ok: false, failure: { type: 'unauthorized' } })
  })
})
