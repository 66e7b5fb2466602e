/** The rollouts of the simulation: of each kind one, in small. */
import type { RolloutPlan } from '../../src/release/rollout/open-rollout.ts'
import { minute } from '../release/fixtures.ts'
import { aPlan } from '../release/rollout/fixtures.ts'

const page = { type: 'http', url: 'https://idle' } as const
const workflow = { type: 'workflow', file: 'smoke.yml' } as const

const plans: readonly Partial<RolloutPlan>[] = [
  {},
  { strategy: 'blue-green', steps: [{ percent: 100, windowMs: 2 * minute, before: [page, workflow] }] },
  {
    steps: [
      { percent: 5, windowMs: minute, after: [page] },
      { percent: 5, windowMs: minute, isAnalysisOnly: true },
      { percent: 40, windowMs: minute, needsApproval: true, before: [page] },
    ],
  },
  {
    steps: [
      { percent: 10, windowMs: 2 * minute, needsApproval: true, before: [workflow] },
      { percent: 60, windowMs: 2 * minute, after: [workflow, page] },
      { percent: 100, windowMs: minute, after: [page] },
    ],
    migrations: { count: 1, isSafeToRollBack: true, why: null },
  },
]

export function planOf(which: number, releaseId: string, hosts: RolloutPlan['hosts']): RolloutPlan {
  return aPlan({ ...plans[which % plans.length], releaseId, hosts })
}
