import { canonicalJson, digestOf } from '../policy/canonical-json.ts'
import type { Plan } from './plan.ts'

/** The parts of a plan as people call them, each as what is compared. */
const parts: Readonly<Record<string, (plan: Plan) => unknown>> = {
  repository: (plan) => plan.repository.toLowerCase(),
  environment: (plan) => plan.environment,
  commit: (plan) => plan.sha.toLowerCase(),
  strategy: (plan) => plan.strategy,
  // What a step does not ask for is left out of it: without more it is what it was before steps could ask for more.
  steps: (plan) =>
    plan.steps.map(({ percent, windowMs, ...more }) =>
      Object.keys(more).length === 0 ? [percent, windowMs] : [percent, windowMs, more],
    ),
  migrations: (plan) => sorted(plan.migrations.map(({ path, blob }) => [path, blob])),
  artifacts: (plan) => sorted(plan.artifacts.map(({ name, digest }) => [name, digest])),
  workflow: ({ workflow }) => [workflow.file, workflow.ref, workflow.blob],
  policy: (plan) => plan.policyVersion,
}

/**
 * SHA-256 (hex) of a plan. The same for the same plan however its migrations and artifacts are ordered; different
 * exactly when `planDifferences` names something.
 */
export function planDigest(plan: Plan): string {
  return digestOf(Object.fromEntries(Object.entries(parts).map(([name, read]) => [name, read(plan)])))
}

/**
 * Which parts of two plans differ: `repository`, `environment`, `commit`, `strategy`, `steps`, `migrations`,
 * `artifacts`, `workflow`, `policy`, in this order.
 */
export function planDifferences(a: Plan, b: Plan): string[] {
  return Object.entries(parts).flatMap(([name, read]) =>
    canonicalJson(read(a)) === canonicalJson(read(b)) ? [] : name,
  )
}

function sorted(pairs: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return pairs.toSorted((a, b) => {
    const [first, second] = [canonicalJson(a), canonicalJson(b)]
    return first < second ? -1 : first > second ? 1 : 0
  })
}
