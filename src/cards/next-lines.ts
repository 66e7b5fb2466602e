/** What happens once a release is approved, and how to get back. */
import type { GateCardInput } from './gate-card-input.ts'
import { type Line, name, outside, words } from './spans.ts'
import { stepsWords, strategyWords } from './strategy-words.ts'
import { shortSha } from './subject.ts'

const maxTriggers = 6

export function nextLines({ release, policy, rollback }: GateCardInput): readonly Line[] {
  const { plan } = release
  const start: Line =
    release.mode === 'dispatch'
      ? [
          words('1. Sluice reads all of this once more and starts '),
          outside(plan.workflow.file, 'code'),
          words(' from '),
          outside(plan.workflow.ref, undefined, 40),
          words(` for exactly ${shortSha(release.sha)}.`),
        ]
      : [
          words(
            `1. Sluice reads all of this once more and lets the run at GitHub go on, which waits at ${name(policy.environment)}.`,
          ),
        ]
  const steps =
    release.strategy === 'canary' && plan.steps.length > 0 ? stepsWords(plan.steps) : strategyWords[release.strategy]
  return [start, [words(`2. ${release.strategy}: ${steps}.`)], ...wayBack(release, rollback)]
}

function wayBack(release: GateCardInput['release'], rollback: GateCardInput['rollback']): readonly Line[] {
  const { live } = release.evidence.changes
  const lines: Line[] = []
  if (rollback !== null) {
    const triggers = rollback.triggers.slice(0, maxTriggers).map((trigger) => name(trigger, 80))
    if (rollback.triggers.length > maxTriggers) triggers.push(`${rollback.triggers.length - maxTriggers} more`)
    lines.push([words('3. Rolled back by itself when: '), words(`${triggers.join('; ') || 'never'}.`)])
    lines.push([words('4. How: '), outside(rollback.how, undefined, 200)])
    return lines
  }
  lines.push([words('3. A failed run ends the release and is told here; Sluice does not roll it back by itself.')])
  if (live !== null) {
    lines.push([
      words('4. The way back: '),
      words(`/deploy ${name(release.environment)} ${release.strategy} ${shortSha(live.sha)}`, 'code'),
      words(' asks for what is live now.'),
    ])
  }
  return lines
}
