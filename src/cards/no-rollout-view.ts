/** What a command about a rollout is answered with where nothing is rolling out. */
import { buttonRow } from './button.ts'
import { counted } from './counted.ts'
import { escapeMrkdwn } from './escape.ts'
import { fitLines } from './fit-lines.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { type Line, name, outside, textBlocks, words } from './spans.ts'
import { type EnvironmentStatus, liveLine } from './status-view.ts'
import { repositoryName } from './subject.ts'
import { taggedLine } from './tagged-line.ts'
import { releaseAgainButton } from './way-back-buttons.ts'

const maxPlaces = 5
const maxEarlier = 3
const room = 8500

export interface QuietPlace extends Pick<EnvironmentStatus, 'repository' | 'environment' | 'live'> {
  /** Why one press cannot roll back there (see text-with-people.ts); null where nobody asked for that. */
  readonly whyNoRollback: string | null
  /** Completed releases before what is live, newest first. */
  readonly earlier: readonly Parameters<typeof releaseAgainButton>[0][]
}

/** @param places - those that can have been meant */
export function noRolloutView(places: readonly QuietPlace[], context: ReleaseCardContext): Rendered {
  const shown = places.slice(0, maxPlaces)
  const [only, another] = places
  const where = only === undefined || another !== undefined ? 'here' : whereOf(only)
  const title = `Nothing is rolling out ${where}.`
  const lines: Line[] = [[words(title, 'bold')]]
  for (const place of shown) {
    if (another !== undefined)
      lines.push([outside(`${repositoryName(place.repository)} ${place.environment}`, 'bold', 80)])
    lines.push(liveLine(place, context))
    if (place.whyNoRollback !== null) lines.push(taggedLine(place.whyNoRollback))
  }
  const rest = places.length - shown.length
  if (rest > 0) lines.push([words(`and ${counted(rest, 'more environment')}: name one to see it`)])
  const ways = shown.flatMap(({ earlier }) => earlier.slice(0, another === undefined ? maxEarlier : 1))
  return {
    text: escapeMrkdwn(title),
    blocks: [
      ...textBlocks(fitLines(lines, room, context.layout, 'name the environment to see it'), context.layout),
      ...buttonRow(ways.map(releaseAgainButton)),
    ],
  }
}

function whereOf({ repository, environment }: QuietPlace): string {
  return `to ${name(environment, 40)} of ${repositoryName(repository)}`
}
