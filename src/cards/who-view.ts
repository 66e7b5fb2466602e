import type { GatePolicy } from '../policy/gate-policy.ts'
import { counted } from './counted.ts'
import { escapeMrkdwn } from './escape.ts'
import { fitLines } from './fit-lines.ts'
import { peopleSet } from './people-words.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { type Line, name, outside, textBlocks, words } from './spans.ts'
import { repositoryName } from './subject.ts'

/** `/deploy who`: who may ask for, approve and force a release of an environment. */
export function whoView(repository: string, policy: GatePolicy, context: ReleaseCardContext): Rendered {
  const where = `${name(policy.environment, 40)} of ${repositoryName(repository)}`
  const lines: Line[] = [
    [words(`Who may do what in ${where}`, 'bold')],
    [
      words('Ask for a release: ', 'bold'),
      ...(policy.requesters === null
        ? [words('everybody in this workspace, but no guests')]
        : peopleSet(policy.requesters)),
    ],
  ]
  if (policy.approvals.length === 0) {
    lines.push([
      words('Approve: ', 'bold'),
      words(policy.needsApproval ? 'nobody is configured, so nothing can be released' : 'no approval is needed'),
    ])
  }
  for (const { count, from } of policy.approvals) {
    lines.push([words('Approve: ', 'bold'), words(`${counted(count, 'person', 'people')} of `), ...peopleSet(from)])
  }
  for (const risk of policy.risks) {
    for (const { count, from } of risk.approvals) {
      lines.push([
        words('Also, when it is risky: ', 'bold'),
        words(`${counted(count, 'person', 'people')} of `),
        ...peopleSet(from),
        words(' (rule '),
        outside(risk.name),
        words(')'),
      ])
    }
  }
  lines.push([words(ownWords(policy))])
  const glass = policy.breakGlass
  lines.push([
    words('Break the glass: ', 'bold'),
    ...(glass === null ? [words('nobody')] : peopleSet(glass.people)),
    ...(glass?.channel == null ? [] : [words(', told to '), outside(glass.channel)]),
  ])
  return {
    text: escapeMrkdwn(`Who may do what in ${where}`),
    blocks: textBlocks(fitLines(lines, 8000, context.layout, 'see the configuration'), context.layout),
  }
}

function ownWords({ allowsSelfApproval, allowsAuthorApproval }: GatePolicy): string {
  const self = allowsSelfApproval ? 'may approve it' : 'cannot approve it'
  const author = allowsAuthorApproval ? 'may approve it' : 'cannot approve it'
  return `Whoever asked for a release ${self}; whoever wrote a part of it ${author}.`
}
