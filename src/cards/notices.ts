/** What Sluice says about itself in the fallback channel: what happened, where, and how to mend it. */
import { formatUtc } from './durations.ts'
import type { Rendered } from './rendered.ts'
import { date, type Line, name, notification, outside, sections, words } from './spans.ts'

const channelRemedies: ReadonlyMap<string, string> = new Map([
  ['is_archived', 'The channel is archived: unarchive it, or name another one in sluice.yml.'],
  ['not_in_channel', 'Sluice is not in the channel: invite it there with “/invite @Sluice”.'],
  [
    'channel_not_found',
    'No such channel is to be seen: check the name in sluice.yml, and invite Sluice if it is private.',
  ],
  ['restricted_action', 'The workspace does not let apps post there: change the channel’s posting permissions.'],
])

/**
 * A card cannot be shown in its channel.
 *
 * @param input.code - Slack's own error code
 */
export function channelUnavailableNotice(input: {
  readonly channel: string
  readonly code: string
  readonly repositories: readonly string[]
}): Rendered {
  const remedy = channelRemedies.get(input.code) ?? 'Check the channel and Sluice’s place in it.'
  const shown = input.repositories.slice(0, 5).map((repository) => name(repository))
  if (input.repositories.length > 5) shown.push(`${input.repositories.length - 5} more`)
  const lines: Line[] = [
    [
      words('❗ Cards cannot be posted to '),
      outside(input.channel, 'bold'),
      words(' ('),
      outside(input.code, 'code'),
      words(').'),
    ],
    [words(`${remedy} The next event of a repository tries it again.`)],
  ]
  if (shown.length > 0) lines.push([words(`Not shown meanwhile: ${shown.join(', ')}.`)])
  return notice(lines)
}

/** SQLite's check found the data file damaged. `detail` is the first thing that it complained of. */
export function storeDamagedNotice(input: { readonly file: string; readonly detail: string }): Rendered {
  return notice([
    [words('❗ Sluice’s data file is damaged: '), outside(input.file, 'code', 200), words('.')],
    [words('SQLite says: '), outside(input.detail, undefined, 300)],
    [
      words(
        'Stop Sluice, keep a copy of the file, and restore the last backup as docs/operate.md says. Sluice goes on meanwhile, but what it writes may be lost.',
      ),
    ],
  ])
}

/** Effects were tried until there was no point in trying more. `oldestAt` is UTC ms. */
export function deadLettersNotice(input: {
  readonly count: number
  readonly oldestAt: number | null
  readonly lastError: string | null
}): Rendered {
  const what = input.count === 1 ? '1 message or call was' : `${input.count} messages or calls were`
  const first: Line = [words(`❗ ${what} given up after many attempts`)]
  const since: Line =
    input.oldestAt === null
      ? [words('.')]
      : [words(', the oldest from '), date(input.oldestAt, '{date_short_pretty} {time}'), words('.')]
  const lines: Line[] = [[...first, ...since]]
  if (input.lastError !== null) lines.push([words('Last error: '), outside(input.lastError, undefined, 300)])
  lines.push([
    words('See them, and send them again once the cause is mended, with '),
    words('sluice outbox', 'code'),
    words('.'),
  ])
  return notice(lines)
}

/** A service refuses Sluice's credentials, or these lack a permission that `detail` names. */
export function unauthorizedNotice(input: { readonly service: 'Slack' | 'GitHub'; readonly detail: string }): Rendered {
  const remedy =
    input.service === 'Slack'
      ? 'Check SLACK_BOT_TOKEN, and install the app again when its manifest has new scopes.'
      : 'Check GITHUB_TOKEN or the GitHub App’s key, and its permissions on the repository.'
  return notice([
    [words(`❗ ${input.service} refuses Sluice’s credentials: `), outside(input.detail, 'code', 200), words('.')],
    [words(remedy)],
  ])
}

function notice(lines: readonly Line[]): Rendered {
  const text = lines
    .map((line) => notification(line.map((span) => (span.type === 'date' ? words(formatUtc(span.at)) : span))))
    .join(' ')
  return { text, blocks: sections(lines) }
}
