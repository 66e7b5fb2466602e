import { describe, expect, it } from 'vitest'
import { planDigest } from '../../src/release/plan-digest.ts'
import { aPlan } from '../release/fixtures.ts'
import { problems, production } from './production.ts'

const minute = 60_000
const hour = 60 * minute
const traffic = 'traffic: { vercel: { project: web, domain: web.example } }'

describe('the steps of a canary', () => {
  it('may ask for a person, watch for longer, and have checks', () => {
    const { gate } = production(`steps:
  - { percent: 5, window: 15m, before: { http: 'https://canary.example/health' } }
  - { analysis_only: true, window: 1h }
  - { percent: 50%, window: 30m, approve: true, after: [{ workflow: smoke.yml }, { http: 'http://canary:8080' }] }
  - 100%`)
    expect(gate.steps).toEqual([
      { percent: 5, windowMs: 15 * minute, before: [{ type: 'http', url: 'https://canary.example/health' }] },
      { percent: 5, windowMs: hour, isAnalysisOnly: true },
      {
        percent: 50,
        windowMs: 30 * minute,
        needsApproval: true,
        after: [
          { type: 'workflow', file: 'smoke.yml' },
          { type: 'http', url: 'http://canary:8080' },
        ],
      },
      { percent: 100, windowMs: 0 },
    ])
  })

  it('are the same however they are written', () => {
    const long = `steps:
  - { percent: 5, window: 15m, approve: false, analysis_only: false, before: [], after: [] }
  - { percent: 5, window: 1h, analysis_only: true }
  - { percent: 100 }`
    const short = 'steps: [5% 15m, { analysis_only: true, window: 1h }, 100%]'
    expect(production(long).gate.version).toBe(production(short).gate.version)
  })

  it('are what a plan is bound to, with all that they ask for', () => {
    const written = [
      'steps: [5% 15m, 100%]',
      'steps: [{ percent: 5, window: 15m, approve: true }, 100%]',
      'steps: [5% 15m, { analysis_only: true, window: 15m }, 100%]',
      "steps: [{ percent: 5, window: 15m, before: { http: 'https://canary.example' } }, 100%]",
      "steps: [{ percent: 5, window: 15m, after: { http: 'https://canary.example' } }, 100%]",
      "steps: [{ percent: 5, window: 15m, before: { http: 'https://other.example' } }, 100%]",
      'steps: [{ percent: 5, window: 15m, before: { workflow: smoke.yml } }, 100%]',
      'steps: [5% 15m, { percent: 100, after: { workflow: smoke.yml } }]',
    ].map((lines) => production(lines).gate)
    expect(new Set(written.map(({ version }) => version)).size).toBe(written.length)
    expect(new Set(written.map(({ steps }) => planDigest(aPlan({ steps })))).size).toBe(written.length)
  })

  it.each<[string, readonly unknown[]]>([
    [
      'steps: [{ analysis_only: true, window: 5m }, 100%]',
      [
        'true | steps[0].analysis_only | The first step has no step before it, whose traffic it could watch for longer. | Give it a percent, and take "analysis_only" out.',
      ],
    ],
    [
      'steps: [5% 5m, { analysis_only: true, percent: 10, window: 5m }, 100%]',
      [
        '10 | steps[1].percent | 10 is not the 5% of the step before it, which an analysis-only step keeps. | Take "percent" out, or "analysis_only".',
      ],
    ],
    [
      'steps: [5% 5m, { analysis_only: true }, 100%]',
      [
        'true | steps[1].analysis_only | An analysis-only step is nothing but its window, and has none. | Say how long is watched, like this: window: 30m',
      ],
    ],
    [
      'steps: [5% 5m, 100%, { analysis_only: true, window: 5m }]',
      [
        'true | steps[2].analysis_only | This step comes after 100%, with which the release is complete. | Take the step out.',
      ],
    ],
    [
      'steps: [5% 5m, { analysis_only: true, window: 5m }]',
      [
        'true | steps[1].analysis_only | This is the last step, and it does not end at 100%. | Add a step with 100%: with it the release is complete.',
      ],
    ],
    [
      'steps: [5% 5m, { analysis_only: true, window: 5m }, 4% 5m, 100%]',
      [
        '4% 5m | steps[2] | "4% 5m" is not more than the 5% of the step before it. | Each step takes more of the traffic.',
      ],
    ],
    [
      'steps: [{ window: 5m, approve: true }, 100%]',
      [expect.stringMatching(/steps\[0\] \| The key "percent" is missing here\. \| Write it like this: percent: 5$/)],
    ],
    [
      'steps: [{ percent: 5, window: 5m, aprove: true }, 100%]',
      ['aprove | steps[0].aprove | Unknown key "aprove". | Did you mean "approve"?'],
    ],
    [
      'steps: [{ percent: 5, window: 5m, approve: yes please }, 100%]',
      [expect.stringMatching(/steps\[0\]\.approve \| "yes please" is not one of the possible values: true and false/)],
    ],
    [
      "steps: [{ percent: 5, window: 5m, before: { htp: 'https://a.example' } }, 100%]",
      ['htp | steps[0].before.htp | Unknown key "htp". | Did you mean "http"?'],
    ],
    [
      'steps: [{ percent: 5, window: 5m, before: [{ http: a.example }] }, 100%]',
      [expect.stringMatching(/steps\[0\]\.before\[0\]\.http \| "a\.example" is not a web address\./)],
    ],
    [
      'steps: [{ percent: 5, window: 5m, after: { workflow: .github/workflows/smoke.yml } }, 100%]',
      [expect.stringMatching(/steps\[0\]\.after\.workflow \| .* \| Write "smoke\.yml"/)],
    ],
    [
      "steps: [{ percent: 5, window: 5m, after: { workflow: a.yml, http: 'https://a.example' } }, 100%]",
      [
        'a.yml | steps[0].after.workflow | A check has "http" or "workflow", and this has both. | Make two checks of it: they are run one after the other.',
      ],
    ],
    [
      'steps: [{ percent: 5, window: 5m, after: [{}] }, 100%]',
      [
        expect.stringMatching(
          /steps\[0\]\.after\[0\] \| What is checked is not said\. \| Write "http" with an address/,
        ),
      ],
    ],
    [
      "steps: [{ percent: 5, window: 5m, after: 'https://a.example' }, 100%]",
      [
        expect.stringMatching(
          /steps\[0\]\.after \| .* is text, and a mapping .* like this: after: \[\{ http: https:\/\/canary/,
        ),
      ],
    ],
  ])('with a mistake are told with the place and how to mend it: %s', (lines, expected) => {
    expect(problems(lines)).toEqual(expected)
  })
})

describe('the rollouts of an environment', () => {
  it('have defaults', () => {
    expect(production('url: https://omnihub.example').rollout).toEqual({
      hold: { remindAfterMs: 30 * minute, limitMs: null },
      blueGreen: { before: [], windowMs: 30 * minute },
      rollbackForMs: 24 * hour,
      drill: { isAllowed: false, schedule: null, zone: 'UTC' },
    })
  })

  it('go as the file says', () => {
    const { rollout } = production(`hold: { remind_after: 10m, limit: 2h }
blue_green: { window: 1h, before: [{ workflow: smoke.yml }] }
rollback: { within: 3d }
drill: { allowed: true, schedule: '0  9 * * 1', time_zone: America/New_York }`)
    expect(rollout).toEqual({
      hold: { remindAfterMs: 10 * minute, limitMs: 2 * hour },
      blueGreen: { before: [{ type: 'workflow', file: 'smoke.yml' }], windowMs: hour },
      rollbackForMs: 72 * hour,
      drill: { isAllowed: true, schedule: '0 9 * * 1', zone: 'America/New_York' },
    })
  })

  it('have reminders before a short hold runs out, and holds that never do', () => {
    expect(production('hold: { limit: 20m }').rollout.hold).toEqual({
      remindAfterMs: 10 * minute,
      limitMs: 20 * minute,
    })
    expect(production('hold: { remind_after: 2h, limit: false }').rollout.hold).toEqual({
      remindAfterMs: 2 * hour,
      limitMs: null,
    })
  })

  it('have drills at the times of the clock that the file names for all', () => {
    const { drill } = production(
      "drill: { allowed: true, schedule: '0 9 * * mon' }",
      'time_zone: Europe/Berlin\n',
    ).rollout
    expect(drill).toEqual({ isAllowed: true, schedule: '0 9 * * mon', zone: 'Europe/Berlin' })
  })

  it('have drills only where that is said, in production as elsewhere', () => {
    expect(production('drill: {}').rollout.drill.isAllowed).toBe(false)
    expect(production('protected: false').rollout.drill.isAllowed).toBe(false)
    expect(production('drill: { allowed: true }').rollout.drill.isAllowed).toBe(true)
  })

  it('are a part of what is approved as far as they bring the release in front of people', () => {
    const version = (lines: string) => production(`${traffic}\n${lines}`).gate.version
    const plain = version('aliases: []')
    const other = [
      'hold: { remind_after: 10m }',
      'hold: { limit: 1h }',
      'blue_green: { window: 1h }',
      'blue_green: { before: { workflow: smoke.yml } }',
    ]
    expect(new Set([plain, ...other.map(version)]).size).toBe(other.length + 1)
    expect(version('hold: { remind_after: 30m, limit: false }')).toBe(plain)
    expect(version('rollback: { within: 1h }')).toBe(plain)
    expect(version('drill: { allowed: true }')).toBe(plain)
  })

  it.each<[string, readonly unknown[]]>([
    [
      'hold: { remind_after: 2h, limit: 1h }',
      ['2h | hold.remind_after | "2h" is not before the hold runs out. | Write a time that is shorter than "limit".'],
    ],
    [
      'hold: { limit: 60 }',
      [expect.stringMatching(/^60 \| hold\.limit \| 60 has no unit\. \| Write "60m" for minutes/)],
    ],
    ['hold: { limit: }', [expect.stringMatching(/hold\.limit \| There is no value here\. \| .*limit: 60m/)]],
    ['hold: { limt: 1h }', ['limt | hold.limt | Unknown key "limt". | Did you mean "limit"?']],
    [
      'hold: 30m',
      [expect.stringMatching(/hold \| "30m" is text, and a mapping .* like this: hold: \{ remind_after: 30m/)],
    ],
    [
      'strategies: canary\nblue_green: { window: 1h }',
      [
        '{ window: 1h } | blue_green | This is about blue-green, which is not among "strategies". | Take "blue_green" out, or add blue-green to "strategies".',
      ],
    ],
    ['blue_green: { window: 8d }', [expect.stringMatching(/blue_green\.window \| "8d" is too long: the most is 7d/)]],
    ['rollback: { within: soon }', [expect.stringMatching(/rollback\.within \| "soon" is not a length of time\./)]],
    ['rolback: { within: 1h }', ['rolback | rolback | Unknown key "rolback". | Did you mean "rollback"?']],
    [
      "drill: { schedule: '0 9 * * 1' }",
      [
        '\'0 9 * * 1\' | drill.schedule | There is a schedule, and drills are not allowed here. | Write "allowed: true" beside it, or take the schedule out.',
      ],
    ],
    [
      "drill: { allowed: false, schedule: '0 9 * * 1' }",
      [expect.stringMatching(/drill\.schedule \| There is a schedule, and drills are not allowed here\./)],
    ],
    [
      "drill: { allowed: true, schedule: '0 9 * *' }",
      [expect.stringMatching(/drill\.schedule \| .* does not have the five fields of a cron expression\./)],
    ],
    [
      "drill: { allowed: true, schedule: '0 9 31 2 *' }",
      [expect.stringMatching(/drill\.schedule \| .* or a day that never comes\./)],
    ],
    [
      'drill: { allowed: true, time_zone: Europe/Berlin }',
      [expect.stringMatching(/drill\.time_zone \| "time_zone" is that of a schedule, and there is none\./)],
    ],
    [
      "drill: { allowed: true, schedule: '0 9 * * 1', time_zone: Berlin }",
      [expect.stringMatching(/drill\.time_zone \| .* \| Did you mean "Europe\/Berlin"\?/)],
    ],
  ])('with a mistake are told with the place and how to mend it: %s', (lines, expected) => {
    expect(problems(lines)).toEqual(expected)
  })
})
