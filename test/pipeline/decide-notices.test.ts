import { describe, expect, test } from 'vitest'
import { decideNotices } from '../../src/pipeline/decide-notices.ts'
import { defaultStages } from '../../src/pipeline/default-stages.ts'
import type { Fact } from '../../src/pipeline/facts.ts'
import { applyFacts, emptyPipelineState } from '../../src/pipeline/fold.ts'
import { viewPipeline } from '../../src/pipeline/view-pipeline.ts'
import { aCheck, aDeployment, aDeploymentStatus, aJob, aReview, aRun, aStatus, repository, sha } from './facts.ts'

function keys(...facts: readonly Fact[]): readonly string[] {
  const { state } = applyFacts(emptyPipelineState(repository, sha), facts)
  return decideNotices(viewPipeline(state, defaultStages)).map((notice) => notice.key)
}

const lintPassed = aJob({ id: 1, name: 'lint', conclusion: 'success' })
const stageEnded = 'stage:Pre-build checks:1'

describe('a stage has ended', () => {
  test('when its jobs and its run are over', () => {
    expect(keys(lintPassed, aRun({ conclusion: 'success' }))).toEqual([stageEnded])
  })

  test('not while its run may still add jobs to it', () => {
    expect(keys(lintPassed, aRun({}))).toEqual([])
    expect(keys(lintPassed)).toEqual([])
  })

  test('when its run has gone on to a later stage', () => {
    expect(keys(lintPassed, aRun({}), aJob({ id: 2, name: 'build' }))).toEqual([stageEnded])
  })

  test('not when a job of a later stage is only queued', () => {
    expect(keys(lintPassed, aRun({}), aJob({ id: 2, name: 'build', status: 'queued' }))).toEqual([])
  })

  test('not while one of its jobs runs', () => {
    expect(keys(lintPassed, aJob({ id: 2, name: 'ESLint' }), aRun({}), aJob({ id: 3, name: 'build' }))).toEqual([])
  })

  test('not while another run with jobs in it goes on', () => {
    const other = [aRun({ id: 2 }), aJob({ id: 9, run: 2, name: 'types', conclusion: 'success' as const })]
    expect(keys(lintPassed, aRun({ conclusion: 'success' }), ...other)).toEqual([])
  })

  test('not when it was skipped or has no jobs', () => {
    expect(keys(aJob({ id: 1, conclusion: 'skipped' }), aRun({ conclusion: 'success' }))).toEqual([])
  })

  test('again after a re-run', () => {
    const again = aJob({ id: 2, attempt: 2, name: 'lint', conclusion: 'success', started: 5000, completed: 5100 })
    expect(keys(lintPassed, again, aRun({ attempt: 2, conclusion: 'success' }))).toEqual(['stage:Pre-build checks:2'])
  })

  test('not by what an older attempt did in a later stage', () => {
    const facts = [
      aJob({ id: 1, name: 'lint', conclusion: 'failure' as const }),
      aJob({ id: 2, name: 'build', conclusion: 'success' as const }),
      aJob({ id: 3, attempt: 2, name: 'lint', conclusion: 'success' as const }),
    ]
    expect(keys(...facts, aRun({ attempt: 2, status: 'in_progress' }))).toEqual([])
  })

  test('that takes what no other does only when the whole pipeline has, since more may come any time', () => {
    const other = aStatus({ context: 'license/cla', state: 'success' })
    expect(keys(other, aRun({}))).toEqual([])
    expect(keys(other, lintPassed, aRun({ conclusion: 'success' }))).toEqual([stageEnded, 'stage:Other checks:1'])
  })

  test('without a run, when its checks and statuses are over', () => {
    expect(keys(aStatus({ state: 'success' }))).toEqual(['stage:Build:1'])
    expect(keys(aStatus({ state: 'pending' }))).toEqual([])
  })
})

describe('an alert is raised', () => {
  test.each(['failure', 'timed_out'] as const)('for a job of conclusion %s, at once', (conclusion) => {
    expect(keys(aJob({ id: 1, conclusion }), aRun({}))).toEqual(['failed:job:1'])
  })

  test.each(['cancelled', 'skipped', 'neutral', 'action_required', 'success'] as const)(
    'not for a job of conclusion %s',
    (conclusion) => {
      expect(keys(aJob({ id: 1, conclusion }), aRun({}))).toEqual([])
    },
  )

  test('with the stage that the job is in', () => {
    const { state } = applyFacts(emptyPipelineState(repository, sha), [
      aJob({ id: 1, name: 'build', conclusion: 'failure' }),
    ])
    expect(decideNotices(viewPipeline(state, defaultStages))).toMatchObject([
      { type: 'job_failed', stageName: 'Build', job: { name: 'build', jobId: 1 } },
    ])
  })

  test('for a run that could not start', () => {
    expect(keys(aRun({ conclusion: 'startup_failure' }))).toContain('failed:run:1')
  })

  test('not for a failure that is being run again', () => {
    expect(keys(aJob({ id: 1, conclusion: 'failure' }), aRun({ attempt: 2, status: 'queued' }))).toEqual([])
  })

  test('for checks and statuses', () => {
    expect(keys(aCheck({ id: 4, conclusion: 'failure' }))).toContain('failed:check:4')
    expect(keys(aStatus({ state: 'error' }))).toContain('failed:status:ci/circleci: build')
  })

  test('not for an approval that was refused', () => {
    expect(keys(aReview({ state: 'rejected' })).filter((key) => key.startsWith('failed:'))).toEqual([])
  })

  test('once when a workflow’s job fails together with its deployment', () => {
    const deployment = [aDeployment({ id: 1 }), aDeploymentStatus({ id: 2, deployment: 1, state: 'failure' })]
    const job = { id: 8, name: 'deploy-staging' }
    expect(keys(...deployment, aJob(job), aRun({}))).toEqual([])
    expect(keys(...deployment, aJob({ ...job, conclusion: 'failure' }), aRun({}))).toEqual(['failed:job:8'])
    expect(keys(...deployment)).toContain('failed:deployment:1')
  })
})

describe('a summary job that failed', () => {
  const summary = aJob({ id: 5, name: '✅ All CI Checks Passed', conclusion: 'failure' })

  test('raises no alert of its own beside the failure that it stands for', () => {
    const alerts = keys(summary, aJob({ id: 1, conclusion: 'failure' }), aRun({ conclusion: 'failure' }))
    expect(alerts.filter((key) => key.startsWith('failed:'))).toEqual(['failed:job:1'])
  })

  test('waits for the end of its run, since the failure may be reported after it', () => {
    expect(keys(summary, aRun({}))).toEqual([])
  })

  test('raises an alert when nothing else in its run failed', () => {
    expect(keys(summary, aRun({ conclusion: 'failure' }))).toContain('failed:job:5')
  })
})
