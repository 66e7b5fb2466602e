/** A store as a team has it that has released for years: releases that ended, each with its evidence and its card. */
import type { Release, ReleaseState } from '../../src/release/release.ts'
import { addCard, recordShown } from '../../src/store/cards.ts'
import { openStore } from '../../src/store/open-store.ts'
import { saveRelease } from '../../src/store/releases.ts'
import { aCommit, aPerson, aPlan, someChanges, someEvidence } from '../release/fixtures.ts'

const inTransaction = 500
const betweenReleasesMs = 10 * 60_000
const people = ['rita', 'ada', 'bob', 'cyn', 'dan', 'olaf'].map((name) => aPerson(name))

/** Adds the releases with the numbers from `first` to `last` (not included), by the functions that Sluice itself uses. */
export async function fillReleases(options: {
  readonly file: string
  readonly repository: string
  readonly environments: readonly string[]
  /** Commits that were released, over and over. */
  readonly shas: readonly string[]
  readonly channel: string
  readonly channelId: string
  readonly first: number
  readonly last: number
}): Promise<void> {
  const { file, first, last, channel, channelId } = options
  const store = openStore({ file })
  for (let from = first; from < last; from += inTransaction) {
    await store.transaction(async (tx) => {
      for (let number = from; number < Math.min(from + inTransaction, last); number += 1) {
        const release = releaseOf(number, options)
        const at = release.requestedAt + 40 * 60_000
        await saveRelease(tx, release, at, true)
        await addCard(tx, { id: `card${release.id}`, of: { releaseId: release.id }, channel, revision: 5, at })
        const place = { channelId, ts: `${Math.floor(at / 1000)}.${String(number).padStart(6, '0')}` }
        await recordShown(tx, `card${release.id}`, { revision: 5, digest: release.id, at, place })
      }
    })
  }
  await store.close()
}

/** A release that ended long ago. */
export function releaseOf(
  number: number,
  { repository, environments, shas }: Pick<Parameters<typeof fillReleases>[0], 'repository' | 'environments' | 'shas'>,
): Release {
  const at = Date.UTC(2022, 0, 1) + number * betweenReleasesMs
  const sha = shas[number % shas.length] ?? ''
  const environment = environments[number % environments.length] ?? ''
  const approver = personOf(number + 1)
  const plan = aPlan({ repository, environment, sha })
  const planDigest = (number * 40_503).toString(16).padStart(64, 'd')
  return {
    id: `01FRA${String(number).padStart(21, '0')}`,
    repository,
    environment,
    sha,
    ref: 'main',
    strategy: 'canary',
    note: null,
    mode: 'dispatch',
    requester: personOf(number),
    client: 'slack',
    requestedAt: at,
    plan,
    planDigest,
    evidence: evidenceOf(number, sha, at),
    risks: [],
    approvals: [
      { by: approver, at: at + 60_000, comment: null, rules: [0], client: 'slack', planDigest, carriedFrom: null },
    ],
    approvedAt: at + 60_000,
    voided: null,
    breakGlass: null,
    run: { id: 1_000_000 + number, url: `https://github.com/${repository}/actions/runs/${1_000_000 + number}` },
    rule: null,
    backup: null,
    lostStarts: 0,
    deploymentId: number,
    state: stateOf(number, at + 40 * 60_000),
    generation: 5,
    revision: 5,
  }
}

/** A dozen commits and some files, as most releases have. */
function evidenceOf(number: number, sha: string, at: number): Release['evidence'] {
  const commits = Array.from({ length: 12 }, (_, index) =>
    aCommit({ sha: `${index}${sha.slice(1)}`, title: `Change ${number}.${index} of the fees`, at }),
  )
  const paths = Array.from({ length: 40 }, (_, index) => `packages/area-${index % 7}/src/file-${number + index}.ts`)
  return someEvidence({
    readAt: at,
    changes: someChanges({ commits: [...commits, aCommit({ sha, at })], commitCount: 13, paths, fileCount: 40 }),
  })
}

function stateOf(number: number, at: number): ReleaseState {
  if (number % 20 === 7) return { name: 'failed', at, reason: 'run_failed', detail: 'The run ended as failure.' }
  if (number % 20 === 13) return { name: 'rejected', at, by: personOf(number + 2), why: 'Wait for the migration' }
  return { name: 'completed', at }
}

function personOf(number: number): Release['requester'] {
  const person = people[number % people.length]
  if (person === undefined) throw new Error('Nobody is there.')
  return person
}
