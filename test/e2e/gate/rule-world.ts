/** A world whose production workflow waits at its GitHub environment, for Sluice to answer. */
import { expect } from 'vitest'
import type { DispatchPlay } from '../../../sandbox/github/dispatch-spec.ts'
import { appKey } from '../../sandbox/github/app-key.ts'
import { reaches } from './acting.ts'
import { type GateWorld, gateWorld, plainGate, repository } from './gate-world.ts'

export const path = '.github/workflows/cd-production.yml'
export const ruleGate = { ...plainGate, mode: 'protection-rule' }
export const production = { name: 'production', gates: ['rule' as const] }
export const callback = /POST .*deployment_protection_rule$/

export interface RuleWorld extends GateWorld {
  /** Mona starts the production workflow on GitHub; its id. */
  start(): Promise<number>
  /** What the callback was told, oldest first. */
  told(): readonly { readonly state: string; readonly comment: string; readonly by: string }[]
  isWaiting(runId: number): boolean
  status(runId: number): { readonly status: string; readonly conclusion: string | null } | undefined
}

export async function ruleWorld(
  play: DispatchPlay = { environment: production },
  options: Parameters<typeof gateWorld>[0] = {},
): Promise<RuleWorld> {
  const world = await gateWorld({
    appKey,
    gate: ruleGate,
    ...options,
    github: { tokens: [{ token: 'mona-token', login: 'mona' }] },
  })
  const { github } = world
  const settings = { path, name: 'Deploy production', inputs: {}, play: { builds: null, ...play } }
  if (options.gate === undefined || options.gate.mode === 'protection-rule') {
    github.defineDispatchWorkflow(repository, settings)
  }
  return {
    ...world,
    async start() {
      const response = await fetch(
        `${github.apiUrl}/repos/omnihub/app/actions/workflows/cd-production.yml/dispatches`,
        {
          method: 'POST',
          headers: { authorization: 'Bearer mona-token' },
          body: JSON.stringify({ ref: 'main' }),
        },
      )
      expect(response.status).toBe(204)
      return [...github.repository(repository).runs.keys()].at(-1) ?? 0
    },
    told: () =>
      [...github.repository(repository).jobsOfRun.values()]
        .flat()
        .flatMap(({ gates }) =>
          gates.flatMap(({ kind, state, answer }) =>
            kind === 'rule' && answer !== null ? [{ state, ...answer }] : [],
          ),
        ),
    isWaiting: (runId) =>
      (github.repository(repository).jobsOfRun.get(runId) ?? []).some((job) => job.status === 'waiting'),
    status: (runId) => github.repository(repository).runs.get(runId),
  }
}

/** A run that waits at a gate here. */
export async function waiting(
  play?: DispatchPlay,
  options?: Parameters<typeof gateWorld>[0],
): Promise<RuleWorld & { readonly runId: number }> {
  const world = await ruleWorld(play, options)
  const runId = await world.start()
  await reaches(world, 'awaiting_approval')
  await world.settled()
  return { ...world, runId }
}
