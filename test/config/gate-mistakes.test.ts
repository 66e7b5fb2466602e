import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/parse-config.ts'

function fileWith(environments: string, rest = ''): string {
  return `repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'\n${rest}    environments:\n${environments}`
}

/** The problems of production with these lines, in short: `what is pointed at | key | what | how to mend it`. */
function problems(lines: string): readonly string[] {
  const written = lines.split('\n').map((line) => `        ${line}\n`)
  const parsed = parseConfig(fileWith(`      - staging\n      - name: production\n${written.join('')}`), 'sluice.yml')
  if (parsed.ok) return []
  return parsed.problems.map(({ key, excerpt, what, mend }) => {
    const pointed = excerpt === null ? '' : excerpt.text.slice(excerpt.caret, excerpt.caret + excerpt.caretLength)
    return [pointed, key.replace('repositories[0].environments[1].', ''), what, mend].join(' | ')
  })
}

describe('a mistake in a gate', () => {
  it.each<[string, readonly string[]]>([
    [
      'steps: [5% 15m, 5% 10m, 100%]',
      [
        '5% 10m | steps[1] | "5% 10m" is not more than the 5% of the step before it. | Each step takes more of the traffic.',
      ],
    ],
    [
      'steps: [5% 15m, { percent: 4, window: 10m }, 100%]',
      [
        '4 | steps[1].percent | 4 is not more than the 5% of the step before it. | Each step takes more of the traffic.',
      ],
    ],
    [
      'steps: [5% 15m, 50% 10m]',
      [
        '50% 10m | steps[1] | "50% 10m" is the last step, and it does not end at 100%. | Add a step with 100%: with it the release is complete.',
      ],
    ],
    [
      'steps: [5%, 100%]',
      ['5% | steps[0] | "5%" has no window. | Say how long it is watched before the next step, like "5% 15m".'],
    ],
    [
      'steps: [5% 15m, 100% 10m]',
      [
        '100% 10m | steps[1] | "100% 10m" has a window. | Write 100% alone: with it the release is complete, and there is no next step to wait for.',
      ],
    ],
    [
      'steps: [5% soon, 100%]',
      [
        '5% soon | steps[0] | "5% soon" is not a step of the canary. | Write the share of the traffic and how long it is watched, like "5% 15m".',
      ],
    ],
    [
      'steps: [{ percent: 5, windw: 15m }, 100%]',
      ['windw | steps[0].windw | Unknown key "windw". | Did you mean "window"?'],
    ],
    [
      'approvers: { people: [U0000000001, U0000000001], count: 2 }',
      [
        '2 | approvers.count | 2 is more than the one person named here. | Name more people or a group, or ask for fewer.',
      ],
    ],
    [
      'approvers: [{ people: U0000000001 }, { people: [U0000000001] }]',
      [
        '[{ people: U0000000001 }, { people: [U0000000001] }] | approvers | These rules ask for 2 people together, and name 1. | Nobody counts for two rules: name more people or a group, or ask for fewer.',
      ],
    ],
    [
      'approvers: { cuont: 2 }',
      [
        '{ cuont: 2 } | approvers | Nobody is named here. | Name Slack user groups under "groups", GitHub teams under "teams", or Slack users under "people".',
        'cuont | approvers.cuont | Unknown key "cuont". | Did you mean "count"?',
      ],
    ],
    [
      "approvers: { groups: '@leads' }",
      [
        "'@leads' | approvers.groups | \"@leads\" is not the id of a Slack user group. | Write the id, like S0123456789; Slack shows it in the group's menu, Copy group ID.",
      ],
    ],
    [
      'approvers: { groups: U0000000001 }',
      [
        'U0000000001 | approvers.groups | "U0000000001" is not the id of a Slack user group. | This is the id of a Slack user. Write the id, like S0123456789; Slack shows it in the group\'s menu, Copy group ID.',
      ],
    ],
    [
      "requesters: { teams: '@acme/leads' }",
      [
        '\'@acme/leads\' | requesters.teams | "@acme/leads" is not a GitHub team, which is organization/team. | Write "acme/leads".',
      ],
    ],
    [
      'requesters: { teams: leads }',
      [
        'leads | requesters.teams | "leads" is not a GitHub team, which is organization/team. | Write it like acme/release-managers, as in the address of its page.',
      ],
    ],
    [
      'workflow: .github/workflows/cd.yml',
      [
        '.github/workflows/cd.yml | workflow | ".github/workflows/cd.yml" is not the file name of a workflow. | Write "cd.yml": workflows are always in .github/workflows.',
      ],
    ],
    [
      'mode: protection_rule',
      [
        'protection_rule | mode | "protection_rule" is not one of the possible values: dispatch and protection-rule. | Did you mean "mode: protection-rule"?',
      ],
    ],
    [
      'expires_after: 4',
      ['4 | expires_after | 4 has no unit. | Write "4m" for minutes, "4h" for hours, "4d" for days.'],
    ],
    ['expires_after: 10s', ['10s | expires_after | "10s" is too short: the least is 1m. | Write a longer time.']],
    [
      'expires_after: 2h\nremind_before: 2h',
      [
        '2h | remind_before | The gate is not open for so long before it expires. | Write a time that is shorter than "expires_after" (4h where it is not set), or false for none.',
      ],
    ],
    [
      'remind_before:',
      [
        'remind_before | remind_before | There is no value here. | Leave the key out for its default, or write it like this: remind_before: 30m',
      ],
    ],
    [
      'branches: @default',
      [
        "@ | branches | A value cannot begin with @ unless it is quoted. | Put the whole value in single quotes, like '@name'.",
      ],
    ],
    [
      'branches: [any, main]',
      [
        '[any, main] | branches | With "any" every branch is allowed, so the others say nothing. | Keep "any" alone, or take it out.',
      ],
    ],
    [
      'require_ci: false\nchecks: [Lint]',
      ['[Lint] | checks | "require_ci: false" switches these checks off. | Take one of the two out.'],
    ],
    [
      'require_staging: stagin',
      ['stagin | require_staging | There is no environment "stagin" in this repository. | Did you mean "staging"?'],
    ],
    [
      'require_staging: { environment: preview }',
      [
        'preview | require_staging.environment | There is no environment "preview" in this repository. | Name one of the environments: "staging", or write false.',
      ],
    ],
    [
      'require_staging: production',
      [
        'production | require_staging | An environment cannot be asked for before itself. | Name the environment that comes before it: "staging".',
      ],
    ],
    [
      'require_staging: { smoke_stages: [Smoke stagin] }',
      [
        'Smoke stagin | require_staging.smoke_stages[0] | There is no stage "Smoke stagin". | Did you mean "Smoke staging"?',
      ],
    ],
    [
      'protected: false\napprovers: { groups: S0000000001 }',
      [
        'false | protected | The environment is not protected, and "approvers" says who must approve. | Take one of the two out: an environment with approvers is protected.',
      ],
    ],
    [
      'mode: protection-rule\nworkflow_ref: main',
      [
        'main | workflow_ref | With "mode: protection-rule" GitHub has started the workflow already, from a branch of its own choice. | Take "workflow_ref" out, or write "mode: dispatch".',
      ],
    ],
    [
      'strategies: direct\nsteps: [5% 15m, 100%]',
      [
        '[5% 15m, 100%] | steps | Steps are those of the canary, which is not among "strategies". | Take "steps" out, or add canary to "strategies".',
      ],
    ],
    [
      'strategies: [bluegreen]',
      [
        'bluegreen | strategies[0] | "bluegreen" is not one of the possible values: canary, blue-green and direct. | Did you mean "strategies: blue-green"?',
      ],
    ],
    [
      'freeze: freitags',
      [
        "freitags | freeze | \"freitags\" is no window of time. | Write it like 'weekends', 'fri after 16:00', 'mon-thu 18:00-08:00' or '2026-12-20 to 2027-01-03'.",
      ],
    ],
    [
      'freeze: fri after 25:00',
      [
        "fri after 25:00 | freeze | \"fri after 25:00\" is no window of time. | Write it like 'weekends', 'fri after 16:00', 'mon-thu 18:00-08:00' or '2026-12-20 to 2027-01-03'.",
      ],
    ],
    ['freeze: { days: fryday }', ['fryday | freeze.days | "fryday" is no day of the week. | Did you mean "friday"?']],
    [
      'freeze: { from: 16 }',
      [
        "16 | freeze.from | 16 is neither a time of the day nor a date. | Write it like '16:00', '2026-12-20' or '2026-12-20 18:00', in quotes.",
      ],
    ],
    [
      'freeze: { from: 2026-02-30, to: 2026-03-01 }',
      [
        "2026-02-30 | freeze.from | \"2026-02-30\" is neither a time of the day nor a date. | Write it like '16:00', '2026-12-20' or '2026-12-20 18:00', in quotes.",
      ],
    ],
    [
      'freeze: { from: 2026-12-20, to: 2026-12-19 }',
      [
        '2026-12-19 | freeze.to | The freeze would end before it begins. | Write a later date; a day without a time is frozen to its end.',
      ],
    ],
    [
      'freeze: { from: 2026-12-20 }',
      [
        '2026-12-20 | freeze.from | A freeze between dates needs one in "from" and one in "to". | Write both with their date.',
      ],
    ],
    [
      'freeze: { days: fri, from: 2026-12-20, to: 2026-12-21 }',
      ['fri | freeze.days | A freeze between two dates has no days of the week. | Keep the days or the dates.'],
    ],
    [
      'freeze: { days: fri, time_zone: Berlin }',
      ['Berlin | freeze.time_zone | "Berlin" is not the name of a time zone. | Did you mean "Europe/Berlin"?'],
    ],
    [
      'freeze: { days: fri, time_zone: CET }',
      [
        'CET | freeze.time_zone | "CET" is not the name of a time zone. | Write a place, like Europe/Berlin or America/New_York, for which it is known when clocks are changed, or UTC.',
      ],
    ],
    [
      "freeze: { days: fri, time_zone: '+02:00' }",
      [
        '\'+02:00\' | freeze.time_zone | "+02:00" is not the name of a time zone. | Write a place, like Europe/Berlin or America/New_York, for which it is known when clocks are changed, or UTC.',
      ],
    ],
    [
      "freeze: { cron: '0 61 * * fri', for: 3h }",
      [
        "'0 61 * * fri' | freeze.cron | \"0 61 * * fri\" has a field that cron does not know, or a day that never comes. | Write minute, hour, day of the month, month and day of the week, like '0 16 * * fri' for Fridays at 16:00.",
      ],
    ],
    [
      "freeze: { cron: '0 0 30 feb *', for: 3h }",
      [
        "'0 0 30 feb *' | freeze.cron | \"0 0 30 feb *\" has a field that cron does not know, or a day that never comes. | Write minute, hour, day of the month, month and day of the week, like '0 16 * * fri' for Fridays at 16:00.",
      ],
    ],
    [
      "freeze: { cron: 'H 3 * * *', for: 3h }",
      [
        "'H 3 * * *' | freeze.cron | \"H 3 * * *\" has a field that cron does not know, or a day that never comes. | Write minute, hour, day of the month, month and day of the week, like '0 16 * * fri' for Fridays at 16:00.",
      ],
    ],
    [
      "freeze: { cron: '0 0 16 * * fri', for: 3h }",
      [
        "'0 0 16 * * fri' | freeze.cron | \"0 0 16 * * fri\" does not have the five fields of a cron expression. | Write minute, hour, day of the month, month and day of the week, like '0 16 * * fri' for Fridays at 16:00.",
      ],
    ],
    [
      "freeze: { cron: '0 16 * * fri' }",
      [
        '\'0 16 * * fri\' | freeze.cron | How long the freeze lasts is missing. | Write it beside "cron", like this: for: 12h',
      ],
    ],
    [
      "freeze: { cron: '0 16 * * fri', for: 3h, days: fri }",
      ['fri | freeze.days | "cron" and "days" do not go together. | Make two windows of it, or keep one.'],
    ],
    [
      'freeze: { days: fri, for: 3h }',
      ['3h | freeze.for | "for" goes with "cron" only. | Write when the freeze ends, like this: to: \'08:00\''],
    ],
    [
      'freeze: [{ reason: Holidays }]',
      [
        '{ reason: Holidays } | freeze[0] | When the freeze is, is not said. | Give it "days", "from" and "to", or "cron" and "for".',
      ],
    ],
    [
      'risks: { approvers: { groups: S0000000001 } }',
      [
        '{ approvers: { groups: S0000000001 } } | risks | What makes a release risky is not said. | Give it one of destructive_migrations, paths, changed_lines and failed_within.',
      ],
    ],
    [
      'risks: { paths: a, changed_lines: 3, approvers: { groups: S0000000001 } }',
      [
        '3 | risks.changed_lines | A rule has one trigger, and this one has "paths" already. | Make two rules of it: each of them adds its approvers.',
      ],
    ],
    [
      'risks: [{ paths: a }]',
      [
        '{ paths: a } | risks[0] | The key "approvers" is missing here. | Write it like this: approvers: { teams: acme/database }',
      ],
    ],
    [
      "break_glass: { channel: '#security' }",
      [
        '{ channel: \'#security\' } | break_glass | Nobody is named here. | Name Slack user groups under "groups", GitHub teams under "teams", or Slack users under "people".',
      ],
    ],
    [
      'aprovers: { groups: S0000000001 }',
      ['aprovers | aprovers | Unknown key "aprovers". | Did you mean "approvers"?'],
    ],
  ])('%s', (lines, expected) => {
    expect(problems(lines)).toEqual(expected)
  })

  it('is told where the key belongs when it stands beside the environments', () => {
    const parsed = parseConfig(
      fileWith('      - production\n', '    approvers: { groups: S0000000001 }\n'),
      'sluice.yml',
    )
    expect(parsed.ok ? [] : parsed.problems.map(({ mend }) => mend)).toEqual([
      'It belongs in an entry of "environments".',
    ])
  })

  it('does not stop the others from being found', () => {
    expect(problems('mode: x\nrequire_staging: nowhere\nfreeze: [weekends, never]\nbreak_glass: {}')).toHaveLength(4)
  })

  it('is a name that two risk rules share', () => {
    const rule = '{ name: Keys, paths: a, approvers: { groups: S0000000001 } }'
    expect(problems(`risks:\n  - ${rule}\n  - ${rule}`)).toEqual([
      'Keys | risks[1].name | This risk rule is already in line 8. | Give it another name: the card and the audit log tell them apart by it.',
    ])
  })

  it('never makes the parser throw, whatever stands there', () => {
    const keys = [
      'steps',
      'approvers',
      'require_staging',
      'freeze',
      'risks',
      'break_glass',
      'remind_before',
      'branches',
      'checks',
    ]
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string())
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value), (gate) => {
        const environments = JSON.stringify([{ name: 'production', ...gate }])
        parseConfig(`repositories: [{ repo: a/b, channel: '#a', environments: ${environments} }]`, 'sluice.yml')
      }),
    )
  })
})
