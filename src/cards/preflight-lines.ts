/** What a canary will be able to show, said before anybody approves it. */
import type { Foresight } from '../analysis/foresight.ts'
import type { StepOutlook } from '../analysis/preflight.ts'
import { formatDuration } from './durations.ts'
import { percentOf, timesOf } from './figures.ts'
import { type Line, words } from './spans.ts'

/** How much worse is worth a word of its own: as much as people call a disaster in slow motion. */
const worthFinding = 3

/** One line, and a second one where that is little; none where nothing is known. */
export function preflightLines(foresight: Foresight | null): readonly Line[] {
  const [first] = foresight?.outlook.steps ?? []
  if (foresight === null || first === undefined) return []
  const { outlook, traffic, advice } = foresight
  const { requestsPerSecond } = traffic
  const rate =
    requestsPerSecond >= 0.1
      ? `${timesOf(requestsPerSecond)} requests/s`
      : `${timesOf(60 * requestsPerSecond)} requests/min`
  const what = `🔭 ${first.percent} % for ${formatDuration(first.windowMs)} at ${rate} ${findsWords(first)}${laterWords(outlook.steps)}`
  const line: Line = [words(`${what}.`)]
  if (advice === null) return [line]
  return [line, [words(`⚠️ ${holdsWords(outlook.holds)}${adviceWords(advice)}`)]]
}

function holdsWords(holds: number): string {
  if (holds < 0.05) return 'That is little.'
  const share =
    holds >= 0.95 ? 'Nearly every healthy release' : `About ${5 * Math.round(20 * holds)} % of healthy releases`
  return `${share} would end in a hold here.`
}

function findsWords({ smallestRatio, smallestShare }: StepOutlook): string {
  if (smallestRatio !== null) return `finds ×${timesOf(smallestRatio)} the errors and more`
  if (smallestShare !== null) return `finds ${percentOf(smallestShare)} errors and more`
  return 'finds nothing for sure'
}

/** From which step on it is found that the canary has three times the errors, where the first does not. */
function laterWords(steps: readonly StepOutlook[]): string {
  const isFound = ({ smallestRatio }: StepOutlook) => smallestRatio !== null && smallestRatio <= worthFinding
  const [first] = steps
  if (first === undefined || isFound(first) || steps.every(({ smallestRatio }) => smallestRatio === null)) return ''
  const later = steps.find(isFound)
  return later === undefined
    ? `; ×${worthFinding} is not found by any step alone`
    : `; ×${worthFinding} from ${later.percent} % on`
}

function adviceWords({ firstPercent, windowFactor }: NonNullable<Foresight['advice']>): string {
  const larger = firstPercent === null ? null : `a first step of ${firstPercent} %`
  const longer = windowFactor === null ? null : `windows ${windowFactor} times as long`
  if (larger !== null && longer !== null) return ` ${capital(larger)}, or ${longer}, would do.`
  const one = larger ?? longer
  return one === null
    ? ' No step or window makes up for so little traffic: somebody will have to decide.'
    : ` ${capital(one)} would do.`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
