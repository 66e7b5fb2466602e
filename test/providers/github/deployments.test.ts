import { describe, expect, test } from 'vitest'
import { repository, valueIn, withGithub } from './with-github.ts'

async function start(isApp = false) {
  const given = await withGithub({}, { isApp })
  const { github, codeHost } = given
  const sha = github.commitFiles(repository, 'main', { message: 'First' }).sha
  const create = async (environment: string, of = sha, releaseId = '01RELEASE') => {
    const query = { repository, sha: of, environment, releaseId, description: 'Release 7', isProduction: true }
    return valueIn(await codeHost.createDeployment(query))
  }
  const move = async (deploymentId: number, state: Parameters<typeof codeHost.setDeploymentStatus>[0]['state']) => {
    const urls = { environmentUrl: 'https://omnihub.dev', logUrl: 'https://slack.example/card' }
    valueIn(await codeHost.setDeploymentStatus({ repository, deploymentId, state, description: '25 %', ...urls }))
  }
  return { ...given, sha, create, move }
}

describe.each([
  ['a token', false],
  ['an App', true],
] as const)('a deployment record, with %s', (_, isApp) => {
  test('is made for exactly the commit, found again by its release, and told as webhooks', async () => {
    const { github, codeHost, receiver, sha, create, move } = await start(isApp)
    github.reportStatus(repository, { sha, context: 'ci', state: 'failure' })
    github.commitFiles(repository, 'main', { message: 'Newer' })
    const id = await create('prod')
    const find = async (releaseId: string, environment = 'prod') =>
      valueIn(await codeHost.findDeployment({ repository, sha, environment, releaseId }))
    expect(await find('01RELEASE')).toBe(id)
    expect(await find('02RELEASE')).toBeNull()
    expect(await find('01RELEASE', 'staging')).toBeNull()
    await move(id, 'queued')
    await move(id, 'success')
    await github.settle()
    const [deployment] = github.repository(repository).deployments
    expect(deployment).toMatchObject({ sha, environment: 'prod', isProduction: true, description: 'Release 7' })
    expect(deployment?.statuses).toMatchObject([
      {
        state: 'queued',
        description: '25 %',
        environmentUrl: 'https://omnihub.dev',
        logUrl: 'https://slack.example/card',
      },
      { state: 'success' },
    ])
    const events = receiver.received.filter(({ event }) => event.startsWith('deployment'))
    expect(events.map(({ event }) => event)).toEqual(['deployment', 'deployment_status', 'deployment_status'])
    expect(events[0]?.payload).toMatchObject({ deployment: { payload: { sluice_release: '01RELEASE' }, sha } })
  })
})

describe('createDeployment', () => {
  test('shortens what GitHub would refuse as too long', async () => {
    const { github, codeHost, sha } = await start()
    const query = {
      repository,
      sha,
      environment: 'prod',
      releaseId: '1',
      description: 'x'.repeat(500),
      isProduction: true,
    }
    valueIn(await codeHost.createDeployment(query))
    expect(github.repository(repository).deployments[0]?.description).toHaveLength(140)
  })

  test('of an unknown commit, or without the permission, is a failure that says so', async () => {
    const { github, codeHost, sha } = await start()
    const query = { repository, sha, environment: 'prod', releaseId: '1', description: '', isProduction: false }
    expect(await codeHost.createDeployment({ ...query, sha: 'f'.repeat(40) })).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringContaining('No ref found') },
    })
    github.faults.failNext({ kind: 'forbidden' })
    expect(await codeHost.createDeployment(query)).toMatchObject({ ok: false, failure: { type: 'unauthorized' } })
    const status = { repository, state: 'success', environmentUrl: null, logUrl: null, description: '' } as const
    expect(await codeHost.setDeploymentStatus({ ...status, deploymentId: 1 })).toMatchObject({
      ok: false,
      failure: { type: 'not_found' },
    })
  })
})

describe('liveDeployment', () => {
  test('is the newest that succeeded, by any of the names', async () => {
    const { github, codeHost, sha, create, move } = await start()
    const live = async (...environments: string[]) =>
      valueIn(await codeHost.liveDeployment({ repository, environments }))
    expect(await live('prod', 'production')).toBeNull()
    await move(await create('prod'), 'success')
    expect(await live('prod', 'production')).toEqual({ sha, at: expect.any(Number) })
    const newer = github.commitFiles(repository, 'main', { message: 'Newer' }).sha
    await move(await create('production', newer), 'success')
    const failed = github.commitFiles(repository, 'main', { message: 'Failed' }).sha
    await move(await create('production', failed), 'failure')
    await create('production', failed)
    expect(await live('prod', 'production')).toMatchObject({ sha: newer })
    expect(await live('prod')).toMatchObject({ sha })
    expect(await live('staging')).toBeNull()
    expect(await live()).toBeNull()
  })

  test('is none when it was taken out of service', async () => {
    const { codeHost, create, move } = await start()
    const id = await create('prod')
    await move(id, 'success')
    await move(id, 'inactive')
    expect(valueIn(await codeHost.liveDeployment({ repository, environments: ['prod'] }))).toBeNull()
  })
})

describe('deploymentOf', () => {
  test('tells how the newest deployment of the commit ended, though a later one has taken its place', async () => {
    const { github, codeHost, sha } = await start()
    const of = async (commit: string) =>
      valueIn(await codeHost.deploymentOf({ repository, environments: ['Staging', 'stage'], sha: commit }))
    expect(await of(sha)).toBeNull()
    const create = async (commit: string) => {
      const query = { repository, sha: commit, environment: 'staging', releaseId: '1', description: '' }
      return valueIn(await codeHost.createDeployment({ ...query, isProduction: false }))
    }
    const succeed = async (deploymentId: number) => {
      const status = { state: 'success', environmentUrl: null, logUrl: null, description: '' } as const
      valueIn(await codeHost.setDeploymentStatus({ repository, deploymentId, ...status }))
    }
    const first = await create(sha)
    expect(await of(sha)).toEqual({ id: first, state: 'pending', at: expect.any(Number) })
    await succeed(first)
    const newer = github.commitFiles(repository, 'main', { message: 'Newer' }).sha
    await succeed(await create(newer))
    const statuses = github.repository(repository).deployments[0]?.statuses.map(({ state }) => state)
    expect(statuses).toEqual(['success', 'inactive'])
    expect(await of(sha)).toMatchObject({ id: first, state: 'success' })
    const again = await create(sha)
    expect(await of(sha)).toMatchObject({ id: again, state: 'pending' })
  })
})
