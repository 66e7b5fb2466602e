import { describe, expect, test } from 'vitest'
import { knownEvents, parseDelivery } from '../../../handlers/github/parse-delivery.ts'
import type { Fact } from '../../../src/pipeline/facts.ts'
import { applyFacts, emptyPipelineState } from '../../../src/pipeline/fold.ts'
import { payloadExamples } from './payload-examples.ts'

const sha = 'a'.repeat(40)
const zeroSha = '0'.repeat(40)
const repository = { full_name: 'acme/shop', default_branch: 'main', pushed_at: 1767603600 }

function factsOf(event: string, payload: Readonly<Record<string, unknown>>): readonly Fact[] {
  const parsed = parseDelivery(event, { repository, ...payload })
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.facts
}

function errorOf(event: string, payload: unknown): string {
  const parsed = parseDelivery(event, payload)
  return parsed.ok ? 'no error' : parsed.error
}

const job = {
  id: 11,
  run_id: 9,
  run_attempt: 2,
  workflow_name: 'CI',
  head_branch: 'main',
  head_sha: sha,
  name: 'lint',
  status: 'completed',
  conclusion: 'failure',
  html_url: 'https://github.com/acme/shop/actions/runs/9/job/11',
  started_at: '2026-01-05T09:00:10Z',
  completed_at: '2026-01-05T09:01:00Z',
  steps: [
    { name: 'Set up job', status: 'completed', conclusion: 'success', number: 1 },
    { name: 'Run ESLint', status: 'completed', conclusion: 'failure', number: 2 },
  ],
}

const run = {
  id: 9,
  name: 'Deploy 1.2.3 to staging',
  workflow_id: 5,
  head_branch: 'main',
  head_sha: sha,
  run_attempt: 1,
  event: 'push',
  status: 'in_progress',
  conclusion: null,
  html_url: 'https://github.com/acme/shop/actions/runs/9',
  run_started_at: '2026-01-05T09:00:00Z',
  updated_at: '2026-01-05T09:00:10Z',
  actor: { login: 'mona' },
  triggering_actor: { login: 'rerunner' },
  head_commit: {
    id: sha,
    message: 'Lift',
    timestamp: '2026-01-05T08:59:00Z',
    author: { name: 'Mona', email: 'm@example.com' },
  },
  head_repository: { full_name: 'acme/shop' },
}

const deployment = {
  id: 3,
  sha,
  ref: 'main',
  environment: 'production',
  creator: null,
  created_at: '2026-01-05T09:00:00Z',
}

const pull = {
  number: 7,
  title: 'Lift',
  html_url: 'https://github.com/acme/shop/pull/7',
  state: 'open',
  draft: true,
  merged_at: null,
  merge_commit_sha: 'c'.repeat(40),
  updated_at: '2026-01-05T09:00:00Z',
  user: null,
  head: { ref: 'feature', sha },
  base: { ref: 'main' },
}

describe('the payloads that GitHub publishes', () => {
  test('there are examples of github.com and of five GitHub Enterprise Servers', () => {
    expect(new Set(payloadExamples.map((example) => example.host)).size).toBeGreaterThanOrEqual(6)
    expect(payloadExamples.length).toBeGreaterThan(400)
  })

  for (const host of new Set(payloadExamples.map((example) => example.host))) {
    test(`every example of ${host} is read without an error`, () => {
      const refused = payloadExamples
        .filter((example) => example.host === host)
        .map((example) => ({ ...example, parsed: parseDelivery(example.event, example.payload) }))
        .filter(({ parsed }) => !parsed.ok)
        .map(({ event, index, parsed }) => `${event}[${index}] ${parsed.ok ? '' : parsed.error}`)
      expect(refused).toEqual([])
    })
  }

  test.each([
    ['workflow_run', 'run'],
    ['workflow_job', 'job'],
    ['check_run', 'check'],
    ['status', 'status'],
    ['deployment', 'deployment'],
    ['deployment_status', 'deployment_status'],
    ['deployment_review', 'review'],
    ['push', 'push'],
    ['push', 'commit'],
    ['pull_request', 'pull_request'],
  ])('examples of %s give facts of type %s', (event, type) => {
    const facts = payloadExamples
      .filter((example) => example.event === event)
      .flatMap((example) => factsOf(event, example.payload))
    expect(facts.map((fact) => fact.type)).toContain(type)
  })

  test('every fact has a whole sha, a repository, and an order of finite numbers', () => {
    for (const { event, payload } of payloadExamples) {
      const parsed = parseDelivery(event, payload)
      for (const fact of parsed.ok ? parsed.facts : []) {
        expect(fact.sha).toMatch(/^[0-9a-f]{40}$/)
        expect(fact.repository).toContain('/')
        expect(fact.order.every(Number.isFinite)).toBe(true)
        const { state } = applyFacts(emptyPipelineState(fact.repository, fact.sha), [fact])
        // What the store writes as JSON must come back as the same fact.
        expect(applyFacts(state, [JSON.parse(JSON.stringify(fact)) as Fact]).changed).toBe(false)
      }
    }
  })
})

describe('what a delivery says', () => {
  test('a job, with the step that failed and its times in milliseconds', () => {
    expect(factsOf('workflow_job', { action: 'completed', workflow_job: job })).toMatchObject([
      {
        type: 'job',
        key: 'job:11',
        runId: 9,
        attempt: 2,
        step: 'Run ESLint',
        conclusion: 'failure',
        startedAt: Date.UTC(2026, 0, 5, 9, 0, 10),
        completedAt: Date.UTC(2026, 0, 5, 9, 1),
      },
    ])
  })

  test('a queued job has not started, although GitHub gives it a time', () => {
    const queued = { ...job, status: 'queued', conclusion: null, completed_at: null, steps: [] }
    expect(factsOf('workflow_job', { action: 'queued', workflow_job: queued })).toMatchObject([
      { status: 'queued', startedAt: null, completedAt: null, step: null },
    ])
  })

  test('the year 1 in a time means never', () => {
    const odd = { ...job, completed_at: '0001-01-01T00:00:00Z' }
    expect(factsOf('workflow_job', { action: 'completed', workflow_job: odd })).toMatchObject([{ completedAt: null }])
  })

  test('a job of an older server, without attempt, workflow name and steps', () => {
    const { run_attempt: _attempt, workflow_name: _name, head_branch: _branch, steps: _steps, ...old } = job
    expect(factsOf('workflow_job', { action: 'completed', workflow_job: old })).toMatchObject([
      { attempt: 1, workflow: null, branch: null, step: null },
    ])
  })

  test('a run, under its workflow’s name rather than its own title, with its commit', () => {
    expect(
      factsOf('workflow_run', { action: 'requested', workflow: { name: 'Deploy' }, workflow_run: run }),
    ).toMatchObject([
      { type: 'run', key: 'run:9', workflow: 'Deploy', workflowId: 5, actorLogin: 'rerunner', isDefaultBranch: true },
      { type: 'commit', message: 'Lift', authorName: 'Mona', authorLogin: null },
    ])
  })

  test('a run of a fork’s main branch is not on the default branch', () => {
    const fork = { ...run, head_repository: { full_name: 'stranger/shop' } }
    expect(factsOf('workflow_run', { action: 'requested', workflow_run: fork })[0]).toMatchObject({
      isDefaultBranch: false,
    })
  })

  test('statuses and conclusions that are new to us are neither a success nor a failure', () => {
    const odd = { ...run, status: 'completed', conclusion: 'half_done' }
    expect(factsOf('workflow_run', { action: 'completed', workflow_run: odd })[0]).toMatchObject({
      conclusion: 'neutral',
    })
    expect(factsOf('workflow_run', { action: 'x', workflow_run: { ...run, status: 'requested' } })[0]).toMatchObject({
      status: 'queued',
      conclusion: null,
    })
  })

  test('a check run, except those of GitHub Actions', () => {
    const check = {
      id: 4,
      name: 'patch',
      head_sha: sha,
      status: 'completed',
      conclusion: 'success',
      app: { slug: 'codecov' },
    }
    expect(factsOf('check_run', { action: 'completed', check_run: check })).toMatchObject([
      { key: 'check:4', app: 'codecov' },
    ])
    const own = { ...check, app: { slug: 'github-actions' } }
    expect(factsOf('check_run', { action: 'completed', check_run: own })).toEqual([])
    expect(factsOf('check_run', { action: 'completed', check_run: { ...check, app: null } })).toMatchObject([
      { app: 'unknown' },
    ])
  })

  test('a commit status, with the branches sorted and the author’s login', () => {
    const facts = factsOf('status', {
      id: 8,
      sha,
      context: 'ci/build',
      state: 'error',
      description: null,
      target_url: null,
      updated_at: '2026-01-05T09:00:00+00:00',
      branches: [{ name: 'main' }, { name: 'feature' }],
      commit: { sha, commit: { message: 'Lift', author: null }, author: { login: 'mona' } },
    })
    expect(facts).toMatchObject([
      { key: 'status:ci/build', state: 'error', branches: ['feature', 'main'] },
      { type: 'commit', authorLogin: 'mona', authorName: null },
    ])
  })

  test('a deployment’s status also says the deployment', () => {
    const status = { id: 5, state: 'success', environment: '', log_url: '', created_at: '2026-01-05T09:02:00Z' }
    expect(factsOf('deployment_status', { action: 'created', deployment, deployment_status: status })).toMatchObject([
      { type: 'deployment', key: 'deployment:3', creatorLogin: null },
      { type: 'deployment_status', key: 'deployment_status:3', environment: 'production', state: 'success', url: null },
    ])
  })

  test('an approval that was asked for, and one that was given for two environments at once', () => {
    const common = { workflow_run: { id: 9, head_sha: sha, run_attempt: 1 }, since: '2026-01-05T09:00:00Z' }
    expect(factsOf('deployment_review', { action: 'requested', environment: 'production', ...common })).toMatchObject([
      { key: 'review:9:production', state: 'requested', runId: 9 },
    ])
    const approved = {
      action: 'approved',
      approver: { login: 'lead' },
      workflow_job_runs: [{ environment: 'eu' }, { environment: 'us' }, { environment: 'eu' }],
      ...common,
    }
    expect(factsOf('deployment_review', approved)).toMatchObject([
      { key: 'review:9:eu', state: 'approved', reviewerLogin: 'lead' },
      { key: 'review:9:us', state: 'approved' },
    ])
  })

  test('an approval is newer than the request of the same second, and a request of the next attempt newer than both', () => {
    const review = (action: string, attempt: number) =>
      factsOf('deployment_review', {
        action,
        environment: 'production',
        workflow_run: { id: 9, head_sha: sha, run_attempt: attempt },
        since: '2026-01-05T09:00:00Z',
      })
    const joined = applyFacts(emptyPipelineState('acme/shop', sha), [
      ...review('approved', 1),
      ...review('requested', 1),
    ])
    expect(joined.state.facts.get('review:9:production')).toMatchObject({ state: 'approved' })
    const next = applyFacts(joined.state, review('requested', 2))
    expect(next.state.facts.get('review:9:production')).toMatchObject({ state: 'requested' })
  })

  test('a protection rule, of the run that its callback address names', () => {
    const payload = {
      action: 'requested',
      environment: 'production',
      deployment_callback_url: 'https://api.github.com/repos/acme/shop/actions/runs/9/deployment_protection_rule',
      deployment,
    }
    expect(factsOf('deployment_protection_rule', payload)).toMatchObject([
      { type: 'deployment' },
      { type: 'review', key: 'rule:9:production', runId: 9, state: 'requested' },
    ])
  })

  test('a push, with its time in seconds read as such, and its commit', () => {
    const payload = {
      ref: 'refs/heads/main',
      after: sha,
      forced: true,
      compare: 'https://github.com/acme/shop/compare/a...b',
      pusher: { name: 'mona' },
      head_commit: {
        id: sha,
        message: 'Lift',
        timestamp: '2026-01-05T08:59:00+01:00',
        author: { name: 'M', username: 'mona' },
      },
    }
    expect(factsOf('push', payload)).toMatchObject([
      { type: 'push', branch: 'main', isDefaultBranch: true, forced: true, at: 1767603600_000, pusherLogin: 'mona' },
      { type: 'commit', authorLogin: 'mona', authorEmail: null },
    ])
  })

  test('a pull request’s head; its merge commit only once it is merged', () => {
    expect(factsOf('pull_request', { action: 'opened', pull_request: pull })).toMatchObject([
      { relation: 'head', sha, state: 'open', isDraft: true, authorLogin: null },
    ])
    const merged = { ...pull, state: 'closed', merged_at: '2026-01-05T10:00:00Z' }
    expect(factsOf('pull_request', { action: 'closed', pull_request: merged })).toMatchObject([
      { relation: 'head', sha, state: 'merged' },
      { relation: 'merge', sha: 'c'.repeat(40), state: 'merged' },
    ])
    expect(factsOf('pull_request', { action: 'closed', pull_request: { ...pull, state: 'closed' } })).toMatchObject([
      { relation: 'head', state: 'closed' },
    ])
  })

  test.each<[string, string, Readonly<Record<string, unknown>>]>([
    ['a deleted branch', 'push', { ref: 'refs/heads/x', after: zeroSha, deleted: true, head_commit: null }],
    ['a tag', 'push', { ref: 'refs/tags/v1', after: sha, head_commit: null }],
    ['a run of no commit', 'workflow_run', { action: 'requested', workflow_run: { ...run, head_sha: zeroSha } }],
    ['a job of no commit', 'workflow_job', { action: 'queued', workflow_job: { ...job, head_sha: zeroSha } }],
    ['a review action that is new to us', 'deployment_review', { action: 'delegated', since: '2026-01-05T09:00:00Z' }],
    ['a protection rule without a deployment', 'deployment_protection_rule', { action: 'requested' }],
    ['a ping', 'ping', { zen: 'Keep it logically awesome.', hook_id: 1 }],
  ])('%s gives no facts and no error', (_name, event, payload) => {
    expect(factsOf(event, payload)).toEqual([])
  })
})

describe('what surrounds a delivery', () => {
  test('repository and action are told for known and unknown events alike', () => {
    expect(parseDelivery('workflow_job', { action: 'completed', repository, workflow_job: job })).toMatchObject({
      repository: 'acme/shop',
      action: 'completed',
      isKnownEvent: true,
    })
    expect(parseDelivery('issues', { action: 'opened', repository })).toEqual({
      ok: true,
      repository: 'acme/shop',
      action: 'opened',
      facts: [],
      rule: null,
      isKnownEvent: false,
    })
  })

  test('events of an installation belong to no repository', () => {
    expect(parseDelivery('installation', { action: 'created', installation: { id: 1 } })).toMatchObject({
      ok: true,
      repository: null,
      isKnownEvent: true,
    })
  })

  test('the known events are those that an App must be subscribed to, and what every App gets', () => {
    expect([...knownEvents].sort()).toEqual([
      'check_run',
      'check_suite',
      'deployment',
      'deployment_protection_rule',
      'deployment_review',
      'deployment_status',
      'installation',
      'installation_repositories',
      'installation_target',
      'new_permissions_accepted',
      'ping',
      'pull_request',
      'push',
      'status',
      'workflow_job',
      'workflow_run',
    ])
  })
})

describe('a payload that GitHub would not send', () => {
  test.each([null, undefined, 1, 'text', []])('%j is refused', (payload) => {
    expect(errorOf('push', payload)).toMatch(/^event push: payload: /)
  })

  test('the error names the event, the path and what was expected', () => {
    const { run_id: _runId, ...without } = job
    expect(errorOf('workflow_job', { action: 'queued', repository, workflow_job: without })).toMatch(
      /^event workflow_job: workflow_job\.run_id: .*expected number/,
    )
    expect(errorOf('push', { repository, ref: 'refs/heads/main', after: 'abc' })).toBe(
      'event push: after: expected a full commit sha',
    )
    expect(errorOf('deployment', { repository, deployment: { ...deployment, created_at: 'soon' } })).toBe(
      'event deployment: deployment.created_at: expected a date, got "soon"',
    )
  })

  test('a time beyond what a date can hold is refused', () => {
    expect(errorOf('deployment', { repository, deployment: { ...deployment, created_at: 1e300 } })).toBe(
      'event deployment: deployment.created_at: expected a date, got 1e+300',
    )
  })

  test('an event of a repository without a repository is refused', () => {
    expect(errorOf('workflow_job', { action: 'queued', workflow_job: job })).toMatch(/repository/)
  })

  test('of many errors the first three are told', () => {
    expect(errorOf('workflow_job', { action: 'queued', repository, workflow_job: {} })).toMatch(/\(and \d+ more\)$/)
  })

  test('no payload whatever makes it throw', () => {
    const odd = [
      { repository: 5 },
      { action: {} },
      { repository: { full_name: null } },
      { ref: [] },
      { __proto__: null },
    ]
    for (const event of [...knownEvents, 'constructor', '__proto__', '']) {
      for (const payload of odd) expect(() => parseDelivery(event, payload)).not.toThrow()
    }
  })
})
