/** Pipelines as bad as GitHub could ever send them, for property tests. */
import fc from 'fast-check'
import { context, job } from '../../sandbox/slack/render/sample-pipelines.ts'
import type { FailureAlertInput } from '../../src/cards/failure-alert.ts'
import type { CardContext } from '../../src/cards/rendered.ts'
import type { Job, JobGroup, JobState, Pipeline, PullRequest, Stage } from '../../src/pipeline/pipeline.ts'

const states: readonly JobState[] = [
  'pending',
  'queued',
  'waiting',
  'running',
  'passed',
  'failed',
  'timed_out',
  'cancelled',
  'action_required',
  'skipped',
  'neutral',
]

const nasty = [
  '<!channel>',
  '<!here|all>',
  '<@U0EVIL>',
  '<http://evil.example|https://github.com>',
  '<https://evil.example>',
  '@channel @here @everyone',
  '*_~',
  '`*_~`',
  '```',
  '> quote',
  '>>> quote',
  '&amp;&lt;',
  'a & b < c > d',
  'gnp\u202Eexe\u2066x\u2069\u200F\u061C',
  'line\nbreak\r\nand\u2028more\u0000\u001B[31m',
  '👩‍👩‍👧‍👦🇩🇪é',
  'e\u0301'.repeat(40),
  `Z${'\u0335'.repeat(400)}`,
  '\uD800 half',
  '',
  '   ',
  '|pipe|',
  ':tada: __init__ my_job_name _x_',
  'x'.repeat(300),
  '&'.repeat(300),
  '🚀'.repeat(300),
  'שלום עולם مرحبا',
]

/** A string that somebody might put where a name belongs. */
export const hostile = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.tuple(fc.constantFrom(...nasty), fc.constantFrom(...nasty)).map(([a, b]) => `${a} ${b}`),
)

const url = fc.oneof(
  fc.constant('https://github.com/acme/omnihub/actions/runs/1/job/2'),
  fc.constantFrom('javascript:alert(1)', 'https://evil.example/|<!channel>', 'not an address', ''),
  fc.constant(`https://github.com/${'a'.repeat(5000)}`),
  fc.constant('https://github.com/a?b=1&c=\u202E*_~`'),
)
const at = fc.oneof(fc.integer({ min: 1.7e12, max: 1.9e12 }), fc.constantFrom(0, -1, Number.NaN))
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const state = fc.constantFrom(...states)

const arbitraryJob: fc.Arbitrary<Job> = fc
  .record({
    name: hostile,
    groupName: hostile,
    workflow: maybe(hostile),
    state,
    attempt: fc.integer({ min: 1, max: 4 }),
    runId: maybe(fc.nat()),
    step: maybe(hostile),
    url: maybe(url),
    startedAt: maybe(at),
    completedAt: maybe(at),
    isFromOlderAttempt: fc.boolean(),
  })
  .map((fields) => ({ ...job('x', fields.state), ...fields }))

const arbitraryGroup: fc.Arbitrary<JobGroup> = fc.record({
  name: hostile,
  workflow: maybe(hostile),
  state,
  jobs: fc.array(arbitraryJob, { minLength: 1, maxLength: 5 }),
})

const arbitraryStage: fc.Arbitrary<Stage> = fc.record({
  name: hostile,
  state,
  groups: fc.array(arbitraryGroup, { maxLength: 14 }),
  attempt: fc.integer({ min: 1, max: 3 }),
  startedAt: maybe(at),
  completedAt: maybe(at),
})

const arbitraryPullRequest: fc.Arbitrary<PullRequest> = fc.record({
  number: fc.nat(),
  title: hostile,
  url,
  state: fc.constantFrom('open', 'closed', 'merged'),
  relation: fc.constantFrom('head', 'merge'),
})

export const arbitraryPipeline: fc.Arbitrary<Pipeline> = fc.record({
  repository: fc.oneof(fc.constant('acme/omnihub'), hostile),
  sha: fc.oneof(fc.constant('1a2b3c4d5e6f708192a3b4c5d6e7f80912345678'), hostile),
  branch: maybe(hostile),
  isDefaultBranch: fc.boolean(),
  pullRequest: maybe(arbitraryPullRequest),
  title: maybe(hostile),
  authorLogin: maybe(fc.oneof(fc.constant('mia-k'), hostile)),
  authorName: maybe(hostile),
  authorEmail: maybe(hostile),
  stages: fc.array(arbitraryStage, { maxLength: 45, size: 'max' }),
  verdict: fc.constantFrom('waiting', 'running', 'passed', 'failed', 'cancelled'),
  reruns: fc.array(
    fc.record({
      runId: fc.nat(),
      workflow: hostile,
      attempt: fc.integer({ min: 2, max: 9 }),
      actorLogin: maybe(hostile),
    }),
    { maxLength: 6 },
  ),
  startedAt: maybe(at),
  completedAt: maybe(at),
  hasActivity: fc.boolean(),
})

export const arbitraryContext: fc.Arbitrary<CardContext> = fc
  .constantFrom<CardContext['layout']>('plan', 'classic')
  .map((layout) => ({
    ...context(layout),
    mentions: new Map([
      ['mia-k', 'U07MIA'],
      ['x', '<!channel>'],
    ]),
  }))

export const arbitraryAlert: fc.Arbitrary<FailureAlertInput> = fc.record({
  pipeline: arbitraryPipeline,
  job: arbitraryJob,
  stageName: hostile,
  context: arbitraryContext,
  details: maybe(
    fc.record({
      step: maybe(hostile),
      lines: fc.array(hostile, { maxLength: 40 }),
      source: fc.constantFrom('annotations', 'log', 'none'),
    }),
  ),
  history: maybe(fc.record({ failed: fc.nat(20), runs: fc.nat(20) })),
  onCall: maybe(fc.constantFrom('S07ONCALL', '<!channel>', '')),
  rerunValue: maybe(fc.constant('{"runId":1}')),
  cardUrl: maybe(url),
  fixed: maybe(
    fc.record({
      byLogin: maybe(hostile),
      sha: hostile,
      how: fc.constantFrom('re-run', 'newer commit'),
      url: maybe(url),
      at,
      afterMs: fc.nat(),
      commitTitle: maybe(hostile),
    }),
  ),
})
