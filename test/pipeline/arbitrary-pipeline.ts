/**
 * Scripts of whole pipelines for property tests: several workflows with matrices and re-runs, repeated runs, checks,
 * statuses, deployments and approvals, as the facts that GitHub would have us know, in the order they happened.
 */
import fc from 'fast-check'
import type { Conclusion, Fact } from '../../src/pipeline/facts.ts'
import type { PipelineVerdict } from '../../src/pipeline/pipeline.ts'
import { aCheck, aCommit, aDeployment, aDeploymentStatus, aJob, aPull, aPush, aReview, aRun, aStatus } from './facts.ts'

interface ScriptedFact {
  readonly fact: Fact
  /** False for what a later fact makes irrelevant, so that losing it must not show in the end. */
  readonly isFinal: boolean
}

export interface ScriptedPipeline {
  readonly facts: readonly ScriptedFact[]
  /** The verdict in the end, worked out from the script and not from the facts. */
  readonly verdict: PipelineVerdict
  /** Keys of the jobs, checks, statuses and deployments that failed at some time. */
  readonly failedKeys: ReadonlySet<string>
}

type Outcome = Extract<Conclusion, 'success' | 'failure' | 'cancelled' | 'skipped' | 'timed_out'>

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Outcome>('success') },
  { weight: 2, arbitrary: fc.constant<Outcome>('failure') },
  { weight: 1, arbitrary: fc.constantFrom<Outcome>('cancelled', 'skipped', 'timed_out') },
)

const jobName = fc.constantFrom(
  'lint',
  'Unit Tests',
  'test (18)',
  'test (20, windows)',
  'test (22)',
  'build',
  'E2E Tests (Playwright)',
  'Smoke Tests (Staging)',
  'deploy-staging',
  'something else',
)

const workflow = fc.record({
  name: fc.constantFrom('CI', 'Deploy to Staging', 'Deploy to Production', 'Nightly'),
  event: fc.constantFrom('push', 'pull_request'),
  /** One list of outcomes per new run of this workflow; each list has one entry per attempt. */
  runs: fc.array(
    fc.record({
      isRerunOfFailedOnly: fc.boolean(),
      attempts: fc.array(fc.array(outcome, { minLength: 10, maxLength: 10 }), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  jobs: fc.uniqueArray(jobName, { minLength: 1, maxLength: 6 }),
})

const deployment = fc.record({
  environment: fc.constantFrom('dev', 'staging', 'production'),
  isSuccess: fc.boolean(),
  isReplaced: fc.boolean(),
})

const script = fc.record({
  workflows: fc.array(workflow, { minLength: 1, maxLength: 3 }),
  checks: fc.array(fc.record({ name: fc.constantFrom('coverage', 'preview'), outcome }), { maxLength: 4 }),
  statuses: fc.uniqueArray(fc.record({ name: fc.constantFrom('ci/build', 'security/snyk'), isSuccess: fc.boolean() }), {
    selector: (status) => status.name,
    maxLength: 2,
  }),
  deployments: fc.array(deployment, { maxLength: 4 }),
  hasReview: fc.boolean(),
  hasPull: fc.boolean(),
})

type Script = typeof script extends fc.Arbitrary<infer Value> ? Value : never
type ScriptedWorkflow = Script['workflows'][number]

export const arbitraryPipeline: fc.Arbitrary<ScriptedPipeline> = script.map(play)

function play(given: Script): ScriptedPipeline {
  const facts: ScriptedFact[] = []
  const outcomes: Outcome[] = []
  const failedKeys = new Set<string>()
  let seconds = 0
  let nextId = 1
  const tick = () => ++seconds
  const add = (fact: Fact, isFinal = true) => facts.push({ fact, isFinal })
  const end = (key: string, result: Outcome) => {
    if (result === 'failure' || result === 'timed_out') failedKeys.add(key)
  }

  add(aPush({ at: tick() }))
  add(aCommit(), false)
  add(aCommit({ login: 'mona' }))
  if (given.hasPull) add(aPull({ relation: 'merge', at: tick() }))

  given.workflows.forEach((each, workflowIndex) => {
    each.runs.forEach((run, runIndex) => {
      const id = 1000 + workflowIndex * 100 + runIndex
      const isLastRun = runIndex === each.runs.length - 1
      playRun(each, run, id, workflowIndex + 1, isLastRun)
    })
  })

  function playRun(
    { name: workflowName, event, jobs }: ScriptedWorkflow,
    { attempts, isRerunOfFailedOnly }: ScriptedWorkflow['runs'][number],
    run: number,
    workflowId: number,
    isLastRun: boolean,
  ) {
    const latest = new Map<string, Outcome>()
    const reported: { readonly name: string; readonly index: number }[] = []
    attempts.forEach((results, attemptIndex) => {
      const attempt = attemptIndex + 1
      const isLastAttempt = attempt === attempts.length
      const again = (name: string) => {
        const before = latest.get(name)
        return !isRerunOfFailedOnly || before === undefined || before === 'failure' || before === 'timed_out'
      }
      const toRun = jobs.filter(again)
      // Whatever the earlier attempt said of the jobs that run again is now beside the point.
      for (const { name, index } of reported) {
        const fact = facts[index]
        if (fact !== undefined && toRun.some((other) => other === name)) facts[index] = { ...fact, isFinal: false }
      }
      const started = tick()
      const common = { id: run, attempt, workflow: workflowName, workflowId, event, started }
      add(aRun({ ...common, status: 'queued', at: started }), false)
      const begun = toRun.map((name) => ({ name, id: nextId++ }))
      for (const { name, id } of begun) {
        add(aJob({ id, run, attempt, name, workflow: workflowName, status: 'queued' }), false)
      }
      add(aRun({ ...common, status: 'in_progress', at: tick() }), false)
      for (const { name, id } of begun) {
        const result = results[jobs.indexOf(name)] ?? 'success'
        const job = { id, run, attempt, name, workflow: workflowName, started: tick() }
        if (result !== 'skipped') add(aJob({ ...job, status: 'in_progress' }), false)
        add(aJob({ ...job, conclusion: result, completed: tick() }))
        reported.push({ name, index: facts.length - 1 })
        latest.set(name, result)
        end(`job:${id}`, result)
      }
      add(aRun({ ...common, conclusion: conclude([...latest.values()]), at: tick() }), isLastAttempt)
    })
    if (isLastRun) outcomes.push(...latest.values())
  }

  const newestChecks = new Map<string, Outcome>()
  for (const check of given.checks) {
    const id = 5000 + nextId++
    add(aCheck({ id, name: check.name, status: 'queued', started: tick() }), false)
    add(aCheck({ id, name: check.name, started: tick() }), false)
    add(aCheck({ id, name: check.name, conclusion: check.outcome, started: seconds, completed: tick() }))
    newestChecks.set(check.name, check.outcome)
    end(`check:${id}`, check.outcome)
  }
  outcomes.push(...newestChecks.values())

  for (const status of given.statuses) {
    const result = status.isSuccess ? 'success' : 'failure'
    add(aStatus({ id: nextId++, context: status.name, state: 'pending', at: tick() }), false)
    add(aStatus({ id: nextId++, context: status.name, state: result, at: tick() }))
    outcomes.push(result)
    end(`status:${status.name}`, result)
  }

  const newestDeployments = new Map<string, Outcome>()
  for (const { environment, isSuccess, isReplaced } of given.deployments) {
    const id = 9000 + nextId++
    const status = (state: string, isFinal: boolean) =>
      add(aDeploymentStatus({ id: nextId++, deployment: id, environment, state, at: tick() }), isFinal)
    add(aDeployment({ id, environment, at: tick() }))
    status('queued', false)
    status('in_progress', false)
    status(isSuccess ? 'success' : 'failure', true)
    if (isSuccess && isReplaced) status('inactive', false)
    newestDeployments.set(environment, isSuccess ? 'success' : 'failure')
    end(`deployment:${id}`, isSuccess ? 'success' : 'failure')
  }
  outcomes.push(...newestDeployments.values())

  if (given.hasReview) {
    add(aReview({ run: 1000, state: 'requested', at: tick() }), false)
    add(aReview({ run: 1000, state: 'approved', at: tick() }))
  }
  const conclusion = conclude(outcomes)
  return {
    facts,
    verdict: conclusion === 'failure' ? 'failed' : conclusion === 'cancelled' ? 'cancelled' : 'passed',
    failedKeys,
  }
}

function conclude(outcomes: readonly Outcome[]): 'success' | 'failure' | 'cancelled' {
  if (outcomes.some((result) => result === 'failure' || result === 'timed_out')) return 'failure'
  return outcomes.includes('cancelled') ? 'cancelled' : 'success'
}
