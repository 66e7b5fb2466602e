import { digestOf } from '../policy/canonical-json.ts'
import { formatDuration, parseDuration } from '../policy/duration.ts'
import type { ApprovalRule, GatePolicy, PeopleSet, RiskRule } from '../policy/gate-policy.ts'
import type { ConfigFile } from './config-schema.ts'
import { environmentNamed, gateDefaults, isProduction, smokeStagesOf, stagingBefore } from './gate-defaults.ts'
import { toFreezeWindow } from './to-freeze-window.ts'
import { toSteps } from './to-rollout-policy.ts'

export type EnvironmentFile = NonNullable<ConfigFile['repositories'][number]['environments']>[number]

export interface GateContext {
  /** All environments of the repository. */
  readonly environments: readonly EnvironmentFile[]
  /** Names of the repository's stages. */
  readonly stages: readonly string[]
  /** IANA name; the zone of freeze windows that name none. */
  readonly timeZone: string
}

/** @returns the gate of an environment with every default filled in, and its version */
export function toGatePolicy(environment: EnvironmentFile, context: GateContext): GatePolicy {
  const { expires_after, remind_before, branches, approvers, break_glass } = environment
  const isProtected = isProtectedEnvironment(environment)
  const approvals = (approvers ?? []).map(toApprovalRule)
  const expiresAfterMs = toMs(expires_after) ?? gateDefaults.expiresAfterMs
  const policy: Omit<GatePolicy, 'version'> = {
    environment: environment.name,
    aliases: environment.aliases ?? [],
    url: environment.url ?? null,
    mode: environment.mode === 'protection-rule' ? 'protection_rule' : 'dispatch',
    workflow: environment.workflow ?? `cd-${environment.name}.yml`,
    workflowRef: environment.workflow_ref ?? null,
    shiftsTraffic: environment.traffic !== undefined,
    strategies:
      environment.strategies ?? (isProtected || isProduction(environment) ? ['canary', 'blue-green'] : ['direct']),
    steps: environment.steps === undefined ? gateDefaults.steps : toSteps(environment.steps),
    requesters: environment.requesters === undefined ? null : toPeopleSet(environment.requesters),
    approvals,
    needsApproval: isProtected || approvals.length > 0,
    allowsSelfApproval: environment.self_approval ?? false,
    allowsAuthorApproval: environment.author_approval ?? false,
    expiresAfterMs,
    remindBeforeMs:
      remind_before === null
        ? null
        : (toMs(remind_before) ?? Math.min(gateDefaults.remindBeforeMs, Math.floor(expiresAfterMs / 2))),
    branches: branches?.some((branch) => branch.toLowerCase() === 'any') ? null : (branches ?? gateDefaults.branches),
    requiresCi: environment.require_ci ?? (isProtected || (environment.checks ?? []).length > 0),
    requiresBuiltSha: environment.require_built_sha ?? (isProtected || approvals.length > 0),
    checks: environment.checks ?? [],
    requiresStaging: toStagingRule(environment, isProtected, context),
    paths: environment.paths ?? [],
    migrations: environment.migrations ?? gateDefaults.migrations,
    checklist: environment.checklist ?? [],
    supersedes: environment.supersede ?? false,
    freezes: (environment.freeze ?? []).map((window) => toFreezeWindow(window, context.timeZone)),
    risks: (environment.risks ?? []).map(toRiskRule),
    breakGlass:
      break_glass === undefined ? null : { people: toPeopleSet(break_glass), channel: break_glass.channel ?? null },
  }
  return { ...policy, version: digestOf(policy) }
}

/** Whether an environment is protected: as it says, and otherwise by its name. */
function isProtectedEnvironment(environment: EnvironmentFile): boolean {
  return environment.protected ?? isProduction(environment)
}

function toStagingRule(
  environment: EnvironmentFile,
  isProtected: boolean,
  { environments, stages }: GateContext,
): GatePolicy['requiresStaging'] {
  const rule = environment.require_staging
  if (rule === null || (rule === undefined && !isProtected)) return null
  const named = rule?.environment
  const before = named === undefined ? stagingBefore(environment, environments) : environmentNamed(named, environments)
  if (before === null) return null
  return {
    environment: before.name,
    smokeStages: rule?.smoke_stages ?? smokeStagesOf(before, stages),
    maxAgeMs: toMs(rule?.max_age) ?? gateDefaults.stagingMaxAgeMs,
  }
}

type WrittenPeople = NonNullable<EnvironmentFile['requesters']>
type WrittenRisk = NonNullable<EnvironmentFile['risks']>[number]

function toPeopleSet({ people = [], groups = [], teams = [] }: WrittenPeople): PeopleSet {
  return {
    users: [...new Set(people)],
    groups: [...new Set(groups)],
    // GitHub does not tell upper from lower case in them.
    teams: [...new Set(teams.map((team) => team.toLowerCase()))],
  }
}

function toApprovalRule({ count, ...people }: WrittenPeople & { readonly count?: number | undefined }): ApprovalRule {
  return { from: toPeopleSet(people), count: count ?? 1 }
}

function toRiskRule(rule: WrittenRisk): RiskRule {
  const { when, name } = toTrigger(rule)
  return { name: rule.name ?? name, when, approvals: rule.approvers.map(toApprovalRule) }
}

function toTrigger({ paths, changed_lines, failed_within }: WrittenRisk): Pick<RiskRule, 'when' | 'name'> {
  if (paths !== undefined) return { name: `changes of ${paths.join(', ')}`, when: { type: 'paths', globs: paths } }
  if (changed_lines !== undefined) {
    return {
      name: `more than ${changed_lines} changed lines`,
      when: { type: 'changed_lines', moreThan: changed_lines },
    }
  }
  const withinMs = toMs(failed_within)
  if (withinMs !== null) {
    return { name: `a failed release within ${formatDuration(withinMs)}`, when: { type: 'recent_failure', withinMs } }
  }
  return { name: 'destructive migrations', when: { type: 'destructive_migration' } }
}

function toMs(duration: string | null | undefined): number | null {
  return duration === null || duration === undefined ? null : parseDuration(duration)
}
