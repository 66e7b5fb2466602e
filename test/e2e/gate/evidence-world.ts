/** What the tests of the evidence have in common: deployments that GitHub knows of, and what was read of a commit. */
import { expect } from 'vitest'
import type { Release } from '../../../src/release/release.ts'
import { releaseById } from '../../../src/store/releases.ts'
import { devId, type GateWorld, makeGreen, repository } from './gate-world.ts'

const api = async (world: GateWorld, path: string, body: unknown): Promise<number> => {
  const response = await fetch(`${world.github.apiUrl}/repos/${repository}/${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sandbox-token' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(201)
  const { id } = (await response.json()) as { readonly id: number }
  return id
}

/** GitHub's record of a deployment, as a deploying tool writes it. */
export async function deployed(world: GateWorld, sha: string, environment: string, state = 'success'): Promise<void> {
  const asked = { ref: sha, environment, auto_merge: false, required_contexts: [] }
  const id = await api(world, 'deployments', asked)
  await api(world, `deployments/${id}/statuses`, { state })
  await world.settled()
}

export async function newest(world: GateWorld): Promise<Release> {
  const [record] = await world.releases()
  const release = record === undefined ? null : await releaseById(world.sluice().store.db, record.id)
  if (release === null) throw new Error('There is no release.')
  return release
}

/** What the newest answer to a request for the commit says. */
export async function ask(world: GateWorld, text = 'prod canary'): Promise<string> {
  await world.command(devId, text)
  return world.answers(devId).at(-1) ?? ''
}

/** A green commit on main; its sha. */
export const commit = (world: GateWorld, message: string, files: Readonly<Record<string, string | null>>) => {
  const { sha } = world.github.commitFiles(repository, 'main', { message, files })
  makeGreen(world, sha)
  return sha
}
