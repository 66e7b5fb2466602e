import { z } from 'zod'
import type { PushFact } from '../../src/pipeline/facts.ts'
import { commitFact, isZeroSha } from '../../src/pipeline/facts-from-github.ts'
import { headCommitSchema, repositorySchema, shaSchema } from '../../src/pipeline/github-objects.ts'
import { contextOf, defineEvent } from './event-handler.ts'

const schema = z.object({
  ref: z.string(),
  after: shaSchema,
  forced: z.boolean().nullish(),
  compare: z.string().nullish(),
  head_commit: headCommitSchema.nullish(),
  pusher: z.object({ name: z.string().nullish() }).nullish(),
  sender: z.object({ login: z.string().nullish() }).nullish(),
  repository: repositorySchema,
})

const branchPrefix = 'refs/heads/'

/** `push` to a branch. Tags say nothing about a pipeline, nor do deleted branches, whose `after` is zeros. */
export const push = defineEvent('push', schema, (payload) => {
  if (!payload.ref.startsWith(branchPrefix) || isZeroSha(payload.after)) return []
  const context = contextOf(payload.repository)
  const branch = payload.ref.slice(branchPrefix.length)
  const at = payload.repository.pushed_at ?? payload.head_commit?.timestamp ?? 0
  const fact: PushFact = {
    type: 'push',
    repository: context.repository,
    sha: payload.after,
    key: `push:${branch}`,
    order: [at],
    branch,
    isDefaultBranch: branch === context.defaultBranch,
    pusherLogin: payload.sender?.login ?? payload.pusher?.name ?? null,
    forced: payload.forced ?? false,
    compareUrl: payload.compare ?? null,
    at,
  }
  const commit = payload.head_commit
  return commit && commit.id === payload.after ? [fact, commitFact(context, commit)] : [fact]
})
