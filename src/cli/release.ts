import { releaseLook } from '../cards/release-looks.ts'
import type { Identity } from '../policy/identity.ts'
import { openReleases, type ReleaseRecord, recentReleases } from '../store/releases.ts'
import { harmless } from './harmless.ts'
import { oneRelease } from './one-release.ts'
import { type PressOutcome, pressOnCommandLine } from './press.ts'
import { UsageError } from './usage-error.ts'
import { type StoreOptions, withStore } from './with-store.ts'

const listLimit = 50

/** Lists open releases and, with `all`, the last fifty; for people or as JSON lines. */
export async function listReleases(
  options: StoreOptions & { readonly all: boolean; readonly json: boolean },
): Promise<string> {
  const everywhere = { repository: null, environment: null, limit: listLimit }
  const releases = await withStore(options, 'read', async (store) =>
    options.all ? await recentReleases(store.db, everywhere) : await openReleases(store.db, null),
  )
  if (options.json) return releases.map((release) => JSON.stringify(forMachines(release))).join('\n')
  if (releases.length === 0) return options.all ? 'There was no release yet.' : 'No release is open.'
  return releases.map(forPeople).join('\n')
}

function forMachines(release: ReleaseRecord) {
  const { id, repository, environment, sha, strategy, state, requester, approvals, requestedAt } = release
  return {
    id,
    repository,
    environment,
    sha,
    strategy,
    state: state.name,
    requested_by: nameOf(requester),
    requested_at: new Date(requestedAt).toISOString(),
    approved_by: approvals.map(({ by }) => nameOf(by)),
  }
}

function forPeople(release: ReleaseRecord): string {
  const { id, repository, environment, sha, strategy, requester, approvals, requestedAt } = release
  const approved = approvals.length === 0 ? '' : `, approved by ${approvals.map(({ by }) => nameOf(by)).join(', ')}`
  const what = `${repository} ${sha.slice(0, 7)} to ${environment} (${strategy})`
  const asked = `asked for by ${nameOf(requester)} ${new Date(requestedAt).toISOString()}${approved}`
  return `${id}  ${releaseLook(release).word}: ${harmless(what)}\n    ${harmless(asked)}`
}

function nameOf({ name, logins, slackId }: Identity): string {
  return name ?? logins[0] ?? slackId ?? 'somebody'
}

/**
 * Rejects or calls off a release as the owner of the machine. Nothing is ever approved here.
 *
 * @param release - its id, or a beginning that no other has
 * @throws UsageError when there is no such release, more than one, or no reason to reject it
 */
export async function stopRelease(
  options: StoreOptions & { readonly waitMs?: number },
  act: 'reject' | 'cancel',
  release: string,
  why: string | null,
): Promise<PressOutcome> {
  if (act === 'reject' && (why === null || why.trim() === '')) {
    throw new UsageError('say why: sluice release reject ID reason')
  }
  return await withStore(options, 'write', async (store) => {
    const releaseId = await oneRelease(store.db, release)
    const on = { releaseId, seen: null }
    return await pressOnCommandLine(
      store,
      act === 'reject' ? { type: 'reject', ...on, why: why ?? '' } : { type: 'cancel', ...on, why },
      options,
    )
  })
}
