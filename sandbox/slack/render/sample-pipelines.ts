/** Pipelines to look at: for the picture in the README and for the tests of the cards. */
import type { FailureAlertInput } from '../../../src/cards/failure-alert.ts'
import type { CardContext } from '../../../src/cards/rendered.ts'
import type { Job, JobGroup, JobState, Pipeline, Stage } from '../../../src/pipeline/pipeline.ts'

/** 2 March 2026, 14:02:10 UTC: when the sample pipelines started. */
export const sampleStart = Date.UTC(2026, 2, 2, 14, 2, 10)

const repository = 'acme/omnihub'

/** A job; its group is its name without what stands in brackets at the end. */
export function job(name: string, state: JobState, more: Partial<Job> = {}): Job {
  const jobId = more.jobId ?? [...name].reduce((sum, letter) => sum * 31 + (letter.codePointAt(0) ?? 0), 7) % 1e9
  return {
    key: `job:${jobId}`,
    source: 'job',
    name,
    groupName: name.replace(/ \(.*\)$/, ''),
    workflow: 'CI',
    state,
    attempt: 1,
    runId: 4711,
    jobId,
    step: null,
    url: `https://github.com/${repository}/actions/runs/4711/job/${jobId}`,
    startedAt: null,
    completedAt: null,
    isFromOlderAttempt: false,
    ...more,
  }
}

/** A stage of these jobs, grouped by name; a group has the state of its first job that did not pass. */
export function stage(name: string, state: JobState, jobs: readonly Job[], fromS?: number, toS?: number): Stage {
  const groups = [...Map.groupBy(jobs, (one) => one.groupName)].map(
    ([groupName, members]): JobGroup => ({
      name: groupName,
      workflow: 'CI',
      state: members.find((one) => one.state !== 'passed')?.state ?? 'passed',
      jobs: members,
    }),
  )
  return {
    name,
    state,
    groups,
    attempt: Math.max(1, ...jobs.map((one) => one.attempt)),
    startedAt: fromS === undefined ? null : sampleStart + fromS * 1000,
    completedAt: toS === undefined ? null : sampleStart + toS * 1000,
  }
}

/** A change on main with these stages. */
export function pipeline(stages: readonly Stage[], more: Partial<Pipeline> = {}): Pipeline {
  return {
    repository,
    sha: '1a2b3c4d5e6f708192a3b4c5d6e7f80912345678',
    branch: 'main',
    isDefaultBranch: true,
    pullRequest: {
      number: 128,
      title: 'Keep people signed in when their session is renewed',
      url: `https://github.com/${repository}/pull/128`,
      state: 'merged',
      relation: 'merge',
    },
    title: 'Keep people signed in when their session is renewed',
    authorLogin: 'mia-k',
    authorName: 'Mia Kovač',
    authorEmail: 'mia@acme.example',
    stages,
    verdict: 'running',
    reruns: [],
    startedAt: sampleStart,
    completedAt: null,
    hasActivity: true,
    ...more,
  }
}

/** What the samples' cards know of people and of usual durations. */
export function context(layout: CardContext['layout'] = 'plan'): CardContext {
  return {
    layout,
    webUrl: 'https://github.com',
    mentions: new Map([
      ['mia-k', 'U07MIA'],
      ['sam-d', 'U07SAM'],
    ]),
    usualMs: new Map([
      ['Integration tests', 372_000],
      ['Unit tests', 190_000],
    ]),
  }
}

/** A commit in mid-flight: three stages passed, integration tests running, the rest to come. */
export function midFlight(): Pipeline {
  return pipeline([
    stage(
      'Pre-build checks',
      'passed',
      ['lint', 'types', 'secrets', 'licences'].map((name) => job(name, 'passed')),
      0,
      58,
    ),
    stage(
      'Unit tests',
      'passed',
      [...['1/4', '2/4', '3/4', '4/4'].map((part) => job(`vitest (${part})`, 'passed')), job('deno test', 'passed')],
      60,
      252,
    ),
    stage('Build', 'passed', [job('web', 'passed'), job('edge functions', 'passed')], 60, 187),
    stage(
      'Integration tests',
      'running',
      [
        job('api', 'passed'),
        job('browser (chromium)', 'running', { step: 'Run Playwright tests', startedAt: sampleStart + 262_000 }),
        job('browser (firefox)', 'passed'),
        job('browser (webkit)', 'running', { step: 'Install browsers', startedAt: sampleStart + 264_000 }),
        job('migrations', 'running', { step: 'Apply to a copy of staging', startedAt: sampleStart + 255_000 }),
      ],
      255,
    ),
    stage('Security scanning', 'queued', [job('codeql', 'queued'), job('dependency review', 'queued')]),
    ...['Deploy dev', 'Smoke dev', 'Deploy staging', 'Smoke staging', 'Production gate', 'Production'].map((name) =>
      stage(name, 'pending', []),
    ),
  ])
}

/** Another change, of which one part of a matrix failed. */
export function withFailure(): Pipeline {
  return pipeline(
    [
      stage(
        'Pre-build checks',
        'passed',
        ['lint', 'types'].map((name) => job(name, 'passed')),
        0,
        58,
      ),
      stage(
        'Unit tests',
        'failed',
        [
          ...['1/6', '2/6', '3/6', '4/6', '5/6'].map((part) => job(`vitest (${part})`, 'passed')),
          failedJob(),
          job('deno test', 'passed'),
        ],
        60,
        252,
      ),
      stage('Build', 'cancelled', [job('web', 'cancelled')], 60, 187),
      ...['Deploy dev', 'Deploy staging'].map((name) => stage(name, 'pending', [])),
    ],
    {
      verdict: 'failed',
      completedAt: sampleStart + 255_000,
      sha: '9f8e7d6c5b4a39281706f5e4d3c2b1a098765432',
      title: 'Renew sessions in the background',
      authorLogin: 'sam-d',
      authorName: 'Sam Delgado',
      pullRequest: {
        number: 126,
        title: 'Renew sessions in the background',
        url: `https://github.com/${repository}/pull/126`,
        state: 'merged',
        relation: 'merge',
      },
    },
  )
}

/** The job that fails in `withFailure`. */
export function failedJob(): Job {
  return job('vitest (6/6)', 'failed', {
    step: 'Run unit tests',
    startedAt: sampleStart + 62_000,
    completedAt: sampleStart + 252_000,
  })
}

/** The alert for `failedJob`, not fixed yet. */
export function alertInput(layout: CardContext['layout'] = 'plan'): FailureAlertInput {
  return {
    pipeline: withFailure(),
    job: failedJob(),
    stageName: 'Unit tests',
    context: context(layout),
    details: {
      step: 'Run unit tests',
      source: 'log',
      lines: [
        ' FAIL  src/session/renew.test.ts > renew > keeps the refresh token',
        'AssertionError: expected 401 to be 200',
        '',
        '- Expected   200',
        '+ Received   401',
        '',
        ' ❯ src/session/renew.test.ts:48:28',
        '    46|   const answer = await renew(session, { at: expiry + 1 })',
        '    48|   expect(answer.status).toBe(200)',
        '',
        ' Test Files  1 failed | 41 passed (42)',
      ],
    },
    history: { failed: 0, runs: 20 },
    onCall: 'S07ONCALL',
    rerunValue: '{"repository":"acme/omnihub","runId":4711}',
    fixed: null,
  }
}
