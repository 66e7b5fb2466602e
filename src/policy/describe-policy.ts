import { group, joined, type Line, outside, user, words } from '../cards/spans.ts'
import { formatDuration } from './duration.ts'
import type { ApprovalRule, FreezeWindow, GatePolicy, PeopleSet } from './gate-policy.ts'
import { weekText } from './week-text.ts'

/** One thing that a gate says. */
export interface PolicyLine {
  readonly topic:
    | 'requesters'
    | 'approvals'
    | 'own'
    | 'expiry'
    | 'checklist'
    | 'branches'
    | 'ci'
    | 'staging'
    | 'built_sha'
    | 'freeze'
    | 'risk'
    | 'break_glass'
  /** A sentence. People and groups in it are mentions, which notify them where the line is posted anew in a channel. */
  readonly text: Line
  /** A rule that gates have and this one has switched off: a card has to say so. */
  readonly isOff: boolean
}

/**
 * What a gate asks for, in plain words and in the order in which a person meets it.
 *
 * @returns one line a rule; rules that are switched off have one too
 */
export function describePolicy(policy: GatePolicy): readonly PolicyLine[] {
  return [
    describeRequesters(policy),
    ...describeApprovals(policy),
    describeBranches(policy),
    describeCi(policy),
    describeStaging(policy),
    ...describeBuiltSha(policy),
    ...policy.freezes.map((window) => on('freeze', [words('Frozen: '), ...describeWindow(window), words('.')])),
    ...policy.risks.map(({ name, approvals }) =>
      on('risk', [words('In case of '), outside(name), words(' also '), ...rulesText(approvals), words('.')]),
    ),
    ...describeBreakGlass(policy),
  ]
}

function describeRequesters({ requesters }: GatePolicy): PolicyLine {
  if (requesters === null) return on('requesters', [words('Everybody who may use Sluice can ask for a release.')])
  return on('requesters', [...peopleText(requesters), words(' can ask for a release.')])
}

function describeApprovals(policy: GatePolicy): readonly PolicyLine[] {
  const { approvals, needsApproval, checklist, expiresAfterMs, remindBeforeMs } = policy
  if (approvals.length === 0) {
    return needsApproval
      ? [on('approvals', [words('Nobody is configured who could approve, so nothing can be released.')])]
      : [off('approvals', 'No approval is needed.')]
  }
  const reminder =
    remindBeforeMs === null ? '' : ` Who may approve is reminded ${formatDuration(remindBeforeMs)} before.`
  return [
    on('approvals', [words('A release is approved by '), ...rulesText(approvals), words('.')]),
    ...describeOwn(policy),
    on('expiry', [words(`Without a decision the gate closes after ${formatDuration(expiresAfterMs)}.${reminder}`)]),
    ...(checklist.length === 0
      ? []
      : [
          on('checklist', [
            words('Who approves goes through a list: '),
            ...joined(
              checklist.map((item) => [outside(item)]),
              '; ',
            ),
            words('.'),
          ]),
        ]),
  ]
}

function describeOwn({ allowsSelfApproval, allowsAuthorApproval }: GatePolicy): readonly PolicyLine[] {
  const own = 'Who asks for a release'
  const authors = 'Who wrote a part of it'
  return [
    allowsSelfApproval ? off('own', `${own} may approve it too.`) : on('own', [words(`${own} cannot approve it.`)]),
    allowsAuthorApproval
      ? off('own', `${authors} may approve it too.`)
      : on('own', [words(`${authors} cannot approve it.`)]),
  ]
}

function describeBranches({ branches }: GatePolicy): PolicyLine {
  if (branches === null) return off('branches', 'A commit of any branch may be released.')
  const names = branches.map(
    (branch): Line => (branch === '@default' ? [words('the default branch')] : [outside(branch, 'code')]),
  )
  return on('branches', [words('The commit is on '), ...joined(names, ' or '), words('.')])
}

function describeCi({ requiresCi, checks }: GatePolicy): PolicyLine {
  if (!requiresCi) return off('ci', 'CI is not looked at.')
  const also = checks.map((check): Line => [outside(check, 'code')])
  const names = also.length === 0 ? [] : [words(', and '), ...joined(also, ', ')]
  return on('ci', [words('CI is green: every check that the branch requires'), ...names, words('.')])
}

function describeStaging({ requiresStaging }: GatePolicy): PolicyLine {
  if (requiresStaging === null) return off('staging', 'No deployment to another environment is asked for before.')
  const { environment, smokeStages, maxAgeMs } = requiresStaging
  const stages = joined(
    smokeStages.map((stage) => [outside(stage)]),
    ', ',
  )
  return on('staging', [
    words('The commit was deployed to '),
    outside(environment),
    words(` within the last ${formatDuration(maxAgeMs)}`),
    ...(stages.length === 0 ? [] : [words(' and has passed '), ...stages]),
    words('.'),
  ])
}

function describeBuiltSha({ mode, needsApproval, requiresBuiltSha }: GatePolicy): readonly PolicyLine[] {
  if (mode !== 'dispatch' || !needsApproval || requiresBuiltSha) return []
  return [off('built_sha', 'A run need not say which commit it built.')]
}

function describeBreakGlass({ breakGlass, needsApproval }: GatePolicy): readonly PolicyLine[] {
  if (breakGlass === null) {
    return needsApproval ? [on('break_glass', [words('Nobody can override these rules.')])] : []
  }
  const { people, channel } = breakGlass
  const told = channel === null ? '' : `, which ${/^[CG][A-Z0-9]+$/.test(channel) ? 'a channel' : channel} hears of`
  return [
    on('break_glass', [
      words('In an emergency '),
      ...peopleText(people),
      words(' can override freeze, staging and approvals with a reason'),
      ...(told === '' ? [] : [outside(told)]),
      words('; somebody else signs it off afterwards.'),
    ]),
  ]
}

/** When a window is, and why when that says more. */
function describeWindow(window: FreezeWindow): Line {
  const reason = outside(window.reason, undefined, 200)
  switch (window.type) {
    case 'weekly': {
      const when = weekText(window.days, window.fromMinute, window.toMinute)
      const zone = words(` (${window.zone})`)
      return window.reason === when ? [words(when), zone] : [words(when), zone, words(', '), reason]
    }
    case 'cron':
      return [
        words(`${formatDuration(window.durationMs)} from each `),
        words(window.expression, 'code'),
        words(` (${window.zone})`),
        ...(window.reason.includes(window.expression) ? [] : [words(', '), reason]),
      ]
    case 'range':
      return [
        { type: 'date', at: window.fromMs, format: '{date_short_pretty} {time}' },
        words(' to '),
        { type: 'date', at: window.toMs, format: '{date_short_pretty} {time}' },
        words(', '),
        reason,
      ]
  }
}

/** `2 of @leads, acme/database and 1 of @oncall`. */
function rulesText(rules: readonly ApprovalRule[]): Line {
  return joined(
    rules.map(({ from, count }) => [words(`${count} of `), ...peopleText(from)]),
    ' and ',
  )
}

function peopleText({ groups, teams, users }: PeopleSet): Line {
  const named = [
    ...groups.map((id) => group(id) ?? outside(id)),
    ...teams.map((team) => outside(team)),
    ...users.map((id) => user(id) ?? outside(id)),
  ]
  return joined(
    named.map((span) => [span]),
    ', ',
  )
}

function on(topic: PolicyLine['topic'], text: Line): PolicyLine {
  return { topic, text, isOff: false }
}

function off(topic: PolicyLine['topic'], text: string): PolicyLine {
  return { topic, text: [words(text)], isOff: true }
}
