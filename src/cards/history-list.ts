import { type ButtonInput, buttonRow } from './button.ts'
import { counted } from './counted.ts'
import { escapeMrkdwn } from './escape.ts'
import { fitLines } from './fit-lines.ts'
import { gateActions } from './gate-actions.ts'
import { type ReleaseGlance, releaseInList } from './release-glance.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { wholeLook } from './rollout-looks.ts'
import { contextBlock, type Line, name, textBlocks, words } from './spans.ts'
import { repositoryName, shortSha } from './subject.ts'
import { type WayBack, wayBackButton } from './way-back-buttons.ts'

const maxReleases = 25
const room = 8500
/** Of so many, the newest, the story is one press away. */
const maxStories = 5
const maxWaysBack = 5

/**
 * `/deploy history`: the last releases, newest first.
 *
 * @param releases - as they are to be shown; at most 25 are
 * @param what - what they are of: `omnihub production`
 * @param ways - by release: how to get back from it, or to it
 */
export function historyList(
  releases: readonly ReleaseGlance[],
  what: string,
  context: ReleaseCardContext,
  ways: ReadonlyMap<string, WayBack> = new Map(),
): Rendered {
  const shown = releases.slice(0, maxReleases)
  const title: Line = [words(`Last releases of ${name(what, 80)}`, 'bold')]
  if (shown.length === 0) {
    const none: Line = [words('There was none yet. Ask for one with '), words('/deploy', 'code'), words('.')]
    return {
      text: escapeMrkdwn(`No releases of ${name(what, 80)} yet`),
      blocks: textBlocks([title, none], context.layout),
    }
  }
  const lines = shown.flatMap((glance) => releaseInList(glance, context))
  const rest = releases.length - shown.length
  const foot = `${rest > 0 ? `${counted(rest, 'older one')} not shown · ` : ''}the whole story of one: /deploy show ID`
  return {
    text: escapeMrkdwn(`Last releases of ${name(what, 80)}: ${shown.slice(0, 3).map(short).join('; ')}`),
    blocks: [
      ...textBlocks([title, ...fitLines(lines, room, context.layout, 'ask for fewer')], context.layout),
      ...buttonRow(shown.slice(0, maxStories).map(storyButton)),
      ...buttonRow(shown.flatMap(({ release }) => wayBackButtons(release, ways)).slice(0, maxWaysBack)),
      contextBlock([words(foot)]),
    ],
  }
}

function storyButton({ release }: ReleaseGlance): ButtonInput {
  const what = `${shortSha(release.sha)} → ${name(release.environment, 40)}`
  return { action: gateActions.story, text: `Story of ${what}`, value: release.id }
}

function wayBackButtons(release: ReleaseGlance['release'], ways: ReadonlyMap<string, WayBack>): readonly ButtonInput[] {
  const way = ways.get(release.id)
  return way === undefined ? [] : [wayBackButton(release, way)]
}

function short({ release, rollout = null }: ReleaseGlance): string {
  const where = `${repositoryName(release.repository)} ${shortSha(release.sha)} to ${name(release.environment, 40)}`
  return `${wholeLook(release, rollout).word} ${where}`
}
