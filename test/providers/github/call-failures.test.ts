/** Every call of the production gate fails in the terms that decide what happens next, and never with a secret. */
import { describe, expect, test } from 'vitest'
import type { CodeHost, CodeHostResult } from '../../../src/engine/code-host.ts'
import { repository, TOKEN, withGithub } from './with-github.ts'

const sha = 'a'.repeat(40)
const environments = ['prod']
const release = { repository, sha, environment: 'prod', releaseId: '01RELEASE' }
const status = { environmentUrl: null, logUrl: null, description: '' }

const calls: Readonly<Record<string, (codeHost: CodeHost) => Promise<CodeHostResult<unknown>>>> = {
  'resolveRef of a ref': (host) => host.resolveRef({ repository, ref: { type: 'ref', ref: 'main~1' } }),
  'resolveRef of a pull request': (host) => host.resolveRef({ repository, ref: { type: 'pull', number: 1 } }),
  'resolveRef of a run': (host) => host.resolveRef({ repository, ref: { type: 'run', runId: 1 } }),
  compare: (host) => host.compare({ repository, base: sha, head: 'main' }),
  commit: (host) => host.commit({ repository, sha }),
  branchesWith: (host) => host.branchesWith({ repository, sha, globs: ['main', 'release/*'] }),
  checksOf: (host) =>
    host.checksOf({ repository, sha, branch: 'main', required: [], exceptWorkflow: 'cd-production.yml' }),
  fileText: (host) => host.fileText({ repository, sha, path: 'a.sql' }),
  blobSha: (host) => host.blobSha({ repository, ref: 'main', path: 'a.sql' }),
  artifactsOf: (host) => host.artifactsOf({ repository, sha }),
  liveDeployment: (host) => host.liveDeployment({ repository, environments }),
  deploymentOf: (host) => host.deploymentOf({ repository, environments, sha }),
  defaultBranch: (host) => host.defaultBranch(repository),
  suggestRefs: (host) => host.suggestRefs({ repository, text: '' }),
  teamMembers: (host) => host.teamMembers('omnihub/sre'),
  startWorkflow: (host) => host.startWorkflow({ repository, workflow: 'deploy.yml', ref: 'main', inputs: {} }),
  findRun: (host) => host.findRun({ repository, workflow: 'deploy.yml', titleHolds: 'x', sinceMs: 0 }),
  answerProtectionRule: (host) =>
    host.answerProtectionRule({ repository, runId: 1, environment: 'prod', state: 'approved', comment: '' }),
  createDeployment: (host) => host.createDeployment({ ...release, description: '', isProduction: true }),
  findDeployment: (host) => host.findDeployment(release),
  setDeploymentStatus: (host) => host.setDeploymentStatus({ repository, deploymentId: 1, state: 'success', ...status }),
  runDetails: (host) => host.runDetails({ repository, runId: 1 }),
}

/** To these a file of a repository that is not there is a file that is not there. */
const answersNull = new Set(['fileText', 'blobSha'])

describe.each(Object.entries(calls))('%s', (name, call) => {
  test.each([
    [{ kind: 'primary_rate_limit' }, { type: 'rate_limited', retryAfterMs: expect.any(Number) }],
    [
      { kind: 'too_many_requests', retryAfterSeconds: 3 },
      { type: 'rate_limited', retryAfterMs: 3000 },
    ],
    [{ kind: 'internal_error' }, { type: 'unavailable', mayHaveHappened: true }],
    [{ kind: 'bad_gateway' }, { type: 'unavailable', mayHaveHappened: true }],
    [{ kind: 'reset' }, { type: 'unavailable', mayHaveHappened: true }],
    [{ kind: 'unauthorized' }, { type: 'unauthorized', detail: expect.stringContaining('401') }],
  ] as const)('with $kind fails as such after one attempt', async (fault, failure) => {
    const { github, codeHost, requests } = await withGithub()
    github.faults.failNext(fault)
    const result = await call(codeHost)
    expect(result).toMatchObject({ ok: false, failure })
    expect(JSON.stringify(result)).not.toContain(TOKEN)
    expect(requests()).toHaveLength(1)
  })

  test('gives up on a server that does not answer', async () => {
    const { github, codeHost } = await withGithub({}, { timeoutMs: 50 })
    github.faults.failNext({ kind: 'hang' })
    expect(await call(codeHost)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', detail: expect.stringContaining('timeout'), mayHaveHappened: true },
    })
  })

  test('of a repository that is not there is never a success', async () => {
    const { github, codeHost } = await withGithub()
    github.state.repositories.clear()
    const result = await call(codeHost)
    if (answersNull.has(name)) expect(result).toEqual({ ok: true, value: null })
    else expect(result).toMatchObject({ ok: false, failure: { type: expect.stringMatching(/^(not_found|rejected)$/) } })
  })
})
