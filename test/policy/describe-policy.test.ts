import { describe, expect, it } from 'vitest'
import { mrkdwn } from '../../src/cards/spans.ts'
import { formatProblems } from '../../src/config/config-problem.ts'
import { parseConfig } from '../../src/config/parse-config.ts'
import { describePolicy, type PolicyLine } from '../../src/policy/describe-policy.ts'

function linesOf(environment: string): readonly PolicyLine[] {
  const text = `repositories: [{ repo: acme/omnihub, channel: '#deploys', environments: [staging, ${environment}] }]`
  const parsed = parseConfig(text, 'sluice.yml')
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems))
  const gate = parsed.config.repositories[0]?.environments[1]?.gate
  return gate === undefined ? [] : describePolicy(gate)
}

const shown = (lines: readonly PolicyLine[]) =>
  lines.map(({ text, isOff }) => `${isOff ? '(off) ' : ''}${mrkdwn(text)}`)

describe('describePolicy', () => {
  it('says all that a gate asks for, in the order in which a person meets it', () => {
    const lines = linesOf(`{
      name: production,
      requesters: { groups: S0000000001 },
      approvers: [{ groups: S0000000002, count: 2 }, { teams: acme/database, people: U0000000003 }],
      checklist: [Review the migrations, Confirm the strategy],
      branches: ['@default', 'release/*'],
      checks: [Security scan],
      freeze: [fri after 16:00, { days: weekends, reason: Nobody is here, time_zone: Europe/Berlin },
        { cron: '0 9 * * 5L', for: 3h, reason: Closing }, 2026-12-20 to 2027-01-03],
      risks: { destructive_migrations: true, approvers: { teams: acme/database } },
      break_glass: { groups: S0000000004, channel: '#security' } }`)
    expect(shown(lines)).toEqual([
      '<!subteam^S0000000001> can ask for a release.',
      'A release is approved by 2 of <!subteam^S0000000002> and 1 of acme/database, <@U0000000003>.',
      'Who asks for a release cannot approve it.',
      'Who wrote a part of it cannot approve it.',
      'Without a decision the gate closes after 4h. Who may approve is reminded 30m before.',
      'Who approves goes through a list: Review the migrations; Confirm the strategy.',
      'The commit is on the default branch or `release/*`.',
      'CI is green: every check that the branch requires, and `Security scan`.',
      'The commit was deployed to staging within the last 7d and has passed Smoke staging.',
      'Frozen: Friday after 16:00 (UTC).',
      'Frozen: weekend (Europe/Berlin), Nobody is here.',
      'Frozen: 3h from each `0 9 * * 5L` (UTC), Closing.',
      'Frozen: <!date^1797724800^{date_short_pretty} {time}|2026-12-20 00:00 UTC> to <!date^1799020800^{date_short_pretty} {time}|2027-01-04 00:00 UTC>, 2026-12-20 to 2027-01-03.',
      'In case of destructive migrations also 1 of acme/database.',
      'In an emergency <!subteam^S0000000004> can override freeze, staging and approvals with a reason, which #security hears of; somebody else signs it off afterwards.',
    ])
  })

  it('names every rule that is switched off', () => {
    const lines = linesOf(`{
      name: production,
      approvers: { people: [U0000000001, U0000000002] },
      self_approval: true, author_approval: true, remind_before: false,
      branches: any, require_ci: false, require_staging: false }`)
    expect(shown(lines)).toEqual([
      'Everybody who may use Sluice can ask for a release.',
      'A release is approved by 1 of <@U0000000001>, <@U0000000002>.',
      '(off) Who asks for a release may approve it too.',
      '(off) Who wrote a part of it may approve it too.',
      'Without a decision the gate closes after 4h.',
      '(off) A commit of any branch may be released.',
      '(off) CI is not looked at.',
      '(off) No deployment to another environment is asked for before.',
      'Nobody can override these rules.',
    ])
  })

  it('says that nobody can release where approval is needed and nobody could give it', () => {
    expect(shown(linesOf('production'))).toContain(
      'Nobody is configured who could approve, so nothing can be released.',
    )
    expect(shown(linesOf('dev'))).toContain('(off) No approval is needed.')
  })

  it('lets no text of the configuration page anybody or break the line', () => {
    const lines = linesOf(`{ name: production, approvers: { people: U0000000001 }, checklist: ['<!here> *look*'],
      freeze: { days: fri, reason: '@channel <@U1>' } }`)
    const text = shown(lines).join('\n')
    expect(text).not.toMatch(/<!here>|<@U1>|@channel/)
  })
})
