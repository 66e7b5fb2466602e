import type { SlackHandlerDeps } from '../handlers/slack/deps.ts'
import type { Rendered } from '../src/cards/rendered.ts'
import { said } from './answers.ts'

/** The release that somebody means: by its id or the beginning of one, or the only one that is open. */
export async function whichRelease(
  named: string | null,
  { engine: { desk } }: SlackHandlerDeps,
): Promise<
  { readonly releaseId: string; readonly answer: null } | { readonly releaseId: null; readonly answer: Rendered }
> {
  const ids = named === null ? await desk.openReleaseIds() : await desk.releaseIds(named)
  const [releaseId, another] = ids
  if (releaseId === undefined) {
    const text = named === null ? 'No release is open.' : 'No release has this id. /deploy status lists the open ones.'
    return { releaseId: null, answer: said(text) }
  }
  if (another === undefined) return { releaseId, answer: null }
  const shown = ids.slice(0, 5).join(', ')
  return {
    releaseId: null,
    answer: said(`More than one release can be meant: ${shown}. Say which: /deploy cancel ID.`),
  }
}
