import { describe, expect, test } from 'vitest'
import { omnihubPipeline } from '../../../sandbox/github/omnihub-pipeline.ts'
import type { PipelineSpec, WorkflowSpec } from '../../../sandbox/github/pipeline-spec.ts'
import { plannedJobs, scheduleAttempt } from '../../../sandbox/github/schedule-attempt.ts'
import { scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import { sizedPipeline } from '../../../sandbox/github/sized-pipeline.ts'

function attempt(workflow: WorkflowSpec, number = 1) {
  const input = {
    repository: 'o/r',
    run: 'run',
    workflow,
    event: 'push',
    attempt: number,
    startMs: 0,
    takenOver: new Map(),
  }
  return scheduleAttempt(input)
}

const workflow = (jobs: WorkflowSpec['jobs'], rest: Partial<WorkflowSpec> = {}): WorkflowSpec => ({
  name: 'CI',
  on: ['push'],
  jobs,
  ...rest,
})

describe('scheduleAttempt', () => {
  test('a job starts after all that it needs, and is skipped when one of them failed', () => {
    const { conclusions, conclusion, steps } = attempt(
      workflow([
        { key: 'a', name: 'A', durationMs: 10_000 },
        { key: 'b', name: 'B', durationMs: 20_000, outcomes: ['failure'] },
        { key: 'c', name: 'C', needs: ['a'] },
        { key: 'd', name: 'D', needs: ['a', 'b'] },
        { key: 'e', name: 'E', needs: ['d'], when: 'always' },
      ]),
    )
    expect(Object.fromEntries(conclusions)).toEqual({
      A: 'success',
      B: 'failure',
      C: 'success',
      D: 'skipped',
      E: 'success',
    })
    expect(conclusion).toBe('failure')
    const at = (type: string, job: string) =>
      steps.find((step) => step.changes.some((change) => change.type === type && 'job' in change && change.job === job))
        ?.atMs ?? -1
    expect(at('job_queued', 'C')).toBeGreaterThan(at('job_completed', 'A'))
    expect(at('job_skipped', 'D')).toBeGreaterThan(at('job_completed', 'B'))
  })

  test('a matrix is one job for each combination, and each may end in its own way', () => {
    const matrix = workflow([
      {
        key: 't',
        name: 'Test',
        matrix: { node: ['22', '24'], os: ['linux', 'mac'] },
        matrixOutcomes: { '24, mac': ['failure'] },
      },
    ])
    expect(plannedJobs(matrix).map((job) => job.name)).toEqual([
      'Test (22, linux)',
      'Test (22, mac)',
      'Test (24, linux)',
      'Test (24, mac)',
    ])
    expect([...attempt(matrix).conclusions.values()]).toEqual(['success', 'success', 'success', 'failure'])
  })

  test('cancelling ends what runs as cancelled and skips the rest', () => {
    const cancelled = workflow(
      [
        { key: 'a', name: 'A' },
        { key: 'b', name: 'B', needs: ['a'] },
      ],
      { cancelAfterMs: 10_000 },
    )
    const { conclusions, conclusion } = attempt(cancelled)
    expect(Object.fromEntries(conclusions)).toEqual({ A: 'cancelled', B: 'skipped' })
    expect(conclusion).toBe('cancelled')
  })

  test('an approval that nobody gives leaves the run open', () => {
    const waiting = workflow([
      {
        key: 'a',
        name: 'A',
        environment: { name: 'production', approval: { waitMs: 1, by: 'lead', decision: 'none' } },
      },
      { key: 'b', name: 'B', needs: ['a'] },
    ])
    expect(attempt(waiting)).toMatchObject({ endMs: null })
  })

  test('jobs that need each other, or what does not exist, are refused by name', () => {
    const circle = workflow([
      { key: 'a', name: 'A', needs: ['b'] },
      { key: 'b', name: 'B', needs: ['a'] },
    ])
    expect(() => attempt(circle)).toThrow('in a circle: A, B')
    expect(() => attempt(workflow([{ key: 'a', name: 'A', needs: ['x'] }]))).toThrow('needs "x"')
  })
})

describe('scriptPipeline', () => {
  const requested = (spec: PipelineSpec) =>
    scriptPipeline(spec).steps.flatMap((step) =>
      step.changes.flatMap((change) =>
        change.type === 'run_requested'
          ? [`${change.event} ${change.workflow.name}`]
          : change.type === 'pull_merged'
            ? ['merged']
            : [],
      ),
    )

  test('the example pipeline is CI on the pull request, the merge, CI on main, dev, staging', () => {
    expect(requested(omnihubPipeline())).toEqual([
      'pull_request Continuous Integration',
      'merged',
      'push Continuous Integration',
      'push Deploy to Dev',
      'push Deploy to Staging',
    ])
  })

  test('a failure on the pull request keeps it from being merged', () => {
    expect(requested(omnihubPipeline({ outcomes: { lint: ['failure'] } }))).toEqual([
      'pull_request Continuous Integration',
    ])
  })

  test('a failure on main only keeps it from being deployed', () => {
    const spec = omnihubPipeline({ outcomes: { lint: ['failure'] }, outcomesOn: 'push' })
    expect(requested(spec)).toEqual(['pull_request Continuous Integration', 'merged', 'push Continuous Integration'])
  })

  test('a flaky job that somebody runs again is merged after the second attempt', () => {
    const spec = omnihubPipeline({ outcomes: { 'unit-tests': ['failure', 'success'] }, rerunFailedAfterMs: 5_000 })
    const again = scriptPipeline(spec).steps.flatMap((step) =>
      step.changes.filter((change) => change.type === 'run_requested_again'),
    )
    expect(requested(spec)).toHaveLength(5)
    expect(again).toHaveLength(2)
    expect(again[0]?.takenOver).toContain('ESLint')
    expect(again[0]?.takenOver).not.toContain('Unit Tests')
  })

  test.each([1, 60, 300])('a pipeline of %i jobs has that many, and ends about when it should', (jobs) => {
    const script = scriptPipeline(sizedPipeline({ jobs }))
    const completed = script.steps.flatMap((step) => step.changes.filter((change) => change.type === 'job_completed'))
    expect(completed).toHaveLength(jobs)
    expect(script.durationMs).toBeLessThan(260_000)
  })

  test('steps are in order of time', () => {
    const times = scriptPipeline(omnihubPipeline()).steps.map((step) => step.atMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })
})
