import { describe, expect, test } from 'vitest'
import { defaultStages } from '../../src/pipeline/default-stages.ts'
import type { Conclusion, Fact } from '../../src/pipeline/facts.ts'
import { applyFacts, emptyPipelineState } from '../../src/pipeline/fold.ts'
import type { Job, JobState, Pipeline, StageDefinition } from '../../src/pipeline/pipeline.ts'
import { viewPipeline } from '../../src/pipeline/view-pipeline.ts'
import {
  aCheck,
  aCommit,
  aDeployment,
  aDeploymentStatus,
  aJob,
  aPull,
  aPush,
  aReview,
  aRun,
  aStatus,
  atMs,
  repository,
  sha,
} from './facts.ts'

function view(facts: readonly Fact[], stages: readonly StageDefinition[] = defaultStages): Pipeline {
  return viewPipeline(applyFacts(emptyPipelineState(repository, sha), facts).state, stages)
}

function jobsOf(pipeline: Pipeline): readonly Job[] {
  return pipeline.stages.flatMap((stage) => stage.groups.flatMap((group) => group.jobs))
}

/** `name: state` of each job shown. */
function states(facts: readonly Fact[]): readonly string[] {
  return jobsOf(view(facts)).map((job) => `${job.name}: ${job.state}`)
}

function stage(pipeline: Pipeline, name: string) {
  const found = pipeline.stages.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no stage ${name}`)
  return found
}

describe('a job’s state', () => {
  test.each<[Conclusion, JobState]>([
    ['success', 'passed'],
    ['failure', 'failed'],
    ['timed_out', 'timed_out'],
    ['cancelled', 'cancelled'],
    ['skipped', 'skipped'],
    ['neutral', 'neutral'],
    ['action_required', 'action_required'],
    ['stale', 'cancelled'],
    ['startup_failure', 'failed'],
  ])('of conclusion %s is %s', (conclusion, state) => {
    expect(states([aJob({ id: 1, conclusion })])).toEqual([`lint: ${state}`])
  })

  test.each([
    ['queued', 'queued'],
    ['waiting', 'waiting'],
    ['pending', 'pending'],
    ['in_progress', 'running'],
  ] as const)('of status %s is %s', (status, state) => {
    expect(states([aJob({ id: 1, status })])).toEqual([`lint: ${state}`])
  })
})

describe('late deliveries', () => {
  test.each([
    ['queued', 'in_progress', 'running'],
    ['waiting', 'queued', 'queued'],
    ['in_progress', 'completed', 'passed'],
  ] as const)('%s after %s changes nothing', (earlier, later, state) => {
    const ended = later === 'completed' ? { conclusion: 'success' as const } : {}
    const facts = [aJob({ id: 1, status: later, ...ended }), aJob({ id: 1, status: earlier })]
    expect(states(facts)).toEqual([`lint: ${state}`])
    expect(states([...facts].reverse())).toEqual([`lint: ${state}`])
  })

  test('a check that ended before it says it began, by its app’s clock, is over', () => {
    const facts = [aCheck({ id: 1, conclusion: 'success', started: 50, completed: 40 }), aCheck({ id: 1, started: 50 })]
    expect(states(facts)).toEqual(['coverage/patch: passed'])
  })
})

describe('re-runs', () => {
  const first = [
    aJob({ id: 1, name: 'lint', conclusion: 'success' }),
    aJob({ id: 2, name: 'build', conclusion: 'failure' }),
    aJob({ id: 3, name: 'test', conclusion: 'cancelled' }),
  ]

  test('while a newer attempt goes on, successes stay and the rest waits to be run again', () => {
    const pipeline = view([...first, aRun({ attempt: 2, status: 'in_progress' })])
    expect(jobsOf(pipeline).map((job) => [job.name, job.state, job.isFromOlderAttempt])).toEqual([
      ['lint', 'passed', true],
      ['test', 'pending', true],
      ['build', 'pending', true],
    ])
    expect(pipeline.verdict).toBe('running')
    expect(pipeline.completedAt).toBeNull()
  })

  test('what was skipped may be next once the failure before it is run again', () => {
    const skipped = aJob({ id: 4, name: 'deploy-staging', conclusion: 'skipped' })
    expect(states([...first, skipped, aRun({ attempt: 2 })])).toContain('deploy-staging: pending')
    expect(states([...first, skipped, aRun({ attempt: 2, conclusion: 'failure' })])).toContain(
      'deploy-staging: skipped',
    )
  })

  test('a newer attempt is noticed from its first job, before its run is', () => {
    const facts = [...first, aRun({ attempt: 1, conclusion: 'failure' }), aJob({ id: 9, attempt: 2, name: 'build' })]
    expect(states(facts)).toEqual(['lint: passed', 'test: pending', 'build: running'])
    expect(view(facts).verdict).toBe('running')
  })

  test('a job of the newer attempt takes the place of the older one of its name', () => {
    const pipeline = view([
      ...first,
      aJob({ id: 9, attempt: 2, name: 'build', conclusion: 'success' }),
      aJob({ id: 10, attempt: 2, name: 'test', conclusion: 'success' }),
      aRun({ attempt: 2, conclusion: 'success', actor: 'rerunner' }),
    ])
    expect(jobsOf(pipeline).map((job) => [job.jobId, job.state, job.isFromOlderAttempt])).toEqual([
      [1, 'passed', false],
      [10, 'passed', false],
      [9, 'passed', false],
    ])
    expect(pipeline.verdict).toBe('passed')
    expect(pipeline.reruns).toEqual([{ runId: 1, workflow: 'CI', attempt: 2, actorLogin: 'rerunner' }])
    expect(stage(pipeline, 'Build').attempt).toBe(2)
    expect(stage(pipeline, 'Pre-build checks').attempt).toBe(1)
  })

  test('a failure that was not run again stays failed when the newer attempt fails', () => {
    const facts = [...first, aJob({ id: 9, attempt: 2, name: 'test', conclusion: 'success' })]
    expect(states([...facts, aRun({ attempt: 2, conclusion: 'failure' })])).toContain('build: failed')
  })

  test('a success of the run settles a failed job whose re-run was never reported', () => {
    const pipeline = view([...first, aRun({ attempt: 2, conclusion: 'success' })])
    expect(pipeline.verdict).toBe('passed')
    expect(jobsOf(pipeline).find((job) => job.name === 'build')).toMatchObject({ state: 'passed', isInferred: true })
  })

  test('late news of an older attempt does not reopen a run', () => {
    const ended = [aRun({ attempt: 2, conclusion: 'success', at: 500 })]
    expect(view([...ended, aRun({ attempt: 1, status: 'in_progress', at: 900 })]).verdict).toBe('passed')
  })

  test('the end of an older attempt does not end the newer one', () => {
    const going = [...first, aRun({ attempt: 2, status: 'in_progress', at: 500 })]
    expect(view([...going, aRun({ attempt: 1, conclusion: 'failure', at: 900 })]).verdict).toBe('running')
  })
})

describe('a run that has ended leaves nothing going', () => {
  test.each<[Conclusion, JobState]>([
    ['success', 'passed'],
    ['failure', 'failed'],
    ['timed_out', 'failed'],
    ['cancelled', 'cancelled'],
    ['neutral', 'neutral'],
  ])('after %s a job that was running is %s', (conclusion, state) => {
    const pipeline = view([aJob({ id: 1, status: 'in_progress' }), aRun({ conclusion, at: 700 })])
    expect(jobsOf(pipeline)).toMatchObject([{ name: 'lint', state, isInferred: true, completedAt: atMs(700) }])
    expect(pipeline.completedAt).toBe(atMs(700))
  })

  test('a job that was still queued when its run failed counts as skipped', () => {
    const facts = [aJob({ id: 1, conclusion: 'failure' }), aJob({ id: 2, name: 'build', status: 'queued' })]
    expect(states([...facts, aRun({ conclusion: 'failure' })])).toEqual(['lint: failed', 'build: skipped'])
  })

  test('with a failed job known, one whose end is unknown is not called failed as well', () => {
    const facts = [aJob({ id: 1, conclusion: 'failure' }), aJob({ id: 2, name: 'build' })]
    expect(states([...facts, aRun({ conclusion: 'failure' })])).toEqual(['lint: failed', 'build: neutral'])
  })

  test('when it cannot be told which job failed, the run itself is shown as failed', () => {
    const facts = [aJob({ id: 1 }), aJob({ id: 2, name: 'build' }), aRun({ conclusion: 'failure' })]
    expect(states(facts)).toEqual(['lint: neutral', 'build: neutral', 'CI: failed'])
    expect(view(facts).verdict).toBe('failed')
  })

  test('a run that could not start is shown as a failed job of its own', () => {
    const pipeline = view([aRun({ conclusion: 'startup_failure' })])
    expect(jobsOf(pipeline)).toMatchObject([{ key: 'run:1', name: 'CI', state: 'failed', jobId: null }])
    expect(pipeline.verdict).toBe('failed')
  })

  test('a run of a fork that needs somebody’s approval waits', () => {
    const pipeline = view([aRun({ conclusion: 'action_required' })])
    expect(pipeline.verdict).toBe('waiting')
    expect(pipeline.completedAt).toBeNull()
  })

  test('a failure that the workflow tolerates does not fail the pipeline', () => {
    const facts = [aJob({ id: 1, conclusion: 'failure' }), aRun({ conclusion: 'success' })]
    expect(states(facts)).toEqual(['lint: neutral'])
    expect(view(facts).verdict).toBe('passed')
  })

  test('a run of which nothing ran is no activity', () => {
    expect(view([aPush(), aRun({ conclusion: 'skipped' })]).hasActivity).toBe(false)
  })
})

describe('new runs of the same workflow', () => {
  const failed = [
    aRun({ id: 1, workflowId: 5, conclusion: 'failure', started: 0 }),
    aJob({ id: 1, run: 1, conclusion: 'failure' }),
  ]

  test('a run started by hand takes the place of the earlier one', () => {
    const again = [
      aRun({ id: 2, workflowId: 5, event: 'workflow_dispatch', conclusion: 'success', started: 100 }),
      aJob({ id: 2, run: 2, conclusion: 'success' }),
    ]
    expect(states([...failed, ...again])).toEqual(['lint: passed'])
  })

  test('runs for the push and for the pull request stand side by side', () => {
    const other = [
      aRun({ id: 2, workflowId: 5, event: 'pull_request', conclusion: 'success', started: 100 }),
      aJob({ id: 2, run: 2, conclusion: 'success' }),
    ]
    expect(states([...failed, ...other])).toEqual(['lint: failed', 'lint: passed'])
  })

  test('runs on two branches stand side by side', () => {
    const other = [aRun({ id: 2, workflowId: 5, branch: 'release', conclusion: 'success', started: 100 })]
    expect(view([...failed, ...other]).verdict).toBe('failed')
  })

  test('of two runs of one second the one with the greater id counts', () => {
    const other = [aRun({ id: 2, workflowId: 5, conclusion: 'success', started: 0 })]
    expect(view([...failed, ...other]).runs).toEqual([{ runId: 2, attempt: 1, isCompleted: true }])
  })

  test('an approval that the earlier run waited for is gone with it', () => {
    const held = [aRun({ id: 1, workflowId: 5, status: 'waiting' }), aReview({ run: 1, state: 'requested' })]
    const again = aRun({ id: 2, workflowId: 5, conclusion: 'success', started: 100 })
    expect(view(held).verdict).toBe('waiting')
    expect(view([...held, again]).verdict).toBe('passed')
  })

  test('two workflow files of one name never hide each other', () => {
    const other = [aRun({ id: 2, workflowId: 6, conclusion: 'success', started: 100 })]
    expect(view([...failed, ...other]).verdict).toBe('failed')
  })

  test('a new run in which everything was skipped does not hide the earlier one', () => {
    const skipped = [aRun({ id: 2, workflowId: 5, conclusion: 'skipped', started: 100 })]
    expect(view([...failed, ...skipped]).verdict).toBe('failed')
  })
})

describe('matrices', () => {
  test('jobs of one run that differ in brackets only are folded into one group', () => {
    const pipeline = view([
      aJob({ id: 1, name: 'test (18, linux)', conclusion: 'success' }),
      aJob({ id: 2, name: 'test (20, linux)' }),
      aJob({ id: 3, name: 'test (20, windows)', conclusion: 'success' }),
    ])
    expect(stage(pipeline, 'Unit tests').groups).toMatchObject([
      { name: 'test', workflow: 'CI', state: 'running', jobs: [{ groupName: 'test' }, {}, {}] },
    ])
  })

  test('brackets of a single job are part of its name', () => {
    const pipeline = view([aJob({ id: 1, name: 'E2E Tests (Playwright)' })])
    expect(stage(pipeline, 'Integration tests').groups).toMatchObject([
      { name: 'E2E Tests (Playwright)', jobs: [{ groupName: 'E2E Tests (Playwright)' }] },
    ])
  })

  test('jobs of different runs are not folded together', () => {
    const pipeline = view([aJob({ id: 1, name: 'test (1)' }), aJob({ id: 2, run: 2, name: 'test (2)' })])
    expect(stage(pipeline, 'Unit tests').groups.map((group) => group.name)).toEqual(['test (1)', 'test (2)'])
  })
})

describe('checks, statuses, deployments and approvals', () => {
  test('of one app’s check runs of one name the newest counts', () => {
    expect(states([aCheck({ id: 2, conclusion: 'success' }), aCheck({ id: 1, conclusion: 'failure' })])).toEqual([
      'coverage/patch: passed',
    ])
  })

  test('a finished check that its app starts again is running again', () => {
    const ended = aCheck({ id: 1, conclusion: 'failure', started: 10, completed: 60 })
    expect(states([ended, aCheck({ id: 1, started: 90 })])).toEqual(['coverage/patch: running'])
    expect(states([ended, aCheck({ id: 1, started: 10 })])).toEqual(['coverage/patch: failed'])
  })

  test.each([
    ['pending', 'running'],
    ['success', 'passed'],
    ['failure', 'failed'],
    ['error', 'failed'],
  ] as const)('a status of %s is %s', (state, expected) => {
    expect(states([aStatus({ state })])).toEqual([`ci/circleci: build: ${expected}`])
  })

  test('of two statuses of one second the one that was made later counts', () => {
    const facts = [aStatus({ id: 8, state: 'success' }), aStatus({ id: 7, state: 'pending' })]
    expect(states(facts)).toEqual(['ci/circleci: build: passed'])
  })

  test.each([
    ['queued', 'queued'],
    ['waiting', 'waiting'],
    ['in_progress', 'running'],
    ['success', 'passed'],
    ['inactive', 'passed'],
    ['failure', 'failed'],
    ['error', 'failed'],
    ['something new', 'pending'],
  ])('a deployment in status %s is %s', (state, expected) => {
    const facts = [aDeployment({ id: 1 }), aDeploymentStatus({ id: 5, deployment: 1, state })]
    expect(states(facts)).toEqual([`deployment to staging: ${expected}`])
  })

  test('a deployment that was replaced keeps the time at which it had ended', () => {
    const pipeline = view([
      aDeployment({ id: 1 }),
      aDeploymentStatus({ id: 5, deployment: 1, state: 'success', at: 200 }),
      aDeploymentStatus({ id: 6, deployment: 1, state: 'inactive', at: 90_000 }),
    ])
    expect(stage(pipeline, 'Deploy staging')).toMatchObject({ state: 'passed', completedAt: atMs(200) })
  })

  test('of several deployments to one environment the newest counts', () => {
    const facts = [
      aDeployment({ id: 1 }),
      aDeploymentStatus({ id: 5, deployment: 1, state: 'failure' }),
      aDeployment({ id: 2 }),
      aDeploymentStatus({ id: 6, deployment: 2, state: 'success' }),
    ]
    expect(states(facts)).toEqual(['deployment to staging: passed'])
  })

  test('an approval for production waits in the gate, its deployment belongs to Production', () => {
    const pipeline = view([
      aRun({ status: 'waiting' }),
      aReview({ state: 'requested' }),
      aDeployment({ id: 1, environment: 'production' }),
      aDeploymentStatus({ id: 2, deployment: 1, environment: 'production', state: 'waiting', at: 29 }),
    ])
    expect(stage(pipeline, 'Production gate').state).toBe('waiting')
    expect(stage(pipeline, 'Production').groups.map((group) => group.name)).toEqual(['deployment to production'])
    expect(pipeline.verdict).toBe('waiting')
  })

  test('an approval is over when it is given, refused, or overtaken by its deployment or its run', () => {
    const asked = aReview({ state: 'requested', at: 30 })
    expect(states([asked, aReview({ state: 'approved', at: 30 })])).toEqual(['approval for production: passed'])
    expect(states([asked, aReview({ state: 'rejected', at: 40 })])).toEqual(['approval for production: failed'])
    const deployed = aDeploymentStatus({
      id: 2,
      deployment: 1,
      environment: 'production',
      state: 'in_progress',
      at: 50,
    })
    expect(states([asked, deployed])).toContain('approval for production: passed')
    expect(states([asked, aRun({ conclusion: 'cancelled' })])).toContain('approval for production: cancelled')
  })

  test('an earlier deployment to the environment does not answer for an approval', () => {
    const before = aDeploymentStatus({ id: 2, deployment: 1, environment: 'production', state: 'success', at: 20 })
    expect(states([aReview({ state: 'requested', at: 30 }), before])).toContain('approval for production: waiting')
  })
})

describe('the whole', () => {
  test('every configured stage is there, pending as long as it has no job; Other checks only when needed', () => {
    const names = defaultStages.map((definition) => definition.name)
    const quiet = view([aRun({})])
    expect(quiet.stages.map((each) => [each.name, each.state, each.groups.length])).toEqual(
      names.map((name) => [name, 'pending', 0]),
    )
    const ended = view([aRun({ conclusion: 'success' }), aJob({ id: 1, conclusion: 'success' })])
    expect(stage(ended, 'Build')).toMatchObject({ state: 'pending', groups: [], completedAt: null })
    expect(view([aJob({ id: 1, name: 'mystery' })]).stages.map((each) => each.name)).toEqual([...names, 'Other checks'])
  })

  test('a stage that is itself called Other checks takes the rest as well', () => {
    const stages = [
      { name: 'Other checks', match: ['lint'] },
      { name: 'Build', match: ['build'] },
    ]
    const pipeline = view([aJob({ id: 1, name: 'mystery' }), aJob({ id: 2, name: 'lint' })], stages)
    expect(pipeline.stages.map((each) => [each.name, each.groups.length])).toEqual([
      ['Other checks', 2],
      ['Build', 0],
    ])
  })

  test.each<[string, readonly Fact[], Pipeline['verdict']]>([
    ['nothing', [], 'waiting'],
    ['a run without jobs yet', [aRun({ status: 'queued' })], 'running'],
    ['all jobs passed but the run goes on', [aRun({}), aJob({ id: 1, conclusion: 'success' })], 'running'],
    ['one failed while others run', [aRun({}), aJob({ id: 1, conclusion: 'failure' }), aJob({ id: 2 })], 'failed'],
    ['only jobs are known and all passed', [aJob({ id: 1, conclusion: 'success' })], 'passed'],
    ['cancelled', [aRun({ conclusion: 'cancelled' }), aJob({ id: 1, conclusion: 'cancelled' })], 'cancelled'],
    ['a run cancelled before it had jobs', [aRun({ conclusion: 'cancelled' })], 'cancelled'],
    ['skipped jobs only', [aRun({ conclusion: 'success' }), aJob({ id: 1, conclusion: 'skipped' })], 'passed'],
    ['a job held by its environment', [aRun({ status: 'waiting' }), aJob({ id: 1, status: 'waiting' })], 'waiting'],
    ['one job held, another running', [aRun({}), aJob({ id: 1, status: 'waiting' }), aJob({ id: 2 })], 'running'],
  ])('the verdict of %s', (_name, facts, verdict) => {
    expect(view(facts).verdict).toBe(verdict)
  })

  test('times reach from the first start to the last end', () => {
    const pipeline = view([
      aRun({ conclusion: 'success', started: 5, at: 130 }),
      aJob({ id: 1, conclusion: 'success', started: 10, completed: 60 }),
      aJob({ id: 2, name: 'ESLint', conclusion: 'success', started: 20, completed: 120 }),
    ])
    expect(stage(pipeline, 'Pre-build checks')).toMatchObject({ startedAt: atMs(10), completedAt: atMs(120) })
    expect(pipeline).toMatchObject({ startedAt: atMs(5), completedAt: atMs(120) })
  })

  test('a job that ended before it began, as skipped jobs do, took no time', () => {
    const pipeline = view([aJob({ id: 1, conclusion: 'skipped', started: 20, completed: 19 })])
    expect(stage(pipeline, 'Pre-build checks')).toMatchObject({ startedAt: atMs(20), completedAt: atMs(20) })
  })

  test('a stage of which a re-run only skips again what was skipped has no new attempt and keeps its time', () => {
    const pipeline = view([
      aRun({ attempt: 2, conclusion: 'success' }),
      aJob({ id: 1, name: 'ESLint', conclusion: 'success', started: 1000, completed: 4000 }),
      aJob({ id: 2, name: 'TypeScript Type Check', conclusion: 'skipped', started: 4000, completed: 4000 }),
      aJob({ id: 3, name: 'TypeScript Type Check', attempt: 2, conclusion: 'skipped', started: 9000, completed: 9000 }),
    ])
    expect(stage(pipeline, 'Pre-build checks')).toMatchObject({
      attempt: 1,
      startedAt: atMs(1000),
      completedAt: atMs(4000),
    })
  })

  test('a stage that was run again is timed from its newest attempt', () => {
    const pipeline = view([
      aRun({ attempt: 2, conclusion: 'success' }),
      aJob({ id: 1, name: 'lint', conclusion: 'success', started: 10, completed: 60 }),
      aJob({ id: 2, name: 'ESLint', attempt: 2, conclusion: 'success', started: 5000, completed: 5100 }),
    ])
    expect(stage(pipeline, 'Pre-build checks')).toMatchObject({ startedAt: atMs(5000), completedAt: atMs(5100) })
  })

  test('the step that runs or failed is shown', () => {
    const steps = [
      { name: 'Set up', status: 'completed', conclusion: 'success' },
      { name: 'Run tests', status: 'completed', conclusion: 'failure' },
      { name: 'Clean up', status: 'completed', conclusion: 'failure' },
    ]
    expect(jobsOf(view([aJob({ id: 1, conclusion: 'failure', steps })]))[0]?.step).toBe('Run tests')
    const running = [{ name: 'Install', status: 'in_progress', conclusion: null }]
    expect(jobsOf(view([aJob({ id: 1, steps: running })]))[0]?.step).toBe('Install')
  })
})

describe('where a commit is and who made it', () => {
  test('the default branch goes before any other', () => {
    expect(view([aPush({ branch: 'a-feature' }), aPush(), aPull()])).toMatchObject({
      branch: 'main',
      isDefaultBranch: true,
      branches: ['main', 'feature', 'a-feature'],
    })
  })

  test('the pull request’s head goes before other branches', () => {
    expect(view([aPush({ branch: 'a-copy' }), aPull()])).toMatchObject({ branch: 'feature', isDefaultBranch: false })
  })

  test('a fork’s branch of the same name is not the default branch', () => {
    const run = aRun({ event: 'pull_request', branch: 'main', headRepository: 'stranger/shop' })
    expect(view([run])).toMatchObject({ branch: 'main', isDefaultBranch: false })
  })

  test('an open pull request goes before the one that was merged as this commit, and that before closed ones', () => {
    const merge = aPull({ number: 1, relation: 'merge' })
    expect(view([merge, aPull({ number: 2, state: 'open' })]).pullRequest?.number).toBe(2)
    expect(view([merge, aPull({ number: 3, state: 'closed' })]).pullRequest?.number).toBe(1)
    expect(view([aPull({ number: 4 }), aPull({ number: 5 })]).pullRequest?.number).toBe(5)
  })

  test('branches of equal standing are in alphabetical order', () => {
    const facts = [
      aJob({ id: 1, branch: 'b' }),
      aStatus({ state: 'success', branches: ['c', 'a'] }),
      aPush({ branch: 'z' }),
    ]
    expect(view(facts).branches).toEqual(['z', 'a', 'b', 'c'])
    expect(view([...facts].reverse()).branches).toEqual(['z', 'a', 'b', 'c'])
  })

  test('title and author come from the commit, the login from wherever it is known', () => {
    expect(view([aCommit(), aPull()])).toMatchObject({
      title: 'Take the lift',
      authorName: 'Mona',
      authorEmail: 'mona@example.com',
      authorLogin: 'hubot',
    })
    expect(view([aCommit({ login: 'mona' }), aCommit(), aPull()]).authorLogin).toBe('mona')
    expect(view([aPull()]).title).toBe('Lift')
  })

  test('nothing known gives nothing', () => {
    expect(view([])).toMatchObject({
      branch: null,
      title: null,
      pullRequest: null,
      hasActivity: false,
      completedAt: null,
    })
  })
})
