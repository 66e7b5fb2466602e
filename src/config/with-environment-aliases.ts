import { matchStage } from '../pipeline/match-stage.ts'
import type { StageDefinition } from '../pipeline/pipeline.ts'
import type { EnvironmentConfig } from './config.ts'

/**
 * Lets each stage that takes an environment's deployments or approvals take those of its aliases too, so that a team
 * which calls production `prd-eu` on GitHub says so once, under `environments`.
 */
export function withEnvironmentAliases(
  stages: readonly StageDefinition[],
  environments: readonly Pick<EnvironmentConfig, 'name' | 'aliases'>[],
): readonly StageDefinition[] {
  const added = new Map<string, string[]>()
  for (const { name, aliases } of environments) {
    for (const isReview of [false, true]) {
      const ofName = stageFor(name, isReview, stages)
      if (ofName === null) continue
      for (const alias of aliases) {
        if (stageFor(alias, isReview, stages)?.name === ofName.name) continue
        const pattern = `${isReview ? 'approval' : 'environment'}: ${alias}`
        added.set(ofName.name, [...(added.get(ofName.name) ?? []), pattern])
      }
    }
  }
  return stages.map((stage) => {
    const patterns = added.get(stage.name)
    return patterns === undefined ? stage : { ...stage, match: [...patterns, ...stage.match] }
  })
}

function stageFor(environment: string, isReview: boolean, stages: readonly StageDefinition[]): StageDefinition | null {
  return matchStage({ name: `deployment to ${environment}`, workflow: null, environment, isReview }, stages)
}
