import type { z } from 'zod'
import type { RuleRequest } from '../../src/engine/gate/reads.ts'
import type { Fact } from '../../src/pipeline/facts.ts'
import type { FactContext } from '../../src/pipeline/facts-from-github.ts'
import type { repositorySchema } from '../../src/pipeline/github-objects.ts'

/** One webhook event: how its payload must look, and what it says as facts. */
export interface EventHandler {
  readonly event: string
  /** @returns the facts, none when the delivery has nothing to say about a pipeline; or what is wrong with it */
  readonly read: (
    payload: unknown,
  ) =>
    | { readonly ok: true; readonly facts: readonly Fact[]; readonly rule?: RuleRequest | null }
    | { readonly ok: false; readonly error: string }
}

/** Ties a payload's schema to the function that reads it. */
export function defineEvent<Schema extends z.ZodType>(
  event: string,
  schema: Schema,
  toFacts: (payload: z.output<Schema>) => readonly Fact[],
  /** The answer that GitHub waits for, where it waits for one. */
  toRule: (payload: z.output<Schema>) => RuleRequest | null = () => null,
): EventHandler {
  return {
    event,
    read: (payload) => {
      const parsed = schema.safeParse(payload)
      if (parsed.success) return { ok: true, facts: toFacts(parsed.data), rule: toRule(parsed.data) }
      return { ok: false, error: describeIssues(event, parsed.error.issues) }
    },
  }
}

/** `event status: repository.full_name: Invalid input: expected string, received undefined`, at most three of them. */
export function describeIssues(event: string, issues: readonly z.core.$ZodIssue[]): string {
  const lines = issues.slice(0, 3).map((issue) => {
    const path = issue.path.length === 0 ? 'payload' : issue.path.map(String).join('.')
    return `${path}: ${issue.message}`
  })
  const more = issues.length > lines.length ? ` (and ${issues.length - lines.length} more)` : ''
  return `event ${event}: ${lines.join('; ')}${more}`
}

/** The repository part of every repository's event, as the fact functions want it. */
export function contextOf(repository: z.output<typeof repositorySchema>): FactContext {
  return { repository: repository.full_name, defaultBranch: repository.default_branch }
}
