import { describe, expect, it } from 'vitest'
import { renderHtml } from '../../sandbox/slack/render/render-html.ts'
import { renderText } from '../../sandbox/slack/render/render-text.ts'
import {
  alertInput,
  context,
  failedJob,
  job,
  midFlight,
  pipeline,
  sampleStart,
  stage,
  withFailure,
} from '../../sandbox/slack/render/sample-pipelines.ts'
import { formatDuration } from '../../src/cards/durations.ts'
import { failureAlert } from '../../src/cards/failure-alert.ts'
import { homeView } from '../../src/cards/home-view.ts'
import {
  channelUnavailableNotice,
  deadLettersNotice,
  storeDamagedNotice,
  unauthorizedNotice,
} from '../../src/cards/notices.ts'
import { pipelineCard } from '../../src/cards/pipeline-card.ts'
import { stageLine } from '../../src/cards/stage-line.ts'
import { stateLooks } from '../../src/cards/state-words.ts'
import type { JobState, Pipeline } from '../../src/pipeline/pipeline.ts'
import { expectSafe } from './expect-safe.ts'

const layouts = ['plan', 'classic'] as const
const shown = (one: Pipeline, layout: (typeof layouts)[number]) =>
  renderText(pipelineCard(one, context(layout)), { width: 200 })

describe('durations', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [58_000, '58 s'],
    [59_700, '1 min'],
    [192_000, '3 min 12 s'],
    [3_840_000, '1 h 4 min'],
    [3_600_000, '1 h'],
    [2 * 86_400_000 + 3 * 3_600_000, '2 d 3 h'],
  ])('%i ms reads %s', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected)
  })
})

describe('the notification text', () => {
  const notRun = stage('Deploy dev', 'pending', [])
  it.each<[string, Pipeline, string]>([
    [
      'a failure names stage and job',
      pipeline(
        [
          stage('Unit tests', 'failed', [
            job('vitest (1)', 'failed'),
            job('vitest (2)', 'failed'),
            job('vitest (3)', 'passed'),
          ]),
        ],
        {
          title: 'Fix login',
          verdict: 'failed',
        },
      ),
      'Failed: omnihub main 1a2b3c4 "Fix login" - Unit tests: vitest (2 failed)',
    ],
    [
      'what runs is named',
      pipeline([stage('Build', 'running', [job('web', 'running')]), notRun], { title: 'Fix login' }),
      'Running: omnihub main 1a2b3c4 "Fix login" - Build: web',
    ],
    [
      'an approval that is waited for is named',
      pipeline([stage('Production gate', 'waiting', [job('approve', 'waiting')])], {
        title: 'Fix login',
        verdict: 'waiting',
      }),
      'Waiting: omnihub main 1a2b3c4 "Fix login" - Production gate: waiting for approval',
    ],
    [
      'success says how much and how long',
      pipeline([stage('Build', 'passed', [job('web', 'passed')])], {
        title: 'Fix login',
        verdict: 'passed',
        completedAt: sampleStart + 3_840_000,
      }),
      'Passed: omnihub main 1a2b3c4 "Fix login" - 1 stage in 1 h 4 min',
    ],
    [
      'a cancelled stage is named',
      pipeline([stage('Build', 'cancelled', [job('web', 'cancelled')])], {
        title: null,
        pullRequest: null,
        verdict: 'cancelled',
      }),
      'Cancelled: omnihub main 1a2b3c4 - Build',
    ],
  ])('%s', (_, one, expected) => {
    expect(pipelineCard(one, context()).text).toBe(expected)
  })
})

describe.each(layouts)('the card (%s)', (layout) => {
  it('shows repository, branch, pull request, commit, title and author', () => {
    const card = pipelineCard(midFlight(), context(layout))
    expectSafe(card)
    const text = shown(midFlight(), layout)
    expect(text).toContain('⏳ Running: Keep people signed in when their session is renewed')
    expect(text).toContain('acme/omnihub · main · #128 (merged) · 1a2b3c4 · by @U07MIA')
    const json = JSON.stringify(card.blocks)
    for (const path of ['tree/main', 'pull/128', 'commit/1a2b3c4d5e6f708192a3b4c5d6e7f80912345678']) {
      expect(json).toContain(`https://github.com/acme/omnihub/${path}`)
    }
  })

  it('names an author who is not known in Slack by login, else by name', () => {
    expect(shown({ ...midFlight(), authorLogin: 'stranger' }, layout)).toContain('by stranger')
    expect(shown({ ...midFlight(), authorLogin: null }, layout)).toContain('by Mia Kovač')
  })

  it('says what runs, at which step, since when, and how long it usually takes', () => {
    const text = shown(midFlight(), layout)
    expect(text).toContain('usually 6 min 12 s')
    expect(text).toContain('▸ migrations: running · step “Apply to a copy of staging” · since 14:06')
  })

  it('shows every state in a word and a shape of its own', () => {
    const states = Object.keys(stateLooks).filter((state): state is JobState => state in stateLooks)
    const looks = states.map((state) => stateLooks[state])
    expect(new Set(looks.map((look) => look.symbol)).size).toBe(states.length)
    expect(new Set(looks.map((look) => look.glyph)).size).toBe(states.length)
    for (const state of states) {
      const text = shown(pipeline([stage('A stage', state, [job('a', state)])]), layout)
      const { word, symbol, glyph } = stateLooks[state]
      expect(text).toMatch(layout === 'plan' ? `A stage · ${glyph} ${word}` : `${symbol} A stage ${word}`)
    }
  })

  it('folds a matrix into one line with its counts, failures first', () => {
    const parts = ['passed', 'passed', 'failed', 'passed', 'passed', 'passed'] as const
    const text = shown(
      pipeline([
        stage('Unit tests', 'failed', [
          job('lint', 'passed'),
          ...parts.map((state, index) => job(`test (${index})`, state)),
        ]),
      ]),
      layout,
    )
    expect(text).toContain('✗ test ×6: 5 passed, 1 failed')
    expect(text.indexOf('test ×6')).toBeLessThan(text.indexOf('lint'))
  })

  it('says that it is a second attempt, and by whom', () => {
    const again = stage('Build', 'running', [job('web', 'running', { attempt: 2 })])
    const reruns = [{ runId: 1, workflow: 'CI', attempt: 2, actorLogin: 'sam-d' }]
    const text = shown(pipeline([again], { reruns }), layout)
    expect(text).toContain('↻ CI: attempt 2, re-run by @U07SAM')
    expect(text).toContain('· attempt 2')
  })

  it('folds what a finished pipeline never came to into one line', () => {
    expect(shown(withFailure(), layout)).toContain('took 4 min 15 s · Not run: Deploy dev, Deploy staging')
    expect(shown(withFailure(), layout)).not.toContain('pending')
  })

  it('lets links go before it passes the limit of a section', () => {
    const url = `https://github.com/${'a'.repeat(370)}`
    const jobs = Array.from({ length: 8 }, (_, index) => job(`job ${index}`, 'passed', { url }))
    const card = pipelineCard(pipeline([stage('Build', 'passed', jobs)]), context(layout))
    expectSafe(card)
    expect(renderText(card)).toContain('job 0, job 1, job 2, job 3, job 4, job 5, job 6, job 7')
  })

  it('does not take for a Slack user what is none', () => {
    const mentions = new Map([['mia-k', '<!channel>']])
    const card = pipelineCard(midFlight(), { ...context(layout), mentions })
    expectSafe(card)
    expect(renderText(card)).toContain('by mia-k')
  })

  it('is still a card when nothing but the commit is known', () => {
    const bare = pipeline([], {
      branch: null,
      title: null,
      pullRequest: null,
      authorLogin: null,
      authorName: null,
      startedAt: null,
    })
    expectSafe(pipelineCard(bare, context(layout)))
    expect(shown(bare, layout)).toContain('Running: 1a2b3c4')
  })
})

describe('the two layouts', () => {
  it('use a plan, or nothing but classic blocks', () => {
    const types = (layout: (typeof layouts)[number]) =>
      new Set(pipelineCard(midFlight(), context(layout)).blocks.map((block) => block.type))
    expect(types('plan')).toContain('plan')
    expect([...types('classic')].sort()).toEqual(['context', 'header', 'section'])
  })
})

describe.each(layouts)('the line in the thread (%s)', (layout) => {
  it('names the jobs that failed', () => {
    const one = withFailure()
    const unitTests = one.stages[1] ?? stage('missing', 'pending', [])
    const line = stageLine(unitTests, one, context(layout))
    expectSafe(line)
    expect(line.text).toBe('omnihub 9f8e7d6: Unit tests failed, 3 min 12 s - vitest (1 failed)')
    expect(renderText(line)).toBe('❌ Unit tests failed · 3 min 12 s · vitest (1 failed)')
  })
})

describe.each(layouts)('the failure alert (%s)', (layout) => {
  const input = alertInput(layout)
  const fix = {
    byLogin: 'mia-k',
    sha: '4d5e6f70000000000000000000000000000000aa',
    how: 'newer commit',
    url: 'https://github.com/acme/omnihub/actions/runs/5',
    at: sampleStart,
    afterMs: 2_520_000,
    commitTitle: 'Fix renewal',
  } as const

  it('says job, step, lines, people, and offers to run it again after asking', () => {
    const alert = failureAlert(input)
    expectSafe(alert)
    const text = renderText(alert)
    expect(text).toContain('❌ vitest (6/6) failed · stage Unit tests · step Run unit tests')
    expect(text).toContain('AssertionError: expected 401 to be 200')
    expect(text).toContain('Author: @U07SAM · On call: @S07ONCALL')
    expect(text).toContain('[ Re-run failed jobs ]  [ Open run ]')
    const actions = alert.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []))
    expect(actions).toMatchObject([
      { action_id: 'rerun_failed_jobs', value: input.rerunValue, confirm: { confirm: { text: 'Re-run' } } },
      { action_id: 'open_run', url: 'https://github.com/acme/omnihub/actions/runs/4711' },
    ])
    expect(alert.text).toMatch(/^Failed: omnihub main 9f8e7d6 "Renew sessions in the background" - Unit tests: vitest/)
  })

  it.each([
    [
      'the error and not the test that passed before it',
      ['✓ throws an error', 'ok 2 fails', '× fees', 'TypeError: x is null'],
      'TypeError: x is null',
    ],
    [
      'what failed where no error is named',
      ['✓ format.test.ts', '  ❯ fees.test.ts (1 failed)'],
      '❯ fees.test.ts (1 failed)',
    ],
    ['the first line where nothing tells', ['', 'make: all, 2', 'bye'], 'make: all, 2'],
  ])('names on the lock screen %s', (_name, lines, expected) => {
    const alert = failureAlert({ ...input, details: { step: 'Test', source: 'log', lines } })
    expect(alert.text.endsWith(`: ${expected}`), alert.text).toBe(true)
  })

  it.each([
    [{ failed: 0, runs: 20 }, 'New failure: vitest (6/6) did not fail in its last 20 runs on main'],
    [{ failed: 3, runs: 20 }, 'Flaky? Failed in 3 of its last 20 runs on main'],
    [{ failed: 18, runs: 20 }, 'Broken for longer: failed in 18 of its last 20 runs on main'],
    [null, 'No earlier runs of this job on main are known'],
  ])('reads the history %j as: %s', (history, expected) => {
    expect(renderText(failureAlert({ ...input, history }))).toContain(expected)
  })

  it('shows at most 15 lines, and says so when there are none', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index} ${'<&>'.repeat(200)}`)
    const long = failureAlert({ ...input, details: { step: null, source: 'log', lines } })
    expectSafe(long)
    expect(renderText(long).match(/┃ line/g)?.length).toBeLessThanOrEqual(15)
    expect(renderText(failureAlert({ ...input, details: null }))).toContain('GitHub could not be asked')
    expect(renderText(failureAlert({ ...input, details: { step: null, lines: [], source: 'none' } }))).toContain(
      'no failing lines could be read',
    )
  })

  it('mentions nobody on call and offers no re-run when there is none', () => {
    const text = renderText(failureAlert({ ...input, onCall: null, rerunValue: null }))
    expect(text).not.toContain('On call')
    expect(text).not.toContain('Re-run')
  })

  it('says, once fixed, by whom, by what and after how long, without the button', () => {
    const alert = failureAlert({ ...input, fixed: fix })
    expectSafe(alert)
    const text = renderText(alert)
    expect(text).toContain('✅ vitest (6/6) passes again · stage Unit tests')
    expect(text).toContain('Fixed by a newer commit 4d5e6f7 “Fix renewal” of @U07MIA after 42 min')
    expect(text).not.toContain('Re-run')
    expect(text.length).toBeLessThan(renderText(failureAlert(input)).length)
    expect(renderText(failureAlert({ ...input, fixed: { ...fix, how: 're-run' } }))).toContain(
      'Fixed by a re-run of @U07MIA after 42 min',
    )
  })

  it('links to the job, the run and the card', () => {
    const json = JSON.stringify(failureAlert({ ...input, cardUrl: 'https://acme.slack.example/archives/C1/p1' }).blocks)
    for (const url of [
      failedJob().url,
      'https://github.com/acme/omnihub/actions/runs/4711',
      'https://acme.slack.example/archives/C1/p1',
    ]) {
      expect(json).toContain(url)
    }
  })
})

describe('the Home tab', () => {
  it('shows what runs, what finished, what is set up, and what is wrong', () => {
    const blocks = homeView({
      pipelines: [
        { pipeline: withFailure(), permalink: null },
        { pipeline: midFlight(), permalink: 'https://acme.slack.example/archives/C1/p1' },
      ],
      repositories: [{ repo: 'acme/omnihub', channels: ['#deploys'], stageCount: 11 }],
      health: { version: '0.1.0', isStoreSound: true, deadLetters: 2, lastDeliveryAt: sampleStart },
      context: context(),
    })
    expectSafe({ text: '', blocks }, 'home')
    const text = renderText({ blocks })
    expect(text.indexOf('⏳ Running')).toBeLessThan(text.indexOf('❌ Failed'))
    expect(text).toContain('acme/omnihub → #deploys · 11 stages')
    expect(text).toContain('2 messages were given up')
    expect(text).toContain('GitHub last heard of 2 Mar 2026 14:02')
  })

  it('says what to do when nothing is set up', () => {
    const health = { version: '0.1.0', isStoreSound: true, deadLetters: 0, lastDeliveryAt: null }
    const text = renderText({ blocks: homeView({ pipelines: [], repositories: [], health, context: context() }) })
    expect(text).toContain('No repository is connected yet')
  })
})

describe('notices', () => {
  it.each([
    [
      channelUnavailableNotice({ channel: '#deploys', code: 'is_archived', repositories: ['acme/omnihub'] }),
      'unarchive it',
    ],
    [channelUnavailableNotice({ channel: 'C1', code: 'not_in_channel', repositories: [] }), '/invite @Sluice'],
    [channelUnavailableNotice({ channel: '<!channel>', code: 'other', repositories: [] }), 'Check the channel'],
    [
      storeDamagedNotice({ file: '/data/sluice.db', detail: 'row 3 missing from index <x>' }),
      'restore the last backup',
    ],
    [deadLettersNotice({ count: 1, oldestAt: null, lastError: null }), '1 message or call was given up'],
    [deadLettersNotice({ count: 3, oldestAt: sampleStart, lastError: 'a <b> *c*' }), 'the oldest from 2'],
    [unauthorizedNotice({ service: 'Slack', detail: 'missing_scope: usergroups:read' }), 'SLACK_BOT_TOKEN'],
    [unauthorizedNotice({ service: 'GitHub', detail: '401' }), 'GITHUB_TOKEN'],
  ])('is safe and says what to do (%#)', (notice, expected) => {
    expectSafe(notice)
    expect(notice.text).toContain(expected)
    expect(renderText(notice, { width: 400 })).toContain(expected)
  })
})

describe('what the sandbox shows', () => {
  it('keeps to the width of the terminal and colours only when asked', () => {
    const card = pipelineCard(midFlight(), context())
    const lines = renderText(card, { width: 60 }).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
    expect(renderText(card)).not.toContain('\u001B')
    expect(renderText(card, { color: true })).toContain('\u001B[')
  })

  it('begins no line with a comma', () => {
    const names = ['Deploy Database Migrations', 'Deploy Edge Functions', 'Require CI Passed', 'deployment to dev']
    const elements = names.flatMap((text) => [
      { type: 'text' as const, text },
      { type: 'text' as const, text: ', ' },
    ])
    const block = { type: 'rich_text' as const, elements: [{ type: 'rich_text_section' as const, elements }] }
    for (let width = 28; width < 100; width++) {
      const lines = renderText({ blocks: [block] }, { width }).split('\n')
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
      expect(lines.filter((line) => line.startsWith(','))).toEqual([])
    }
  })

  it('escapes for HTML and shows names for ids', () => {
    const html = renderHtml(pipelineCard({ ...midFlight(), title: '<script>' }, context()), {
      names: new Map([['U07MIA', 'Mia']]),
    })
    expect(html).toContain('&lt;script&gt;')
    expect(html).not.toContain('<script')
    expect(html).toContain('@Mia')
  })
})
