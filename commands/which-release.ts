import type { SlackHandlerDeps } from '../handlers/slack/deps.ts'
import type { Rendered } from '../src/cards/rendered.ts'
import { said } from './answers.ts'

/**
 * The release that somebody means: by its id, or the only one that is open in the repositories of the channel.
 *
 * @param command - what they wanted to do with it
 */
export async function whichRelease(
  named: string | null,
  command: string,
  ofChannel: readonly string[],
  { engine: { desk } }: SlackHandlerDeps,
): Promise<
  { readonly releaseId: string; readonly answer: null } | { readonly releaseId: null; readonly answer: Rendered }
> {
  const releases =
    named === null
      ? await desk.openReleases(ofChannel)
      : (await desk.releaseIds(named)).map((id) => ({ id, label: id }))
  const [release, another] = releases
  if (release === undefined) {
    const text = named === null ? 'No release is open here.' : 'No release has this id.'
    return { releaseId: null, answer: said(`${text} /deploy status lists the open ones.`) }
  }
  if (another === undefined) return { releaseId: release.id, answer: null }
  const lines = releases.slice(0, 5).map(({ id, label }) => `• \`/deploy ${command} ${id}\` ${label}`)
  return { releaseId: null, answer: said(`Several releases are open. Say which one:\n${lines.join('\n')}`) }
}
