import { describe, expect, test } from 'vitest'
import { defaultStages } from '../../src/pipeline/default-stages.ts'
import { matchStage } from '../../src/pipeline/match-stage.ts'
import type { StageDefinition } from '../../src/pipeline/pipeline.ts'

function stageOfJob(workflow: string | null, name: string, stages: readonly StageDefinition[] = defaultStages) {
  return matchStage({ name, workflow, environment: null, isReview: false }, stages)?.name ?? null
}

function stageOfDeployment(environment: string) {
  return matchStage(
    { name: `deployment to ${environment}`, workflow: null, environment, isReview: false },
    defaultStages,
  )?.name
}

function stageOfReview(environment: string) {
  return matchStage({ name: `approval for ${environment}`, workflow: null, environment, isReview: true }, defaultStages)
    ?.name
}

describe('the default stages take the jobs of the pipeline design', () => {
  const ci = 'Continuous Integration'
  const staging = 'Deploy to Staging'
  const production = 'Deploy to Production'
  test.each([
    [ci, 'TypeScript Type Check', 'Pre-build checks'],
    [ci, 'ESLint', 'Pre-build checks'],
    [ci, 'React Singleton Check', 'Pre-build checks'],
    [ci, 'Dependency Vulnerability Scan', 'Pre-build checks'],
    [ci, 'Secret Scanning', 'Security scanning'],
    [ci, 'Unit Tests', 'Unit tests'],
    [ci, 'Production Build', 'Build'],
    [ci, 'E2E Tests (Playwright)', 'Integration tests'],
    [ci, 'Web3 Integration Tests', 'Integration tests'],
    [ci, 'Security Tests (Prompt Injection, Zero-Trust)', 'Integration tests'],
    [ci, 'Container Image Scan', 'Security scanning'],
    [ci, 'Static Application Security Testing', 'Security scanning'],
    [ci, '✅ All CI Checks Passed', null],
    ['Deploy to Dev', 'Deploy Frontend (Vercel)', 'Deploy dev'],
    ['Deploy to Dev', 'Smoke Tests (Dev)', 'Smoke dev'],
    ['Deploy to Dev', 'Notify Deployment Status', null],
    [staging, 'Require CI Passed', 'Deploy staging'],
    [staging, 'Deploy Database Migrations', 'Deploy staging'],
    [staging, 'Deploy Edge Functions', 'Deploy staging'],
    [staging, 'Deploy Frontend (Vercel)', 'Deploy staging'],
    [staging, 'Smoke Tests (Staging)', 'Smoke staging'],
    [staging, 'E2E smoke', 'Smoke staging'],
    [staging, 'Performance benchmark', 'Smoke staging'],
    [staging, 'Notify Deployment Status', null],
    [production, '🚨 Production Deployment Approval Required', 'Production gate'],
    [production, 'Validate Staging Health', 'Production gate'],
    [production, 'Deploy Database Migrations (Production)', 'Production'],
    [production, 'Deploy Canary (5% Traffic)', 'Production'],
    [production, 'Analyze Canary Metrics', 'Production'],
    [production, 'Progressive Rollout (10% → 25% → 50% → 100%)', 'Production'],
    [production, 'Post-Deployment Tasks', 'Production'],
  ])('%s / %s is in %s', (workflow, name, stage) => {
    expect(stageOfJob(workflow, name)).toBe(stage)
  })
})

describe('the default stages take names that are common elsewhere', () => {
  test.each([
    ['CI', 'lint', 'Pre-build checks'],
    ['CI', 'typecheck', 'Pre-build checks'],
    ['CI', 'test (20, ubuntu-latest)', 'Unit tests'],
    ['CI', 'test', 'Unit tests'],
    ['CI', 'unit-tests', 'Unit tests'],
    ['CI', 'integration-tests', 'Integration tests'],
    ['CI', 'test-integration', 'Integration tests'],
    ['CI', 'test-e2e', 'Integration tests'],
    ['CI', 'build', 'Build'],
    ['CI', 'build (linux, arm64)', 'Build'],
    ['CI', 'docker / build-and-push', 'Build'],
    ['CodeQL', 'Analyze (javascript)', 'Security scanning'],
    ['codecov', 'codecov/patch', 'Unit tests'],
    ['Deploy', 'deploy-dev', 'Deploy dev'],
    ['Deploy', 'Deploy (dev)', 'Deploy dev'],
    ['Deploy', 'deploy-staging', 'Deploy staging'],
    ['Deploy', 'smoke-staging', 'Smoke staging'],
    ['Deploy', 'deploy-production', 'Production'],
    ['Build and deploy', 'Build and deploy to staging', 'Deploy staging'],
    ['Deploy to Staging and Production', 'deploy-production', 'Production'],
    [null, 'ci/circleci: build', 'Build'],
    [null, 'security/snyk (acme)', 'Security scanning'],
    ['Stale issues', 'stale', null],
    ['Platform', 'information', null],
    ['Docs', 'deploy to device lab', null],
  ])('%s / %s is in %s', (workflow, name, stage) => {
    expect(stageOfJob(workflow, name)).toBe(stage)
  })

  test.each([
    ['dev', 'Deploy dev'],
    ['Preview', 'Deploy dev'],
    ['staging', 'Deploy staging'],
    ['Staging-EU', 'Deploy staging'],
    ['production', 'Production'],
    ['Production – web', 'Production'],
    ['github-pages', undefined],
  ])('a deployment to %s is in %s', (environment, stage) => {
    expect(stageOfDeployment(environment)).toBe(stage)
  })

  test.each([
    ['production', 'Production gate'],
    ['prod-eu', 'Production gate'],
    ['staging', 'Deploy staging'],
  ])('an approval for %s is in %s', (environment, stage) => {
    expect(stageOfReview(environment)).toBe(stage)
  })
})

describe('patterns', () => {
  const one = (...match: readonly string[]): readonly StageDefinition[] => [{ name: 'S', match }]

  test.each([
    ['Smoke Tests (Staging)', 'smoke tests (staging)', 'S'],
    ['a|b', 'a', null],
    ['c++ [linux]', 'C++ [Linux]', 'S'],
    ['build*', 'build/linux/arm64', 'S'],
    ['{lint,types}', 'types', 'S'],
    ['test?', 'test1', 'S'],
    ['test', 'test (20)', 'S'],
    ['test', 'tests', null],
    ['a{b', 'a{b', 'S'],
    ['(', '(', 'S'],
    ['*', 'anything / at all', 'S'],
    ['.*', '.hidden', 'S'],
    ['.*', 'x', null],
  ])('%j against %j gives %s', (pattern, name, stage) => {
    expect(stageOfJob('W', name, one(pattern))).toBe(stage)
  })

  test('a pattern that names a workflow goes before one of an earlier stage that names a job only', () => {
    const stages = [
      { name: 'Tests', match: ['*e2e*'] },
      { name: 'Smoke', match: ['deploy / *'] },
    ]
    expect(stageOfJob('Deploy', 'e2e smoke', stages)).toBe('Smoke')
    expect(stageOfJob('CI', 'e2e smoke', stages)).toBe('Tests')
  })

  test('the first of two stages that match alike takes the job', () => {
    expect(
      stageOfJob('CI', 'lint', [
        { name: 'A', match: ['l*'] },
        { name: 'B', match: ['lint'] },
      ]),
    ).toBe('A')
  })

  test('a pattern with an exclamation mark takes a job out of its stage only', () => {
    const stages = [
      { name: 'A', match: ['deploy / *', '!*notify*'] },
      { name: 'B', match: ['*'] },
    ]
    expect(stageOfJob('Deploy', 'Notify people', stages)).toBe('B')
    expect(stageOfJob('Deploy', 'Migrate', stages)).toBe('A')
  })

  test('a job of a reusable workflow is found by its own two-part name', () => {
    expect(stageOfJob('CI', 'deploy / smoke', one('deploy / smoke'))).toBe('S')
  })

  test('an environment pattern never takes a workflow job of that name', () => {
    expect(stageOfJob('W', 'production', one('environment: production'))).toBeNull()
  })
})
