/**
 * The pipeline that Sluice's example tenant runs for each change: CI in five stages on the pull request and again
 * on main, then dev with its smoke tests, then staging with its smoke tests.
 */
import type {
  CommitSpec,
  EnvironmentSpec,
  FailureSpec,
  JobSpec,
  Outcome,
  PipelineSpec,
  WorkflowSpec,
} from './pipeline-spec.ts'

export interface OmnihubOptions {
  readonly repository?: string
  readonly commit?: Partial<CommitSpec>
  /** Null: pushed to main without a pull request. */
  readonly pullRequest?: Partial<NonNullable<PipelineSpec['pullRequest']>> | null
  /** Jobs by key (`unit-tests`, `smoke-dev` …) that do not just succeed: one outcome for each attempt. */
  readonly outcomes?: Readonly<Record<string, readonly Outcome[]>>
  /** Only runs of this event have these outcomes; all when left out. */
  readonly outcomesOn?: 'pull_request' | 'push'
  /** What a failing job prints and annotates, by key. */
  readonly failures?: Readonly<Record<string, FailureSpec>>
  /** Somebody presses "Re-run failed jobs" this long after a run of CI has failed. */
  readonly rerunFailedAfterMs?: number
  readonly rerunBy?: string
  /** Makes every job that much shorter or longer; 1 when left out. */
  readonly pace?: number
  /** Staging asks for an approval first. */
  readonly stagingApproval?: EnvironmentSpec['approval']
}

/** Keys of the jobs of CI, as `outcomes` and `failures` call them. */
const OMNIHUB_CI_JOBS = [
  'typecheck',
  'lint',
  'react-check',
  'dependency-scan',
  'secret-scan',
  'unit-tests',
  'build',
  'e2e-tests',
  'web3-tests',
  'security-tests',
  'container-scan',
  'sast',
  'ci-passed',
] as const

const NODE_SETUP = ['Run actions/checkout@v4', 'Run actions/setup-node@v4', 'Run npm ci']

const UNIT_TEST_FAILURE: FailureSpec = {
  step: 'Run npm test -- --coverage',
  log: [
    ' \u001b[32m✓\u001b[39m src/lib/format.test.ts (18 tests) 41ms',
    ' \u001b[31m❯\u001b[39m src/trade/fees.test.ts (9 tests | 1 failed) 88ms',
    '   \u001b[31m× fees > rounds half a cent up\u001b[39m',
    '     → expected 12.34 to be 12.35 // Object.is equality',
    '',
    '\u001b[31mAssertionError\u001b[39m: expected 12.34 to be 12.35 // Object.is equality',
    ' ❯ src/trade/fees.test.ts:41:31',
    '',
    ' Test Files  1 failed | 57 passed (58)',
    '      Tests  1 failed | 611 passed (612)',
  ],
}

export function omnihubPipeline(options: OmnihubOptions = {}): PipelineSpec {
  const pull = options.pullRequest === undefined ? {} : options.pullRequest
  const commit = {
    message: 'Round trading fees half up\n\nThe ledger rounds half up, the quote rounded half to even.',
    author: 'mona',
    authorName: 'Mona Lisa',
    authorEmail: 'mona@omnihub.dev',
    ...options.commit,
  }
  const title = commit.message.split('\n')[0] ?? ''
  return {
    repository: options.repository ?? 'omnihub/app',
    branch: 'main',
    commit,
    ...(pull === null
      ? {}
      : { pullRequest: { number: 128, title, headRef: 'round-fees-half-up', mergedBy: 'hubot-lead', ...pull } }),
    workflows: [ciWorkflow(options), devWorkflow(options), stagingWorkflow(options)],
    checks: [{ app: 'codecov', name: 'codecov/project', startAfterMs: 60_000, durationMs: 15_000 }],
    statuses: [
      { context: 'license/cla', description: 'All contributors have signed.', durationMs: 4_000, by: 'cla-bot[bot]' },
    ],
  }
}

function job(options: OmnihubOptions, spec: JobSpec & { readonly seconds: number }): JobSpec {
  const { seconds, ...own } = spec
  const failure = options.failures?.[spec.key] ?? spec.failure
  const outcomes = options.outcomes?.[spec.key]
  return {
    ...own,
    durationMs: seconds * 1000 * (options.pace ?? 1),
    ...(failure === undefined ? {} : { failure }),
    ...(outcomes === undefined ? {} : { outcomes }),
    ...(options.outcomesOn === undefined ? {} : { outcomesOn: options.outcomesOn }),
  }
}

function steps(...names: readonly string[]): NonNullable<JobSpec['steps']> {
  return names.map((name) => ({ name }))
}

function rerun(options: OmnihubOptions): Pick<WorkflowSpec, 'rerunFailedAfterMs' | 'rerunBy'> {
  if (options.rerunFailedAfterMs === undefined) return {}
  return { rerunFailedAfterMs: options.rerunFailedAfterMs, rerunBy: options.rerunBy ?? 'mona' }
}

function ciWorkflow(options: OmnihubOptions): WorkflowSpec {
  const add = (spec: JobSpec & { readonly seconds: number }) => job(options, spec)
  const afterBuild = { needs: ['build'] }
  return {
    name: 'Continuous Integration',
    path: '.github/workflows/ci.yml',
    on: ['pull_request', 'push'],
    ...rerun(options),
    jobs: [
      add({
        key: 'typecheck',
        name: 'TypeScript Type Check',
        seconds: 38,
        steps: steps(...NODE_SETUP, 'Run npm run typecheck'),
      }),
      add({ key: 'lint', name: 'ESLint', seconds: 31, steps: steps(...NODE_SETUP, 'Run npm run lint') }),
      add({
        key: 'react-check',
        name: 'React Singleton Check',
        seconds: 24,
        steps: steps(...NODE_SETUP, 'Run npm run check:react'),
      }),
      add({
        key: 'dependency-scan',
        name: 'Dependency Vulnerability Scan',
        seconds: 45,
        steps: steps('Run actions/checkout@v4', 'Run Snyk to check for vulnerabilities'),
      }),
      add({
        key: 'secret-scan',
        name: 'Secret Scanning',
        seconds: 20,
        steps: steps('Run actions/checkout@v4', 'TruffleHog Secrets Scan'),
      }),
      add({
        key: 'unit-tests',
        name: 'Unit Tests',
        needs: ['typecheck', 'lint', 'react-check'],
        seconds: 74,
        steps: steps(...NODE_SETUP, 'Run npm test -- --coverage', 'Upload coverage report'),
        failure: UNIT_TEST_FAILURE,
      }),
      add({
        key: 'build',
        name: 'Production Build',
        needs: ['unit-tests'],
        seconds: 52,
        steps: steps(...NODE_SETUP, 'Run npm run build', 'Upload build artifacts'),
      }),
      add({
        key: 'e2e-tests',
        name: 'E2E Tests (Playwright)',
        ...afterBuild,
        seconds: 140,
        steps: steps(...NODE_SETUP, 'Download build artifacts', 'Install Playwright browsers', 'Run npm run test:e2e'),
      }),
      add({
        key: 'web3-tests',
        name: 'Web3 Integration Tests',
        ...afterBuild,
        seconds: 66,
        steps: steps(...NODE_SETUP, 'Run npm run test:web3'),
      }),
      add({
        key: 'security-tests',
        name: 'Security Tests (Prompt Injection, Zero-Trust)',
        ...afterBuild,
        seconds: 71,
        steps: steps(
          ...NODE_SETUP,
          'Run npm run test:security',
          'Run npm run test:prompt-defense',
          'Run npm run test:zero-trust',
        ),
      }),
      add({ key: 'container-scan', name: 'Container Image Scan', ...afterBuild, when: 'never', seconds: 40 }),
      add({
        key: 'sast',
        name: 'Static Application Security Testing',
        seconds: 110,
        steps: steps('Run actions/checkout@v4', 'Initialize CodeQL', 'Perform CodeQL Analysis'),
      }),
      add({
        key: 'ci-passed',
        name: '✅ All CI Checks Passed',
        needs: OMNIHUB_CI_JOBS.filter((key) => key !== 'container-scan' && key !== 'ci-passed'),
        seconds: 4,
        steps: steps('Run echo "All CI checks passed successfully"'),
      }),
    ],
  }
}

function deployWorkflow(
  options: OmnihubOptions,
  environment: EnvironmentSpec & { readonly key: 'dev' | 'staging'; readonly title: string },
  after: string,
  smokeSteps: readonly string[],
): WorkflowSpec {
  const { key, title, ...own } = environment
  const add = (spec: JobSpec & { readonly seconds: number }) => job(options, spec)
  const supabase = ['Run actions/checkout@v4', 'Setup Supabase CLI']
  return {
    name: `Deploy to ${title}`,
    path: `.github/workflows/cd-${key}.yml`,
    on: ['push'],
    after,
    ...rerun(options),
    jobs: [
      add({ key: `require-ci-${key}`, name: 'Require CI Passed', seconds: 5 }),
      add({
        key: `deploy-database-${key}`,
        name: 'Deploy Database Migrations',
        needs: [`require-ci-${key}`],
        seconds: 22,
        steps: steps(...supabase, 'Run migrations'),
        environment: own,
      }),
      add({
        key: `deploy-functions-${key}`,
        name: 'Deploy Edge Functions',
        needs: [`deploy-database-${key}`],
        seconds: 33,
        steps: steps(...supabase, 'Deploy all functions'),
      }),
      add({
        key: `deploy-frontend-${key}`,
        name: 'Deploy Frontend (Vercel)',
        needs: [`require-ci-${key}`],
        seconds: 48,
        steps: steps('Run actions/checkout@v4', `Deploy to Vercel ${title}`),
      }),
      add({
        key: `smoke-${key}`,
        name: `Smoke Tests (${title})`,
        needs: [`deploy-functions-${key}`, `deploy-frontend-${key}`],
        seconds: key === 'dev' ? 40 : 95,
        steps: steps(...NODE_SETUP, ...smokeSteps),
      }),
    ],
  }
}

function devWorkflow(options: OmnihubOptions): WorkflowSpec {
  const environment = { key: 'dev', title: 'Dev', name: 'dev', url: 'https://dev.omnihub.dev' } as const
  return deployWorkflow(options, environment, 'Continuous Integration', ['Health checks', 'Basic auth flow'])
}

function stagingWorkflow(options: OmnihubOptions): WorkflowSpec {
  const approval = options.stagingApproval
  const environment = {
    key: 'staging',
    title: 'Staging',
    name: 'staging',
    url: 'https://staging.omnihub.dev',
    ...(approval === undefined ? {} : { approval }),
  } as const
  return deployWorkflow(options, environment, 'Deploy to Dev', [
    'Wait for deployment propagation',
    'Health checks',
    'E2E smoke tests',
    'Performance benchmark',
  ])
}
