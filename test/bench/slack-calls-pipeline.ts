/** A pipeline of 60 jobs from push to staging, about as the pipelines of a web application of some size run. */
import type { JobSpec, PipelineSpec } from '../../sandbox/github/pipeline-spec.ts'

/** Jobs beside each other, as the shards of a matrix are: one name, values in brackets, no two of one length. */
function shards(
  key: string,
  name: string,
  needs: readonly string[],
  seconds: Readonly<Record<string, number>>,
): readonly JobSpec[] {
  return Object.entries(seconds).map(([values, length]) =>
    job(`${key}-${values}`, `${name} (${values})`, needs, length),
  )
}

function job(key: string, name: string, needs: readonly string[], seconds: number): JobSpec {
  return { key, name, needs, durationMs: seconds * 1000 }
}

const keysOf = (jobs: readonly JobSpec[]) => jobs.map(({ key }) => key)

/** Four minutes at a speed of 1: 60 jobs in seven workflows, each job queued, started and ended. */
export function sixtyJobs(repository: string): PipelineSpec {
  const checks = [
    job('types', 'TypeScript Type Check', [], 24),
    job('lint', 'ESLint', [], 19.4),
    job('format', 'Format Check', [], 9.7),
    job('react', 'React Singleton Check', [], 14.2),
    job('dependencies', 'Dependency Vulnerability Scan', [], 27.9),
  ]
  const units = [
    ...shards('unit', 'Unit Tests', keysOf(checks), {
      'node 22, 1/5': 23.1,
      'node 22, 2/5': 31.6,
      'node 22, 3/5': 27.3,
      'node 22, 4/5': 35.2,
      'node 22, 5/5': 20.8,
      'node 24, 1/5': 24.9,
      'node 24, 2/5': 33.8,
      'node 24, 3/5': 29.5,
      'node 24, 4/5': 37.4,
      'node 24, 5/5': 22.2,
    }),
  ]
  const builds = shards('build', 'Production Build', keysOf(units), { web: 33.3, admin: 26.1, api: 18.5, worker: 15.9 })
  const integration = [
    ...shards('e2e', 'E2E Tests (Playwright)', keysOf(builds), {
      'chromium 1/3': 41.7,
      'chromium 2/3': 48.3,
      'chromium 3/3': 38.6,
      'firefox 1/3': 46.1,
      'firefox 2/3': 52.4,
      'firefox 3/3': 43.9,
    }),
    ...shards('api', 'API Integration Tests', keysOf(builds), { 'postgres 16': 29.4, 'postgres 17': 31.9 }),
    job('web3', 'Web3 Integration Tests', keysOf(builds), 36.8),
    job('prompts', 'Security Tests (Prompt Injection, Zero-Trust)', keysOf(builds), 33.1),
  ]
  const passed = job('passed', 'All CI Checks Passed', [...keysOf(checks), ...keysOf(integration)], 3)
  const security = [
    ...shards('codeql', 'CodeQL Analysis', [], { javascript: 88.4, python: 61.7, actions: 40.3 }),
    job('secrets', 'Secret Scanning', [], 17.6),
    ...shards('trivy', 'Container Image Scan', [], { web: 44.5, api: 37.2, worker: 33.9 }),
    job('licences', 'License Scan', [], 22.5),
  ]
  return {
    repository,
    branch: 'main',
    commit: {
      message: 'Round trading fees half up',
      author: 'mona',
      authorName: 'Mona Lisa',
      authorEmail: 'mona@omnihub.dev',
    },
    workflows: [
      { name: 'Continuous Integration', on: ['push'], jobs: [...checks, ...units, ...builds, ...integration, passed] },
      { name: 'Security', on: ['push'], jobs: security },
      deployment('Dev', 'Continuous Integration', 0.8),
      deployment('Staging', 'Deploy to Dev', 1),
    ],
  }
}

/** @param pace - how much longer than the shortest its jobs take */
function deployment(title: 'Dev' | 'Staging', after: string, pace: number): PipelineSpec['workflows'][number] {
  const key = title.toLowerCase()
  const own = (name: string) => `${name}-${key}`
  const migrations = job(own('database'), `Deploy Database Migrations to ${title}`, [own('require')], 6.2 * pace)
  const functions = ['quotes', 'orders', 'ledger', 'mail'].map((name, index) =>
    job(own(name), `Deploy Function ${name} to ${title}`, [own('database')], (5.1 + index * 1.3) * pace),
  )
  const frontend = ['web', 'admin'].map((name, index) =>
    job(own(name), `Deploy Frontend ${name} to ${title}`, [own('require')], (9.6 + index * 2.7) * pace),
  )
  const smoke = ['login', 'trade', ...(title === 'Staging' ? ['withdraw', 'report'] : [])].map((name, index) =>
    job(
      own(`smoke-${name}`),
      `Smoke Tests ${name} (${title})`,
      keysOf([...functions, ...frontend]),
      (8.3 + index * 1.9) * pace,
    ),
  )
  return {
    name: `Deploy to ${title}`,
    on: ['push'],
    after,
    jobs: [job(own('require'), `Deploy Guard ${title}`, [], 2), migrations, ...functions, ...frontend, ...smoke],
  }
}
